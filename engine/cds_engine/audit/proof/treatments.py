"""Treatments of a symbolic chart: courses joined as :mod:`cds_engine.facts.treatments` joins real ones.

Each course may be the first of a treatment. It is if no course before it reaches it, and the treatment has
the courses that follow until the next one that is the first of a treatment.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations

import z3

from cds_engine.audit.proof.aggregates import best_of
from cds_engine.audit.proof.entries import SymbolicEntry
from cds_engine.audit.proof.logic import NO, Formula, choose, every, implies, no, some
from cds_engine.audit.proof.variables import UNKNOWN, Variable, added
from cds_engine.facts.treatments import EVER


def treatments(courses: Sequence[SymbolicEntry], gap: int, more: Formula) -> list[SymbolicEntry]:
    """Return the treatments that ``courses`` may make up; ``more`` says that there may be further courses."""
    longest = _Spans([_longest(course) for course in courses], gap)
    shortest = _Spans([_shortest(course) for course in courses], gap)
    groups = [_Group(courses, longest, shortest, first) for first in range(len(courses))]
    return [entry for group in groups for entry in (Treatment(group, more), PerhapsAnother(group))]


@dataclass(frozen=True, slots=True)
class _Span:
    """The days of a course, if it has any, counted backwards from the evaluation."""

    exists: Formula
    begun: Formula
    ended: Formula


def _longest(course: SymbolicEntry) -> _Span:
    begun, ended = course.attribute("begun"), course.attribute("ended")
    return _Span(
        course.exists,
        choose(begun.known, begun.value, z3.IntVal(EVER)),
        choose(ended.known, ended.value, z3.IntVal(0)),
    )


def _shortest(course: SymbolicEntry) -> _Span:
    begun, ended = course.attribute("begun"), course.attribute("ended")
    active = course.attribute("active").value
    last = choose(active, z3.IntVal(0), choose(ended.known, ended.value, begun.value))
    dated = some(active, begun.known, ended.known)
    return _Span(every(course.exists, course.certain, dated), choose(begun.known, begun.value, last), last)


class _Spans:
    """Spans joined where at most ``gap`` days lie between them."""

    def __init__(self, spans: Sequence[_Span], gap: int) -> None:
        self.spans = spans
        self.numbers = range(len(spans))
        self._before = [[self._is_before(one, other) for other in self.numbers] for one in self.numbers]
        self.starts = [self._is_start(number, gap) for number in self.numbers]
        """Whether each span is the first of a group."""

    def _is_start(self, number: int, gap: int) -> Formula:
        span = self.spans[number]
        apart = [
            implies(
                every(self.spans[other].exists, self._before[other][number]),
                self.spans[other].ended - span.begun > gap,
            )
            for other in self.numbers
            if other != number
        ]
        return every(span.exists, *apart)

    def _is_before(self, one: int, other: int) -> Formula:
        """Return whether a span begins before another; of two that begin on one day, the first does."""
        begun, others = self.spans[one].begun, self.spans[other].begun
        return begun >= others if one < other else begun > others

    def members(self, first: int) -> list[Formula]:
        """Return for each span whether it belongs to the group of which ``first`` is the first."""
        return [self._is_member(first, number) for number in self.numbers]

    def _is_member(self, first: int, number: int) -> Formula:
        if first == number:
            return self.starts[first]
        between = [
            every(self.starts[other], self._before[first][other], self._before[other][number])
            for other in self.numbers
            if other not in (first, number)
        ]
        return every(
            self.starts[first],
            self.spans[number].exists,
            self._before[first][number],
            no(self.starts[number]),
            no(some(*between)),
        )


class _Group:
    """The courses of a treatment, if the course ``first`` is the first of one."""

    def __init__(
        self, courses: Sequence[SymbolicEntry], longest: _Spans, shortest: _Spans, first: int
    ) -> None:
        self.courses = courses
        self.exists = longest.starts[first]
        self.inside = longest.members(first)
        """Whether each course belongs to the treatment."""
        self.spans = longest.spans
        self.begun = longest.spans[first].begun
        self.ended = best_of(self._of_members(span.ended for span in longest.spans), lowest=True)
        parts = self._also(shortest.starts)
        one_part = every(some(*parts), *(no(every(*pair)) for pair in combinations(parts, 2)))
        complete = no(some(*self._also(no(span.exists) for span in shortest.spans)))
        others = (inside for number, inside in enumerate(self.inside) if number != first)
        self.perhaps_several = every(some(*others), no(every(one_part, complete)))
        self.certain = some(*parts, *self._also(course.certain for course in courses))
        self.exact = every(one_part, no(some(*self._also(no(course.certain) for course in courses))))
        days = self._also(span.exists for span in shortest.spans)
        begun = best_of(zip(days, (span.begun for span in shortest.spans), strict=True), lowest=False)
        ended = best_of(zip(days, (span.ended for span in shortest.spans), strict=True), lowest=True)
        self.begun_known = every(self.exact, begun == self.begun)
        self.ended_known = every(self.exact, ended == self.ended)

    def _also(self, conditions: Iterable[Formula]) -> list[Formula]:
        """Return for each course whether it belongs to the treatment and meets its condition."""
        return [every(inside, also) for inside, also in zip(self.inside, conditions, strict=True)]

    def _of_members(self, values: Iterable[Formula]) -> list[tuple[Formula, Formula]]:
        return list(zip(self.inside, values, strict=True))

    @cached_property
    def active(self) -> Variable:
        """Return whether the treatment continues."""
        active = [course.attribute("active").value for course in self.courses]
        certain = [every(now, course.certain) for now, course in zip(active, self.courses, strict=True)]
        continues = some(*self._also(certain))
        return Variable(some(continues, no(some(*self._also(active)))), continues)

    @cached_property
    def dose_changed(self) -> Variable:
        """Return how many days ago the daily dose last changed.

        That is the earliest day from which on it was the same whenever the drug was taken.
        """
        begun, ended, dose, active = (
            [course.attribute(name) for course in self.courses]
            for name in ("begun", "ended", "dose", "active")
        )
        needed = [
            every(*found)
            for found in zip(
                (variable.known for variable in dose),
                (variable.known for variable in begun),
                (some(now.value, day.known) for now, day in zip(active, ended, strict=True)),
                strict=True,
            )
        ]
        known = no(some(*self._also(no(found) for found in needed)))
        days = [
            _Day(inside, day, *self._taken(day))
            for inside, span in zip(self.inside, self.spans, strict=True)
            for day in (span.begun, span.ended)
        ]
        unchanged = []
        for day in days:
            same = [
                implies(every(other.exists, other.taken, other.day < day.day), other.dose == day.dose)
                for other in days
            ]
            unchanged.append((every(day.exists, day.taken, *same), day.day))
        taken = some(*(condition for condition, _ in unchanged))
        return Variable(every(known, taken), best_of(unchanged, lowest=False))

    def _taken(self, day: Formula) -> tuple[Formula, Formula]:
        """Return whether a course of the treatment was taken on a day, and the dose."""
        taken = [
            every(inside, span.begun >= day, some(day > span.ended, course.attribute("active").value))
            for inside, span, course in zip(self.inside, self.spans, self.courses, strict=True)
        ]
        doses = [
            Variable(
                now, choose(now, course.attribute("dose").value, z3.IntVal(0)), course.attribute("dose").step
            )
            for now, course in zip(taken, self.courses, strict=True)
        ]
        return some(*taken), added(doses).value


@dataclass(frozen=True, slots=True)
class _Day:
    """A day on which a dose may have changed, if its course belongs to the treatment."""

    exists: Formula
    day: Formula
    taken: Formula
    dose: Formula


class Treatment(SymbolicEntry):
    """The treatment of a group of courses; if there may be more of them, only that it continues is known."""

    kind = "treatment"

    def __init__(self, group: _Group, more: Formula) -> None:
        self.exists = group.exists
        self.certain = group.certain
        self._group = group
        self._more = more

    def attribute(self, name: str) -> Variable:
        """Return an attribute."""
        group, active = self._group, self._group.active
        if name == "active":
            return Variable(choose(self._more, active.value, active.known), active.value)
        if name == "begun":
            found = Variable(group.begun_known, group.begun)
        elif name == "ended":
            found = Variable(every(active.known, no(active.value), group.ended_known), group.ended)
        else:
            found = group.dose_changed.where(every(group.begun_known, group.ended_known))
        return found.where(no(self._more))


class PerhapsAnother(SymbolicEntry):
    """A treatment that a group of courses perhaps has beyond its first one."""

    kind = "treatment"

    def __init__(self, group: _Group) -> None:
        self.exists = every(group.exists, group.perhaps_several)
        self.certain = NO

    def attribute(self, name: str) -> Variable:
        """Return that the attribute is not known."""
        return UNKNOWN
