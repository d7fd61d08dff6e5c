"""Reads Observations as the results of a record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from cds_engine.fhir.bundle import Item
from cds_engine.fhir.coded import Coded, Entry, Reader, label, report_something_else
from cds_engine.fhir.symptoms import observed_symptom
from cds_engine.fhir.values import Json, Moment, UnclearError, amount, moment, number, objects, text
from cds_engine.quantities.units import UnitError
from cds_engine.rulebook.vocabulary import Quantity

USED = frozenset({"final", "amended", "corrected", "preliminary", "unknown"})
"""The statuses of results that are used."""
WITHDRAWN = frozenset({"entered-in-error", "cancelled"})


def observations(reader: Reader, items: Iterable[Item]) -> tuple[list[Entry], list[Entry]]:
    """Return the entries for the results and for the symptoms that Observation resources state.

    What is not understood may be a result or a symptom, so it is an entry of both sections.
    """
    results: list[Entry] = []
    symptoms: list[Entry] = []
    for item in items:
        if _is_of_someone_else(reader, item):
            reader.notes.add_grouped(
                "about someone or something else than the patient; not used", _focus(item)
            )
            continue
        found = list(_results(reader, item))
        symptom = observed_symptom(reader, item)
        if symptom is not None:
            symptoms.append(symptom)
        elif not found:
            report_something_else(reader, item, item.body.get("code"))
        results += [entry for entry in found if entry.body]
    return results, symptoms


def _focus(item: Item) -> str:
    return f"{item.pointer}/focus"


def _is_of_someone_else(reader: Reader, item: Item) -> bool:
    """Return whether an Observation has a focus that certainly is not the patient."""
    focus = objects(item.body.get("focus"))
    return item.flaw is None and bool(focus) and all(_is_patient(reader, item, one) is False for one in focus)


def _is_patient(reader: Reader, item: Item, reference: Json) -> bool | None:
    """Return whether a reference points to the patient whom the resource is about; None if it is unclear."""
    target = text(reference.get("reference"))
    if target is None:
        return None
    subject = item.body.get("subject")
    about = text(subject.get("reference")) if isinstance(subject, dict) else None
    found = reader.resources.follow(item, reference)
    if target == about or (found is not None and found is reader.resources.follow(item, subject)):
        return True
    # An id that is not in the Bundle is another's; a URN that is not in it may be anyone's.
    return None if found is None and (target.startswith("urn:") or about is None) else False


def _results(reader: Reader, item: Item) -> Iterator[Entry]:
    """Yield the results of an Observation and its components that are, or may be, the rulebook's.

    An Observation that has no usable result is yielded with an empty entry.
    """
    if item.flaw is not None:
        body = {"code": reader.flawed("observations", item).code}
        yield Entry(body, item.pointer, {"code": f"{item.pointer}/code"}, unclear=True)
        return
    parts = [(item.body, item.pointer)]
    for index, component in enumerate(objects(item.body.get("component"))):
        parts.append((component, f"{item.pointer}/component/{index}"))
    unclear = None
    if any(_is_patient(reader, item, one) is not True for one in objects(item.body.get("focus"))):
        unclear = "about someone or something that is not in the Bundle"
        reader.notes.add_grouped(f"{unclear}; whether it is the patient's is not known", _focus(item))
    for body, at in parts:
        coded = reader.read("observations", body.get("code"))
        changed = body is not item.body and "modifierExtension" in body
        if changed:
            message = "a modifierExtension may change the meaning of this component"
            reader.notes.add_grouped(message, at)
        if changed or (unclear is not None and not coded.is_something_else):
            words = f"{label(body.get('code'))} ({unclear or 'changed by a modifierExtension'})"
            coded = reader.unreadable("observations", words)
        if not coded.is_something_else and not _is_panel(item, body):
            yield _result(reader, item, coded, body, at)


def _is_panel(item: Item, body: Json) -> bool:
    """Return whether ``body`` is an Observation whose values are all in its components."""
    return body is item.body and "component" in body and not any(name.startswith("value") for name in body)


def _result(reader: Reader, item: Item, coded: Coded, body: Json, at: str) -> Entry:
    taken, date_at = _taken(item)
    status = str(item.body.get("status"))
    what = coded.concept or "result"
    entry: Json = {"code": coded.code, "status": status}
    if taken is not None and taken.day is not None:
        entry["date"] = taken.day.isoformat() if taken.instant is None else taken.instant.isoformat()
    elif taken is not None and coded.concept is not None:
        reader.notes.add_grouped(f"{what} dated only to the month or year; its day is not known", date_at)
    value_name = next((name for name in body if name.startswith("value")), "")
    if status in WITHDRAWN:
        return _placed(entry, at, item, date_at, value_name)
    if status not in USED:
        reader.notes.add_grouped(f"{what} with status '{status}' is not a result yet; not used", at)
        entry = {}
    elif not value_name:
        reason = "a dataAbsentReason" if "dataAbsentReason" in body else "no value"
        reader.notes.add_grouped(f"{what} with {reason} is not a result; not used", at)
        entry = {}
    elif status == "unknown":
        reader.notes.add_grouped(f"{what} with status 'unknown'; its value is treated as unknown", at)
        # It may be a correction, so no other result of its day may outrank it.
        entry["status"] = "corrected"
    elif coded.concept is not None:
        entry |= _value(reader, coded.concept, value_name, body[value_name], at)
    else:
        entry |= _possible_value(reader, coded, body.get("valueQuantity"))
    return _placed(entry, at, item, date_at, value_name)


def _placed(entry: Json, at: str, item: Item, date_at: str, value_name: str) -> Entry:
    value_at = f"{at}/{value_name}" if value_name else at
    return Entry(
        entry,
        at,
        {
            "code": f"{at}/code",
            "date": date_at,
            "value": value_at,
            "unit": value_at,
            "status": f"{item.pointer}/status",
        },
    )


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


def _possible_value(reader: Reader, coded: Coded, element: object) -> Json:
    """Return the value of a result that is not understood, if all that it may be is measured in its unit."""
    if not isinstance(element, dict):
        return {}
    quantities = [reader.vocabulary.quantities[name] for name in sorted(coded.meaning.perhaps)]
    try:
        values = [amount(element, quantity) for quantity in quantities]
        for quantity in quantities[1:]:
            quantity.scale.to_canonical(values[0], quantities[0].unit)
    except (UnclearError, UnitError):
        return {}
    return {"value": values[0], "unit": quantities[0].unit}


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
