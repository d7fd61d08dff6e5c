"""Reads Observations as the results of a record."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from cds_engine.fhir.bundle import Item
from cds_engine.fhir.coded import Entry, Reader, report_unknown
from cds_engine.fhir.conditions import observed_symptom
from cds_engine.fhir.values import Json, Moment, UnclearError, amount, moment, number, objects
from cds_engine.rulebook.vocabulary import Quantity

USED = {"final": 1, "amended": 2, "corrected": 2, "preliminary": 0}
"""The statuses of results that are used. Among the results of one day, a higher rank counts first."""
WITHDRAWN = frozenset({"entered-in-error", "cancelled"})


@dataclass(frozen=True, slots=True)
class Result:
    """One result of one concept."""

    entry: Entry
    concept: str
    status: str
    moment: Moment | None

    @property
    def rank(self) -> int:
        """The rank of its status among the results of one day; -1 if it is withdrawn."""
        return USED.get(self.status, -1)


def observations(reader: Reader, items: Iterable[Item]) -> tuple[list[Entry], list[Entry]]:
    """Return the entries for the results and for the symptoms that Observation resources state."""
    results: list[Result] = []
    symptoms: list[Entry] = []
    for item in items:
        found = list(_results(reader, item))
        symptom = observed_symptom(reader, item)
        if symptom is not None:
            symptoms.append(symptom)
        elif not found:
            report_unknown(reader, item, item.body.get("code"))
        results += [result for result in found if result.entry.body]
    return [result.entry for result in _without_superseded(reader, results)], symptoms


def _results(reader: Reader, item: Item) -> Iterator[Result]:
    """Yield the results of an Observation and its components whose codes the rulebook knows.

    An Observation that has no usable result is yielded with an empty entry.
    """
    parts = [(item.body, item.pointer)]
    for index, component in enumerate(objects(item.body.get("component"))):
        parts.append((component, f"{item.pointer}/component/{index}"))
    for body, at in parts:
        concept = reader.concept("observations", body.get("code"), f"{at}/code")
        if concept is not None and not _is_panel(item, body):
            yield _result(reader, item, concept, body, at)


def _is_panel(item: Item, body: Json) -> bool:
    """Return whether ``body`` is an Observation whose values are all in its components."""
    return body is item.body and "component" in body and not any(name.startswith("value") for name in body)


def _result(reader: Reader, item: Item, concept: str, body: Json, at: str) -> Result:
    taken, date_at = _taken(item)
    status = str(item.body.get("status"))
    entry: Json = {"code": concept, "status": status}
    if taken is not None and taken.day is not None:
        entry["date"] = taken.day.isoformat()
    elif taken is not None:
        reader.notes.add_grouped(f"{concept} dated only to the month or year; its day is not known", date_at)
    value_name = next((name for name in body if name.startswith("value")), "")
    if status in WITHDRAWN:
        return Result(_placed(entry, at, item, date_at, value_name), concept, status, taken)
    if status not in USED and status != "unknown":
        reader.notes.add_grouped(f"{concept} with status '{status}' is not a result yet; not used", at)
        entry = {}
    elif not value_name:
        reason = "a dataAbsentReason" if "dataAbsentReason" in body else "no value"
        reader.notes.add_grouped(f"{concept} with {reason} is not a result; not used", at)
        entry = {}
    elif status == "unknown":
        reader.notes.add_grouped(f"{concept} with status 'unknown'; its value is treated as unknown", at)
        entry["status"] = "preliminary"
    else:
        entry |= _value(reader, concept, value_name, body[value_name], at)
    return Result(_placed(entry, at, item, date_at, value_name), concept, entry.get("status", status), taken)


def _placed(entry: Json, at: str, item: Item, date_at: str, value_name: str) -> Entry:
    value_at = f"{at}/{value_name}" if value_name else at
    parts = {"date": date_at, "value": value_at, "unit": value_at, "status": f"{item.pointer}/status"}
    return Entry(entry, at, parts)


def _taken(item: Item) -> tuple[Moment | None, str]:
    """Return when a result was taken and where the Bundle says so; for a period this is its end.

    The time of issue is not used: it does not say when the result was taken.
    """
    for name in ("effectiveDateTime", "effectiveInstant"):
        if name in item.body:
            return moment(item.body[name]), f"{item.pointer}/{name}"
    period = item.body.get("effectivePeriod")
    if isinstance(period, dict):
        return moment(period.get("end") or period.get("start")), f"{item.pointer}/effectivePeriod"
    return None, item.pointer


def _value(reader: Reader, concept: str, name: str, element: object, at: str) -> Json:
    quantity = reader.vocabulary.quantities[concept]
    try:
        value = _measured(name, element, quantity)
    except UnclearError as unclear:
        reader.notes.add(f"{at}/{name}", f"{unclear}: the value of this {concept} is not known")
        return {}
    return {"value": value, "unit": quantity.unit}


def _measured(name: str, element: object, quantity: Quantity) -> Decimal:
    """Return a value in the canonical unit; a whole number needs no unit if the quantity is a count."""
    if name == "valueQuantity" and isinstance(element, dict):
        if "unit" not in element and "code" not in element and _is_count(quantity):
            element = {**element, "code": quantity.unit}
        return amount(element, quantity)
    value = number(element) if name == "valueInteger" else None
    if value is None:
        raise UnclearError(f"a {name}, not a quantity")
    if not _is_count(quantity):
        raise UnclearError("no unit")
    return value


def _is_count(quantity: Quantity) -> bool:
    return quantity.unit == "1" or quantity.unit.startswith("{")


def _without_superseded(reader: Reader, results: list[Result]) -> list[Result]:
    """Return ``results`` without those that have a later result of the same day and rank.

    If one of a day's results has no time, all of them stay, since the last one is not known.
    """
    days: dict[tuple[str, datetime.date], list[Result]] = {}
    for result in results:
        if result.moment is not None and result.moment.day is not None and result.rank >= 0:
            days.setdefault((result.concept, result.moment.day), []).append(result)
    superseded: set[int] = set()
    for (concept, _), same_day in days.items():
        best = max(result.rank for result in same_day)
        highest = [result for result in same_day if result.rank == best]
        last = _last(highest)
        for result in highest:
            if id(result) not in last:
                superseded.add(id(result))
                message = f"{concept} has a later result on the same day; not used"
                reader.notes.add_grouped(message, result.entry.pointer)
    return [result for result in results if id(result) not in superseded]


def _last(results: list[Result]) -> set[int]:
    """Return the ids of the results with the latest time; of all results if one has no time."""
    instants = [result.moment.instant if result.moment is not None else None for result in results]
    known = [instant for instant in instants if instant is not None]
    if len(known) < len(results):
        return {id(result) for result in results}
    latest = max(known)
    return {id(result) for result, instant in zip(results, instants, strict=True) if instant == latest}
