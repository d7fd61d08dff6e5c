"""How the facts of a record change from day to day while no entry begins, ends or is added.

Between two days of change, the entries of a record stay the same, and every count of days grows by one a day.
So a fact either stays the same, or counts the days since some date, or follows from such counts. Comparing a
count of days with a number changes on a day that can be computed; this module collects those days. A fact
that may change on any day is named, so that every day is evaluated.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction

from cds_engine.facts.derivations import in_order
from cds_engine.facts.formulas import compile_formula
from cds_engine.language.expressions import Comparison, leaves, resolve
from cds_engine.language.formulas import (
    FORMULA_TYPES,
    Binary,
    Call,
    Choice,
    Compare,
    Formula,
    Input,
    Negative,
    Number,
    facts_in,
    resolve_formula,
)
from cds_engine.language.queries import COUNTING, Computed, FactName, Query
from cds_engine.rulebook.model import Fact
from cds_engine.timeline.days import Dates

DAY_COUNTS = frozenset({"ago", "begun", "ended", "dose_changed"})
"""The attributes of entries that grow by one a day."""


_NOT_AT_ALL = frozenset({Fraction(0)})


@dataclass(frozen=True, slots=True)
class Motion:
    """How much a value grows a day while no entry changes.

    ``rates`` are the possible growths: none for a value that is never known, and None for one that may change
    in any way. ``since`` are the dates from which the value counts days if it does nothing else.
    """

    rates: frozenset[Fraction] | None = _NOT_AT_ALL
    since: frozenset[datetime.date] | None = None

    @property
    def is_still(self) -> bool:
        """Whether the value stays the same."""
        return self.rates is not None and self.rates <= _NOT_AT_ALL

    @property
    def counts_days(self) -> bool:
        """Whether the value stays the same or is the number of days since one of ``since``."""
        return self.is_still or self.since is not None


STILL = Motion()
ANY = Motion(None)
"""May change on any day and by any amount."""


def counting(since: Iterable[datetime.date]) -> Motion:
    """Return the motion of a number of days since one of some dates; without one it is never known."""
    dates = frozenset(since)
    return Motion(frozenset({Fraction(1)}), dates) if dates else Motion(frozenset())


def either(*motions: Motion) -> Motion:
    """Return the motion of a value that moves in one of some ways."""
    if any(motion.rates is None for motion in motions):
        return ANY
    rates = frozenset[Fraction]().union(*(motion.rates or () for motion in motions))
    since = None
    if all(motion.counts_days for motion in motions) and not rates <= _NOT_AT_ALL:
        since = frozenset[datetime.date]().union(*(motion.since or () for motion in motions))
    return Motion(rates, since)


class Motions:
    """The motions of some facts for one record, and the days on which a comparison changes.

    Args:
        facts: the facts, and those that they read.
        parameters: the values of the parameters.
        compared: the comparisons of rules and findings.
        dates: the dates of the record.

    Attributes:
        days: the days on which an entry begins or ends, or a comparison with a count of days changes.
        every_day: the facts that may change on any day and that something depends on.
    """

    def __init__(
        self,
        facts: Iterable[Fact],
        parameters: Mapping[str, Decimal],
        compared: Iterable[Comparison],
        dates: Dates,
    ) -> None:
        self._parameters = parameters
        self._dates = dates
        self.days: set[datetime.date] = set()
        self.every_day: set[str] = set()
        self._facts: dict[str, Motion] = {}
        declared = {fact.name: fact for fact in facts if fact.derivation is not None}
        for name in in_order(declared):
            match declared[name].derivation:
                case Query() as query:
                    motion = self._query(query)
                case Computed(formula):
                    motion = self._computed(resolve_formula(formula, parameters))
                case _:
                    motion = STILL
            if motion.rates is None:
                self.every_day.add(name)
            self._facts[name] = motion
        for leaf in compared:
            self._compare(leaf)

    def _query(self, query: Query) -> Motion:
        """Return the motion of a query's answer."""
        dates = self._dates.of(query.of.section, query.of.members)
        self.days |= dates
        if query.of.kind == "treatment":
            self._cross(dates, Decimal(0))
            if query.of.gap is not None:
                self._cross(dates, self._parameters[query.of.gap])
        if query.where is not None:
            for leaf in leaves(resolve(query.where, self._parameters)):
                if not self._filter(leaf, dates):
                    return ANY
        others = [self._facts[query.if_none.name]] if isinstance(query.if_none, FactName) else []
        others += [self._facts[query.unstated]] if query.unstated is not None else []
        if isinstance(query.if_none, Decimal):
            others.append(STILL)
        if query.take in COUNTING:
            return STILL
        given = counting(dates) if query.give in DAY_COUNTS else STILL
        if query.take in ("sum", "mean") and not given.is_still:
            return ANY
        return either(given, *others)

    def _filter(self, leaf: Comparison, dates: set[datetime.date]) -> bool:
        """Note the days on which a comparison in a filter changes; return False if it may on any day."""
        moves = leaf.fact in DAY_COUNTS
        attribute = counting(dates) if moves else STILL
        if isinstance(leaf.operand, FORMULA_TYPES):
            return self._is_still_between(attribute, leaf.operand)
        if moves and isinstance(leaf.operand, Decimal):
            self._cross(dates, leaf.operand)
        return True

    def _is_still_between(self, one: Motion, formula: Formula) -> bool:
        """Note when a value and a formula change places; return False if they may on any day."""
        other = self._formula(formula)
        if one.rates is None or other.rates is None:
            return False
        if len(one.rates | other.rates) == 1 or not one.rates or not other.rates:
            return True
        if one.since is not None and not facts_in(formula):
            self._cross(one.since, compile_formula(formula)({}))
            return True
        return False

    def _computed(self, formula: Formula) -> Motion:
        """Return the motion of a computed fact, which also leaves its domain: nothing or anything."""
        return STILL if self._formula(formula).is_still else ANY

    def _formula(self, formula: Formula) -> Motion:
        match formula:
            case Number():
                return STILL
            case Input(fact, _, factor):
                motion = self._facts.get(fact, STILL)
                return motion if factor == 1 else _scaled(motion, factor)
            case Choice(_, values):
                return _without_dates(either(*(self._formula(value) for _, value in values)))
            case Negative(value):
                return _scaled(self._formula(value), Fraction(-1))
            case Binary("+" | "-" as operator, left, right):
                factor = Fraction(1 if operator == "+" else -1)
                return _added(self._formula(left), _scaled(self._formula(right), factor))
            case Binary("*" | "/" as operator, left, right):
                return self._product(operator, left, right)
            case Compare(_, left, right):
                return self._comparison(left, right)
            case Call("min" | "max", arguments):
                motions = [_without_dates(self._formula(argument)) for argument in arguments]
                together = either(*motions)
                return together if together.rates is not None and len(together.rates) <= 1 else ANY
        parts = getattr(formula, "arguments", None) or (formula.left, formula.right)  # type: ignore[union-attr]
        return STILL if all(self._formula(part).is_still for part in parts) else ANY

    def _product(self, operator: str, left: Formula, right: Formula) -> Motion:
        one, other = self._formula(left), self._formula(right)
        if one.is_still and other.is_still:
            return STILL
        if operator == "*" and not facts_in(left):
            left, right, one, other = right, left, other, one
        constant = compile_formula(right)({}) if not facts_in(right) else None
        if not constant:
            return ANY
        factor = Fraction(constant)
        return _scaled(one, factor if operator == "*" else 1 / factor)

    def _comparison(self, left: Formula, right: Formula) -> Motion:
        one, other = self._formula(left), self._formula(right)
        if _added(one, _scaled(other, Fraction(-1))).is_still:
            return STILL
        for motion, formula in ((one, right), (other, left)):
            if motion.since is not None and not facts_in(formula):
                self._cross(motion.since, compile_formula(formula)({}))
                return STILL
        return ANY

    def _compare(self, leaf: Comparison) -> None:
        """Note the days on which a comparison of a rule or finding changes."""
        motion = self._facts.get(leaf.fact, STILL)
        if motion.since is not None and isinstance(leaf.operand, Decimal):
            self._cross(motion.since, leaf.operand)

    def _cross(self, dates: Iterable[datetime.date], days: Decimal | None) -> None:
        """Note the days on which the number of days since a date reaches a number, and exceeds it."""
        if days is None:
            return
        reached = int(days.to_integral_value(ROUND_CEILING))
        exceeded = int(days.to_integral_value(ROUND_FLOOR)) + 1
        for date in dates:
            for later in (reached, exceeded):
                found = _later(date, later)
                if found is not None:
                    self.days.add(found)


def _later(date: datetime.date, days: int) -> datetime.date | None:
    try:
        return date + datetime.timedelta(days=days)
    except OverflowError:
        return None


def _scaled(motion: Motion, factor: Fraction) -> Motion:
    if motion.rates is None:
        return ANY
    return Motion(frozenset(rate * factor for rate in motion.rates))


def _added(one: Motion, other: Motion) -> Motion:
    if one.rates is None or other.rates is None:
        return ANY
    return Motion(frozenset(left + right for left in one.rates for right in other.rates))


def _without_dates(motion: Motion) -> Motion:
    return Motion(motion.rates)
