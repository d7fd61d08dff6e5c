"""How the facts of a record change from day to day while no entry begins, ends or is added.

Between two days of change, the entries of a record stay the same, and every count of days grows by one a day.
So a fact either stays the same, or counts the days since some date, or follows from such counts. Comparing a
count of days with a number changes on a day that can be computed; this module collects those days. A fact
that may change on any day is named, so that it is derived on every day.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from typing import TypeVar

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
    facts_in,
    resolve_formula,
)
from cds_engine.language.queries import COUNTING, Computed, FactName, Query
from cds_engine.rulebook.model import Fact
from cds_engine.timeline.days import Dates

DAY_COUNTS = frozenset({"ago", "begun", "ended", "dose_changed"})
"""The attributes of entries that grow by one a day."""
_ZERO, _ONE = Fraction(0), Fraction(1)
_STILL, _DAILY = frozenset({_ZERO}), frozenset({_ONE})
_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class Motion:
    """How much a value grows a day while no entry changes.

    ``rates`` are the possible growths: none for a value that is never known, and None for one that may change
    in any way. ``since`` are the dates from which it may count days, or None if it may grow otherwise.
    ``constants`` are the values that it may stay at, or None if these are not known.
    """

    rates: frozenset[Fraction] | None
    since: frozenset[datetime.date] | None
    constants: frozenset[Decimal] | None

    @property
    def is_still(self) -> bool:
        """Whether the value stays the same."""
        return self.rates is not None and self.rates <= _STILL

    @property
    def counts_days(self) -> bool:
        """Whether the value stays the same or is the number of days since one of ``since``."""
        return self.rates is not None and self.since is not None and self.rates <= _STILL | _DAILY


STILL = Motion(_STILL, frozenset(), None)
ANY = Motion(None, None, None)
"""May change on any day and by any amount."""
NEVER_KNOWN = Motion(frozenset(), frozenset(), frozenset())


def constant(value: Decimal) -> Motion:
    """Return the motion of a number that stays the same."""
    return Motion(_STILL, frozenset(), frozenset({value}))


def counting(since: Iterable[datetime.date]) -> Motion:
    """Return the motion of a number of days since one of some dates; without one it is never known."""
    dates = frozenset(since)
    return Motion(_DAILY, dates, frozenset()) if dates else NEVER_KNOWN


def either(*motions: Motion) -> Motion:
    """Return the motion of a value that moves in one of some ways."""
    rates = _union(motion.rates for motion in motions)
    since = _union(motion.since for motion in motions)
    return Motion(rates, since, _union(motion.constants for motion in motions))


def _union(sets: Iterable[frozenset[_Item] | None]) -> frozenset[_Item] | None:
    found: set[_Item] = set()
    for each in sets:
        if each is None:
            return None
        found |= each
    return frozenset(found)


class Motions:
    """The motions of some facts for one record, and the days on which a comparison changes.

    Args:
        facts: the facts, and those that they read.
        parameters: the values of the parameters.
        compared: the comparisons of rules and findings.
        dates: the dates of the record.

    Attributes:
        days: the days on which an entry begins or ends, or a comparison with a count of days changes.
        every_day: the facts that may change on any day.
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
                    motion = self._computed(declared[name], resolve_formula(formula, parameters))
                case _:
                    motion = STILL
            if not motion.counts_days:
                self.every_day.add(name)
            self._facts[name] = motion
        for leaf in compared:
            motion = self._facts.get(leaf.fact, STILL)
            if isinstance(leaf.operand, Decimal):
                self._cross(motion.since, leaf.operand)

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
        if query.take in COUNTING:
            return STILL
        given = counting(dates) if query.give in DAY_COUNTS else STILL
        if query.take in ("sum", "mean") and not given.is_still:
            return ANY
        others = [self._facts[query.unstated]] if query.unstated is not None else []
        if isinstance(query.if_none, FactName):
            others.append(self._facts[query.if_none.name])
        elif query.if_none is not None:
            others.append(constant(query.if_none) if isinstance(query.if_none, Decimal) else STILL)
        return either(given, *others)

    def _filter(self, leaf: Comparison, dates: set[datetime.date]) -> bool:
        """Note the days on which a comparison in a filter changes; return False if it may on any day."""
        attribute = counting(dates) if leaf.fact in DAY_COUNTS else STILL
        if isinstance(leaf.operand, FORMULA_TYPES):
            return self._compare(attribute, self._formula(leaf.operand))
        if isinstance(leaf.operand, Decimal):
            self._cross(attribute.since, leaf.operand)
        return True

    def _compare(self, one: Motion, other: Motion) -> bool:
        """Note when two values change places; return False if they may on any day."""
        if one.rates is None or other.rates is None:
            return False
        if not one.rates or not other.rates or len(one.rates | other.rates) == 1:
            return True
        if not one.counts_days or not other.counts_days:
            return False
        return self._overtakes(one, other) and self._overtakes(other, one)

    def _overtakes(self, one: Motion, other: Motion) -> bool:
        """Note when a number of days passes the values that another one stays at; False if not known."""
        if not one.since or other.rates is None or _ZERO not in other.rates:
            return True
        for value in other.constants or ():
            self._cross(one.since, value)
        return other.constants is not None

    def _computed(self, fact: Fact, formula: Formula) -> Motion:
        """Return the motion of a computed fact, which is unknown outside its domain."""
        motion = self._formula(formula)
        if not motion.counts_days:
            return ANY
        self._cross(motion.since, fact.minimum)
        self._cross(motion.since, fact.maximum)
        return motion

    def _formula(self, formula: Formula) -> Motion:
        if not facts_in(formula):
            number = compile_formula(formula)({})
            return NEVER_KNOWN if number is None else constant(number)
        match formula:
            case Input(fact, _, factor):
                return _scaled(self._facts.get(fact, STILL), factor)
            case Choice(_, values):
                return either(*(self._formula(value) for _, value in values))
            case Negative(value):
                return _scaled(self._formula(value), -_ONE)
            case Binary("+" | "-" as operator, left, right):
                return _added(self._formula(left), _scaled(self._formula(right), Fraction(f"{operator}1")))
            case Binary("*" | "/" as operator, left, right):
                return self._product(operator, left, right)
            case Compare(_, left, right):
                return STILL if self._compare(self._formula(left), self._formula(right)) else ANY
            case Call("min" | "max", arguments):
                return self._extreme([self._formula(argument) for argument in arguments])
            case Binary(_, left, right):
                parts: tuple[Formula, ...] = (left, right)
            case Call(_, arguments):
                parts = arguments
            case _:
                raise AssertionError(f"no formula: {formula!r}")
        return STILL if all(self._formula(part).is_still for part in parts) else ANY

    def _product(self, operator: str, left: Formula, right: Formula) -> Motion:
        one, other = self._formula(left), self._formula(right)
        if one.is_still and other.is_still:
            return STILL
        if operator == "*" and not facts_in(left):
            one, other = other, one
        factors = other.constants if other.is_still else None
        if not factors or len(factors) > 1 or not min(factors):
            return ANY
        factor = Fraction(min(factors))
        return _scaled(one, factor if operator == "*" else 1 / factor)

    def _extreme(self, motions: list[Motion]) -> Motion:
        """Return the motion of the lowest or highest of some values: of one after the other."""
        if all(motion.is_still for motion in motions):
            return STILL
        pairs = ((one, other) for one in motions for other in motions if one is not other)
        return either(*motions) if all(self._compare(*pair) for pair in pairs) else ANY

    def _cross(self, dates: Iterable[datetime.date] | None, days: Decimal) -> None:
        """Note the days on which the number of days since a date reaches a number, and exceeds it."""
        reached = int(days.to_integral_value(ROUND_CEILING))
        exceeded = int(days.to_integral_value(ROUND_FLOOR)) + 1
        for date in dates or ():
            self.days.update(_later(date, {reached, exceeded}))


def _later(date: datetime.date, days: Iterable[int]) -> Iterable[datetime.date]:
    for number in days:
        try:
            yield date + datetime.timedelta(days=number)
        except OverflowError:
            continue


def _scaled(motion: Motion, factor: Fraction) -> Motion:
    if motion.rates is None or factor == 1:
        return motion
    rates = frozenset(rate * factor for rate in motion.rates)
    since = frozenset[datetime.date]() if motion.is_still else None
    exact = factor.denominator == 1 and motion.constants is not None
    constants = frozenset(value * factor.numerator for value in motion.constants or ()) if exact else None
    return Motion(rates, since, constants)


def _added(one: Motion, other: Motion) -> Motion:
    if one.rates is None or other.rates is None:
        return ANY
    rates = frozenset(left + right for left in one.rates for right in other.rates)
    for motion, shift in ((one, other), (other, one)):
        days = _whole(shift)
        if motion.counts_days and days is not None:
            return _shifted(motion, days)
    return Motion(rates, frozenset() if rates <= _STILL else None, None)


def _whole(motion: Motion) -> int | None:
    """Return the whole number that a value always is; None if it is not one."""
    if not motion.is_still or motion.constants is None or len(motion.constants) != 1:
        return None
    (value,) = motion.constants
    return int(value) if value == value.to_integral_value() else None


def _shifted(motion: Motion, days: int) -> Motion:
    """Return the motion of a number of days and some more: it counts from so many days earlier."""
    assert motion.since is not None
    since = frozenset(day for date in motion.since for day in _later(date, [-days]))
    constants = None if motion.constants is None else frozenset(value + days for value in motion.constants)
    return Motion(motion.rates, since if len(since) == len(motion.since) else None, constants)
