"""The models of an evaluation: the JSON that people and programs read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from cds_engine.cached_json import CachedJson, cached_json, cached_text, encode_json, join_json
from cds_engine.language.kleene import Outcome
from cds_engine.notices import Notice
from cds_engine.record.models import Moment

Indicator = Literal["info", "warning", "critical"]
TruthName = Literal["true", "false", "unknown"]
Value = bool | int | float | str
INDICATORS: tuple[Indicator, ...] = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True, kw_only=True)
class Because(CachedJson):
    """One reason for an advisory: a value and the threshold it was compared with."""

    fact: Annotated[str, Field(description="The fact.")]
    value: Annotated[Value | None, Field(description="Its value; null if unknown.")]
    unit: Annotated[str | None, Field(description="The unit of value and threshold.")] = None
    operator: Annotated[str, Field(description="The comparison.")]
    threshold: Annotated[Value | tuple[str, ...], Field(description="What the value was compared with.")]
    parameter: Annotated[str | None, Field(description="The parameter that the threshold comes from.")] = None
    sources: Annotated[
        tuple[str, ...], Field(description="JSON pointers of the entries that the value was derived from")
    ] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceItem(CachedJson):
    """A claim that supports an advisory."""

    claim: Annotated[str, Field(description="The claim's id.")]
    basis: Annotated[str, Field(description="The kind of source: one of the bases of the rulebook.")]
    reliability: Annotated[
        str | None, Field(description="How reliable the claim is; the rulebook's evidence explains the code.")
    ] = None
    statement: Annotated[str, Field(description="What the source says.")]
    source: Annotated[str, Field(description="The source, by its short name.")]
    locator: Annotated[str, Field(description="Where in the source.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism(CachedJson):
    """A molecular target that explains an advisory, according to its source."""

    target: Annotated[str, Field(description="The target's id.")]
    statement: Annotated[str, Field(description="What the source concludes.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictItem(CachedJson):
    """A question on which sources disagree or say nothing, and what the rulebook decided."""

    conflict: Annotated[str, Field(description="The conflict's id.")]
    statement: Annotated[str, Field(description="What disagrees, or what no source says.")]
    decision: Annotated[str, Field(description="What the rulebook does about it.")]


@dataclass(slots=True, kw_only=True)
class Advisory:
    """The message of one fired rule, with its reasons and evidence."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    rule: Annotated[str, Field(description="The rule's id.")]
    family: Annotated[str, Field(description="The rule's family.")]
    indicator: Annotated[Indicator, Field(description="How serious it is.")]
    summary: Annotated[str, Field(max_length=139, description="One line.")]
    detail: Annotated[str, Field(description="The whole text.")]
    because: Annotated[tuple[Because, ...], Field(description="The values that made the rule fire.")]
    evidence: Annotated[tuple[EvidenceItem, ...], Field(description="The claims that support it.")]
    mechanism: Annotated[tuple[Mechanism, ...], Field(description="Molecular targets that explain it.")] = ()
    conflicts: Annotated[
        tuple[ConflictItem, ...], Field(description="Where sources disagree or are silent.")
    ] = ()
    limitations: Annotated[
        tuple[str, ...], Field(description="Where the rule is known to be wrong or incomplete.")
    ] = ()

    def to_json(self) -> str:
        """Return the advisory as JSON."""
        return (
            f'{{"rule":{cached_json(self.rule)},"family":{cached_json(self.family)},"indicator":"{self.indicator}",'
            f'"summary":{cached_text(self.summary)},"detail":{cached_text(self.detail)},'
            f'"because":[{join_json(self.because)}],"evidence":[{join_json(self.evidence)}],'
            f'"mechanism":[{join_json(self.mechanism)}],"conflicts":[{join_json(self.conflicts)}],'
            f'"limitations":{cached_json(self.limitations)}}}'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEvaluable(CachedJson):
    """A rule that could still fire, and the unknown facts that would decide it."""

    rule: Annotated[str, Field(description="The rule's id.")]
    missing: Annotated[tuple[str, ...], Field(description="The facts that would decide it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedCondition(CachedJson):
    """One comparison of a rule: value, threshold and truth; ``conditions`` lists what decided a finding."""

    part: Annotated[
        Literal["applies_to", "when", "finding"],
        Field(description="The condition of the rule that it belongs to."),
    ]
    fact: Annotated[str, Field(description="The fact.")]
    value: Annotated[Value | None, Field(description="Its value; null if unknown.")]
    unit: Annotated[str | None, Field(description="The unit of value and threshold.")] = None
    operator: Annotated[str, Field(description="The comparison.")]
    threshold: Annotated[Value | tuple[str, ...], Field(description="What the value was compared with.")]
    parameter: Annotated[str | None, Field(description="The parameter that the threshold comes from.")] = None
    truth: Annotated[TruthName, Field(description="The result.")]
    conditions: Annotated[
        tuple[TracedCondition, ...], Field(description="For a finding, the comparisons that decided it.")
    ] = ()


@dataclass(slots=True)
class Trace:
    """Every comparison of one rule, with the rule's outcome."""

    rule: Annotated[str, Field(description="The rule's id.")]
    outcome: Annotated[Outcome, Field(description="What became of the rule.")]
    conditions: Annotated[
        tuple[TracedCondition, ...], Field(description="Every comparison, in the order of the file.")
    ]

    def to_json(self) -> str:
        """Return the trace as JSON."""
        return (
            f'{{"rule":{cached_json(self.rule)},"outcome":"{self.outcome}",'
            f'"conditions":[{join_json(self.conditions)}]}}'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RulebookIdentity(CachedJson):
    """The rulebook that an evaluation used; the digest covers all of its files."""

    id: Annotated[str, Field(description="The rulebook's id.")]
    version: Annotated[str, Field(description="Its version.")]
    digest: Annotated[str, Field(description="SHA-256 of its files.")]


@dataclass(slots=True, kw_only=True)
class Outcomes:
    """The number of rules with each outcome."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    fired: Annotated[int, Field(description="Rules that say something.")]
    not_met: Annotated[int, Field(description="Rules whose `when` is false.")]
    not_evaluable: Annotated[int, Field(description="Rules that missing facts leave open.")]
    not_applicable: Annotated[int, Field(description="Rules that are not about this patient.")]
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

    research_use_only: Literal[True] = Field(True, description="Always true.")
    disclaimer: str = Field(description="What the rulebook says about its use.")
    as_of: Moment = Field(description="The day or the instant that was evaluated for.")
    patient_id: str | None = Field(description="The id from the record.")
    rulebook: RulebookIdentity = Field(description="The rulebook that was used.")
    advisories: tuple[Advisory, ...] = Field(description="What fired, the most serious first.")
    not_evaluable: tuple[NotEvaluable, ...] = Field(description="Rules that could still fire.")
    outcomes: Outcomes = Field(description="How many rules have which outcome.")
    notices: tuple[Notice, ...] = Field(description="Data that was ignored or changed.")
    trace: tuple[Trace, ...] | None = Field(None, description="Every comparison of every rule, if asked for.")

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
