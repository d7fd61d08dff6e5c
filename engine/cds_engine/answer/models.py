"""What an evaluation says: the models of the JSON that people and programs read."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cds_engine.cached_json import CachedJson, cached_json, encode_json, join_json, json_string
from cds_engine.inference.kleene import Outcome
from cds_engine.notices import Notice

Indicator = Literal["info", "warning", "critical"]
TruthName = Literal["true", "false", "unknown"]
Value = bool | int | float | str
INDICATORS: tuple[Indicator, ...] = ("critical", "warning", "info")


@dataclass(frozen=True, slots=True, kw_only=True)
class Because(CachedJson):
    """One value that made an advisory, and the threshold it was held against."""

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
    """A claim that an advisory rests on."""

    claim: Annotated[str, Field(description="The claim's id.")]
    basis: Annotated[
        Literal["seed", "labelling", "literature", "standard", "operational"],
        Field(description="The kind of source."),
    ]
    statement: Annotated[str, Field(description="What the source says.")]
    source: Annotated[str, Field(description="The source, by its short name.")]
    locator: Annotated[str, Field(description="Where in the source.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism(CachedJson):
    """A molecular target that the source holds responsible."""

    target: Annotated[str, Field(description="The target's id.")]
    statement: Annotated[str, Field(description="What the source concludes.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictItem(CachedJson):
    """Where sources disagree or are silent, and what the rulebook decided."""

    conflict: Annotated[str, Field(description="The conflict's id.")]
    statement: Annotated[str, Field(description="What disagrees, or what no source says.")]
    decision: Annotated[str, Field(description="What the rulebook does about it.")]


@dataclass(slots=True, kw_only=True)
class Advisory:
    """What one fired rule says."""

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
        """Return the advisory as JSON, put together of its pieces."""
        return (
            f'{{"rule":{cached_json(self.rule)},"family":{cached_json(self.family)},"indicator":{cached_json(self.indicator)},'
            f'"summary":{json_string(self.summary)},"detail":{json_string(self.detail)},'
            f'"because":[{join_json(self.because)}],"evidence":[{join_json(self.evidence)}],'
            f'"mechanism":[{join_json(self.mechanism)}],"conflicts":[{join_json(self.conflicts)}],'
            f'"limitations":{cached_json(self.limitations)}}}'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEvaluable(CachedJson):
    """A rule that could still fire, and the unknown facts on which that depends."""

    rule: Annotated[str, Field(description="The rule's id.")]
    missing: Annotated[tuple[str, ...], Field(description="The facts that would decide it.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedCondition(CachedJson):
    """One comparison: the value seen, the threshold, the truth; for a finding, what decided it."""

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
    """Every comparison of one rule, whether it fired or not."""

    rule: Annotated[str, Field(description="The rule's id.")]
    outcome: Annotated[Outcome, Field(description="What became of the rule.")]
    conditions: Annotated[
        tuple[TracedCondition, ...], Field(description="Every comparison, in the order of the file.")
    ]

    def to_json(self) -> str:
        """Return the trace as JSON, put together of its pieces."""
        return (
            f'{{"rule":{cached_json(self.rule)},"outcome":"{self.outcome}",'
            f'"conditions":[{join_json(self.conditions)}]}}'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RulebookIdentity(CachedJson):
    """Which knowledge an evaluation used."""

    id: Annotated[str, Field(description="The rulebook's id.")]
    version: Annotated[str, Field(description="Its version.")]
    digest: Annotated[str, Field(description="SHA-256 of its files.")]


@dataclass(slots=True, kw_only=True)
class Outcomes:
    """How many rules came out how."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    fired: Annotated[int, Field(description="Rules that say something.")]
    not_met: Annotated[int, Field(description="Rules whose `when` is false.")]
    not_evaluable: Annotated[int, Field(description="Rules that missing facts leave open.")]
    not_applicable: Annotated[int, Field(description="Rules that are not about this patient.")]

    def to_json(self) -> str:
        """Return the counts as JSON."""
        return (
            f'{{"fired":{self.fired},"not_met":{self.not_met},"not_evaluable":{self.not_evaluable},'
            f'"not_applicable":{self.not_applicable}}}'
        )


class Evaluation(BaseModel):
    """The whole answer to one record; the same record, date and rulebook give the same bytes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    research_use_only: Literal[True] = Field(True, description="Always true.")
    disclaimer: str = Field(description="What the rulebook says about its use.")
    as_of: datetime.date = Field(description="The day that was evaluated for.")
    patient_id: str | None = Field(description="The id from the record.")
    rulebook: RulebookIdentity = Field(description="The rulebook that was used.")
    advisories: tuple[Advisory, ...] = Field(description="What fired, the most serious first.")
    not_evaluable: tuple[NotEvaluable, ...] = Field(description="Rules that could still fire.")
    outcomes: Outcomes = Field(description="How many rules have which outcome.")
    notices: tuple[Notice, ...] = Field(description="Data that was ignored or changed.")
    trace: tuple[Trace, ...] | None = Field(None, description="Every comparison of every rule, if asked for.")

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the evaluation as JSON; ``trace`` stands in it only when it was asked for.

        Without ``indent`` it is put together of its pieces, byte for byte as pydantic would write it.
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
