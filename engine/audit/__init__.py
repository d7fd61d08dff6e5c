"""The audit of rule coverage: how good the scenarios are, and what can be proved about the rules themselves.

One recording of the scenarios goes in, one :class:`engine.audit.result.AuditResult` comes out; every report
is a view of it.
"""

from engine.audit.audit import run_audit
from engine.audit.result import AuditResult

__all__ = ["AuditResult", "run_audit"]
