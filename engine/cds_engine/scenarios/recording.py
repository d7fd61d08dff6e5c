"""What a run of scenarios leaves behind: every evaluation, and everything that was expected of it.

A recording is plain data. Together with :func:`holds` it is enough to ask, without pytest and without a
feature file, whether a changed rulebook would still satisfy the scenarios: that is what the audit does,
thousands of times.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any, Literal

from cds_engine.inference.edition import Edition, RuleOutcomes
from cds_engine.language.expressions import Scalar
from cds_engine.language.kleene import Outcome, missing_facts, supporting_comparisons
from cds_engine.quantities.numbers import to_json
from cds_engine.rulebook.model import Rulebook

Kind = Literal[
    "fired",
    "not_met",
    "not_applicable",
    "not_evaluable",
    "missing",
    "missing_among",
    "indicator",
    "because",
    "evidence",
    "conflict",
    "mechanism",
    "says",
    "none_of_family",
    "only",
    "notice",
    "no_notice",
    "fact",
    "refused",
]
OUTCOME_KINDS: frozenset[str] = frozenset({"fired", "not_met", "not_applicable", "not_evaluable"})
FailureKind = Literal["expectation", "no_expectation", "step", "feature", "error"]


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that a Then says; ``line`` is where it says so.

    ==================  ========  ==============================  ==========================================
    kind                subject   value                           holds when
    ==================  ========  ==============================  ==========================================
    fired, not_met, not_applicable, not_evaluable                 that is the outcome of ``rule``
    missing             -         facts                           ``rule`` misses exactly these facts
    missing_among       -         facts                           ``rule`` misses these facts, perhaps others
    indicator           -         info, warning, critical         ``rule`` fired with it
    because             fact      its value, canonical unit       ``rule`` fired and names fact and value
    evidence            -         claim                           ``rule`` fired and rests on the claim
    conflict            -         conflict                        ``rule`` fired and shows the conflict
    mechanism           -         target                          ``rule`` fired and names the target
    says                -         text                            ``rule`` fired with the text in its advisory
    none_of_family      family    rules                           no rule of the family fired but these
    only                -         rules                           these rules fired and no other
    notice              pointer?  text                            a notice (at the pointer) has the text
    no_notice           -         -                               there is no notice
    fact                fact      its value, or None              the fact has that value (None: is unknown)
    refused             -         pointer                         the record is refused at the pointer
    ==================  ========  ==============================  ==========================================
    """

    kind: Kind
    rule: str | None
    value: Scalar | tuple[str, ...] | None
    line: int
    subject: str | None = None


@dataclass(frozen=True, slots=True)
class Example:
    """One evaluation of one scenario: what went in, and what was expected to come out.

    ``line`` is the scenario's, or in an outline that of the row of its table. ``facts`` are those derived
    from ``record`` as of ``as_of``, without the findings that rest on them. Nothing applies to a patient who
    had ``deceased``. ``block`` is the name of the ``Rule:`` block that the scenario stands in.
    """

    feature: str
    scenario: str
    line: int
    as_of: datetime.date
    record: dict[str, Any]
    facts: dict[str, Scalar]
    expectations: tuple[Expectation, ...]
    tags: tuple[str, ...] = ()
    block: str | None = None
    deceased: bool = False
    notices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Failure:
    """A scenario that did not hold, with the text that explains it."""

    feature: str
    scenario: str
    line: int
    kind: FailureKind
    message: str


@dataclass(frozen=True, slots=True)
class Recording:
    """One run: the examples of all scenarios in the order they ran, and what failed."""

    examples: tuple[Example, ...] = ()
    failures: tuple[Failure, ...] = ()
    scenarios: int = 0
    seconds: float = field(default=0.0, compare=False)

    def to_json(self, *, indent: int | None = None) -> str:
        """Return the recording as JSON; numbers of facts are JSON numbers, dates ISO texts."""
        return json.dumps(asdict(self), default=_plain, indent=indent, ensure_ascii=False)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return to_json(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    raise TypeError(f"{value!r} has no place in a recording")


@dataclass(frozen=True, slots=True)
class Answer:
    """What an evaluation, or a changed rulebook's judgement, says to the questions of expectations.

    What costs something to find is a function of the rule, called only when an expectation asks.
    ``grounds``, ``cites`` and ``text`` are asked only about rules that fired.
    """

    outcomes: Mapping[str, Outcome]
    indicators: Mapping[str, str]
    families: Mapping[str, str]
    missing: Callable[[str], Collection[str]]
    supporting_comparisons: Callable[[str], Mapping[str, Scalar]]
    cites: Callable[[str, str], Collection[str]]
    text: Callable[[str], str]
    facts: Mapping[str, Scalar] = field(default_factory=dict)
    notices: tuple[tuple[str, str], ...] = ()
    refused: tuple[str, ...] = ()


def holds(expectation: Expectation, answer: Answer) -> bool:
    """Return whether ``answer`` is as expected; nothing but its arguments is read."""
    rule, value = expectation.rule, expectation.value
    match expectation.kind:
        case "only":
            return _fired(answer) == _names(value)
        case "none_of_family":
            family = {name for name in _fired(answer) if answer.families.get(name) == expectation.subject}
            return family <= _names(value)
        case "notice":
            return any(
                str(value).casefold() in message.casefold()
                for pointer, message in answer.notices
                if expectation.subject in (None, pointer)
            )
        case "no_notice":
            return not answer.notices
        case "fact":
            return answer.facts.get(str(expectation.subject)) == value
        case "refused":
            return value in answer.refused
    assert rule is not None
    found = answer.outcomes.get(rule)
    match expectation.kind:
        case "fired" | "not_met" | "not_applicable" | "not_evaluable":
            return found == expectation.kind
        case "missing":
            return found == "not_evaluable" and set(answer.missing(rule)) == _names(value)
        case "missing_among":
            return found == "not_evaluable" and set(answer.missing(rule)) >= _names(value)
        case _:
            return found == "fired" and _speaks(expectation, rule, answer)


def _speaks(expectation: Expectation, rule: str, answer: Answer) -> bool:
    """Whether the advisory of ``rule``, which fired, is as expected."""
    match expectation.kind:
        case "indicator":
            return answer.indicators[rule] == expectation.value
        case "because":
            return answer.supporting_comparisons(rule).get(str(expectation.subject)) == expectation.value
        case "says":
            return str(expectation.value).casefold() in answer.text(rule).casefold()
        case _:
            return expectation.value in answer.cites(rule, expectation.kind)


def _fired(answer: Answer) -> set[str]:
    return {name for name, found in answer.outcomes.items() if found == "fired"}


def _names(value: object) -> set[str]:
    assert isinstance(value, tuple)
    return set(value)


def judged(
    rulebook: Rulebook,
    edition: Edition,
    rule_outcomes: RuleOutcomes,
    example: Example,
    *,
    indicators: Mapping[str, str] | None = None,
) -> Answer:
    """Return the answer that ``judgement`` amounts to, without writing an evaluation.

    ``edition`` may be one whose conditions were changed; ``indicators`` replaces those of the rulebook. The
    advisories' texts are read from the rulebook with their placeholders, so ``says`` is approximate here.
    """
    rules = rulebook.rules
    facts = rule_outcomes.facts

    def missing(rule: str) -> tuple[str, ...]:
        compiled_rule = edition.compiled_rules[rule]
        parts = (compiled_rule.applies_to, compiled_rule.when)
        return tuple(fact for part in parts for fact in missing_facts(part, facts, edition.findings))

    def because(rule: str) -> dict[str, Scalar]:
        compiled_rule = edition.compiled_rules[rule]
        parts = (compiled_rule.when, compiled_rule.applies_to)
        found = (
            leaf.fact for part in parts for leaf in supporting_comparisons(part, facts, edition.findings)
        )
        return {fact: facts[fact] for fact in found if fact in facts}

    def cites(rule: str, kind: str) -> Collection[str]:
        file = rules[rule].file
        return {"evidence": file.evidence, "conflict": file.conflicts, "mechanism": file.mechanism}[kind]

    def text(rule: str) -> str:
        advisory = rules[rule].file.advisory
        return f"{advisory.summary} {advisory.detail}"

    return Answer(
        outcomes=rule_outcomes.outcomes,
        indicators=indicators or {name: rule.file.advisory.indicator for name, rule in rules.items()},
        families={name: rule.family for name, rule in rules.items()},
        missing=missing,
        supporting_comparisons=because,
        cites=cites,
        text=text,
        facts=facts,
        notices=example.notices,
    )
