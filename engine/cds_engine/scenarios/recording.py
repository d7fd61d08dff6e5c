"""The recording of a run: every evaluation of every scenario, and everything that was expected of it.

A recording is plain data. With a recording and :func:`holds`, the audit checks thousands of changed rulebooks
against the scenarios, without pytest and without a feature file.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from cds_engine.language.expressions import Scalar
from cds_engine.language.kleene import Outcome
from cds_engine.scenarios.terminology.checks import Check

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
OUTCOME_TEXTS: Mapping[str, Kind] = {
    "fires": "fired",
    "does not fire": "not_met",
    "does not apply": "not_applicable",
    "is not evaluable": "not_evaluable",
}
"""The outcomes of a rule as steps and messages name them."""
OUTCOME_KINDS = frozenset(OUTCOME_TEXTS.values())
UNREVIEWED = "unreviewed"
"""The tag of a scenario that the audit wrote and that nobody has reviewed yet."""
FailureKind = Literal["expectation", "no_expectation", "step", "feature", "error"]


@dataclass(frozen=True, slots=True)
class Expectation:
    """One thing that a Then step on ``line`` expects.

    ==================  ========  ==============================  ==========================================
    kind                subject   value                           holds when
    ==================  ========  ==============================  ==========================================
    fired, not_met, not_applicable, not_evaluable                 that is the outcome of ``rule``
    missing             -         facts                           ``rule`` misses exactly these facts
    missing_among       -         facts                           ``rule`` misses these facts, perhaps others
    indicator           -         info, warning, critical         ``rule`` fired with it
    because             fact      its value, canonical unit       ``rule`` fired and names fact and value
    evidence            -         claim                           ``rule`` fired and cites the claim
    conflict            -         conflict                        ``rule`` fired and shows the conflict
    mechanism           -         target                          ``rule`` fired and names the target
    says                -         text                            ``rule`` fired with the text in its advisory
    none_of_family      family    rules                           only these rules of the family fired, if any
    only                -         rules                           these rules fired and no other
    notice              pointer?  text                            a notice (at the pointer) has the text
    no_notice           -         -                               there is no notice
    fact                fact      its value, or None              the fact has that value (None: unknown)
    refused             -         pointer                         the record is refused at the pointer
    ==================  ========  ==============================  ==========================================
    """

    kind: Kind
    rule: str | None
    value: Scalar | tuple[str, ...] | None
    line: int
    subject: str | None = None
    rounded: bool = False
    """Whether ``value`` is a percentage with one decimal, as people write one that has more."""


@dataclass(frozen=True, slots=True)
class Example:
    """One evaluation of one scenario: the record, and what the scenario expects.

    ``line`` is the line of the scenario, or of the row in an outline. ``facts`` are derived from ``record``
    as of ``as_of``, and do not include findings. If the patient is ``deceased``, no rule applies. ``block``
    is the name of the ``Rule:`` block that contains the scenario.
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
    steps: tuple[str, ...] = ()
    """The steps as they are written, with the values of the row."""

    @property
    def reviewed(self) -> bool:
        """Whether somebody vouches for what the scenario expects."""
        return UNREVIEWED not in {tag.casefold() for tag in self.tags}


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed scenario, with the text that explains the failure."""

    feature: str
    scenario: str
    line: int
    kind: FailureKind
    message: str


@dataclass(frozen=True, slots=True)
class TerminologyCase:
    """A terminology case that held: the checks that it consists of, and where it is written."""

    feature: str
    line: int
    text: str
    checks: tuple[Check, ...]
    reviewed: bool = True


@dataclass(frozen=True, slots=True)
class ScenarioRun:
    """How far one scenario, or one row of an outline, came.

    ``line`` is that of the scenario or row. ``steps`` are the lines of the steps that ran. If it failed,
    ``failed_at`` is the line of the step, or of the scenario, and ``reason`` says why.
    """

    feature: str
    scenario: str
    line: int
    steps: tuple[int, ...]
    failed_at: int | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """One run: the examples in the order in which they ran, the failures, and every scenario that ran.

    ``cases`` are the terminology cases that held, and ``cases_run`` how many ran.
    """

    examples: tuple[Example, ...] = ()
    failures: tuple[Failure, ...] = ()
    runs: tuple[ScenarioRun, ...] = ()
    scenarios: int = 0
    cases: tuple[TerminologyCase, ...] = ()
    cases_run: int = 0
    seconds: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcomes of a rulebook, original or changed, against which expectations are checked.

    Whatever is slow to find is a function of the rule, which is called only if an expectation needs it.
    ``supporting_comparisons``, ``cites`` and ``text`` are called only for rules that fired.
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
    """Return whether ``answer`` is as expected."""
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
            return _is_value(answer.facts.get(str(expectation.subject)), expectation)
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
            return found == "fired" and _advisory_is_as_expected(expectation, rule, answer)


def _advisory_is_as_expected(expectation: Expectation, rule: str, answer: Answer) -> bool:
    """Return whether the advisory of ``rule``, which fired, is as expected."""
    match expectation.kind:
        case "indicator":
            return answer.indicators[rule] == expectation.value
        case "because":
            found = answer.supporting_comparisons(rule).get(str(expectation.subject))
            return _is_value(found, expectation)
        case "says":
            return str(expectation.value).casefold() in answer.text(rule).casefold()
        case _:
            return expectation.value in answer.cites(rule, expectation.kind)


def _is_value(found: Scalar | None, expectation: Expectation) -> bool:
    """Return whether a fact has the value that is expected, which may be a rounded percentage."""
    if expectation.rounded and isinstance(found, Decimal):
        found = found.quantize(Decimal("0.1"), ROUND_HALF_UP)
    return found == expectation.value


def _fired(answer: Answer) -> set[str]:
    return {name for name, found in answer.outcomes.items() if found == "fired"}


def _names(value: object) -> set[str]:
    assert isinstance(value, tuple)
    return set(value)
