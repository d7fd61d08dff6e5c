"""One scenario while it runs: the record it puts together, the evaluation, and what it expects of it."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cds_engine.answer.models import Evaluation
from cds_engine.errors import Problem, RecordError
from cds_engine.evaluate import Engine
from cds_engine.language.expressions import Scalar
from cds_engine.record.validation import read_record
from cds_engine.scenarios.answers import evaluated, refusal
from cds_engine.scenarios.draft import Draft
from cds_engine.scenarios.evaluators import SOURCE, Evaluator
from cds_engine.scenarios.explain import explain
from cds_engine.scenarios.names import Names
from cds_engine.scenarios.problems import ExpectationError, NoExpectationError, ScenarioError, StepError
from cds_engine.scenarios.recording import OUTCOME_KINDS, Answer, Example, Expectation, Kind, holds

IN_PROCESS = "in process"
HTTP = "http"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a scenario stands, and what it is called; ``line`` is the row's in an outline."""

    feature: str
    scenario: str
    line: int
    tags: tuple[str, ...] = ()
    block: str | None = None


@dataclass(frozen=True)
class Bench:
    """What all scenarios of a run share: the rulebook ready to be asked, and the day it is."""

    engine: Engine
    names: Names
    today: datetime.date
    evaluator: Callable[[str], Evaluator]


@dataclass
class Run:
    """One evaluation and what was expected of it."""

    as_of: datetime.date
    record: dict[str, Any]
    evaluation: Evaluation | None
    refused: tuple[str, ...]
    engine: Engine
    expectations: list[Expectation]

    @cached_property
    def answer(self) -> Answer:
        """What came of the evaluation, ready to be asked."""
        if self.evaluation is None:
            return refusal(self.refused)
        settled = self.engine.edition(self.as_of).evaluate_findings(self.facts)
        return evaluated(self.engine.rulebook, self.evaluation, settled)

    @cached_property
    def facts(self) -> dict[str, Scalar]:
        """The facts derived from the record, without the findings that rest on them."""
        return self._derived[0]

    @property
    def deceased(self) -> bool:
        """Whether the patient had died, so that no rule applies."""
        return self._derived[1]

    @cached_property
    def _derived(self) -> tuple[dict[str, Scalar], bool]:
        record = read_record(self.record, SOURCE, history_fields=self.engine.history_fields)
        facts = self.engine.facts(record, self.as_of, source=SOURCE)
        return dict(facts.values), facts.deceased


class Case:
    """What the steps of one scenario work on."""

    def __init__(self, bench: Bench, place: Place, way: str) -> None:
        self.names = bench.names
        self.draft = Draft()
        self.place = place
        self.line = place.line
        self.step = ""
        self.runs: list[Run] = []
        self._problems: tuple[Problem, ...] = ()
        self._bench = bench
        self._way = way

    def evaluate(self, way: str | None = None) -> None:
        """Evaluate the record as it stands; a refused record is an outcome that a Then may expect."""
        record = self.draft.record(self._bench.today)
        as_of = datetime.date.fromisoformat(record["as_of"])
        evaluation: Evaluation | None = None
        refused: tuple[str, ...] = ()
        try:
            evaluation = self._bench.evaluator(way or self._way)(record)
        except RecordError as error:
            refused = tuple(problem.pointer for problem in error.problems)
            self._problems = error.problems
        self.runs.append(Run(as_of, record, evaluation, refused, self._bench.engine, []))

    def expect(
        self,
        kind: Kind,
        rule: str | None = None,
        value: Scalar | tuple[str, ...] | None = None,
        subject: str | None = None,
    ) -> None:
        """Expect something of the latest evaluation.

        Raises:
            ExpectationError: if it is not so.
        """
        if not self.runs:
            raise StepError("nothing was evaluated yet: put 'When the record is evaluated' before this step")
        run = self.runs[-1]
        if run.refused and kind != "refused":
            listed = "\n".join(f"  {problem.pointer}: {problem.message}" for problem in self._problems)
            raise ScenarioError(f"the record was refused, so there is nothing to expect of it:\n{listed}")
        expectation = Expectation(kind, rule, value, self.line, subject)
        run.expectations.append(expectation)
        if not holds(expectation, run.answer):
            raise ExpectationError(explain(expectation, run.answer, run.evaluation))

    def named(self) -> tuple[str, ...]:
        """Return the rules whose outcome this evaluation was expected to have, in the order of the steps."""
        expectations = self.runs[-1].expectations if self.runs else []
        rules = (found.rule for found in expectations if found.kind in OUTCOME_KINDS and found.rule)
        return tuple(dict.fromkeys(rules))

    def conclude(self) -> None:
        """See to it that the scenario could have failed.

        Raises:
            NoExpectationError: if it expects nothing.
        """
        if not self.runs:
            raise NoExpectationError("the scenario evaluates nothing: add 'When the record is evaluated'")
        if not all(run.expectations for run in self.runs):
            raise NoExpectationError("the scenario expects nothing of what it evaluates: add a Then")

    def examples(self) -> list[Example]:
        """Return what is to be recorded: every evaluation that was not refused."""
        place = self.place
        return [
            Example(
                feature=place.feature,
                scenario=place.scenario,
                line=place.line,
                as_of=run.as_of,
                record=run.record,
                facts=run.facts,
                expectations=tuple(run.expectations),
                tags=place.tags,
                block=place.block,
                deceased=run.deceased,
                notices=run.answer.notices,
            )
            for run in self.runs
            if run.evaluation is not None
        ]
