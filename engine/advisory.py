"""What an evaluation says: the models of the JSON that people and programs read."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Indicator = Literal["info", "warning", "critical"]
Outcome = Literal["fired", "not_met", "not_evaluable", "not_applicable"]
TruthName = Literal["true", "false", "unknown"]
Value = bool | int | float | str
INDICATORS: tuple[Indicator, ...] = ("critical", "warning", "info")


class Part(BaseModel):
    """Closed and immutable."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Notice(Part):
    """Something in the record that was not used as it stands, and why."""

    pointer: Annotated[str, Field(description="RFC 6901 JSON pointer into the record")]
    message: str


class Because(Part):
    """One value that made an advisory, and the threshold it was held against."""

    fact: str
    value: Value | None
    unit: str | None = None
    operator: str
    threshold: Value | tuple[str, ...]
    parameter: str | None = None
    sources: Annotated[
        tuple[str, ...], Field(description="JSON pointers of the entries that the value was derived from")
    ] = ()


class EvidenceItem(Part):
    """A claim that an advisory rests on."""

    claim: str
    basis: Literal["seed", "labelling", "literature", "standard", "operational"]
    statement: str
    source: str
    locator: str


class Mechanism(Part):
    """A molecular target that the source holds responsible."""

    target: str
    statement: str


class ConflictItem(Part):
    """Where sources disagree or are silent, and what the rulebook decided."""

    conflict: str
    statement: str
    decision: str


class Advisory(Part):
    """What one fired rule says."""

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


class NotEvaluable(Part):
    """A rule that could still fire, and the unknown facts on which that depends."""

    rule: str
    missing: tuple[str, ...]


class TracedCondition(Part):
    """One comparison: the value seen, the threshold, the truth; for a finding, what decided it."""

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
    """Every comparison of one rule, whether it fired or not.

    A dataclass and no model, since every explained evaluation makes one for each rule of the rulebook.
    """

    rule: str
    outcome: Outcome
    conditions: tuple[TracedCondition, ...]


class RulebookIdentity(Part):
    """Which knowledge an evaluation used."""

    id: str
    version: str
    digest: str


class Outcomes(Part):
    """How many rules came out how."""

    fired: int
    not_met: int
    not_evaluable: int
    not_applicable: int


class Evaluation(Part):
    """The whole answer to one record; the same record, date and rulebook give the same bytes."""

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
        """Return the evaluation as JSON; ``trace`` stands in it only when it was asked for."""
        return self.model_dump_json(indent=indent, exclude={"trace"} if self.trace is None else None)
