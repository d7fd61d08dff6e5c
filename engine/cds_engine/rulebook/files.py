"""The shapes of a rulebook's files, as pydantic models; the editors' JSON Schemas are generated from them.

A model here says what one file may look like. What only the whole rulebook can tell (that a name exists,
that a unit fits) is checked in :mod:`cds_engine.rulebook.check`.
"""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from cds_engine.rulebook.parse_expression import CONDITION_SCHEMA

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[._-][a-z0-9]+)*$", max_length=80)]
"""A closed ASCII name: lower case, digits, and single dots, hyphens or underscores between them."""
Concept = Annotated[str, StringConstraints(pattern=r"^(\{id\}|[a-z0-9]+(?:[._-][a-z0-9]+)*)$", max_length=80)]
"""A concept of the terminology, or within a template ``{id}``, which stands for one."""
ParameterReference = Annotated[str, StringConstraints(pattern=r"^\$[a-z0-9]+(?:[._-][a-z0-9]+)*$")]
"""A parameter, written with a dollar sign: ``$blood.fresh``."""
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Basis = Literal["seed", "labelling", "literature", "standard", "operational"]
Indicator = Literal["info", "warning", "critical"]
Status = Literal["draft", "active", "retired"]
Resolution = Annotated[Decimal, Field(gt=0)]
ConditionTree = Annotated[Any, Field(json_schema_extra=CONDITION_SCHEMA)]


def _read_date(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError(f"expected a date written YYYY-MM-DD, found '{value}'")
    return value


def _read_folder(value: str) -> str:
    if value == "examples":
        raise ValueError("'examples' holds patient records; no rule is read there")
    return value


class FileModel(BaseModel):
    """Closed, immutable, and never coercing a number into a text."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def _check_ascending(minimum: Decimal, maximum: Decimal) -> None:
    if minimum > maximum:
        raise ValueError(f"the minimum {minimum} is above the maximum {maximum}")


# rulebook.yaml


class Family(FileModel):
    """A group of rules: the first part of their ids and the folder they live in."""

    title: Text
    description: Text
    folder: Annotated[Name, AfterValidator(_read_folder)]


class Partition(FileModel):
    """Rules of which exactly one fires for every value of a fact, or none where ``silent`` holds."""

    title: Text
    over: Name
    given: ConditionTree = "always"
    rules: list[Name] = Field(min_length=2)
    silent: ConditionTree | None = None


class RulebookFile(FileModel):
    """``rulebook.yaml``: identity, version, families and the partitions to be proved."""

    id: Name
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
    title: Text
    description: Text
    disclaimer: Text
    families: dict[Name, Family]
    partitions: dict[Name, Partition] = {}


# terminology.yaml


class CodeSystem(FileModel):
    """A code system: its canonical URI and other names people use for it."""

    uri: Text
    also: list[Text] = []


class Coded(FileModel):
    """A concept and the codes that mean it; ``source`` is the claim in which the codes were read."""

    title: Text
    codes: dict[Text, list[Annotated[str, StringConstraints(min_length=1)]]] = {}
    source: Name | None = None


class Range(FileModel):
    """The values that are physically plausible, both ends included, in the concept's own unit."""

    minimum: Decimal
    maximum: Decimal

    @model_validator(mode="after")
    def _ascending(self) -> Self:
        _check_ascending(self.minimum, self.maximum)
        return self


class Quantified(FileModel):
    """How a quantity is written.

    ``unit`` is the canonical UCUM unit. ``units`` maps each further accepted UCUM unit to the exact factor
    that converts it to the canonical one (held against UCUM by the checker). ``aliases`` maps spellings
    that are not UCUM, or that mean something else there, to the UCUM unit their writers mean.
    ``resolution`` is the smallest step in which the quantity is reported.
    """

    unit: Text
    units: dict[Text, Decimal] = {}
    aliases: dict[Text, Text] = {}
    plausible: Range
    resolution: Resolution


class Measured(Quantified, Coded):
    """A concept with a quantity."""


class DoseUnits(Quantified):
    """How daily doses are written, for every drug of the rulebook."""


class Group(FileModel):
    """Several drugs or several observations that facts may treat as one."""

    title: Text
    members: list[Name] = Field(min_length=1)


class TerminologyFile(FileModel):
    """``terminology.yaml``: the concepts a record may name, with codes, units and plausible ranges.

    ``allergies`` says which condition an allergy to a drug amounts to, for records that list allergies.
    """

    systems: dict[Text, CodeSystem]
    dose: DoseUnits
    drugs: dict[Name, Coded]
    drug_groups: dict[Name, Group] = {}
    conditions: dict[Name, Coded]
    symptoms: dict[Name, Coded]
    observations: dict[Name, Measured]
    observation_groups: dict[Name, Group] = {}
    allergies: dict[Name, list[Name]] = {}


# facts.yaml


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
        _check_ascending(self.minimum, self.maximum)
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
    when: ConditionTree
    basis: Basis
    rationale: Text | None = None


class FactsFile(FileModel):
    """``facts.yaml``: how each fact is derived from a record."""

    facts: dict[Name, Derivation]
    templates: list[Template] = []
    findings: dict[Name, Finding] = {}


# parameters.yaml


class DatedValue(FileModel):
    """A value and the first day on which it holds."""

    since: Annotated[datetime.date, BeforeValidator(_read_date)]
    value: Decimal


class ParameterFile(FileModel):
    """A number that rules compare with.

    ``values`` are dated and in ascending order; a later one replaces an earlier one from its own date on,
    and the first one also holds before its date. ``claim`` is the statement the number rests on.
    """

    title: Text
    unit: Text
    basis: Basis
    claim: Name
    conflicts: list[Name] = []
    values: list[DatedValue] = Field(min_length=1)


class ParametersFile(FileModel):
    """``parameters.yaml``."""

    parameters: dict[Name, ParameterFile]


# evidence.yaml


class Source(FileModel):
    """A document that was read, or that a document read refers to."""

    title: Text
    short: Text
    locator: Text | None = None
    cited_by: Name | None = None


class Claim(FileModel):
    """One statement of one source.

    ``references`` are the sources that the stating document itself cites for it. ``not_encodable`` is the
    reason why no rule, parameter or mechanism rests on it.
    """

    statement: Text
    source: Name
    locator: Text
    basis: Basis
    references: list[Name] = []
    not_encodable: Text | None = None


class Conflict(FileModel):
    """Statements that disagree, or a silence, and what this rulebook decided."""

    title: Text
    statement: Text
    claims: list[Name] = []
    decision: Text


class EvidenceFile(FileModel):
    """``evidence.yaml``."""

    sources: dict[Name, Source]
    claims: dict[Name, Claim]
    conflicts: dict[Name, Conflict]


# pharmacology.yaml


class Affinity(FileModel):
    """A measured affinity, in nM, as the source prints it."""

    receptor: Text
    measure: Literal["Ki", "EC50"]
    low: Decimal
    high: Decimal
    unit: Literal["nM"] = "nM"


class Target(FileModel):
    """A molecular target and what the source concludes from it; rules cite it as their mechanism."""

    title: Text
    action: Text
    affinities: list[Affinity] = []
    implication: Text
    claims: list[Name] = Field(min_length=1)
    conflicts: list[Name] = []


class Assay(FileModel):
    """An experimental assay of the source."""

    title: Text
    system: Text
    procedure: Text
    outcome: Text
    claims: list[Name] = Field(min_length=1)


class PharmacologyFile(FileModel):
    """``pharmacology.yaml``."""

    targets: dict[Name, Target]
    assays: dict[Name, Assay] = {}


# one rule a file


class AdvisoryFile(FileModel):
    """What the rule says when it fires; ``{fact}`` and ``{$parameter}`` stand for values with their unit."""

    indicator: Indicator
    summary: Text
    detail: Text


class RuleFile(FileModel):
    """One rule: identity, lifecycle, logic, advisory, evidence, known limits, in this order."""

    id: Name
    version: Annotated[int, Field(ge=1)]
    title: Text
    status: Status = "active"
    rationale: Text
    applies_to: ConditionTree = "always"
    when: ConditionTree
    advisory: AdvisoryFile
    evidence: list[Name] = Field(min_length=1)
    mechanism: list[Name] = []
    conflicts: list[Name] = []
    limitations: list[Text] = []
