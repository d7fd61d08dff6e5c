"""The audit of rule coverage: what the scenarios show about the rules, and what can be proved about them.

The input is one recording of the scenarios, the output one :class:`cds_engine.audit.result.AuditResult`.
Every report is a view of that result. This package imports nothing, so that whoever reads only ``audit.toml``
does not load the solver.
"""
