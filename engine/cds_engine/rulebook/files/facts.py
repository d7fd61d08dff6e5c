"""The model of ``facts.yaml``."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from cds_engine.rulebook.files.base import (
    Basis,
    Concept,
    FileModel,
    Name,
    ParameterReference,
    RawExpression,
    Resolution,
    Text,
    check_ascending,
)


class FactFile(FileModel):
    """What every derived fact declares."""

    title: Text
    question: Text | None = None


class NumberFile(FactFile):
    """A fact that is a number: unit, smallest step, and the domain over which proofs quantify."""

    unit: Text
    resolution: Resolution = Decimal(1)
    minimum: Decimal
    maximum: Decimal

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        check_ascending(self.minimum, self.maximum)
        return self


class Age(NumberFile):
    """Completed years of age at ``as_of``."""

    derive: Literal["age"]


class MedicationActive(FactFile):
    """Whether a drug, or any drug of a group, is being taken at ``as_of``."""

    derive: Literal["medication_active"]
    drug: Concept


class MedicationDose(FactFile):
    """The sum of the daily doses of the active entries; unit and domain are the terminology's."""

    derive: Literal["medication_dose"]
    drug: Concept


class MedicationDays(NumberFile):
    """Days from the earliest start among the active entries to ``as_of``."""

    derive: Literal["medication_days"]
    drug: Concept


class MedicationStopped(FactFile):
    """Whether a drug, or any drug of a group, was ever stopped on or before ``as_of``."""

    derive: Literal["medication_stopped"]
    drug: Concept


class MedicationDaysSinceStop(NumberFile):
    """Days from the latest stop on or before ``as_of``."""

    derive: Literal["medication_days_since_stop"]
    drug: Concept


class MedicationIndication(FactFile):
    """What the drug is taken for: the entry's own indication, else the one of ``conditions`` present."""

    derive: Literal["medication_indication"]
    drug: Concept
    conditions: list[Name]


class ConditionPresent(FactFile):
    """Whether a condition is present at ``as_of``."""

    derive: Literal["condition"]
    condition: Concept


class SymptomPresent(FactFile):
    """Whether a symptom is present."""

    derive: Literal["symptom"]
    symptom: Concept


class SymptomSeverity(FactFile):
    """The severity of a symptom that is present: mild, moderate or severe."""

    derive: Literal["symptom_severity"]
    symptom: Concept


class History(NumberFile):
    """A number that the record's history states."""

    derive: Literal["history"]
    field: Name


class ObservationLatest(FactFile):
    """The latest result; unknown when older than ``fresh`` days."""

    derive: Literal["observation_latest"]
    observation: Concept
    fresh: ParameterReference | None = None


class ObservationPrevious(FactFile):
    """The result before the latest one."""

    derive: Literal["observation_previous"]
    observation: Concept


class ObservationEver(FactFile):
    """Whether there is any result, of one observation or of any of a group."""

    derive: Literal["observation_ever"]
    observation: Concept


class ObservationDaysSince(NumberFile):
    """Days from the latest result to ``as_of``."""

    derive: Literal["observation_days_since"]
    observation: Concept


class ObservationFall(NumberFile):
    """By how many percent the latest result is below the one before; both within ``fresh`` days."""

    derive: Literal["observation_fall"]
    observation: Concept
    fresh: ParameterReference | None = None


class ObservationChange(NumberFile):
    """By how many percent the latest result differs from the baseline of a drug's treatment.

    The baseline is the last result on or before the start; with ``or_first_after`` the first result after
    it serves where there is none. ``direction`` says which way counts as positive.
    """

    derive: Literal["observation_change"]
    observation: Concept
    drug: Concept
    direction: Literal["rise", "fall"]
    or_first_after: bool = False
    fresh: ParameterReference | None = None


class ObservationTaken(FactFile):
    """Whether there is a result from ``before`` days before to ``after`` days after a drug's start."""

    derive: Literal["observation_taken"]
    observation: Concept
    drug: Concept
    before: ParameterReference
    after: ParameterReference


Derivation = Annotated[
    Age
    | MedicationActive
    | MedicationDose
    | MedicationDays
    | MedicationStopped
    | MedicationDaysSinceStop
    | MedicationIndication
    | ConditionPresent
    | SymptomPresent
    | SymptomSeverity
    | History
    | ObservationLatest
    | ObservationPrevious
    | ObservationEver
    | ObservationDaysSince
    | ObservationFall
    | ObservationChange
    | ObservationTaken,
    Field(discriminator="derive"),
]


class Template(FileModel):
    """Facts written once for many concepts: ``{id}`` and ``{title}`` stand for each concept's own.

    ``for_each`` is a section of the terminology (``drugs``, ``drug_groups``, ``conditions``, ``symptoms``,
    ``observations``, ``observation_groups``); ``only`` narrows it.
    """

    for_each: Literal["drugs", "drug_groups", "conditions", "symptoms", "observations", "observation_groups"]
    only: list[Name] | None = None
    facts: dict[Annotated[str, StringConstraints(pattern=r"^[a-z0-9._{}-]+$")], Derivation]


class Finding(FileModel):
    """A fact that other facts decide, by a condition; asserted by the inference engine while it runs."""

    title: Text
    when: RawExpression
    basis: Basis
    rationale: Text | None = None


class FactsFile(FileModel):
    """``facts.yaml``: how each fact is derived from a record."""

    facts: dict[Name, Derivation]
    templates: list[Template] = []
    findings: dict[Name, Finding] = {}
