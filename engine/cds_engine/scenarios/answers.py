"""Turns evaluations into answers that expectations are checked against."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal

from cds_engine.answer.models import Advisory, Evaluation
from cds_engine.language.expressions import Scalar
from cds_engine.scenarios.recording import Answer


def answer_from_evaluation(
    families: Mapping[str, str], evaluation: Evaluation, facts: Mapping[str, Scalar]
) -> Answer:
    """Return ``evaluation``, which must have its trace, as an answer; ``families`` are those of the rules."""
    assert evaluation.trace is not None
    advisories = {advisory.rule: advisory for advisory in evaluation.advisories}
    missing = {entry.rule: entry.missing for entry in evaluation.not_evaluable}

    def supporting_comparisons(rule: str) -> dict[str, Scalar]:
        found = ((item.fact, _scalar(item.value)) for item in advisories[rule].because)
        return {fact: value for fact, value in found if value is not None}

    def cites(rule: str, kind: str) -> Collection[str]:
        return _cited(advisories[rule])[kind]

    def text(rule: str) -> str:
        return f"{advisories[rule].summary} {advisories[rule].detail}"

    return Answer(
        outcomes={trace.rule: trace.outcome for trace in evaluation.trace},
        indicators={rule: advisory.indicator for rule, advisory in advisories.items()},
        families=families,
        missing=lambda rule: missing[rule],
        supporting_comparisons=supporting_comparisons,
        cites=cites,
        text=text,
        facts=facts,
        notices=tuple((notice.pointer, notice.message) for notice in evaluation.notices),
    )


def _cited(advisory: Advisory) -> Mapping[str, Collection[str]]:
    return {
        "evidence": {item.claim for item in advisory.evidence},
        "conflict": {item.conflict for item in advisory.conflicts},
        "mechanism": {item.target for item in advisory.mechanism},
    }


def _scalar(value: bool | int | float | str | None) -> Scalar | None:
    """Return a JSON value as the engine represents it, with a float as its shortest decimal."""
    if isinstance(value, bool | str) or value is None:
        return value
    return Decimal(repr(value))


def answer_to_refused(pointers: tuple[str, ...]) -> Answer:
    """Return the answer to a record that was refused at ``pointers``; it has no outcomes."""

    def nothing(*_: str) -> tuple[str, ...]:
        return ()

    return Answer({}, {}, {}, nothing, lambda _: {}, nothing, lambda _: "", refused=pointers)
