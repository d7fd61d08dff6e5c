"""The kind, unit and domain of a fact, as its query or its declaration decides them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from cds_engine.language.queries import (
    ATTRIBUTES,
    COUNTING,
    LONGEST,
    MOST_ENTRIES,
    OLDEST,
    PATIENT_ATTRIBUTES,
    Attribute,
    Derivation,
    PatientValue,
    Query,
)
from cds_engine.rulebook.files import PlausibleRange, QuantityDefinition, TerminologyFile
from cds_engine.rulebook.files.facts import FactFile


def fact_type(derivation: Derivation, declared: FactFile, terminology: TerminologyFile) -> dict[str, Any]:
    """Return the fields ``kind``, ``unit``, ``codes`` and the domain of a :class:`~cds_engine.rulebook.Fact`.

    What the declaration states takes precedence over what follows from the query. What is missing or does
    not fit is reported where the whole rulebook is checked.
    """
    found = _implied(derivation, terminology)
    stated = {
        key: getattr(declared, key)
        for key in ("unit", "resolution", "minimum", "maximum")
        if getattr(declared, key) is not None
    }
    return found | stated if found["kind"] == "number" else found


def _implied(derivation: Derivation, terminology: TerminologyFile) -> dict[str, Any]:
    match derivation:
        case PatientValue(attribute):
            found = PATIENT_ATTRIBUTES.get(attribute)
            return _of_attribute(found, OLDEST) if found is not None else {"kind": "number"}
        case Query(take="any" | "every"):
            return {"kind": "boolean"}
        case Query(take="number"):
            return _number("1", MOST_ENTRIES)
        case Query(give=str()):
            return _given(derivation, terminology)
    return {"kind": "number"}


def _given(query: Query, terminology: TerminologyFile) -> dict[str, Any]:
    """Return what the attribute is that a query gives."""
    kind, give = query.of.kind, query.give
    attribute = ATTRIBUTES[kind].get(give or "")
    if attribute is None or query.take in COUNTING:
        return {"kind": "number"}
    if give == "indication":
        return {"kind": "code", "codes": tuple(terminology.conditions)}
    if give == kind:
        return {"kind": "code", "codes": query.of.members}
    if give == "dose":
        return _measured(terminology.dose, _dose_range(query, terminology))
    if give == "value":
        quantities = [terminology.observations[name] for name in query.of.members]
        return _measured(quantities[0], quantities[0].plausible) if quantities else {"kind": "number"}
    return _of_attribute(attribute, 24 if give == "time" else MOST_ENTRIES if give == "rank" else LONGEST)


def _dose_range(query: Query, terminology: TerminologyFile) -> PlausibleRange:
    """Return the plausible doses of all members together."""
    ranges = [
        own if (own := terminology.drugs[name].plausible_dose) is not None else terminology.dose.plausible
        for name in query.of.members
    ] or [terminology.dose.plausible]
    return PlausibleRange.model_construct(
        minimum=min(found.minimum for found in ranges), maximum=max(found.maximum for found in ranges)
    )


def _of_attribute(attribute: Attribute, maximum: int) -> dict[str, Any]:
    if attribute.kind == "number":
        return _number(attribute.unit, maximum)
    return {"kind": attribute.kind, "codes": attribute.codes}


def _number(unit: str | None, maximum: int) -> dict[str, Any]:
    return {"kind": "number", "unit": unit, "minimum": Decimal(0), "maximum": Decimal(maximum)}


def _measured(quantity: QuantityDefinition, plausible: PlausibleRange) -> dict[str, Any]:
    return {
        "kind": "number",
        "unit": quantity.unit,
        "resolution": quantity.resolution,
        "minimum": plausible.minimum,
        "maximum": plausible.maximum,
    }
