"""The model of ``terminology.yaml``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, StringConstraints, model_validator

from cds_engine.rulebook.files.base import FileModel, Name, Resolution, Text, check_ascending
from cds_engine.rulebook.files.shared import SharedUse

Sources = Annotated[
    tuple[Name, ...],
    BeforeValidator(lambda given: [given] if isinstance(given, str) else given, list[Name] | Name),
    Field(min_length=1),
]
"""One claim, or several."""
Code = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
"""A code, or in a system with a hierarchy the beginning of codes: ``G40*``."""
ListName = Literal["is", "perhaps", "not"]
LIST_NAMES: tuple[ListName, ...] = ("is", "perhaps", "not")


class CodeSystem(FileModel):
    """A code system: its canonical URI and its other names.

    ``source`` are the claims that its code lists were taken from; concepts and lists may name further ones.
    """

    uri: Text = Field(description="Canonical URI, as FHIR uses it.")
    also: list[Text] = Field([], description="Other names of the system.")
    source: Sources | None = Field(None, description="The claims that its codes were taken from.")


class CodeLists(FileModel):
    """The codes of one system that are a concept, that may be it, and that are near it but something else."""

    is_: list[Code] = Field([], alias="is", description="Codes that are the concept.")
    perhaps: list[Code] = Field([], description="Codes that may be the concept: it is then unknown.")
    not_: list[Code] = Field([], alias="not", description="Codes that are near the concept, but not it.")
    complete: bool = Field(
        False,
        description="Whether a code of the system that is in neither `is` nor `perhaps` is something else.",
    )
    source: Sources | None = Field(None, description="The claims that these codes were taken from.")

    def named(self, name: ListName) -> list[str]:
        """Return one of the lists."""
        return {"is": self.is_, "perhaps": self.perhaps, "not": self.not_}[name]


def _as_lists(given: Any) -> Any:
    """Return a plain list of codes as the codes that are the concept."""
    return {"is": given} if isinstance(given, list) else given


class ValueSetUse(FileModel):
    """What a FHIR ValueSet in a file of its own says about a concept."""

    list: ListName = Field("is", description="What its codes are to the concept.")
    complete: bool = Field(
        False, description="Whether the concept's lists are complete in every code system of the value set."
    )
    source: Sources | None = Field(None, description="The claims that it was taken from.")


class CodedConcept(FileModel):
    """A concept and its codes; ``source`` are the claims that the codes were taken from."""

    title: Text = Field(description="Name for people.")
    codes: dict[Text, Annotated[CodeLists, BeforeValidator(_as_lists, list[Code] | CodeLists)]] = Field(
        {}, description="Codes by code system."
    )
    value_sets: dict[Text, ValueSetUse] = Field(
        {}, description="FHIR ValueSets by file, relative to the rulebook."
    )
    source: Sources | None = Field(None, description="The claims in which the codes were read.")


class PlausibleRange(FileModel):
    """The physically plausible values in the canonical unit, both ends included."""

    minimum: Decimal = Field(description="Smallest plausible value.")
    maximum: Decimal = Field(description="Largest plausible value.")

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

    unit: Text = Field(description="The UCUM unit that facts and parameters use.")
    units: dict[Text, Decimal] = Field({}, description="Further UCUM units and their factor to `unit`.")
    aliases: dict[Text, Text] = Field({}, description="Other spellings and the UCUM unit that they mean.")
    plausible: PlausibleRange = Field(description="A value outside is ignored, with a notice.")
    resolution: Resolution = Field(description="The smallest step in which values are reported.")


class DrugConcept(CodedConcept):
    """A drug; ``plausible_dose`` is its own range of plausible daily doses."""

    plausible_dose: PlausibleRange | None = Field(None, description="Plausible daily doses of this drug.")


class ObservationConcept(QuantityDefinition, CodedConcept):
    """A concept that is measured: its codes, units and plausible values.

    With ``molar_mass`` in g/mol its units may measure mass as well as amount of substance.
    """

    molar_mass: Annotated[Decimal, Field(gt=0)] | None = Field(
        None, description="Grams in a mole, for conversion between mass and amount of substance."
    )


class DoseUnits(QuantityDefinition):
    """The units and plausible values of daily doses, for every drug of the rulebook."""


def _any_dose() -> DoseUnits:
    """Return the daily doses of a rulebook that reads none: any mass per day."""
    return DoseUnits(
        unit="mg/d",
        units={},
        aliases={},
        plausible=PlausibleRange(minimum=Decimal(0), maximum=Decimal(1_000_000)),
        resolution=Decimal("0.001"),
    )


class ConceptGroup(FileModel):
    """Drugs or observations that facts may treat as one."""

    title: Text = Field(description="Name for people.")
    members: list[Name] = Field(min_length=1, description="The drugs or observations of the group.")


class TerminologyFile(FileModel):
    """``terminology.yaml``: the concepts that a record may name, with codes, units and plausible ranges.

    Files in the folder ``terminology/`` have the same format and are read as parts of it.
    ``allergies`` maps a condition to drugs: a record that lists an allergy to one of them has the condition.
    """

    use: list[SharedUse] = Field([], description="What the rulebook takes from shared terminologies.")
    systems: dict[Text, CodeSystem] = Field({}, description="Code systems by short name.")
    dose: DoseUnits = Field(default_factory=_any_dose, description="How daily doses are written.")
    drugs: dict[Name, DrugConcept] = Field({}, description="Drugs that a record may name.")
    drug_groups: dict[Name, ConceptGroup] = Field({}, description="Groups of drugs.")
    conditions: dict[Name, CodedConcept] = Field({}, description="Conditions that a record may name.")
    symptoms: dict[Name, CodedConcept] = Field({}, description="Symptoms that a record may name.")
    observations: dict[Name, ObservationConcept] = Field(
        {}, description="Measurements and scores that a record may name."
    )
    observation_groups: dict[Name, ConceptGroup] = Field({}, description="Groups of observations.")
    allergies: dict[Name, list[Name]] = Field(
        {}, description="The conditions that an allergy to a drug implies."
    )

    def claims(self) -> Iterator[str]:
        """Yield every claim that codes were taken from."""
        for system in self.systems.values():
            yield from system.source or ()
        sections: tuple[Mapping[str, CodedConcept], ...]
        sections = (self.drugs, self.conditions, self.symptoms, self.observations)
        for concepts in sections:
            for coded in concepts.values():
                yield from coded.source or ()
                for lists in coded.codes.values():
                    yield from lists.source or ()
                for use in coded.value_sets.values():
                    yield from use.source or ()
