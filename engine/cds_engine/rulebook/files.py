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

from cds_engine.language.parse_expression import CONDITION_SCHEMA

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[._-][a-z0-9]+)*$", max_length=80)]
"""A closed ASCII name: lower case, digits, and single dots, hyphens or underscores between them."""
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


def check_ascending(minimum: Decimal, maximum: Decimal) -> None:
    """Raise ValueError if ``minimum`` is above ``maximum``."""
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
        check_ascending(self.minimum, self.maximum)
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
    """A concept with a quantity.

    ``molar_mass`` in g/mol lets units of mass and of amount of substance stand beside each other.
    """

    molar_mass: Annotated[Decimal, Field(gt=0)] | None = None


class Drug(Coded):
    """A drug; ``plausible_dose`` is its own range of plausible daily doses."""

    plausible_dose: Range | None = None


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
    drugs: dict[Name, Drug]
    drug_groups: dict[Name, Group] = {}
    conditions: dict[Name, Coded]
    symptoms: dict[Name, Coded]
    observations: dict[Name, Measured] = {}
    observation_groups: dict[Name, Group] = {}
    allergies: dict[Name, list[Name]] = {}


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
