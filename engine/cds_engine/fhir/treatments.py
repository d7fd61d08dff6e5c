"""Merges orders and statements of one drug that describe the same treatment."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from cds_engine.fhir.coded import Reader
from cds_engine.fhir.medications import REQUEST, STATEMENT, Course
from cds_engine.fhir.values import objects
from cds_engine.quantities.numbers import canonical


def merge_duplicate_treatments(reader: Reader, found: list[Course]) -> list[Course]:
    """Return ``found`` with each current treatment once."""
    dropped: set[int] = set()
    for drug in dict.fromkeys(course.drug for course in found):
        active = [c for c in found if c.drug == drug and c.is_active(reader.as_of)]
        kept = _orders(reader, drug, _one_of_each(reader, _drafts(reader, active)))
        dropped |= {id(course) for course in active} - {id(course) for course in kept}
    return [course for course in found if id(course) not in dropped]


def _drafts(reader: Reader, active: list[Course]) -> list[Course]:
    """Return the draft orders of a drug instead of the orders that they replace, if there are drafts."""
    drafts = [course for course in active if course.draft]
    others = [course for course in active if not course.draft]
    if not drafts or not others:
        return active
    for draft in drafts:
        draft.start_with(others)
    for course in others:
        reader.notes.add_grouped("replaced by a draft order of the same drug", course.item.pointer)
    return drafts


def _one_of_each(reader: Reader, active: list[Course]) -> list[Course]:
    """Return ``active`` without orders that other orders carry out or have replaced."""
    kept = {id(course.item.body): course for course in active}
    for course in active:
        for name in ("basedOn", "priorPrescription"):
            for linked in _linked(reader, course, name, kept):
                gone, stays = (course, linked) if name == "basedOn" else (linked, course)
                if {id(gone.item.body), id(stays.item.body)} <= kept.keys():
                    stays.start_with([gone])
                    del kept[id(gone.item.body)]
                    message = "the same treatment as an order linked to it; counted once"
                    reader.notes.add_grouped(message, gone.item.pointer)
    return list(kept.values())


def _linked(reader: Reader, course: Course, name: str, among: Mapping[int, Course]) -> list[Course]:
    """Return the orders of the same drug to which an element of ``course`` refers."""
    element = course.item.body.get(name)
    references = [element] if isinstance(element, dict) else objects(element)
    targets = (reader.resources.follow(course.item, reference) for reference in references)
    linked = (among.get(id(target.body)) for target in targets if target is not None)
    return [other for other in linked if other is not None and other is not course]


def _orders(reader: Reader, drug: str, active: list[Course]) -> list[Course]:
    """Return the orders of a drug, without statements, which describe the same treatment as the orders.

    Orders and statements must agree on the dose; if only one of them states a dose, it is used.
    """
    orders = [course for course in active if course.item.kind == REQUEST]
    statements = [course for course in active if course.item.kind == STATEMENT]
    if len(orders) > 1:
        message = f"one of {len(orders)} orders of {drug} in force; their doses are added"
        reader.notes.add(orders[1].item.pointer, message)
    if not orders or not statements:
        return active
    for order in orders:
        order.start_with([statement for statement in statements if statement.start is not None])
    ordered, stated = _total(orders), _total(statements)
    at = statements[0].item.pointer
    if ordered is not None and stated is not None and ordered != stated:
        orders[0].dose, orders[0].unclear = None, "an order and a statement with different doses"
    elif ordered is None and stated is not None:
        reader.notes.add(at, f"its dose is used for the order of {drug}, which states none")
        orders = orders[:1]
        orders[0].dose = stated
        return orders
    reader.notes.add(at, f"the same treatment as the order of {drug}; counted once")
    return orders


def _total(active: list[Course]) -> Decimal | None:
    doses = [course.dose for course in active if course.dose is not None]
    return canonical(sum(doses, Decimal(0))) if len(doses) == len(active) else None
