"""What an evaluation says: the models of the JSON that people and programs read."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from json.encoder import encode_basestring
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import to_json

Indicator = Literal["info", "warning", "critical"]
Outcome = Literal["fired", "not_met", "not_evaluable", "not_applicable"]
TruthName = Literal["true", "false", "unknown"]
OUTCOMES: tuple[Outcome, ...] = ("fired", "not_met", "not_evaluable", "not_applicable")
Value = bool | int | float | str
INDICATORS: tuple[Indicator, ...] = ("critical", "warning", "info")


class Piece:
    """An immutable piece that many answers share; ``json`` is written when it is made.

    Pieces are dataclasses and no models, which take much longer to make.
    """

    __slots__ = ("json",)
    __pydantic_config__ = ConfigDict(extra="forbid")
    json: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "json", _json(self))


def _json(value: object) -> str:
    return to_json(value).decode()


_kept = lru_cache(maxsize=4096)(_json)
"""For what comes in every answer of a rule or a rulebook."""
_quoted: Callable[[str], str] = encode_basestring
"""For a text; it is sooner done than with what writes any value."""


P = TypeVar("P", bound=Piece)


class Pieces(tuple[P, ...]):
    """Pieces that always come together; the inside of their JSON array is written once."""

    @cached_property
    def json(self) -> str:
        """The pieces as JSON, separated by commas."""
        return ",".join([piece.json for piece in self])


def _listed(pieces: tuple[Piece, ...]) -> str:
    return pieces.json if isinstance(pieces, Pieces) else ",".join([piece.json for piece in pieces])


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Piece):
    """Something in the record that was not used as it stands, and why."""

    pointer: Annotated[str, Field(description="RFC 6901 JSON pointer into the record")]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Because(Piece):
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


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceItem(Piece):
    """A claim that an advisory rests on."""

    claim: str
    basis: Literal["seed", "labelling", "literature", "standard", "operational"]
    statement: str
    source: str
    locator: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Mechanism(Piece):
    """A molecular target that the source holds responsible."""

    target: str
    statement: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConflictItem(Piece):
    """Where sources disagree or are silent, and what the rulebook decided."""

    conflict: str
    statement: str
    decision: str


@dataclass(slots=True, kw_only=True)
class Advisory:
    """What one fired rule says."""

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
        """Return the advisory as JSON, put together of its pieces."""
        return (
            f'{{"rule":{_kept(self.rule)},"family":{_kept(self.family)},"indicator":{_kept(self.indicator)},'
            f'"summary":{_quoted(self.summary)},"detail":{_quoted(self.detail)},'
            f'"because":[{_listed(self.because)}],"evidence":[{_listed(self.evidence)}],'
            f'"mechanism":[{_listed(self.mechanism)}],"conflicts":[{_listed(self.conflicts)}],'
            f'"limitations":{_kept(self.limitations)}}}'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEvaluable(Piece):
    """A rule that could still fire, and the unknown facts on which that depends."""

    rule: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedCondition(Piece):
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
    """Every comparison of one rule, whether it fired or not."""

    rule: str
    outcome: Outcome
    conditions: tuple[TracedCondition, ...]

    def to_json(self) -> str:
        """Return the trace as JSON, put together of its pieces."""
        return (
            f'{{"rule":{_kept(self.rule)},"outcome":"{self.outcome}",'
            f'"conditions":[{_listed(self.conditions)}]}}'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RulebookIdentity(Piece):
    """Which knowledge an evaluation used."""

    id: str
    version: str
    digest: str


@dataclass(slots=True, kw_only=True)
class Outcomes:
    """How many rules came out how."""

    __pydantic_config__ = ConfigDict(extra="forbid")

    fired: int
    not_met: int
    not_evaluable: int
    not_applicable: int

    def to_json(self) -> str:
        """Return the counts as JSON."""
        return (
            f'{{"fired":{self.fired},"not_met":{self.not_met},"not_evaluable":{self.not_evaluable},'
            f'"not_applicable":{self.not_applicable}}}'
        )


class Evaluation(BaseModel):
    """The whole answer to one record; the same record, date and rulebook give the same bytes."""

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
            f'{{"research_use_only":true,"disclaimer":{_kept(self.disclaimer)},"as_of":"{self.as_of.isoformat()}",'
            f'"patient_id":{_json(self.patient_id)},"rulebook":{self.rulebook.json},'
            f'"advisories":[{advisories}],"not_evaluable":[{_listed(self.not_evaluable)}],'
            f'"outcomes":{self.outcomes.to_json()},"notices":[{_listed(self.notices)}]{trace}}}'
        )
