"""Reads what was given or dispensed as drugs that may be taken."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator

from cds_engine.fhir.bundle import Item
from cds_engine.fhir.coded import Entry, Reader, label
from cds_engine.fhir.medications import Course
from cds_engine.fhir.products import drug_place, drugs_of
from cds_engine.fhir.values import Json, moment, objects

ADMINISTRATION = "MedicationAdministration"
DISPENSE = "MedicationDispense"
NOT_GIVEN = frozenset({"entered-in-error", "cancelled", "declined", "not-done"})


def perhaps_taken(reader: Reader, items: Iterable[Item], known: Iterable[Course]) -> list[Entry]:
    """Return the entries for drugs that were dispensed or given, and so may be taken.

    What carries out an order that is understood, or concerns a drug that is taken anyway, adds nothing.
    """
    entries: dict[str, Entry] = {}
    understood = [course for course in known if course.coded.concept is not None]
    current = {course.drug for course in understood if course.is_active(reader.as_of) and course.taken}
    orders = {id(course.item.body) for course in understood}
    for item in items:
        given = "given" if item.kind == ADMINISTRATION else "dispensed"
        if item.flaw is None and item.body.get("status") in NOT_GIVEN:
            reader.notes.add_grouped(f"{item.kind}: status '{item.body['status']}'; ignored", item.pointer)
            continue
        for coded in drugs_of(reader, item):
            if coded.code in current or orders & set(_ordered(reader, item)):
                message = f"{given} for an order or a drug that is listed; counted once"
                named = label(item.body.get("medicationCodeableConcept"))
                reader.notes.add_grouped(message, item.pointer, named)
                continue
            if coded.concept is not None:
                reader.notes.add_grouped(f"{given}, so it may be taken", item.pointer, coded.concept)
            body: Json = {"drug": coded.code, "taken": None}
            start = _later_start(item, reader.as_of)
            if start is not None:
                body["start"] = start.isoformat()
            unclear = item.flaw is not None
            entry = Entry(body, item.pointer, drug_place(item), unclear=unclear)
            entries.setdefault(f"{coded.code} {start}", entry)
    return list(entries.values())


def _ordered(reader: Reader, item: Item) -> Iterator[int]:
    """Yield the ids of the orders that an administration or dispense certainly carries out."""
    if item.flaw is not None:
        return
    named = item.body.get("request") or item.body.get("authorizingPrescription")
    for reference in [named] if isinstance(named, dict) else objects(named):
        order = reader.resources.follow(item, reference)
        if order is not None:
            yield id(order.body)


def _later_start(item: Item, as_of: datetime.date) -> datetime.date | None:
    """Return the day after the evaluation on which a drug was given or handed over, if it was then."""
    period = item.body.get("effectivePeriod")
    stated = item.body.get("effectiveDateTime") or item.body.get("whenHandedOver")
    given = moment(period.get("start") if isinstance(period, dict) else stated)
    return given.first if item.flaw is None and given is not None and given.first > as_of else None
