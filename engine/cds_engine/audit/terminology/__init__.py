"""The audit of a terminology: whether cases would notice a mistake in a code, unit, alias or limit."""

from cds_engine.audit.terminology.measure import TerminologyAudit, TerminologyEntries, audit_terminology

__all__ = ["TerminologyAudit", "TerminologyEntries", "audit_terminology"]
