"""The model of ``terminology.yaml``."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from cds_engine.rulebook.files.base import FileModel, Name, Resolution, Text, check_ascending


class CodeSystem(FileModel):
    """A code system: its canonical URI and its other names."""

    uri: Text
    also: list[Text] = []


class CodedConcept(FileModel):
    """A concept and its codes; ``source`` is the claim that the codes were taken from."""

    title: Text
    codes: dict[Text, list[Annotated[str, StringConstraints(min_length=1)]]] = {}
    source: Name | None = None


class PlausibleRange(FileModel):
    """The physically plausible values in the canonical unit, both ends included."""

    minimum: Decimal
    maximum: Decimal

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        check_ascending(self.minimum, self.maximum)
        return self


class QuantityDefinition(FileModel):
    """The units and the plausible values of a quantity.

    ``unit`` is the canonical UCUM unit. ``units`` maps each further accepted UCUM unit to the exact factor
    that converts it to the canonical one; ``cds rules check`` compares the factors with UCUM. ``aliases``
    maps spellings that are not UCUM, or that mean something else in UCUM, to the intended UCUM unit.
    ``resolution`` is the smallest step in which the quantity is reported.
    """

    unit: Text
    units: dict[Text, Decimal] = {}
    aliases: dict[Text, Text] = {}
    plausible: PlausibleRange
    resolution: Resolution


class DrugConcept(CodedConcept):
    """A drug; ``plausible_dose`` is its own range of plausible daily doses."""

    plausible_dose: PlausibleRange | None = None


class ObservationConcept(QuantityDefinition, CodedConcept):
    """A concept that is measured: its codes, units and plausible values.

    With ``molar_mass`` in g/mol its units may measure mass as well as amount of substance.
    """

    molar_mass: Annotated[Decimal, Field(gt=0)] | None = None


class DoseUnits(QuantityDefinition):
    """The units and plausible values of daily doses, for every drug of the rulebook."""


class ConceptGroup(FileModel):
    """Drugs or observations that facts may treat as one."""

    title: Text
    members: list[Name] = Field(min_length=1)


class TerminologyFile(FileModel):
    """``terminology.yaml``: the concepts that a record may name, with codes, units and plausible ranges.

    ``allergies`` maps a condition to drugs: a record that lists an allergy to one of them has the condition.
    """

    systems: dict[Text, CodeSystem]
    dose: DoseUnits
    drugs: dict[Name, DrugConcept]
    drug_groups: dict[Name, ConceptGroup] = {}
    conditions: dict[Name, CodedConcept]
    symptoms: dict[Name, CodedConcept]
    observations: dict[Name, ObservationConcept] = {}
    observation_groups: dict[Name, ConceptGroup] = {}
    allergies: dict[Name, list[Name]] = {}
