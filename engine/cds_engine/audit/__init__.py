"""The audit of rule coverage: what the scenarios show about the rules, and what can be proved about them.

The input is one recording of the scenarios, the output one :class:`cds_engine.audit.result.AuditResult`.
Every report is a view of that result.
"""

from cds_engine.audit.audit import run_audit
from cds_engine.audit.result import About, AuditResult

__all__ = ["About", "AuditResult", "run_audit"]
