"""The results of one day as one result: the latest by time or, without times, by status.

Results of equal rank that disagree leave the value unknown, as in a record's chart.
"""

from __future__ import annotations

from decimal import Decimal

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.tables.units import AMOUNT
from cds_engine.record.results import PRECEDENCE

UNKNOWN_AMOUNT = ibis.literal(Decimal(-(10**13)), AMOUNT)
"""Stands for an unknown value, so that it disagrees with a known one; no amount is as low."""
_LIFT = Decimal(10) ** 14
_NO_TIME = -1.0


def lift(status: ir.StringValue) -> ir.DecimalValue:
    """Return a number for the precedence of a status that outweighs any amount; no status means final."""
    lifts = ((status == name, _lift(rank)) for name, rank in PRECEDENCE.items())
    return ibis.cases(*lifts, else_=_lift(PRECEDENCE["final"]))


def _lift(precedence: int) -> ir.DecimalScalar:
    return ibis.literal(_LIFT * precedence, AMOUNT)


def one_a_day(results: ir.Table) -> ir.Table:
    """Return a row for each patient, concept and day ``ago`` of ``results``, with ``value`` and ``time``."""
    day = ["patient", "concept", "ago"]
    if "instant" not in results.columns:
        found = _agreed(results, day)
        return found.select(*day, value=found.amount.nullif(UNKNOWN_AMOUNT), time=ibis.null("float64"))
    found = _agreed(results, [*day, "instant"])
    instant = found.instant
    days = found.group_by(day).agg(
        timed=found.amount.argmax(instant, where=instant.notnull()),
        dated=found.amount.max(where=instant.isnull()),
        hours=found.hours.argmax(instant, where=instant.notnull()),
    )
    agreed = ibis.cases(
        (days.timed.isnull(), days.dated), (days.dated.isnull() | (days.dated == days.timed), days.timed)
    )
    # A result without a time may be the last one.
    time = ibis.cases((days.dated.isnull(), days.hours.nullif(_NO_TIME)))
    return days.select(*day, value=agreed.nullif(UNKNOWN_AMOUNT), time=time)


def _agreed(results: ir.Table, keys: list[str]) -> ir.Table:
    """Return one row for each group, with the amount on which the results of the highest status agree.

    A day seldom has several results, but there are many days. So only two numbers are kept for each, in which
    a higher status outweighs any amount: lifted up, the highest amount; lifted up and reversed, the lowest.
    """
    hours = {}
    if "hours" in results.columns:
        hours = {"first": results.hours.min(), "last": results.hours.max()}
    groups = results.group_by(keys).agg(
        highest=(results.lift + results.amount).max(), lowest=(results.lift - results.amount).max(), **hours
    )
    amounts = (
        (groups.highest + groups.lowest == _lift(2 * rank), groups.highest - _lift(rank))
        for rank in sorted(set(PRECEDENCE.values()))
    )
    amount = ibis.cases(*amounts).cast(AMOUNT).fill_null(UNKNOWN_AMOUNT)
    times = {}
    if hours:
        times = {"hours": ibis.cases((groups.first == groups.last, groups.first), else_=_NO_TIME)}
    return groups.select(*keys, amount=amount, **times)
