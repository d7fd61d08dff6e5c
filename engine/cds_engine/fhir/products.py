"""Finds the drugs in the product that a resource names."""

from __future__ import annotations

from cds_engine.fhir.bundle import Item
from cds_engine.fhir.coded import Coded, Reader, label, report_something_else
from cds_engine.fhir.values import Json, objects, text


def drugs_of(reader: Reader, item: Item) -> dict[Coded, bool]:
    """Return the drugs in the product that a resource names, each with whether it is the only ingredient.

    What is certainly none of the rulebook's drugs is left out, with a notice.
    """
    if item.flaw is not None:
        return {reader.flawed("drugs", item): True}
    concept = item.body.get("medicationCodeableConcept")
    product = None
    if concept is None:
        reference = item.body.get("medicationReference")
        product = reader.resources.follow(item, reference)
        named = (
            reference.get("display") or reference.get("reference") if isinstance(reference, dict) else None
        )
        if (
            product is None
            or product.kind != "Medication"
            or product.body.get("status") == "entered-in-error"
        ):
            return {reader.unreadable("drugs", text(named) or ""): True}
        concept = product.body.get("code")
        if product.flaw is not None or "modifierExtension" in product.body or "implicitRules" in product.body:
            words = f"{label(concept)} (Medication not understood)"
            return {reader.unreadable("drugs", words): True}
    coded = reader.read("drugs", concept)
    ingredients = objects(product.body.get("ingredient")) if product is not None else []
    if coded.concept is None and ingredients:
        found = {_ingredient(reader, entry): len(ingredients) == 1 for entry in ingredients}
    else:
        found = {coded: True}
    found = {drug: only for drug, only in found.items() if not drug.is_something_else}
    if not found:
        report_something_else(reader, item, concept)
    return found


def _ingredient(reader: Reader, entry: Json) -> Coded:
    concept = entry.get("itemCodeableConcept")
    if "modifierExtension" in entry:
        return reader.unreadable("drugs", f"{label(concept)} (ingredient not understood)")
    return reader.read("drugs", concept)


def drug_place(item: Item) -> dict[str, str]:
    """Return where a resource names its drug, as a field of a record's medication."""
    name = "medicationReference" if "medicationReference" in item.body else "medicationCodeableConcept"
    return {"drug": f"{item.pointer}/{name}"}
