"""The responses of the knowledge routes, as pydantic models."""

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


class KnowledgeResponse(BaseModel):
    """What every response carries: the research-use label and the identity of the rulebook."""

    model_config = ConfigDict(from_attributes=True)

    research_use_only: Literal[True] = True
    disclaimer: str
    rulebook: RulebookIdentity


class RulebookItem(BaseModel):
    """One rulebook in a list."""

    id: str
    version: str
    digest: str
    title: str
    description: str
    disclaimer: str
    default: bool = Field(description="Whether the routes without a rulebook mean it")


class RulebooksResponse(BaseModel):
    """The rulebooks that are served, the default one first."""

    research_use_only: Literal[True] = True
    disclaimer: str
    rulebooks: list[RulebookItem]


class BasisItem(BaseModel):
    """A kind of source that claims, numbers and findings rest on."""

    basis: Basis
    title: str


class SharedItem(BaseModel):
    """A shared terminology that the rulebook uses."""

    id: str
    version: str


class RulebookResponse(KnowledgeResponse):
    """The identity, families and size of the rulebook."""

    title: str
    description: str
    bases: list[BasisItem] = Field(description="The kinds of sources, the strongest first")
    shared: list[SharedItem] = Field(description="The shared terminologies that it uses")
    families: dict[str, Family]
    counts: dict[str, int] = Field(description="The numbers of rules, facts, parameters, claims and so on")
    editions: tuple[datetime.date, ...] = Field(
        description="The dates on which the value of a parameter changes"
    )


class RuleItem(BaseModel):
    """One rule in a list."""

    id: str
    family: str
    version: int
    status: Status
    title: str
    indicator: Indicator
    summary: str


class RulesResponse(KnowledgeResponse):
    """All rules, in the order of their ids."""

    rules: list[RuleItem]


class ExpressionItem(BaseModel):
    """A condition as in the rule's file, and in English with resolved numbers."""

    tree: Any
    sentences: list[str]


class ResolvedParameter(BaseModel):
    """A parameter that a rule compares with, its value on the requested date, and its source."""

    parameter: str
    title: str
    value: Number
    unit: str
    basis: Basis
    reliability: str | None
    claim: str
    statement: str
    source: str
    locator: str


class RuleResponse(RuleItem, KnowledgeResponse):
    """One rule in English, with resolved numbers and evidence."""

    as_of: datetime.date
    rationale: str
    detail: str
    applies_to: ExpressionItem
    when: ExpressionItem
    numbers: list[ResolvedParameter]
    evidence: list[EvidenceItem]
    mechanism: list[Mechanism]
    conflicts: list[ConflictItem]
    limitations: list[str]


class FactItem(BaseModel):
    """One fact: its meaning, its unit and range or its codes, and how it is derived from a record."""

    name: str
    title: str
    kind: Literal["number", "boolean", "code"]
    unit: str | None
    resolution: Number | None = Field(description="The precision in which it is reported")
    minimum: Number | None
    maximum: Number | None
    codes: tuple[str, ...]
    question: str | None
    derivation: dict[str, Any] | None = Field(description="How it is derived from a record")
    finding: list[str] | None = Field(description="For a finding, its condition in English")
    basis: Basis | None


class FactsResponse(KnowledgeResponse):
    """All facts."""

    facts: list[FactItem]


class DatedValue(BaseModel):
    """A value and its first day."""

    model_config = ConfigDict(from_attributes=True)

    since: datetime.date
    value: Number


class ParameterItem(BaseModel):
    """A number that rules compare with; on each date, the latest value on or before it applies."""

    model_config = ConfigDict(from_attributes=True)

    title: str
    unit: str
    basis: Basis
    claim: str
    conflicts: list[str]
    values: list[DatedValue]


class ParametersResponse(KnowledgeResponse):
    """All parameters, by name."""

    parameters: dict[str, ParameterItem]


class EvidenceResponse(KnowledgeResponse):
    """Sources, what they state, and where they disagree or are silent."""

    reliabilities: dict[str, str] = Field(
        description="What each code for the reliability of a claim means; empty if claims have none"
    )
    sources: dict[str, Source]
    claims: dict[str, Claim]
    conflicts: dict[str, Conflict]


class AffinityItem(BaseModel):
    """A measured affinity, as printed in its source."""

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


class PharmacologyResponse(KnowledgeResponse):
    """Targets and assays, by name."""

    targets: dict[str, TargetItem]
    assays: dict[str, AssayItem]


class CoverageResponse(KnowledgeResponse):
    """The result of the last audit of rule coverage."""

    current: bool = Field(description="Whether the audit is of the loaded rulebook")
    audit: dict[str, Any]
