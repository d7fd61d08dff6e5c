"""Lookup of the codes and units in a record by the rulebook's terminology."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from cds_engine.errors import nearest
from cds_engine.quantities.units import Scale
from cds_engine.rulebook.code_lists import SystemCodes, section_codes
from cds_engine.rulebook.files import (
    CodedConcept,
    ObservationConcept,
    PlausibleRange,
    QuantityDefinition,
    TerminologyFile,
)

Section = Literal["drugs", "conditions", "symptoms", "observations"]
SECTIONS: tuple[Section, ...] = ("drugs", "conditions", "symptoms", "observations")


@dataclass(frozen=True, slots=True)
class Meaning:
    """The concepts that a code of a record is, or may be.

    A code without ``concept`` and ``perhaps`` is certainly something else. Both are given only for a code
    that certainly is one concept and that another concept lists as a code that it may be.
    """

    concept: str | None = None
    """The concept that the code certainly is."""
    perhaps: frozenset[str] = frozenset()
    """The concepts that the code may be."""

    @property
    def is_something_else(self) -> bool:
        """Whether the code is certainly none of the section's concepts."""
        return self.concept is None and not self.perhaps


SOMETHING_ELSE = Meaning()
TEXT = "text|"
"""The beginning of a code that is only words: no terminology has a system of this name."""


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
        large_enough = value >= self.resolution or value.is_zero() or -value >= self.resolution
        return large_enough and self.minimum <= value <= self.maximum


class Vocabulary:
    """The terminology of a rulebook, indexed: concepts by name and code, groups, allergies, quantities."""

    def __init__(self, terminology: TerminologyFile) -> None:
        self._systems: dict[str, str] = {}
        for name, system in terminology.systems.items():
            for alias in (name, system.uri, *system.also):
                self._systems[alias.casefold()] = name
        self._named = {section: _named_concepts(getattr(terminology, section)) for section in SECTIONS}
        self._codes = {
            section: section_codes(terminology, getattr(terminology, section)) for section in SECTIONS
        }
        self._names = {section: tuple(getattr(terminology, section)) for section in SECTIONS}
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
        self._begin_caches()

    def _begin_caches(self) -> None:
        self.hint = lru_cache(maxsize=4096)(self._hint)
        """Return :func:`cds_engine.errors.nearest` for an unknown code, cached because codes repeat."""
        self._look_up = lru_cache(maxsize=65536)(self._meaning)

    def with_codes(self, section: Section, system: str, codes: SystemCodes) -> Vocabulary:
        """Return the vocabulary with other code lists of a section in one system."""
        other = self._copy()
        other._codes = {**self._codes, section: {**self._codes[section], system: codes}}
        return other

    def without_system_name(self, name: str) -> Vocabulary:
        """Return the vocabulary without one of the names of a code system."""
        other = self._copy()
        other._systems = {known: system for known, system in self._systems.items() if known != name}
        return other

    def with_quantities(
        self, dose: Quantity, doses: Mapping[str, Quantity], quantities: Mapping[str, Quantity]
    ) -> Vocabulary:
        """Return the vocabulary with other units and plausible values."""
        other = self._copy()
        other.dose, other.doses, other.quantities = dose, dict(doses), dict(quantities)
        return other

    def without_allergy(self, drug: str, condition: str) -> Vocabulary:
        """Return the vocabulary in which an allergy to a drug is not a condition."""
        other = self._copy()
        kept = tuple(name for name in self.allergies.get(drug, ()) if name != condition)
        other.allergies = {**self.allergies, drug: kept}
        return other

    def _copy(self) -> Vocabulary:
        other = copy.copy(self)
        other._begin_caches()
        return other

    def meaning(self, section: Section, code: str) -> Meaning:
        """Return what ``code`` means: a concept's name, its title (in any case) or ``system|code``.

        A plain name that is no concept is certainly something else. A code of a system that is not complete
        for a concept may be that concept, unless it is a concept of another section.
        """
        return self._named[section].get(code) or self._look_up(section, code)

    def concept(self, section: Section, code: str) -> str | None:
        """Return the concept that ``code`` certainly means, or None."""
        return self.meaning(section, code).concept

    @property
    def system_names(self) -> Iterable[str]:
        """Every name of a code system, in lower case."""
        return self._systems

    def system(self, name: str) -> str | None:
        """Return the code system with this name, URI or other spelling; None if there is none."""
        return self._systems.get(name.strip().casefold())

    def codes(self, section: Section, system: str) -> SystemCodes:
        """Return the lists of a section's concepts in a code system."""
        return self._codes[section][system]

    def sections_of(self, system: str) -> list[Section]:
        """Return the sections whose concepts have codes of a system."""
        return [section for section in SECTIONS if self._codes[section][system].is_used]

    def _meaning(self, section: Section, code: str) -> Meaning:
        system, separator, local = code.partition("|")
        if not separator:
            return self._named[section].get(folded(code), SOMETHING_ELSE)
        name = self.system(system)
        found = None
        if name is not None:
            codes = self._codes[section][name]
            found = codes.meaning(local)
            maybe = found is not None and found[0] is None and found[1]
            if maybe and self._is_concept_elsewhere(section, name, local):
                found = codes.meaning(local, elsewhere=True)
        return Meaning(None, frozenset(self._names[section])) if found is None else Meaning(*found)

    def _is_concept_elsewhere(self, section: Section, system: str, local: str) -> bool:
        others = (self._codes[other][system].meaning(local) for other in SECTIONS if other != section)
        return any(found is not None and found[0] is not None for found in others)

    def _hint(self, section: Section, code: str) -> str:
        return nearest(code, self.names(section))

    def names(self, section: Section) -> Iterable[str]:
        """Return the concept names of a section."""
        return self._names[section]


def _named_concepts(concepts: Mapping[str, CodedConcept]) -> dict[str, Meaning]:
    """Return the meaning of every title and name of a section's concepts; names outrank titles."""
    titles = {folded(coded.title): Meaning(name) for name, coded in concepts.items()}
    return titles | {name: Meaning(name) for name in concepts}


def folded(text: str) -> str:
    """Return ``text`` as titles are compared: without case and without additional spaces."""
    return " ".join(text.casefold().split())


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
