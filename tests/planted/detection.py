"""Looks for the report of a planted mistake: by ``cds rules check``, by scenarios and cases, or by the audit.

What only says that something changed does not count: the version lock is left out, as if the author of the
mistake had raised the version. What the lock says about lost proofs counts. For speed, the scenarios that ran
once are only evaluated again, unless the mistake is in a feature.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from cds_api.commands.rules import check_rulebook
from cds_engine.audit.audit import run_audit
from cds_engine.audit.audit_file import specification
from cds_engine.audit.report.problems import problems
from cds_engine.errors import Problem, RecordError
from cds_engine.evaluate import Engine
from cds_engine.record.validation import read_record
from cds_engine.rulebook import Rulebook, load_rulebook
from cds_engine.rulebook.lock import lost_proofs
from cds_engine.rulebook.shared_check import check_shared
from cds_engine.rulebook.vocabulary import Vocabulary
from cds_engine.scenarios.case import CheckedEvaluation
from cds_engine.scenarios.recorder import run_features
from cds_engine.scenarios.recording import Example, Failure, Recording, holds
from cds_engine.scenarios.terminology.shared import shared_cases

from tests.planted.mistakes import Mistake

ROOT = Path(__file__).parents[2]
CHANGED = "lock"
"""The code of problems that only say that something changed."""


@dataclass(frozen=True, slots=True)
class Report:
    """What reports a mistake, where, and in which words."""

    by: str
    file: str
    line: int
    message: str


class Copy:
    """A copy of the shipped rulebooks and features, in which mistakes are planted one after the other.

    Its scenarios run, and it is audited, when a mistake first needs that.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("rules", "features"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        self.root = folder / "rules" / "mianserin"

    @cached_property
    def recording(self) -> Recording:
        """A run of the scenarios and cases without a mistake."""
        recording = self._run(load_rulebook(self.root))
        assert not recording.failures, recording.failures[0].message
        return recording

    @cached_property
    def known(self) -> frozenset[str]:
        """What the audit says without a mistake."""
        found = problems(run_audit(load_rulebook(self.root), self.recording, proof=False))
        return frozenset(problem.message for problem in found)

    def detect(self, mistake: Mistake, *, proof: bool = True) -> Report | None:
        """Return the first report of a mistake; None if nothing reports it.

        Without ``proof``, nothing is proved, which takes minutes.
        """
        with mistake.planted(self.folder):
            found = next(self._by_check(mistake), None)
        if found is not None:
            return found
        unchanged = self.recording
        with mistake.planted(self.folder):
            rulebook = load_rulebook(self.root)
            if mistake.file.endswith((".feature", ".cases")):
                recording = self._run(rulebook)
                found = next(map(_failed, recording.failures), None)
            else:
                found = next(self._by_scenarios(rulebook), None)
                recording = unchanged if found else self._recorded_again(rulebook)
        if found is not None:
            return found
        known = self.known
        with mistake.planted(self.folder):
            return next(_by_audit(rulebook, recording, known, proof=proof), None)

    def _by_check(self, mistake: Mistake) -> Iterator[Report]:
        return (_report("check", problem) for problem in self._checked(mistake))

    def _checked(self, mistake: Mistake) -> Iterator[Problem]:
        """Yield what ``cds rules check`` reports."""
        if mistake.file.startswith("rules/shared/"):
            _, found = check_shared(self.folder.joinpath(*mistake.file.split("/")[:3]))
            yield from (problem for problem in found if problem.code != CHANGED)
        rulebook, found = check_rulebook(self.root)
        found = [problem for problem in found if problem.code != CHANGED]
        yield from found
        if rulebook is not None and not found:
            yield from lost_proofs(rulebook, specification(rulebook))

    def _by_scenarios(self, rulebook: Rulebook) -> Iterator[Report]:
        """Yield the terminology cases and expectations that no longer hold."""
        vocabulary = Vocabulary(rulebook.terminology)
        for case in self.recording.cases:
            for check in case.checks:
                if (message := check.problem(vocabulary)) is not None:
                    yield Report("scenarios", case.feature, check.line, message)
        engine = Engine(rulebook)
        for example in self.recording.examples:
            answer = _evaluated(engine, example).answer
            for expectation in example.expectations:
                if not holds(expectation, answer):
                    message = f"{example.scenario}: {expectation.kind} {expectation.rule or ''}"
                    yield Report("scenarios", example.feature, expectation.line, message)

    def _recorded_again(self, rulebook: Rulebook) -> Recording:
        """Return the recording with the facts that the rulebook derives now."""
        engine = Engine(rulebook)
        examples = (
            replace(example, facts=_evaluated(engine, example).facts) for example in self.recording.examples
        )
        return replace(self.recording, examples=tuple(examples))

    def _run(self, rulebook: Rulebook) -> Recording:
        return run_features([rulebook.features, *shared_cases(rulebook)], self.root)


def _by_audit(
    rulebook: Rulebook, recording: Recording, known: frozenset[str], *, proof: bool
) -> Iterator[Report]:
    """Yield what the audit says and did not say before; what only a proof can say comes last."""
    for way in (False, True) if proof else (False,):
        for problem in problems(run_audit(rulebook, recording, proof=way)):
            if problem.message not in known:
                yield _report("audit", problem)


def _failed(failure: Failure) -> Report:
    return Report("scenarios", failure.feature, failure.line, failure.message)


def _evaluated(engine: Engine, example: Example) -> CheckedEvaluation:
    """Return the evaluation of a recorded example by another rulebook."""
    data = dict(example.record)
    try:
        record = read_record(data, "record", history_fields=engine.history_fields)
        evaluation = engine.evaluate(record, explain=True)
    except RecordError as error:
        pointers = tuple(problem.pointer for problem in error.problems)
        return CheckedEvaluation(example.as_of, data, None, pointers, (engine,), [])
    return CheckedEvaluation(example.as_of, data, evaluation, (), (engine,), [])


def _report(by: str, problem: Problem) -> Report:
    return Report(by, problem.source, problem.line or 0, problem.message)
