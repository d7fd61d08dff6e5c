"""What each ``take`` aggregates of the rows of a patient, and what follows from the aggregates.

Rows that *count* certainly meet the filter of a query, rows that *may count* perhaps do. The meaning is that
of :mod:`cds_engine.facts.aggregates`.

Conditions are in the aggregated values, not in ``FILTER`` clauses: with many aggregates, DuckDB takes twice
as long for those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.tables.formulas import rounded
from cds_engine.language.queries import SEVERITIES, Take

Columns: TypeAlias = Mapping[str, ir.Value]
"""What a query reads of each row: whether it ``counts`` or ``may`` count, its ``value``, and more."""
Found: TypeAlias = Mapping[str, ir.Value]
"""The aggregates of a patient; all are NULL for a patient without rows."""
FALSE = ibis.literal(False)
_DECIMALS = 12
"""To so many decimals a sum is exact even if its values had to be divided."""


@dataclass(frozen=True)
class Answer:
    """A value, unknown in case of ``doubt`` unless it is ``decided``; ``none`` where nothing counts."""

    value: ir.Value
    doubt: ir.BooleanValue
    none: ir.BooleanValue = FALSE
    decided: ir.BooleanValue = FALSE


@dataclass(frozen=True)
class Aggregation:
    """The aggregates of one take, and its answer; ``resolution`` is the step in which a mean is reported."""

    aggregates: Callable[[Columns], dict[str, ir.Scalar]]
    answer: Callable[[Found, Decimal], Answer]


def where(condition: ir.BooleanValue, value: ir.Value) -> ir.Value:
    """Return ``value``, or NULL."""
    return ibis.cases((condition, value))


def true(found: ir.BooleanValue) -> ir.BooleanValue:
    """Return whether an aggregate is true."""
    return found.fill_null(False)


def _any(found: Found, _: Decimal) -> Answer:
    state = found["state"]
    return Answer(true(state == 2), true(state == 1), decided=true(state == 2))


def _number(found: Found, _: Decimal) -> Answer:
    return Answer(found["number"].fill_null(0), true(found["may"]))


def _every(found: Found, _: Decimal) -> Answer:
    state = found["state"]
    return Answer(state == 1, true(state == 2), none=state.isnull(), decided=true(state == 3))


def _only(found: Found, _: Decimal) -> Answer:
    value = found["lowest"]
    return Answer(where(value == found["highest"], value), true(found["blank"]), none=value.isnull())


def _sum(found: Found, _: Decimal) -> Answer:
    total = found["sum"]
    value = total.round(_DECIMALS) if total.type().is_decimal() else total
    return Answer(value, true(found["blank"]), none=total.isnull())


def _mean(found: Found, resolution: Decimal) -> Answer:
    mean = found["sum"].cast("float64") / found["number"].nullif(0)
    return Answer(rounded(mean, resolution), true(found["blank"]), none=found["sum"].isnull())


def _greatest(rows: Columns, *states: str) -> ir.IntegerScalar:
    """Return the number of the last of ``states``, from 1, in which some row is."""
    numbered = reversed(list(enumerate(states, start=1)))
    return ibis.cases(*((rows[name], number) for number, name in numbered)).max()


def _blank(rows: Columns) -> ir.BooleanScalar:
    """Return whether some row may count, or counts without a value."""
    return (rows["may"] | (rows["counts"] & rows["value"].isnull())).any()


def _counted(rows: Columns) -> ir.Value:
    return where(rows["counts"], rows["value"])


def _extreme(sign: int) -> Aggregation:
    def aggregates(rows: Columns) -> dict[str, ir.Scalar]:
        value = sign * (_rank(rows["value"]) if rows["value"].type().is_string() else rows["value"])
        return {
            "best": where(rows["counts"], value).min(),
            "possible": where(rows["may"], value).min(),
            "blank": ((rows["counts"] | rows["may"]) & value.isnull()).any(),
        }

    def answer(found: Found, _: Decimal) -> Answer:
        best, possible = found["best"], found["possible"]
        value = where(possible.isnull() | (best <= possible), sign * best)
        return Answer(value, true(found["blank"]), none=best.isnull() & possible.isnull())

    return Aggregation(aggregates, answer)


def _rank(severity: ir.StringValue) -> ir.IntegerValue:
    return ibis.cases(*((severity == name, rank) for rank, name in enumerate(SEVERITIES)))


def severity(rank: ir.NumericValue) -> ir.StringValue:
    """Return the severity of a rank."""
    return ibis.cases(*((rank == number, name) for number, name in enumerate(SEVERITIES)))


TAKES: Mapping[Take, Aggregation] = {
    "any": Aggregation(lambda rows: {"state": _greatest(rows, "may", "counts")}, _any),
    "number": Aggregation(
        lambda rows: {"number": rows["counts"].cast("int64").sum(), "may": rows["may"].any()}, _number
    ),
    "every": Aggregation(lambda rows: {"state": _greatest(rows, "member", "doubtful", "fails")}, _every),
    "only": Aggregation(
        lambda rows: {
            "lowest": _counted(rows).min(),
            "highest": _counted(rows).max(),
            "blank": _blank(rows),
        },
        _only,
    ),
    "sum": Aggregation(lambda rows: {"sum": _counted(rows).sum(), "blank": _blank(rows)}, _sum),
    "mean": Aggregation(
        lambda rows: {
            "sum": _counted(rows).sum(),
            "number": rows["counts"].cast("int64").sum(),
            "blank": _blank(rows),
        },
        _mean,
    ),
    "lowest": _extreme(1),
    "highest": _extreme(-1),
}
