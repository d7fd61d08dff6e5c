"""The models of the answer of several rulebooks to one record."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from cds_engine.answer.models import (
    Advisory,
    Evaluation,
    NotEvaluable,
    Outcomes,
    RulebookIdentity,
    Trace,
)
from cds_engine.cached_json import cached_json, encode_json, join_json
from cds_engine.notices import Notice
from cds_engine.record.models import Moment

RulebookName = Annotated[str, Field(description="The rulebook, by its id.")]


@dataclass(slots=True, kw_only=True)
class NamedAdvisory(Advisory):
    """The message of one fired rule, with its rulebook."""

    rulebook: RulebookName


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedNotEvaluable(NotEvaluable):
    """A rule that could still fire, with its rulebook."""

    rulebook: RulebookName


@dataclass(slots=True, kw_only=True)
class NamedTrace(Trace):
    """Every comparison of one rule, with its rulebook."""

    rulebook: RulebookName


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinedNotice(Notice):
    """Data in the record that was ignored or changed, and by which rulebooks."""

    rulebooks: Annotated[
        tuple[str, ...] | None,
        Field(description="The rulebooks that it is about; null if it is about all of them."),
    ] = None


class RulebookAnswer(BaseModel):
    """One rulebook of the answer: its identity, and how many of its rules have which outcome."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str = Field(description="The rulebook's id.")
    version: str = Field(description="Its version.")
    digest: str = Field(description="SHA-256 of its files.")
    disclaimer: str = Field(description="What the rulebook says about its use.")
    outcomes: Outcomes = Field(description="How many of its rules have which outcome.")

    @property
    def identity(self) -> RulebookIdentity:
        """The identity as the evaluation of a single rulebook has it."""
        return RulebookIdentity(id=self.id, version=self.version, digest=self.digest)


class CombinedEvaluation(BaseModel):
    """The answer of several rulebooks to one record; each part names its rulebook."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    research_use_only: Literal[True] = Field(True, description="Always true.")
    disclaimer: str = Field(description="What the rulebooks say about their use.")
    as_of: Moment = Field(description="The day or the instant that was evaluated for.")
    patient_id: str | None = Field(description="The id from the record.")
    rulebooks: tuple[RulebookAnswer, ...] = Field(description="The rulebooks, in the order of the request.")
    advisories: tuple[NamedAdvisory, ...] = Field(description="What fired, the most serious first.")
    not_evaluable: tuple[NamedNotEvaluable, ...] = Field(description="Rules that could still fire.")
    outcomes: Outcomes = Field(description="How many rules of all rulebooks have which outcome.")
    notices: tuple[CombinedNotice, ...] = Field(description="Data that was ignored or changed.")
    trace: tuple[NamedTrace, ...] | None = Field(
        None, description="Every comparison of every rule, if asked for."
    )

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the evaluation as JSON, with ``trace`` only if it was requested."""
        head = {
            "disclaimer": self.disclaimer,
            "as_of": self.as_of.isoformat(),
            "patient_id": self.patient_id,
        }
        rulebooks = ",".join(book.model_dump_json() for book in self.rulebooks)
        advisories = ",".join(_named(found.rulebook, found.to_json()) for found in self.advisories)
        trace = ""
        if self.trace is not None:
            traces = (_named(found.rulebook, found.to_json()) for found in self.trace)
            trace = f',"trace":[{",".join(traces)}]'
        text = (
            f'{{"research_use_only":true,{encode_json(head)[1:-1]},"rulebooks":[{rulebooks}],'
            f'"advisories":[{advisories}],"not_evaluable":[{join_json(self.not_evaluable)}],"outcomes":{self.outcomes.to_json()},'
            f'"notices":[{join_json(self.notices)}]{trace}}}'
        )
        return text if indent is None else json.dumps(json.loads(text), indent=indent, ensure_ascii=False)

    def of(self, rulebook: str) -> Evaluation:
        """Return the part of one rulebook as the evaluation of that rulebook.

        The notices are those that are about it; codes that only other rulebooks know have none.
        """
        [book] = [book for book in self.rulebooks if book.id == rulebook]
        return Evaluation.model_construct(
            research_use_only=True,
            disclaimer=book.disclaimer,
            as_of=self.as_of,
            patient_id=self.patient_id,
            rulebook=book.identity,
            advisories=tuple(_without_name(found) for found in self.advisories if found.rulebook == rulebook),
            not_evaluable=tuple(
                NotEvaluable(rule=found.rule, missing=found.missing)
                for found in self.not_evaluable
                if found.rulebook == rulebook
            ),
            outcomes=book.outcomes,
            notices=tuple(
                Notice(pointer=found.pointer, message=found.message)
                for found in self.notices
                if found.rulebooks is None or rulebook in found.rulebooks
            ),
            trace=None
            if self.trace is None
            else tuple(
                Trace(rule=found.rule, outcome=found.outcome, conditions=found.conditions)
                for found in self.trace
                if found.rulebook == rulebook
            ),
        )


def named_advisory(rulebook: str, advisory: Advisory) -> NamedAdvisory:
    """Return an advisory with the name of its rulebook."""
    fields = {name: getattr(advisory, name) for name in Advisory.__dataclass_fields__}
    return NamedAdvisory(rulebook=rulebook, **fields)


def _without_name(advisory: NamedAdvisory) -> Advisory:
    return Advisory(**{name: getattr(advisory, name) for name in Advisory.__dataclass_fields__})


def _named(rulebook: str, text: str) -> str:
    """Return the JSON of an object with the name of its rulebook in front."""
    return f'{{"rulebook":{cached_json(rulebook)},{text[1:]}'
