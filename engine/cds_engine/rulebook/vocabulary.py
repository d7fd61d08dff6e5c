"""The terminology as a look-up: from what a record writes to the rulebook's own concept names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Literal

from cds_engine.errors import nearest
from cds_engine.quantities.units import Scale
from cds_engine.rulebook.files import Coded, Measured, Quantified, Range, TerminologyFile

Section = Literal["drugs", "conditions", "symptoms", "observations"]
SECTIONS: tuple[Section, ...] = ("drugs", "conditions", "symptoms", "observations")


class Quantity:
    """How one quantity is written: exact conversion to its canonical unit, and its plausible range."""

    __slots__ = ("maximum", "minimum", "resolution", "scale", "unit")

    def __init__(self, measured: Quantified, plausible: Range | None = None) -> None:
        plausible = plausible or measured.plausible
        self.unit = measured.unit
        self.minimum = plausible.minimum
        self.maximum = plausible.maximum
        self.resolution = measured.resolution
        molar_mass = measured.molar_mass if isinstance(measured, Measured) else None
        self.scale = Scale(measured.unit, dict(measured.units), dict(measured.aliases), molar_mass)

    def plausible(self, value: Decimal) -> bool:
        """Return whether ``value``, in the canonical unit, is physically plausible.

        A value other than zero that is smaller than the smallest step in which the quantity is reported is
        no measurement but a slip of the unit.
        """
        return self.minimum <= value <= self.maximum and (value.is_zero() or abs(value) >= self.resolution)


class Vocabulary:
    """Concepts by name and by ``system|code``, the members of groups, and the units of quantities."""

    def __init__(self, terminology: TerminologyFile) -> None:
        self._systems: dict[str, str] = {}
        for name, system in terminology.systems.items():
            for alias in (name, system.uri, *system.also):
                self._systems[alias.casefold()] = name
        self._codes: dict[str, dict[str, str]] = {}
        for section in SECTIONS:
            concepts: Mapping[str, Coded] = getattr(terminology, section)
            index = {concept: concept for concept in concepts}
            for concept, coded in concepts.items():
                index.update((f"{system}|{code}", concept) for system, code in _pairs(coded))
            self._codes[section] = index
        self.drugs = _members(terminology.drugs, terminology.drug_groups)
        self.observations = _members(terminology.observations, terminology.observation_groups)
        self.allergies = _reversed(terminology.allergies)
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
        """Return the concept that ``code`` (a concept's name or ``system|code``) means, if any."""
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


def _pairs(coded: Coded) -> Iterable[tuple[str, str]]:
    return ((system, code) for system, codes in coded.codes.items() for code in codes)


def _reversed(conditions: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """Return, for each drug, the conditions that an allergy to it amounts to."""
    drugs = sorted({drug for named in conditions.values() for drug in named})
    return {
        drug: tuple(condition for condition, named in conditions.items() if drug in named) for drug in drugs
    }


def _members(concepts: Mapping[str, object], groups: Mapping[str, object]) -> dict[str, tuple[str, ...]]:
    members: dict[str, tuple[str, ...]] = {concept: (concept,) for concept in concepts}
    members.update({name: tuple(group.members) for name, group in groups.items()})  # type: ignore[attr-defined]
    return members
