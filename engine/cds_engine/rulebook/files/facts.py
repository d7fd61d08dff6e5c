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

    title: Text = Field(description="Name for people, as it appears in explanations.")
    question: Text | None = Field(None, description="What to ask when the fact is missing.")


class NumberFile(FactFile):
    """A fact that is a number: unit, smallest step, and the domain over which proofs quantify."""

    unit: Text = Field(description="UCUM unit of the value.")
    resolution: Resolution = Field(Decimal(1), description="The smallest step between two values.")
    minimum: Decimal = Field(description="Smallest possible value.")
    maximum: Decimal = Field(description="Largest possible value.")

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
    drug: Concept = Field(description="The drug or group.")


class MedicationDose(FactFile):
    """The sum of the daily doses of the active entries; unit and domain are the terminology's."""

    derive: Literal["medication_dose"]
    drug: Concept = Field(description="The drug or group.")


class MedicationDays(NumberFile):
    """Days from the earliest start among the active entries to ``as_of``."""

    derive: Literal["medication_days"]
    drug: Concept = Field(description="The drug or group.")


class MedicationStopped(FactFile):
    """Whether a drug, or any drug of a group, was ever stopped on or before ``as_of``."""

    derive: Literal["medication_stopped"]
    drug: Concept = Field(description="The drug or group.")


class MedicationDaysSinceStop(NumberFile):
    """Days from the latest stop on or before ``as_of``."""

    derive: Literal["medication_days_since_stop"]
    drug: Concept = Field(description="The drug or group.")


class MedicationIndication(FactFile):
    """What the drug is taken for: the entry's own indication, else the one of ``conditions`` present."""

    derive: Literal["medication_indication"]
    drug: Concept = Field(description="The drug or group.")
    conditions: list[Name] = Field(
        description="Conditions of which exactly one stands for an indication that is not stated."
    )


class ConditionPresent(FactFile):
    """Whether a condition is present at ``as_of``."""

    derive: Literal["condition"]
    condition: Concept = Field(description="The condition.")


class SymptomPresent(FactFile):
    """Whether a symptom is present."""

    derive: Literal["symptom"]
    symptom: Concept = Field(description="The symptom.")


class SymptomSeverity(FactFile):
    """The severity of a symptom that is present: mild, moderate or severe."""

    derive: Literal["symptom_severity"]
    symptom: Concept = Field(description="The symptom.")


class History(NumberFile):
    """A number that the record's history states."""

    derive: Literal["history"]
    field: Name = Field(description="The field of `history`.")


class ObservationLatest(FactFile):
    """The latest result; unknown when older than ``fresh`` days."""

    derive: Literal["observation_latest"]
    observation: Concept = Field(description="The observation or group.")
    fresh: ParameterReference | None = Field(None, description="Days after which a result no longer counts.")


class ObservationPrevious(FactFile):
    """The result before the latest one."""

    derive: Literal["observation_previous"]
    observation: Concept = Field(description="The observation or group.")


class ObservationEver(FactFile):
    """Whether there is any result, of one observation or of any of a group."""

    derive: Literal["observation_ever"]
    observation: Concept = Field(description="The observation or group.")


class ObservationDaysSince(NumberFile):
    """Days from the latest result to ``as_of``."""

    derive: Literal["observation_days_since"]
    observation: Concept = Field(description="The observation or group.")


class ObservationFall(NumberFile):
    """By how many percent the latest result is below the one before; both within ``fresh`` days."""

    derive: Literal["observation_fall"]
    observation: Concept = Field(description="The observation or group.")
    fresh: ParameterReference | None = Field(None, description="Days after which a result no longer counts.")


class ObservationChange(NumberFile):
    """By how many percent the latest result differs from the baseline of a drug's treatment.

    The baseline is the last result on or before the start; with ``or_first_after`` the first result after
    it serves where there is none. ``direction`` says which way counts as positive.
    """

    derive: Literal["observation_change"]
    observation: Concept = Field(description="The observation or group.")
    drug: Concept = Field(description="The drug or group.")
    direction: Literal["rise", "fall"] = Field(description="Which way counts as positive.")
    or_first_after: bool = Field(
        False, description="Use the first result after the start if there is none before."
    )
    fresh: ParameterReference | None = Field(None, description="Days after which a result no longer counts.")


class ObservationTaken(FactFile):
    """Whether there is a result from ``before`` days before to ``after`` days after a drug's start."""

    derive: Literal["observation_taken"]
    observation: Concept = Field(description="The observation or group.")
    drug: Concept = Field(description="The drug or group.")
    before: ParameterReference = Field(description="Days before the start.")
    after: ParameterReference = Field(description="Days after the start.")


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

    for_each: Literal[
        "drugs", "drug_groups", "conditions", "symptoms", "observations", "observation_groups"
    ] = Field(description="The concepts to declare facts for.")
    only: list[Name] | None = Field(None, description="Some of those concepts; all if left out.")
    facts: dict[Annotated[str, StringConstraints(pattern=r"^[a-z0-9._{}-]+$")], Derivation] = Field(
        description="Facts by name, where `{id}` is the concept."
    )


class Finding(FileModel):
    """A fact that other facts decide, by a condition; asserted by the inference engine while it runs."""

    title: Text = Field(description="Name for people.")
    when: RawExpression = Field(description="When the finding is true.")
    basis: Basis = Field(description="The kind of source that supports it.")
    rationale: Text | None = Field(None, description="Why it is defined this way.")


class FactsFile(FileModel):
    """``facts.yaml``: how each fact is derived from a record."""

    facts: dict[Name, Derivation] = Field(description="Facts by name.")
    templates: list[Template] = Field([], description="Facts declared once for many concepts.")
    findings: dict[Name, Finding] = Field({}, description="Findings by name.")
