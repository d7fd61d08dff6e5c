"""The models of an evaluation: the JSON that people and programs read."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from cds_engine.cached_json import CachedJson, cached_json, encode_json, join_json, json_string
from cds_engine.language.kleene import Outcome
from cds_engine.notices import Notice

Indicator = Literal["info", "warning", "critical"]
TruthName = Literal["true", "false", "unknown"]
Value = bool | int | float | str
INDICATORS: tuple[Indicator, ...] = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True, kw_only=True)
class Because(CachedJson):
    """One reason for an advisory: a value and the threshold it was compared with."""

    fact: str
    value: Value | None
    unit: str | None = None
    operator: str
    threshold: Value | tuple[str, ...]
    parameter: str | None = None
    sources: Annotated[
        tuple[str, ...], Field(description="JSON pointers of the entries that the value was derived from")
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceItem(CachedJson):
    """A claim that supports an advisory."""

    claim: str
    basis: Literal["seed", "labelling", "literature", "standard", "operational"]
    statement: str
    source: str
    locator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism(CachedJson):
    """A molecular target that explains an advisory, according to its source."""

    target: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictItem(CachedJson):
    """A question on which sources disagree or say nothing, and what the rulebook decided."""

    conflict: str
    statement: str
    decision: str


@dataclass(slots=True, kw_only=True)
class Advisory:
    """The message of one fired rule, with its reasons and evidence."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    rule: str
    family: str
    indicator: Indicator
    summary: Annotated[str, Field(max_length=139)]
    detail: str
    because: tuple[Because, ...]
    evidence: tuple[EvidenceItem, ...]
    mechanism: tuple[Mechanism, ...] = ()
    conflicts: tuple[ConflictItem, ...] = ()
    limitations: tuple[str, ...] = ()

    def to_json(self) -> str:
        """Return the advisory as JSON."""
        return (
            f'{{"rule":{cached_json(self.rule)},"family":{cached_json(self.family)},"indicator":{cached_json(self.indicator)},'
            f'"summary":{json_string(self.summary)},"detail":{json_string(self.detail)},'
            f'"because":[{join_json(self.because)}],"evidence":[{join_json(self.evidence)}],'
            f'"mechanism":[{join_json(self.mechanism)}],"conflicts":[{join_json(self.conflicts)}],'
            f'"limitations":{cached_json(self.limitations)}}}'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEvaluable(CachedJson):
    """A rule that could still fire, and the unknown facts that would decide it."""

    rule: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedCondition(CachedJson):
    """One comparison of a rule: value, threshold and truth; ``conditions`` lists what decided a finding."""

    part: Literal["applies_to", "when", "finding"]
    fact: str
    value: Value | None
    unit: str | None = None
    operator: str
    threshold: Value | tuple[str, ...]
    parameter: str | None = None
    truth: TruthName
    conditions: tuple[TracedCondition, ...] = ()


@dataclass(slots=True)
class Trace:
    """Every comparison of one rule, with the rule's outcome."""

    rule: str
    outcome: Outcome
    conditions: tuple[TracedCondition, ...]

    def to_json(self) -> str:
        """Return the trace as JSON."""
        return (
            f'{{"rule":{cached_json(self.rule)},"outcome":"{self.outcome}",'
            f'"conditions":[{join_json(self.conditions)}]}}'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RulebookIdentity(CachedJson):
    """The rulebook that an evaluation used; the digest covers all of its files."""

    id: str
    version: str
    digest: str


@dataclass(slots=True, kw_only=True)
class Outcomes:
    """The number of rules with each outcome."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    fired: int
    not_met: int
    not_evaluable: int
    not_applicable: int
    by_rule: Annotated[SkipJsonSchema[Mapping[str, Outcome]], Field(exclude=True)] = field(
        default_factory=dict, compare=False, repr=False
    )
    """The outcome of each rule. It is not in the JSON, and empty in an evaluation read from JSON."""

    def to_json(self) -> str:
        """Return the counts as JSON."""
        return (
            f'{{"fired":{self.fired},"not_met":{self.not_met},"not_evaluable":{self.not_evaluable},'
            f'"not_applicable":{self.not_applicable}}}'
        )


class Evaluation(BaseModel):
    """The answer to one record; the same record, date and rulebook always give the same JSON."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    research_use_only: Literal[True] = True
    disclaimer: str
    as_of: datetime.date
    patient_id: str | None
    rulebook: RulebookIdentity
    advisories: tuple[Advisory, ...]
    not_evaluable: tuple[NotEvaluable, ...]
    outcomes: Outcomes
    notices: tuple[Notice, ...]
    trace: tuple[Trace, ...] | None = None

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the evaluation as JSON, with ``trace`` only if it was requested.

        Without ``indent`` the result is joined from cached parts; it has the same bytes as pydantic's output.
        """
        if indent is not None:
            return self.model_dump_json(indent=indent, exclude={"trace"} if self.trace is None else None)
        advisories = ",".join([advisory.to_json() for advisory in self.advisories])
        trace = ""
        if self.trace is not None:
            trace = f',"trace":[{",".join([rule.to_json() for rule in self.trace])}]'
        return (
            f'{{"research_use_only":true,"disclaimer":{cached_json(self.disclaimer)},"as_of":"{self.as_of.isoformat()}",'
            f'"patient_id":{encode_json(self.patient_id)},"rulebook":{self.rulebook.json},'
            f'"advisories":[{advisories}],"not_evaluable":[{join_json(self.not_evaluable)}],'
            f'"outcomes":{self.outcomes.to_json()},"notices":[{join_json(self.notices)}]{trace}}}'
        )
