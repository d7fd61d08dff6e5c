"""Picking and aggregating symbolic entries, as :mod:`cds_engine.facts.aggregates` does with real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import lcm

import z3

from cds_engine.audit.proof.logic import NO, Formula, choose, every, implies, no, some
from cds_engine.audit.proof.variables import UNKNOWN, Variable, first_of, on_common_step
from cds_engine.language.queries import Take


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entry of a query: when it counts, when it may count, what it gives, and its day."""

    counts: Formula
    may_count: Formula
    value: Variable
    day: Variable = UNKNOWN


Candidates = Sequence[Candidate]
Aggregate = Callable[[Candidates], Variable]


def something_counts(candidates: Candidates) -> Formula:
    """Return when an entry counts."""
    return some(*(candidate.counts for candidate in candidates))


def something_may_count(candidates: Candidates) -> Formula:
    """Return when an entry may count."""
    return some(*(candidate.may_count for candidate in candidates))


def _any(candidates: Candidates) -> Variable:
    found = something_counts(candidates)
    return Variable(some(found, no(something_may_count(candidates))), found)


def _number(candidates: Candidates) -> Variable:
    known = no(something_may_count(candidates))
    return Variable(known, _total([(candidate.counts, z3.IntVal(1)) for candidate in candidates]))


def _total(values: Sequence[tuple[Formula, Formula]]) -> Formula:
    """Return the sum of the values whose condition is true."""
    terms = [choose(condition, value, z3.IntVal(0)) for condition, value in values if condition is not NO]
    return z3.IntVal(0) if not terms else terms[0] if len(terms) == 1 else z3.Sum(terms)


def _only(candidates: Candidates) -> Variable:
    """Return the one value that all entries have."""
    same, value = _same([(candidate.counts, candidate.value) for candidate in candidates])
    known = every(something_counts(candidates), no(something_may_count(candidates)), same)
    return Variable(known, value.value, value.step, value.codes)


def _same(values: Sequence[tuple[Formula, Variable]]) -> tuple[Formula, Variable]:
    """Return when all values whose condition is true are known and equal, and the value that they have."""
    wanted = [(condition, value) for condition, value in values if condition is not NO]
    if not wanted or all(value.known is NO for _, value in wanted):
        return no(some(*(condition for condition, _ in wanted))), UNKNOWN
    candidates = [(condition, value) for condition, value in wanted if value.known is not NO]
    counts, step = on_common_step([value for _, value in candidates])
    conditions = [condition for condition, _ in candidates]
    found = first_of(list(zip(conditions, counts, strict=True)), counts[-1])
    known = every(*(implies(condition, value.known) for condition, value in wanted))
    pairs = zip(conditions[1:], counts[1:], strict=True)
    equal = every(*(implies(condition, count == found) for condition, count in pairs))
    codes = {code: number for _, value in candidates for code, number in value.codes.items()}
    return every(known, equal), Variable(known, found, step, codes)


def _sum(candidates: Candidates) -> Variable:
    listed = [candidate for candidate in candidates if candidate.counts is not NO]
    values, step = on_common_step([candidate.value for candidate in listed])
    stated = [implies(candidate.counts, candidate.value.known) for candidate in listed]
    known = every(something_counts(listed), no(something_may_count(candidates)), *stated)
    counts = [candidate.counts for candidate in listed]
    return Variable(known, _total(list(zip(counts, values, strict=True))), step)


def _mean(candidates: Candidates) -> Variable:
    """Return the sum divided by the number, in steps that every such division has."""
    total, number = _sum(candidates), _number(candidates)
    most = sum(candidate.counts is not NO for candidate in candidates)
    parts = lcm(*range(1, most + 1))
    means = [(number.value == count, total.value * (parts // count)) for count in range(1, most + 1)]
    return Variable(total.known, first_of(means, z3.IntVal(0)), total.step / parts)


def _extreme(*, lowest: bool) -> Aggregate:
    def aggregate(candidates: Candidates) -> Variable:
        stated = [candidate for candidate in candidates if candidate.value.known is not NO]
        values, step = on_common_step([candidate.value for candidate in stated])
        pairs = list(zip(stated, values, strict=True))
        best = best_of([(candidate.counts, value) for candidate, value in pairs], lowest=lowest)
        needed = [something_counts(candidates)]
        needed += [implies(candidate.counts, candidate.value.known) for candidate in candidates]
        needed += [implies(candidate.may_count, candidate.value.known) for candidate in candidates]
        needed += [
            implies(candidate.may_count, _in_order(best, value, lowest=lowest, strictly=False))
            for candidate, value in pairs
        ]
        codes = {code: number for candidate in stated for code, number in candidate.value.codes.items()}
        return Variable(every(*needed), best, step, codes)

    return aggregate


def best_of(values: Iterable[tuple[Formula, Formula]], *, lowest: bool) -> Formula:
    """Return the lowest or highest of the values whose condition is true."""
    best, found = z3.IntVal(0), NO
    for condition, value in values:
        better = some(no(found), _in_order(value, best, lowest=lowest, strictly=True))
        best = choose(every(condition, better), value, best)
        found = some(found, condition)
    return best


def _in_order(one: Formula, other: Formula, *, lowest: bool, strictly: bool) -> Formula:
    """Return when ``one`` is before ``other``, from the lowest or from the highest on."""
    if not lowest:
        one, other = other, one
    return one < other if strictly else one <= other


def _nth(place: int, *, latest: bool) -> Aggregate:
    """Return the aggregate for the value of the ``place``-th day, counted from the latest or the earliest."""

    def aggregate(candidates: Candidates) -> Variable:
        listed = [item for item in candidates if item.counts is not NO]
        needed = [something_counts(candidates)]
        wanted = best_of([(item.counts, item.day.value) for item in listed], lowest=latest)
        for _ in range(place):
            beyond = [
                (every(item.counts, _in_order(wanted, item.day.value, lowest=latest, strictly=True)), item)
                for item in listed
            ]
            needed.append(some(*(condition for condition, _ in beyond)))
            wanted = best_of([(condition, item.day.value) for condition, item in beyond], lowest=latest)
        for item in candidates:
            needed.append(implies(item.counts, item.day.known))
            before = _in_order(wanted, item.day.value, lowest=latest, strictly=True)
            needed.append(implies(item.may_count, every(item.day.known, before)))
        same, value = _same([(every(item.counts, item.day.value == wanted), item.value) for item in listed])
        return Variable(every(*needed, same), value.value, value.step, value.codes)

    return aggregate


AGGREGATES: Mapping[Take, Aggregate] = {
    "any": _any,
    "number": _number,
    "only": _only,
    "sum": _sum,
    "mean": _mean,
    "lowest": _extreme(lowest=True),
    "highest": _extreme(lowest=False),
    "latest": _nth(0, latest=True),
    "previous": _nth(1, latest=True),
    "earliest": _nth(0, latest=False),
}
