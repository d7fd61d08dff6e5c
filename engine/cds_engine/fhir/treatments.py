"""Merges orders and statements of one drug that describe the same treatment.

What is not understood may be the same treatment or another, so it is left as it is.
"""

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
    for drug in dict.fromkeys(course.drug for course in found if course.coded.concept is not None):
        active = [c for c in found if c.drug == drug and c.is_active(reader.as_of)]
        current = _drafts(reader, active)
        certain = [course for course in current if course.taken]
        kept = _orders(reader, drug, _one_of_each(reader, certain))
        kept += [course for course in current if not course.taken]
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
        if not all(course.taken for course in others):
            draft.start = None  # it continues a treatment, or begins one
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

    Orders and statements must agree on the dose; if only one of them has a dosage, it is used.
    """
    orders = [course for course in active if course.item.kind == REQUEST]
    statements = _one_statement(reader, drug, [course for course in active if course.item.kind == STATEMENT])
    if len(orders) > 1:
        message = f"one of {len(orders)} orders of {drug} in force; their doses are added"
        reader.notes.add(orders[1].item.pointer, message)
    if not orders or not statements:
        return orders or statements
    [told] = statements
    for order in orders:
        order.start_with([told] if told.start is not None else [])
    ordered, at = _total(orders), told.item.pointer
    if all(order.no_dosage for order in orders) and told.dose is not None:
        reader.notes.add(at, f"its dose is used for the order of {drug}, which states none")
        orders[0].dose = told.dose
        return orders[:1]
    if not told.no_dosage and (told.dose is None or (ordered is not None and ordered != told.dose)):
        orders[0].dose, orders[0].unclear = None, "an order and a statement without the same clear dose"
    reader.notes.add(at, f"the same treatment as the order of {drug}; counted once")
    return orders


def _one_statement(reader: Reader, drug: str, statements: list[Course]) -> list[Course]:
    """Return one of several statements of a drug, which report the same treatment.

    It has their dose if they agree on one.
    """
    if len(statements) < 2:
        return statements
    first, *others = statements
    known = [other for other in others if other.start is not None]
    first.start_with(known if first.start is not None or not known else [])
    if any(other.dose != first.dose for other in others):
        first.dose, first.unclear = None, f"statements of {drug} without the same clear dose"
    if any(other.indication != first.indication for other in others):
        stated = {other.indication for other in statements} - {None}
        words = ", ".join(sorted(name for name in stated if name is not None))
        first.indication = stated.pop() if len(stated) == 1 else reader.unreadable("conditions", words).code
    for other in others:
        message = f"reports the same treatment as another statement of {drug}; counted once"
        reader.notes.add(other.item.pointer, message)
    return [first]


def _total(active: list[Course]) -> Decimal | None:
    doses = [course.dose for course in active if course.dose is not None]
    return canonical(sum(doses, Decimal(0))) if len(doses) == len(active) else None
