"""Treatments: courses of a drug or a group that follow each other with a small gap at most.

A course may be uncertain: perhaps never taken, begun or stopped on an unknown day. So courses are joined
twice, with each as short and as long as it can be. What both agree on is known, unless a course that was
perhaps not taken belongs to the treatment.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from cds_engine.language.expressions import Scalar
from cds_engine.quantities.numbers import total
from cds_engine.record.chart import Entry

EVER = 1_000_000
"""More days ago than any date of a record: the start of a course whose start is unknown may be as early."""


class _Span(NamedTuple):
    """The days of a course, counted backwards: ``begun`` is at least ``ended``, and 0 is the evaluation."""

    begun: int
    ended: int
    entry: Entry


def treatments(courses: Sequence[Entry], gap: int, *, more: bool = False) -> list[Entry]:
    """Return the treatments that ``courses`` make up, the latest first.

    Two courses belong to one treatment if at most ``gap`` days lie between the end of one and the start of
    the next, or if they overlap. If there may be ``more`` courses, only that a treatment continues is known.
    """
    if len(courses) == 1 and not more and courses[0].certain and _has_days(courses[0]):
        return [_alone(courses[0])]
    longest = [_longest(course) for course in courses]
    shortest = [span for course in longest if (span := _shortest(course.entry)) is not None]
    certain = _joined(shortest, gap)
    found = [entry for group in _joined(longest, gap) for entry in _treatments(group, certain)]
    if more:
        for treatment in found:
            treatment.attributes = {"active": True} if treatment.attributes.get("active") else {}
    return found


def _has_days(course: Entry) -> bool:
    """Return whether a course, as long as it can be, has a day on which it was taken."""
    if course.attributes["active"]:
        return True
    span = _longest(course)
    return span.begun > span.ended


def _alone(course: Entry) -> Entry:
    """Return the treatment of one certain course."""
    stated = course.attributes
    attributes: dict[str, Scalar] = {
        name: stated[name] for name in ("active", "begun", "ended") if name in stated
    }
    if "begun" in stated and "dose" in stated and (stated["active"] or "ended" in stated):
        attributes["dose_changed"] = stated["begun"]
    return Entry(attributes, course.pointer)


def _longest(course: Entry) -> _Span:
    begun, ended = course.attributes.get("begun"), course.attributes.get("ended")
    return _Span(EVER if begun is None else int(begun), 0 if ended is None else int(ended), course)


def _shortest(course: Entry) -> _Span | None:
    """Return the days on which a course was certainly taken; None where it perhaps never was."""
    if not course.certain:
        return None
    begun, ended = course.attributes.get("begun"), course.attributes.get("ended")
    if course.attributes["active"]:
        return _Span(0 if begun is None else int(begun), 0, course)
    if ended is None:
        ended = begun
    if ended is None:
        return None
    return _Span(int(ended if begun is None else begun), int(ended), course)


def _joined(spans: Iterable[_Span], gap: int) -> list[list[_Span]]:
    """Return the groups of spans without a larger gap, the latest group first."""
    groups: list[list[_Span]] = []
    reached = 0
    for span in sorted(spans, key=lambda span: -span.begun):
        if groups and reached - span.begun <= gap:
            groups[-1].append(span)
            reached = min(reached, span.ended)
        else:
            groups.append([span])
            reached = span.ended
    return groups[::-1]


def _treatments(group: Sequence[_Span], certain: Sequence[Sequence[_Span]]) -> Iterator[Entry]:
    """Yield the treatment of a group, and one more if the group is perhaps several treatments."""
    ids = {id(span.entry) for span in group}
    inside = [spans for spans in certain if id(spans[0].entry) in ids]
    yield _treatment(group, inside)
    if len(group) > 1 and [len(spans) for spans in inside] != [len(group)]:
        yield Entry({}, group[0].entry.pointer, certain=False)


def _treatment(group: Sequence[_Span], inside: Sequence[Sequence[_Span]]) -> Entry:
    courses = [span.entry for span in group]
    pointer = courses[0].pointer
    attributes: dict[str, Scalar] = {}
    if any(course.certain and course.attributes["active"] for course in courses):
        attributes["active"] = True
    elif not any(course.attributes["active"] for course in courses):
        attributes["active"] = False
    if not inside:
        return Entry(attributes, pointer, certain=any(course.certain for course in courses))
    begun, ended = max(span.begun for span in group), min(span.ended for span in group)
    exact = len(inside) == 1 and all(course.certain for course in courses)
    if exact and begun == max(span.begun for span in inside[0]):
        attributes["begun"] = Decimal(begun)
        changed = _dose_changed(group)
        if changed is not None and ended == min(span.ended for span in inside[0]):
            attributes["dose_changed"] = Decimal(changed)
    if exact and attributes.get("active") is False and ended == min(span.ended for span in inside[0]):
        attributes["ended"] = Decimal(ended)
    return Entry(attributes, pointer)


def _dose_changed(group: Sequence[_Span]) -> int | None:
    """Return how many days ago the daily dose of a treatment last changed, its start included.

    Days between two courses do not count as a change. None if a dose or a day is unknown, or if the drug was
    never taken for a day.
    """
    courses = [span.entry for span in group]
    if any("dose" not in course.attributes or "begun" not in course.attributes for course in courses):
        return None
    if any(not course.attributes["active"] and "ended" not in course.attributes for course in courses):
        return None
    last: Decimal | None = None
    changed: int | None = None
    for day in sorted({day for span in group for day in (span.begun, span.ended)}, reverse=True):
        taken = [span.entry for span in group if _taken(span, day)]
        if not taken:
            continue
        dose = total(course.attributes["dose"] for course in taken)  # type: ignore[misc]  # a number
        if dose != last:
            last, changed = dose, day
    return changed


def _taken(span: _Span, day: int) -> bool:
    """Return whether a course was taken ``day`` days ago; the day on which it ended is not part of it."""
    return span.begun >= day and (day > span.ended or bool(span.entry.attributes["active"]))
