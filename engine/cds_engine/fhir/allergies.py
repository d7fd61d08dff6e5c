"""Reads allergies as the conditions that they imply."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from cds_engine.fhir.bundle import Item
from cds_engine.fhir.coded import Entry, Reader, label, report_something_else
from cds_engine.fhir.presence import is_present, is_refuted
from cds_engine.fhir.values import objects


def allergies(reader: Reader, items: Iterable[Item], implied: Mapping[str, tuple[str, ...]]) -> list[Entry]:
    """Return the entries for the conditions that allergies imply.

    ``implied`` maps a drug to the conditions that an allergy to it implies, such as a contraindication that
    the rulebook treats as a condition. An allergy may also be coded directly as such a condition. Of an
    allergy that is not understood, these conditions are unknown, and nothing else.
    """
    entries = []
    for item in items:
        found, possible = _implied_conditions(reader, item, implied)
        if not found and not possible:
            report_something_else(reader, item, item.body.get("code"))
        for concept in found:
            present = is_present(reader, item, concept)
            if present and item.body.get("type") == "intolerance":
                message = f"an intolerance, not an allergy: whether {concept} is present is not known"
                reader.notes.add(item.pointer, message)
                present = None
            entries.append(Entry({"code": concept, "present": present}, item.pointer))
        for concept in possible:
            if concept not in found and not is_refuted(item):
                entries.append(Entry({"code": concept, "present": None}, item.pointer))
                message = f"{item.kind} is not understood; whether {concept} is present is not known"
                reader.notes.add_grouped(message, item.pointer, label(item.body.get("code")))
    return entries


def _implied_conditions(
    reader: Reader, item: Item, implied: Mapping[str, tuple[str, ...]]
) -> tuple[list[str], list[str]]:
    """Return the conditions that an allergy implies, and those that it may imply."""
    found: dict[str, None] = {}
    possible: dict[str, None] = {}
    reactions = objects(item.body.get("reaction"))
    substances = [entry["substance"] for entry in reactions if "substance" in entry]
    unreadable = item.flaw is not None or any("modifierExtension" in entry for entry in reactions)
    stated = [item.body.get("code")] if "code" in item.body or not substances else []
    for concept in [*stated, *substances] if item.flaw is None else []:
        condition, drug = reader.read("conditions", concept), reader.read("drugs", concept)
        if condition.concept is not None:
            found[condition.concept] = None
        elif drug.concept is not None:
            found.update(dict.fromkeys(implied.get(drug.concept, ())))
        for name in () if condition.concept is not None else drug.meaning.perhaps:
            possible.update(dict.fromkeys(implied.get(name, ())))
    if unreadable:
        possible.update(dict.fromkeys(name for names in implied.values() for name in names))
    return list(found), sorted(possible)
