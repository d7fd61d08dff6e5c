"""The audit of rule coverage: how good the scenarios are, and what can be proved about the rules themselves.

The input is one recording of the scenarios, the output one :class:`cds_engine.audit.result.AuditResult`;
every report is a view of it.
"""

from cds_engine.audit.audit import run_audit
from cds_engine.audit.result import AuditResult

__all__ = ["AuditResult", "run_audit"]
