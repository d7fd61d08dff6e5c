"""What the knowledge routes answer, as pydantic models."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from cds_engine.answer.models import ConflictItem, EvidenceItem, Indicator, Mechanism, RulebookIdentity
from cds_engine.quantities.numbers import to_json
from cds_engine.rulebook.files import Basis, Claim, Conflict, Family, Source, Status
from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

Number = Annotated[
    Decimal,
    PlainSerializer(to_json, when_used="json"),
    WithJsonSchema({"type": "number"}, mode="serialization"),
]


class Answered(BaseModel):
    """What every answer carries: that it is for research only, and which rulebook it is from."""

    model_config = ConfigDict(from_attributes=True)

    research_use_only: Literal[True] = True
    disclaimer: str
    rulebook: RulebookIdentity


class RulebookAnswer(Answered):
    """A rulebook's identity, families and size."""

    title: str
    description: str
    families: dict[str, Family]
    counts: dict[str, int] = Field(
        description="How many rules, facts, parameters, claims and so on there are"
    )
    editions: tuple[datetime.date, ...] = Field(description="Days on which some parameter takes a new value")


class RuleItem(BaseModel):
    """One rule in a list."""

    id: str
    family: str
    version: int
    status: Status
    title: str
    indicator: Indicator
    summary: str


class RulesAnswer(Answered):
    """All rules, by id."""

    rules: list[RuleItem]


class Logic(BaseModel):
    """A condition: as the rule's file writes it, and in English with its numbers filled in."""

    tree: Any
    sentences: list[str]


class ResolvedNumber(BaseModel):
    """A parameter that a rule compares with, its value on the day asked for, and what it rests on."""

    parameter: str
    title: str
    value: Number
    unit: str
    basis: Basis
    claim: str
    statement: str
    source: str
    locator: str


class RuleAnswer(RuleItem, Answered):
    """One rule with its numbers resolved, in English, with its evidence."""

    as_of: datetime.date
    rationale: str
    detail: str
    applies_to: Logic
    when: Logic
    numbers: list[ResolvedNumber]
    evidence: list[EvidenceItem]
    mechanism: list[Mechanism]
    conflicts: list[ConflictItem]
    limitations: list[str]


class FactItem(BaseModel):
    """One fact: what it is, its unit and domain or vocabulary, and how a record makes it known."""

    name: str
    title: str
    kind: Literal["number", "boolean", "code"]
    unit: str | None
    resolution: Number | None = Field(description="The smallest step in which it is reported")
    minimum: Number | None
    maximum: Number | None
    codes: tuple[str, ...]
    question: str | None
    derivation: dict[str, Any] | None = Field(description="How it is derived from a record")
    finding: list[str] | None = Field(description="In English, what decides it, for a finding")
    basis: Basis | None


class FactsAnswer(Answered):
    """All facts."""

    facts: list[FactItem]


class DatedNumber(BaseModel):
    """A value and the first day on which it holds."""

    model_config = ConfigDict(from_attributes=True)

    since: datetime.date
    value: Number


class ParameterItem(BaseModel):
    """A number that rules compare with; the latest value on or before a day holds on it."""

    model_config = ConfigDict(from_attributes=True)

    title: str
    unit: str
    basis: Basis
    claim: str
    conflicts: list[str]
    values: list[DatedNumber]


class ParametersAnswer(Answered):
    """All parameters, by name."""

    parameters: dict[str, ParameterItem]


class EvidenceAnswer(Answered):
    """Sources, what they state, and where they disagree or are silent."""

    sources: dict[str, Source]
    claims: dict[str, Claim]
    conflicts: dict[str, Conflict]


class AffinityItem(BaseModel):
    """A measured affinity, as its source prints it."""

    model_config = ConfigDict(from_attributes=True)

    receptor: str
    measure: str
    low: Number
    high: Number
    unit: str


class TargetItem(BaseModel):
    """A molecular target and what the source concludes from it."""

    model_config = ConfigDict(from_attributes=True)

    title: str
    action: str
    affinities: list[AffinityItem]
    implication: str
    claims: list[str]
    conflicts: list[str]


class AssayItem(BaseModel):
    """An experimental assay."""

    model_config = ConfigDict(from_attributes=True)

    title: str
    system: str
    procedure: str
    outcome: str
    claims: list[str]


class PharmacologyAnswer(Answered):
    """Targets and assays, by name."""

    targets: dict[str, TargetItem]
    assays: dict[str, AssayItem]


class CoverageAnswer(Answered):
    """What the last audit found about how well scenarios cover the rules."""

    current: bool = Field(description="Whether the audit is of exactly the rulebook that is loaded")
    audit: dict[str, Any]
