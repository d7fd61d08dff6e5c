"""Picking and aggregating entries in three-valued logic.

Entries that *count* certainly meet the filter of a query; entries that *may count* perhaps do. An answer is
known only if no entry that may count could change it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from cds_engine.facts.formulas import Known
from cds_engine.language.expressions import Scalar
from cds_engine.language.queries import SEVERITIES, Take
from cds_engine.quantities.numbers import WORKING, total, whole
from cds_engine.record.chart import Entry

Match = tuple[Sequence[Entry], Sequence[Entry], Sequence[Entry]]
"""What a filter found: the entries that count, those that may count, and all that it was asked about."""
Answer = tuple[Scalar, Sequence[Entry]] | None
"""A value and the entries it came from; None if unknown."""
Value = Callable[[Entry, Known], Scalar | None]
"""What an entry gives; some values depend on facts that are known so far."""
Aggregate = Callable[[Match, Known], Answer]
MakeAggregate = Callable[[Value, str], Aggregate]
"""Makes the aggregate of a value of entries, and of the attribute that orders them."""


def _any(value: Value, order: str) -> Aggregate:
    def aggregate(match: Match, known: Known) -> Answer:
        counted, possible, _ = match
        if counted:
            return True, counted
        return None if possible else (False, ())

    return aggregate


def _every(value: Value, order: str) -> Aggregate:
    """Return whether the filter holds for every entry; of no entry at all this is not known."""

    def aggregate(match: Match, known: Known) -> Answer:
        counted, possible, entries = match
        failing = [entry for entry in entries if entry.certain and not _is_in(entry, counted, possible)]
        if failing:
            return False, failing
        if possible or len(counted) < len(entries) or not entries:
            return None
        return True, counted

    return aggregate


def _is_in(entry: Entry, *lists: Sequence[Entry]) -> bool:
    return any(entry is other for entries in lists for other in entries)


def _number(value: Value, order: str) -> Aggregate:
    def aggregate(match: Match, known: Known) -> Answer:
        counted, possible, _ = match
        return None if possible else (whole(len(counted)), counted)

    return aggregate


def _only(value: Value, order: str) -> Aggregate:
    """Return the one value that all entries have."""

    def aggregate(match: Match, known: Known) -> Answer:
        counted, possible, _ = match
        return None if possible or not counted else _common(counted, value, known)

    return aggregate


def _common(entries: Sequence[Entry], value: Value, known: Known) -> Answer:
    """Return the value that all of some entries have."""
    first = value(entries[0], known)
    if first is None or (len(entries) > 1 and any(value(entry, known) != first for entry in entries)):
        return None
    return first, entries


def _sum(value: Value, order: str) -> Aggregate:
    def aggregate(match: Match, known: Known) -> Answer:
        counted, possible, _ = match
        values = [value(entry, known) for entry in counted]
        if possible or not values or None in values:
            return None
        return total(values), counted  # type: ignore[arg-type]  # only numbers are added

    return aggregate


def _mean(value: Value, order: str) -> Aggregate:
    add = _sum(value, order)

    def aggregate(match: Match, known: Known) -> Answer:
        added = add(match, known)
        if added is None:
            return None
        sum_of_values, counted = added
        return WORKING.divide(sum_of_values, whole(len(counted))), counted  # type: ignore[arg-type]

    return aggregate


def _extreme(sign: int) -> MakeAggregate:
    def make(value: Value, order: str) -> Aggregate:
        def aggregate(match: Match, known: Known) -> Answer:
            counted, possible, _ = match
            ranks = [_rank(value(entry, known), sign) for entry in counted]
            if not ranks or None in ranks:
                return None
            best = min(ranks)  # type: ignore[type-var]
            for entry in possible:
                rank = _rank(value(entry, known), sign)
                if rank is None or rank < best:  # type: ignore[operator]
                    return None
            entry = counted[ranks.index(best)]
            found = value(entry, known)
            assert found is not None
            return found, (entry,)

        return aggregate

    return make


def _rank(value: Scalar | None, sign: int) -> Decimal | int | None:
    """Return what the order of values compares; the severities are ordered, too."""
    if value is None:
        return None
    return sign * (value if isinstance(value, Decimal) else SEVERITIES.index(str(value)))


def _nth(place: int, *, latest: bool) -> MakeAggregate:
    """Return the aggregate for the value of the ``place``-th day, counted from the latest or the earliest."""

    def make(value: Value, order: str) -> Aggregate:
        def aggregate(match: Match, known: Known) -> Answer:
            counted, possible, _ = match
            try:
                days = [entry.attributes[order] for entry in counted]
            except KeyError:
                return None
            if len(days) <= place:
                return None
            if place == 0:
                wanted = min(days) if latest else max(days)
            else:
                distinct = sorted(set(days), reverse=not latest)
                if len(distinct) <= place:
                    return None
                wanted = distinct[place]
            if possible and not _all_beyond(wanted, possible, order, latest=latest):
                return None
            found = [entry for entry, day in zip(counted, days, strict=True) if day == wanted]
            return _common(found, value, known)

        return aggregate

    return make


def _nth_in_order(place: int, *, latest: bool) -> MakeAggregate:
    """Return :func:`_nth` for entries in order, which is faster.

    The results of one observation are in order: undated ones first, then one a day from the latest day on.
    """
    index = place if latest else -1 - place

    def make(value: Value, order: str) -> Aggregate:
        def aggregate(match: Match, known: Known) -> Answer:
            counted, possible, _ = match
            if len(counted) <= place or order not in counted[0].attributes:
                return None
            entry = counted[index]
            found = value(entry, known)
            if found is None or (
                possible and not _all_beyond(entry.attributes[order], possible, order, latest=latest)
            ):
                return None
            return found, (entry,)

        return aggregate

    return make


def _all_beyond(day: Scalar, entries: Sequence[Entry], order: str, *, latest: bool) -> bool:
    """Return whether all entries are certainly of earlier days or, unless ``latest``, of later ones."""
    for entry in entries:
        other = entry.attributes.get(order)
        if other is None or (other <= day if latest else other >= day):  # type: ignore[operator]  # days
            return False
    return True


IN_ORDER: Mapping[Take, MakeAggregate] = {
    "latest": _nth_in_order(0, latest=True),
    "previous": _nth_in_order(1, latest=True),
    "earliest": _nth_in_order(0, latest=False),
}
"""The aggregates of entries that are in order."""
AGGREGATES: Mapping[Take, MakeAggregate] = {
    "any": _any,
    "every": _every,
    "number": _number,
    "only": _only,
    "sum": _sum,
    "mean": _mean,
    "lowest": _extreme(1),
    "highest": _extreme(-1),
    "latest": _nth(0, latest=True),
    "previous": _nth(1, latest=True),
    "earliest": _nth(0, latest=False),
}
