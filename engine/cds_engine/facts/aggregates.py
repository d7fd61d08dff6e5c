"""Picking and aggregating entries in three-valued logic.

Entries that *count* certainly meet the filter of a query; entries that *may count* perhaps do. An answer is
known only if no entry that may count could change it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from cds_engine.language.expressions import Scalar
from cds_engine.language.queries import SEVERITIES, Take
from cds_engine.quantities.numbers import WORKING, total
from cds_engine.record.chart import Entry

Answer = tuple[Scalar, Sequence[Entry]] | None
"""A value and the entries it came from; None if unknown."""
Value = Callable[[Entry], Scalar | None]
Aggregate = Callable[[Sequence[Entry], Sequence[Entry], Value, str], Answer]
"""A function of the entries that count, those that may count, an entry's value, and the time attribute."""


def _any(counted: Sequence[Entry], possible: Sequence[Entry], value: Value, order: str) -> Answer:
    if counted:
        return True, counted
    return None if possible else (False, ())


def _number(counted: Sequence[Entry], possible: Sequence[Entry], value: Value, order: str) -> Answer:
    return None if possible else (Decimal(len(counted)), counted)


def _only(counted: Sequence[Entry], possible: Sequence[Entry], value: Value, order: str) -> Answer:
    """Return the one value that all entries have."""
    if possible or not counted:
        return None
    found = {value(entry) for entry in counted}
    return None if len(found) > 1 or None in found else (found.pop(), counted)  # type: ignore[return-value]


def _sum(counted: Sequence[Entry], possible: Sequence[Entry], value: Value, order: str) -> Answer:
    values = [value(entry) for entry in counted]
    if possible or not values or None in values:
        return None
    return total(values), counted  # type: ignore[arg-type]  # only numbers are added


def _mean(counted: Sequence[Entry], possible: Sequence[Entry], value: Value, order: str) -> Answer:
    added = _sum(counted, possible, value, order)
    return None if added is None else (WORKING.divide(added[0], Decimal(len(counted))), counted)  # type: ignore[arg-type]


def _extreme(sign: int) -> Aggregate:
    def aggregate(counted: Sequence[Entry], possible: Sequence[Entry], value: Value, order: str) -> Answer:
        ranks = [_rank(value(entry), sign) for entry in counted]
        if not ranks or None in ranks:
            return None
        best = min(ranks)  # type: ignore[type-var]
        for entry in possible:
            rank = _rank(value(entry), sign)
            if rank is None or rank < best:  # type: ignore[operator]
                return None
        entry = counted[ranks.index(best)]
        found = value(entry)
        assert found is not None
        return found, (entry,)

    return aggregate


def _rank(value: Scalar | None, sign: int) -> Decimal | int | None:
    """Return what the order of values compares; the severities are ordered, too."""
    if value is None:
        return None
    return sign * (value if isinstance(value, Decimal) else SEVERITIES.index(str(value)))


def _nth(place: int, *, latest: bool) -> Aggregate:
    """Return the aggregate for the value of the ``place``-th day, counted from the latest or the earliest."""

    def aggregate(counted: Sequence[Entry], possible: Sequence[Entry], value: Value, order: str) -> Answer:
        try:
            days = [entry.attributes[order] for entry in counted]
        except KeyError:
            return None
        distinct = sorted(set(days), reverse=not latest) if len(days) > 1 else days
        if len(distinct) <= place:
            return None
        wanted = distinct[place]
        if possible and not _all_beyond(wanted, possible, order, latest=latest):
            return None
        found = [entry for entry, day in zip(counted, days, strict=True) if day == wanted]
        values = {value(entry) for entry in found}
        return None if len(values) > 1 or None in values else (values.pop(), found)  # type: ignore[return-value]

    return aggregate


def _nth_of_one(place: int, *, latest: bool) -> Aggregate:
    """Return :func:`_nth` for entries in order, which is faster.

    The results of one observation are in order: undated ones first, then one a day from the latest day on.
    """
    index = place if latest else -1 - place

    def aggregate(counted: Sequence[Entry], possible: Sequence[Entry], value: Value, order: str) -> Answer:
        if len(counted) <= place or order not in counted[0].attributes:
            return None
        entry = counted[index]
        found = value(entry)
        if found is None or (
            possible and not _all_beyond(entry.attributes[order], possible, order, latest=latest)
        ):
            return None
        return found, (entry,)

    return aggregate


def _all_beyond(day: Scalar, entries: Sequence[Entry], order: str, *, latest: bool) -> bool:
    """Return whether all entries are certainly of earlier days or, unless ``latest``, of later ones."""
    for entry in entries:
        other = entry.attributes.get(order)
        if other is None or (other <= day if latest else other >= day):  # type: ignore[operator]  # days
            return False
    return True


IN_ORDER: Mapping[Take, Aggregate] = {
    "latest": _nth_of_one(0, latest=True),
    "previous": _nth_of_one(1, latest=True),
    "earliest": _nth_of_one(0, latest=False),
}
"""The aggregates of entries that are in order."""
AGGREGATES: Mapping[Take, Aggregate] = {
    "any": _any,
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
