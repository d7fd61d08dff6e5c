"""The state of one scenario while it runs: its record, its evaluations and its expectations."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cds_engine.answer.models import Evaluation
from cds_engine.combined import read_for_all
from cds_engine.errors import Problem, RecordError
from cds_engine.evaluate import Engine, RecordFacts
from cds_engine.language.expressions import Scalar
from cds_engine.record.moments import parse_moment
from cds_engine.scenarios.answers import answer_from_evaluation, answer_to_refused
from cds_engine.scenarios.draft import Draft
from cds_engine.scenarios.evaluators import SOURCE, Evaluator
from cds_engine.scenarios.explain import explain
from cds_engine.scenarios.names import NameLookup
from cds_engine.scenarios.problems import ExpectationError, NoExpectationError, ScenarioError, StepError
from cds_engine.scenarios.recording import OUTCOME_KINDS, Answer, Example, Expectation, Kind, holds
from cds_engine.scenarios.several import SeveralNames, of_rulebook

IN_PROCESS = "in process"
HTTP = "http"


@dataclass(frozen=True, slots=True)
class Location:
    """The feature file, name and line of a scenario; in an outline, the line of the row."""

    feature: str
    scenario: str
    line: int
    tags: tuple[str, ...] = ()
    block: str | None = None


@dataclass(frozen=True)
class Environment:
    """What scenarios share: the engines of their rulebooks, names, today's date and the evaluators."""

    engines: tuple[Engine, ...]
    names: NameLookup | SeveralNames
    today: datetime.date
    evaluator: Callable[[str], Evaluator]
    for_rulebooks: Callable[[Sequence[str]], Environment]
    """Returns the environment for rulebooks that a scenario names."""

    @property
    def engine(self) -> Engine:
        """The engine of the first rulebook, and usually the only one."""
        return self.engines[0]


@dataclass
class CheckedEvaluation:
    """One evaluation and the expectations about it."""

    as_of: datetime.date
    record: dict[str, Any]
    evaluation: Evaluation | None
    refused: tuple[str, ...]
    engines: tuple[Engine, ...]
    expectations: list[Expectation]

    @cached_property
    def answer(self) -> Answer:
        """The evaluation as the answer that expectations are checked against."""
        if self.evaluation is None:
            return answer_to_refused(self.refused)
        facts: dict[str, Scalar] = {}
        families: dict[str, str] = {}
        for engine, derived in zip(self.engines, self._derived, strict=True):
            found = engine.edition(self.as_of).evaluate_findings(dict(derived.values))
            facts = {**found, **facts}  # of a fact of several rulebooks, the first one's
            for name, rule in engine.rulebook.rules.items():
                named = of_rulebook(name, engine.rulebook.id) if len(self.engines) > 1 else name
                families[named] = rule.family
        return answer_from_evaluation(families, self.evaluation, facts)

    @property
    def facts(self) -> dict[str, Scalar]:
        """The facts derived from the record by the first rulebook, without findings."""
        return dict(self._derived[0].values)

    @property
    def deceased(self) -> bool:
        """Whether the patient had died, so that no rule applies."""
        return self._derived[0].deceased

    @cached_property
    def _derived(self) -> list[RecordFacts]:
        record = read_for_all(self.engines, self.record, SOURCE)
        return [engine.facts(record, self.as_of, source=SOURCE) for engine in self.engines]


class Case:
    """The state of one scenario, which its steps change and check."""

    def __init__(self, environment: Environment, location: Location, transport: str) -> None:
        self.names = environment.names
        self.draft = Draft()
        self.location = location
        self.line = location.line
        self.step = ""
        self.steps: list[str] = []
        """The steps that have run, as they are written, with their tables and texts."""
        self.steps_begun: list[int] = []
        """The lines of the steps that have run, the one that failed included."""
        self.evaluations: list[CheckedEvaluation] = []
        self._latest: list[CheckedEvaluation] = []
        """The evaluations that the next Then steps are about: one for each edition if there is no date."""
        self._problems: tuple[Problem, ...] = ()
        self._environment = environment
        self._own = environment
        self._transport = transport

    def use_rulebooks(self, names: Sequence[str]) -> None:
        """Evaluate the record with other rulebooks than that of the run.

        Raises:
            StepError: if a step before this one looked up a name, or if there is no such rulebook.
        """
        if self.evaluations or not self.draft.is_empty:
            raise StepError("this step comes before every step about the patient")
        self._environment = self._environment.for_rulebooks(names)
        self.names = self._environment.names

    def begin(self, line: int, step: str, below: Sequence[str] = ()) -> None:
        """Note the step that runs now: its line, its text, and the lines of the table or text below it."""
        self.line, self.step = line, step
        self.steps_begun.append(line)
        self.steps.append("\n".join((step, *below)))

    def evaluate(self, transport: str | None = None) -> None:
        """Evaluate the record; a Then may expect that it is refused.

        A record without a date is evaluated in every edition of the rulebook, because the scenario must hold
        in each of them.
        """
        self._latest = [
            self._evaluated(self.draft.record(day), transport or self._transport) for day in self._days()
        ]
        self.evaluations += self._latest

    def _days(self) -> list[datetime.date]:
        """Return the days for which the record is evaluated: without a date, one in each edition."""
        today = self._environment.today
        if self.draft.as_of is not None:
            return [today]
        changes = sorted({day for engine in self._environment.engines for day in engine.rulebook.editions})
        days = [changes[0] - datetime.timedelta(days=1), *changes] if changes else [today]
        now = bisect_right(changes, today)
        return [today, *(day for number, day in enumerate(days) if number != now)]

    def _evaluated(self, record: dict[str, Any], transport: str) -> CheckedEvaluation:
        as_of = parse_moment(record["as_of"])
        evaluation: Evaluation | None = None
        refused: tuple[str, ...] = ()
        try:
            evaluation = self._environment.evaluator(transport)(record)
        except RecordError as error:
            refused = tuple(problem.pointer for problem in error.problems)
            self._problems = error.problems
        return CheckedEvaluation(as_of, record, evaluation, refused, self._environment.engines, [])

    def expect(
        self,
        kind: Kind,
        rule: str | None = None,
        value: Scalar | tuple[str, ...] | None = None,
        subject: str | None = None,
        *,
        rounded: bool = False,
    ) -> None:
        """Check an expectation about the latest evaluation.

        Raises:
            ExpectationError: if it does not hold.
            StepError: if nothing was evaluated yet.
            ScenarioError: if the record was refused, and the scenario does not expect that.
        """
        if not self.evaluations:
            raise StepError("nothing was evaluated yet: add 'When the record is evaluated' before this step")
        for latest in self._latest:
            if latest.refused and kind != "refused":
                listed = "\n".join(f"  {problem.pointer}: {problem.message}" for problem in self._problems)
                raise ScenarioError(f"the record was refused, so it has no evaluation to check:\n{listed}")
            expectation = Expectation(kind, rule, value, self.line, subject, rounded)
            latest.expectations.append(expectation)
            if not holds(expectation, latest.answer):
                why = explain(expectation, latest.answer, latest.evaluation)
                raise ExpectationError(why if latest is self._latest[0] else f"{_elsewhen(latest)}{why}")

    def named(self) -> tuple[str, ...]:
        """Return the rules whose outcome earlier steps expect of the latest evaluation, in their order."""
        expectations = self.evaluations[-1].expectations if self.evaluations else []
        rules = (found.rule for found in expectations if found.kind in OUTCOME_KINDS and found.rule)
        return tuple(dict.fromkeys(rules))

    def conclude(self) -> None:
        """Check that the scenario could have failed.

        Raises:
            NoExpectationError: if it evaluates nothing or expects nothing.
        """
        if not self.evaluations:
            raise NoExpectationError("the scenario evaluates nothing: add 'When the record is evaluated'")
        if not all(evaluation.expectations for evaluation in self.evaluations):
            raise NoExpectationError("the scenario checks nothing: add a Then step")

    def examples(self) -> list[Example]:
        """Return every evaluation to record: those whose record was not refused.

        A scenario with other rulebooks than that of the run has none: what is recorded is about one rulebook.
        """
        if self._environment.engines != self._own.engines:
            return []
        location = self.location
        return [
            Example(
                feature=location.feature,
                scenario=location.scenario,
                line=location.line,
                as_of=checked.as_of,
                record=checked.record,
                facts=checked.facts,
                expectations=tuple(checked.expectations),
                tags=location.tags,
                block=location.block,
                deceased=checked.deceased,
                notices=checked.answer.notices,
                steps=tuple(self.steps),
            )
            for checked in self.evaluations
            if checked.evaluation is not None
        ]


def _elsewhen(evaluation: CheckedEvaluation) -> str:
    """Return why an expectation may fail although it holds today."""
    return (
        f"with the values of the rulebook on {evaluation.as_of}: a scenario without a date must hold on "
        f"every day; if it is about one time, add a step such as 'Given as of {evaluation.as_of}'\n"
    )
