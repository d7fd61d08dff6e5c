"""The rules as one plain SQL query: what somebody who knows them would write for DuckDB without this engine.

The findings come first, each in a query of its own because one may rest on another; then there is a ``CASE``
a rule with its conditions written out. The texts are made from the condition trees only so that both mean the
same; nothing of Ibis or of :mod:`cds_engine.cohort` is in them.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cds_engine.inference.edition import Edition
from cds_engine.language.expressions import All, Any, Comparison, Expression, Not, Scalar

_SIGNS = {
    "is": "=",
    "is_not": "<>",
    "less_than": "<",
    "at_most": "<=",
    "more_than": ">",
    "at_least": ">=",
}
OUTCOME = "enum ('fired', 'not_met', 'not_evaluable', 'not_applicable')"


def query(edition: Edition, facts: Path) -> str:
    """Return the query that reads ``facts`` and has a column a rule; it uses the type :data:`OUTCOME`."""
    steps = [f"with facts as (select * from read_parquet('{facts}'))"]
    last = "facts"
    for number, (name, finding) in enumerate(edition.findings.items()):
        step = f"finding_{number}"
        steps.append(f'{step} as (select *, {_sql(finding.expression)} as "{name}" from {last})')
        last = step
    columns = ",\n  ".join(_cases(edition))
    return ",\n".join(steps) + f"\nselect patient_id, as_of,\n  {columns}\nfrom {last}"


def _cases(edition: Edition) -> Iterator[str]:
    for name, compiled_rule in edition.compiled_rules.items():
        applies_to, when = (_sql(part.expression) for part in compiled_rule.parts)
        yield (
            f"case when deceased or not {applies_to} then 'not_applicable'::outcome"
            f" when not {when} then 'not_met'::outcome"
            f" when {applies_to} and {when} then 'fired'::outcome"
            f" else 'not_evaluable'::outcome end as \"{name}\""
        )


def _sql(expression: Expression) -> str:
    match expression:
        case Comparison(fact, "known", operand):
            return f'("{fact}" is {"not " if operand else ""}null)'
        case Comparison(fact, "one_of", tuple(codes)):
            return f'("{fact}" in ({", ".join(map(_literal, codes))}))'
        case Comparison(fact, operator, operand):
            assert operand is not None
            assert not isinstance(operand, tuple)
            return f'("{fact}" {_SIGNS[operator]} {_literal(operand)})'
        case Not(child):
            return f"(not {_sql(child)})"
        case All(children):
            return f"({' and '.join(map(_sql, children)) or 'true'})"
        case Any(children):
            return f"({' or '.join(map(_sql, children)) or 'false'})"


def _literal(value: Scalar) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value).lower()
