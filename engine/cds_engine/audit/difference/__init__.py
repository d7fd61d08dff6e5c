"""What differs in meaning between two rulebooks, proved for all records."""

from cds_engine.audit.difference.compare import compare_rulebooks
from cds_engine.audit.difference.result import RulebookDifference

__all__ = ["RulebookDifference", "compare_rulebooks"]
