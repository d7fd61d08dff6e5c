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
"""``always``, or one of ``all``, ``any`` and ``not``, or a fact's name with one test."""


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

    title: Text = Field(description="Name for people.")
    description: Text = Field(description="What its rules are about.")
    folder: Annotated[Name, AfterValidator(_read_folder)] = Field(
        description="The folder that holds its rules."
    )


class Partition(FileModel):
    """Rules of which exactly one fires for every value of a fact, or none where ``silent`` holds."""

    title: Text = Field(description="Name for people.")
    over: Name = Field(description="The fact whose values are divided.")
    given: ConditionTree = Field("always", description="The patients for whom the division holds.")
    rules: list[Name] = Field(min_length=2, description="The rules that share the values.")
    silent: ConditionTree | None = Field(None, description="The values for which no rule fires.")


class RulebookFile(FileModel):
    """``rulebook.yaml``: identity, version, families and the partitions to be proved."""

    id: Name = Field(description="The rulebook's name in results and addresses.")
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")] = Field(
        description="Version of the knowledge: major.minor.patch."
    )
    title: Text = Field(description="Name for people.")
    description: Text = Field(description="What the rulebook covers.")
    disclaimer: Text = Field(description="What every result says about its use.")
    families: dict[Name, Family] = Field(description="Families by the first part of their rules' ids.")
    partitions: dict[Name, Partition] = Field(
        {}, description="Divisions that the audit proves to have no gap and no overlap."
    )


# terminology.yaml


class CodeSystem(FileModel):
    """A code system: its canonical URI and other names people use for it."""

    uri: Text = Field(description="Canonical URI, as FHIR uses it.")
    also: list[Text] = Field([], description="Other names of the system.")


class Coded(FileModel):
    """A concept and the codes that mean it; ``source`` is the claim in which the codes were read."""

    title: Text = Field(description="Name for people.")
    codes: dict[Text, list[Annotated[str, StringConstraints(min_length=1)]]] = Field(
        {}, description="Codes by code system."
    )
    source: Name | None = Field(None, description="The claim in which the codes were read.")


class Range(FileModel):
    """The values that are physically plausible, both ends included, in the concept's own unit."""

    minimum: Decimal = Field(description="Smallest plausible value.")
    maximum: Decimal = Field(description="Largest plausible value.")

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

    unit: Text = Field(description="The UCUM unit that facts and parameters use.")
    units: dict[Text, Decimal] = Field({}, description="Further UCUM units and their factor to `unit`.")
    aliases: dict[Text, Text] = Field({}, description="Other spellings and the UCUM unit that they mean.")
    plausible: Range = Field(description="A value outside is ignored, with a notice.")
    resolution: Resolution = Field(description="The smallest step in which values are reported.")


class Measured(Quantified, Coded):
    """A concept with a quantity."""


class DoseUnits(Quantified):
    """How daily doses are written, for every drug of the rulebook."""


class Group(FileModel):
    """Several drugs or several observations that facts may treat as one."""

    title: Text = Field(description="Name for people.")
    members: list[Name] = Field(min_length=1, description="The drugs or observations of the group.")


class TerminologyFile(FileModel):
    """``terminology.yaml``: the concepts a record may name, with codes, units and plausible ranges.

    ``allergies`` says which condition an allergy to a drug amounts to, for records that list allergies.
    """

    systems: dict[Text, CodeSystem] = Field(description="Code systems by short name.")
    dose: DoseUnits = Field(description="How daily doses are written.")
    drugs: dict[Name, Coded] = Field(description="Drugs that a record may name.")
    drug_groups: dict[Name, Group] = Field({}, description="Groups of drugs.")
    conditions: dict[Name, Coded] = Field(description="Conditions that a record may name.")
    symptoms: dict[Name, Coded] = Field(description="Symptoms that a record may name.")
    observations: dict[Name, Measured] = Field(description="Measurements and scores that a record may name.")
    observation_groups: dict[Name, Group] = Field({}, description="Groups of observations.")
    allergies: dict[Name, list[Name]] = Field(
        {}, description="The conditions that an allergy to a drug implies."
    )


# facts.yaml


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
        _check_ascending(self.minimum, self.maximum)
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
    when: ConditionTree = Field(description="When the finding is true.")
    basis: Basis = Field(description="What the finding rests on.")
    rationale: Text | None = Field(None, description="Why it is defined this way.")


class FactsFile(FileModel):
    """``facts.yaml``: how each fact is derived from a record."""

    facts: dict[Name, Derivation] = Field(description="Facts by name.")
    templates: list[Template] = Field([], description="Facts declared once for many concepts.")
    findings: dict[Name, Finding] = Field({}, description="Findings by name.")


# parameters.yaml


class DatedValue(FileModel):
    """A value and the first day on which it holds."""

    since: Annotated[datetime.date, BeforeValidator(_read_date)] = Field(
        description="The first day on which the value holds."
    )
    value: Decimal = Field(description="The number, in the parameter's unit.")


class ParameterFile(FileModel):
    """A number that rules compare with.

    ``values`` are dated and in ascending order; a later one replaces an earlier one from its own date on,
    and the first one also holds before its date. ``claim`` is the statement the number rests on.
    """

    title: Text = Field(description="Name for people.")
    unit: Text = Field(description="UCUM unit of every value.")
    basis: Basis = Field(description="What the number rests on.")
    claim: Name = Field(description="The claim that states it.")
    conflicts: list[Name] = Field([], description="Where sources disagree about it.")
    values: list[DatedValue] = Field(min_length=1, description="Dated values, the oldest first.")


class ParametersFile(FileModel):
    """``parameters.yaml``."""

    parameters: dict[Name, ParameterFile] = Field(description="Parameters by name; a rule writes `$name`.")


# evidence.yaml


class Source(FileModel):
    """A document that was read, or that a document read refers to."""

    title: Text = Field(description="Full title.")
    short: Text = Field(description="Short name for citations.")
    locator: Text | None = Field(None, description="Where to find it.")
    cited_by: Name | None = Field(
        None, description="The source that refers to it, if it was not read itself."
    )


class Claim(FileModel):
    """One statement of one source.

    ``references`` are the sources that the stating document itself cites for it. ``not_encodable`` is the
    reason why no rule, parameter or mechanism rests on it.
    """

    statement: Text = Field(description="What the source says, in the rulebook's own words.")
    source: Name = Field(description="The source that says it.")
    locator: Text = Field(description="Where in the source.")
    basis: Basis = Field(description="The kind of source.")
    references: list[Name] = Field([], description="Sources that the source cites for it.")
    not_encodable: Text | None = Field(None, description="Why nothing in the rulebook rests on it.")


class Conflict(FileModel):
    """Statements that disagree, or a silence, and what this rulebook decided."""

    title: Text = Field(description="Name for people.")
    statement: Text = Field(description="What disagrees, or what no source says.")
    claims: list[Name] = Field([], description="The claims that disagree.")
    decision: Text = Field(description="What the rulebook does about it.")


class EvidenceFile(FileModel):
    """``evidence.yaml``."""

    sources: dict[Name, Source] = Field(description="Sources by name.")
    claims: dict[Name, Claim] = Field(description="Claims by name.")
    conflicts: dict[Name, Conflict] = Field(description="Conflicts by name.")


# pharmacology.yaml


class Affinity(FileModel):
    """A measured affinity, in nM, as the source prints it."""

    receptor: Text = Field(description="The receptor or transporter.")
    measure: Literal["Ki", "EC50"] = Field(description="What was measured.")
    low: Decimal = Field(description="Smallest value reported.")
    high: Decimal = Field(description="Largest value reported; equal to `low` for a single value.")
    unit: Literal["nM"] = Field("nM", description="Unit of both.")


class Target(FileModel):
    """A molecular target and what the source concludes from it; rules cite it as their mechanism."""

    title: Text = Field(description="Name for people.")
    action: Text = Field(description="What the drug does there.")
    affinities: list[Affinity] = Field([], description="Measured affinities.")
    implication: Text = Field(description="What the source concludes.")
    claims: list[Name] = Field(min_length=1, description="The claims that state it.")
    conflicts: list[Name] = Field([], description="Where sources disagree about it.")


class Assay(FileModel):
    """An experimental assay of the source."""

    title: Text = Field(description="Name for people.")
    system: Text = Field(description="What it was measured in.")
    procedure: Text = Field(description="How it was done.")
    outcome: Text = Field(description="What was found.")
    claims: list[Name] = Field(min_length=1, description="The claims that state it.")


class PharmacologyFile(FileModel):
    """``pharmacology.yaml``."""

    targets: dict[Name, Target] = Field(description="Targets by name; rules cite them as their mechanism.")
    assays: dict[Name, Assay] = Field({}, description="Assays by name.")


# one rule a file


class AdvisoryFile(FileModel):
    """What the rule says when it fires; ``{fact}`` and ``{$parameter}`` stand for values with their unit."""

    indicator: Indicator = Field(description="How serious it is.")
    summary: Text = Field(description="One line; at most 139 characters once filled in.")
    detail: Text = Field(description="The whole text.")


class RuleFile(FileModel):
    """One rule: identity, lifecycle, logic, advisory, evidence, known limits, in this order."""

    id: Name = Field(description="Family, a dot and a name; also the name of the file.")
    version: Annotated[int, Field(ge=1)] = Field(description="Goes up by one when the meaning changes.")
    title: Text = Field(description="Name for people.")
    status: Status = Field("active", description="Only active rules are evaluated; retired ones stay.")
    rationale: Text = Field(description="Why the rule exists.")
    applies_to: ConditionTree = Field("always", description="The patients whom the rule is about.")
    when: ConditionTree = Field(description="When the rule fires for them.")
    advisory: AdvisoryFile = Field(description="What the rule says.")
    evidence: list[Name] = Field(min_length=1, description="The claims that support it.")
    mechanism: list[Name] = Field([], description="Targets that explain it.")
    conflicts: list[Name] = Field([], description="Conflicts that the advisory shows.")
    limitations: list[Text] = Field([], description="Where the rule is known to be wrong or incomplete.")
