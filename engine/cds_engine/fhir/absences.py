"""Statements that a list is empty, or that nothing is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from cds_engine.fhir.bundle import Item
from cds_engine.fhir.coded import codes, codings
from cds_engine.fhir.notes import Notes
from cds_engine.fhir.values import LOINC, SNOMED, Json, objects

IPS = "http://hl7.org/fhir/uv/ips/CodeSystem/absent-unknown-uv-ips"
"""The International Patient Summary's codes for what is known to be absent, and for what is not known."""
EMPTY_REASON = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
LIST_USE = "http://terminology.hl7.org/CodeSystem/list-example-use-codes"
PROBLEMS, ALLERGIES = ("Condition",), ("AllergyIntolerance",)
MEDICATIONS = ("MedicationRequest", "MedicationStatement")
RESULTS = ("Observation",)
Kinds = tuple[str, ...]
Code = tuple[str | None, str]

_NONE: Mapping[Code, Kinds] = {
    (IPS, "no-known-problems"): PROBLEMS,
    (SNOMED, "160245001"): PROBLEMS,
    (IPS, "no-known-allergies"): ALLERGIES,
    (IPS, "no-known-medication-allergies"): ALLERGIES,
    (SNOMED, "716186003"): ALLERGIES,
    (SNOMED, "409137002"): ALLERGIES,
    (IPS, "no-known-medications"): MEDICATIONS,
    (SNOMED, "787481004"): MEDICATIONS,
}
"""Codes instead of an entry that say that there is none. Allergies are read for drugs alone."""
_NOT_KNOWN: Mapping[Code, Kinds] = {
    (IPS, "no-problem-info"): PROBLEMS,
    (IPS, "no-allergy-info"): ALLERGIES,
    (IPS, "no-medication-info"): MEDICATIONS,
}
_OTHER_ALLERGIES = frozenset({(IPS, "no-known-environmental-allergies"), (IPS, "no-known-food-allergies")})
"""Statements about allergies that are not to a drug."""
_LISTS: Mapping[Code, Kinds] = {
    (LOINC, "11450-4"): PROBLEMS,
    (LOINC, "48765-2"): ALLERGIES,
    (LOINC, "10160-0"): MEDICATIONS,
    (LOINC, "30954-2"): RESULTS,
    (LIST_USE, "problems"): PROBLEMS,
    (LIST_USE, "allergies"): ALLERGIES,
    (LIST_USE, "medications"): MEDICATIONS,
}
"""What a List, or a section of a Composition, lists."""
_NOT_STATED = frozenset({"entered-in-error", "not-taken", "refuted"})


@dataclass(slots=True)
class Absences:
    """The resource types of which there are stated to be none, and those of which nothing is known."""

    none: set[str] = field(default_factory=set)
    not_known: set[str] = field(default_factory=set)


def split_absences(items: Iterable[Item], notes: Notes) -> tuple[list[Item], Absences]:
    """Return the items that state something else, and what the others state about whole lists."""
    found = Absences()
    others = []
    for item in items:
        if item.kind in ("List", "Composition"):
            if item.flaw is None:
                _read_lists(item, found, notes)
        elif item.flaw is None and _is_absence(item):
            _read_entry(item, found, notes)
        else:
            others.append(item)
    return others, found


def _is_absence(item: Item) -> bool:
    stated = set(codings(_code(item)))
    withdrawn = codes(item.body.get("verificationStatus")) | {str(item.body.get("status"))}
    return (
        bool(stated & (_NONE.keys() | _NOT_KNOWN.keys() | _OTHER_ALLERGIES)) and not withdrawn & _NOT_STATED
    )


def _code(item: Item) -> object:
    return item.body.get("medicationCodeableConcept" if item.kind in MEDICATIONS else "code")


def _read_entry(item: Item, found: Absences, notes: Notes) -> None:
    for coding in codings(_code(item)):
        found.none.update(_NONE.get(coding, ()))
        if coding in _NOT_KNOWN:
            found.not_known.update(_NOT_KNOWN[coding])
            notes.add(item.pointer, f"'{coding[1]}': nothing is known of this list")


def _read_lists(item: Item, found: Absences, notes: Notes) -> None:
    lists = [(item.body, item.pointer)] if item.kind == "List" else _sections(item.body, item.pointer)
    for body, at in lists:
        listed = {kind for coding in codings(body.get("code")) for kind in _LISTS.get(coding, ())}
        reason = set(codings(body.get("emptyReason")))
        if not listed or "emptyReason" not in body or objects(body.get("entry")):
            continue
        if reason == {(EMPTY_REASON, "nilknown")}:
            found.none |= listed
        else:
            found.not_known |= listed
            notes.add(f"{at}/emptyReason", "empty for another reason than that there is none: not known")


def _sections(body: Json, at: str) -> Iterator[tuple[Json, str]]:
    """Yield the sections of a Composition, and the sections inside them."""
    for index, section in enumerate(objects(body.get("section"))):
        yield section, f"{at}/section/{index}"
        yield from _sections(section, f"{at}/section/{index}")
