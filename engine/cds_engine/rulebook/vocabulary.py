"""Lookup of the codes and units in a record by the rulebook's terminology."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from cds_engine.errors import nearest
from cds_engine.quantities.units import Scale
from cds_engine.rulebook.files import (
    CodedConcept,
    ObservationConcept,
    PlausibleRange,
    QuantityDefinition,
    TerminologyFile,
)

Section = Literal["drugs", "conditions", "symptoms", "observations"]
SECTIONS: tuple[Section, ...] = ("drugs", "conditions", "symptoms", "observations")


class Quantity:
    """The units of one quantity, with exact conversion to the canonical unit, and its plausible range."""

    __slots__ = ("maximum", "minimum", "resolution", "scale", "unit")

    def __init__(self, definition: QuantityDefinition, plausible: PlausibleRange | None = None) -> None:
        plausible = plausible or definition.plausible
        self.unit = definition.unit
        self.minimum = plausible.minimum
        self.maximum = plausible.maximum
        self.resolution = definition.resolution
        molar_mass = definition.molar_mass if isinstance(definition, ObservationConcept) else None
        self.scale = Scale(definition.unit, dict(definition.units), dict(definition.aliases), molar_mass)

    def plausible(self, value: Decimal) -> bool:
        """Return whether ``value``, in the canonical unit, is physically plausible.

        A value other than zero that is smaller than ``resolution`` is not plausible: more likely, its unit is
        wrong.
        """
        return self.minimum <= value <= self.maximum and (value.is_zero() or abs(value) >= self.resolution)


class Vocabulary:
    """The terminology of a rulebook, indexed: concepts by name and code, groups, allergies, quantities."""

    def __init__(self, terminology: TerminologyFile) -> None:
        self._systems: dict[str, str] = {}
        for name, system in terminology.systems.items():
            for alias in (name, system.uri, *system.also):
                self._systems[alias.casefold()] = name
        self._codes: dict[str, dict[str, str]] = {}
        for section in SECTIONS:
            concepts: Mapping[str, CodedConcept] = getattr(terminology, section)
            index = {concept: concept for concept in concepts}
            for concept, coded in concepts.items():
                index.update((f"{system}|{code}", concept) for system, code in _codes(coded))
            self._codes[section] = index
        self.drugs = _members(terminology.drugs, terminology.drug_groups)
        self.observations = _members(terminology.observations, terminology.observation_groups)
        self.allergies = _conditions_by_drug(terminology.allergies)
        self.dose = Quantity(terminology.dose)
        self.doses = {
            name: Quantity(terminology.dose, drug.plausible_dose)
            for name, drug in terminology.drugs.items()
            if drug.plausible_dose is not None
        }
        """The daily doses of drugs that have a plausible range of their own."""
        self.quantities = {name: Quantity(body) for name, body in terminology.observations.items()}
        self.hint = lru_cache(maxsize=4096)(self._hint)
        """Return :func:`cds_engine.errors.nearest` for an unknown code, cached because codes repeat."""

    def concept(self, section: Section, code: str) -> str | None:
        """Return the concept that ``code`` (a concept's name or ``system|code``) means, or None."""
        index = self._codes[section]
        found = index.get(code)
        if found is None and "|" in code:
            system, _, local = code.partition("|")
            name = self._systems.get(system.strip().casefold())
            found = index.get(f"{name}|{local.strip()}") if name else None
        return found

    def _hint(self, section: Section, code: str) -> str:
        return nearest(code, self.names(section))

    def names(self, section: Section) -> Iterable[str]:
        """Return the concept names of a section."""
        return (code for code in self._codes[section] if "|" not in code)


def _codes(coded: CodedConcept) -> Iterable[tuple[str, str]]:
    return ((system, code) for system, codes in coded.codes.items() for code in codes)


def _conditions_by_drug(allergies: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Return, for each drug, the conditions that an allergy to it implies."""
    names = sorted({drug for drugs in allergies.values() for drug in drugs})
    return {
        name: tuple(condition for condition, drugs in allergies.items() if name in drugs) for name in names
    }


def _members(concepts: Mapping[str, object], groups: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    members: dict[str, tuple[str, ...]] = {concept: (concept,) for concept in concepts}
    members.update({name: tuple(group.members) for name, group in groups.items()})  # type: ignore[attr-defined]
    return members
