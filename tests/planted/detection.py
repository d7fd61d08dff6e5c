"""Looks for the report of a planted mistake: by ``cds rules check``, by scenarios and cases, or by the audit.

What only says that something changed does not count: the version lock is left out, as if the author of the
mistake had raised the version. That there is less to prove than the lock records counts.

For speed, only what can see a mistake runs. The scenarios that ran once are evaluated again without pytest,
unless the mistake is in their file. Terminology cases run again, and the audit reads the
terminology, only for a mistake in a terminology or in cases. Only statements are proved.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path

from cds_api.commands.rules import check_rulebook
from cds_engine.audit.audit import run_audit
from cds_engine.audit.audit_file import read_audit_file, specification, stale_entries
from cds_engine.audit.coverage_file import FILE as COVERAGE
from cds_engine.audit.program import Programs
from cds_engine.audit.record_search import RecordSearches
from cds_engine.audit.report.problems import problems
from cds_engine.audit.result import AuditResult, Issue
from cds_engine.audit.rule_issues import RuleIssues
from cds_engine.errors import Problem, RecordError, RulebookError
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
SHIPPED = ROOT / "rules" / "mianserin"
CHANGED = "lock"
"""The code of problems that only say that something changed."""
PROVED_OTHERWISE = "what is proved of "
"""How a problem begins that only says that a statement to be proved changed."""


@dataclass(frozen=True, slots=True)
class Report:
    """What reports a mistake, where, and in which words."""

    by: str
    file: str
    line: int
    message: str


class Copy:
    """A copy of the shipped rulebooks and features, in which mistakes are planted one after the other.

    The shipped scenarios run when a mistake first needs that, for comparison.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("rules", "features"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        self.root = folder / "rules" / "mianserin"
        audited = json.loads((SHIPPED / COVERAGE).read_text(encoding="utf-8"))
        assert audited["missing"] == audited["survivors"] == [], "what the audit reports is not a mistake"

    @cached_property
    def recording(self) -> Recording:
        """A run of the shipped scenarios and cases, which have no mistake."""
        rulebook = load_rulebook(SHIPPED)
        recording = run_features([rulebook.features, *shared_cases(rulebook)], SHIPPED)
        assert not recording.failures, recording.failures[0].message
        return recording

    def detect(self, mistake: Mistake, *, proof: bool = True) -> Report | None:
        """Return the first report of a mistake; None if nothing reports it.

        Without ``proof``, no statement is proved, which takes a while.
        """
        with mistake.planted(self.folder):
            return next(self._reports(mistake, proof), None)

    def _reports(self, mistake: Mistake, proof: bool) -> Iterator[Report]:
        """Yield what reports a mistake that was made, what is most likely or quickest to do so first."""
        try:
            rulebook = load_rulebook(self.root)
            read_audit_file(rulebook)
        except RulebookError as error:
            yield from (_report("check", problem) for problem in error.problems)
            return
        if mistake.is_scenario:
            again = self._run_again(mistake)
            yield from map(_failed, again.failures)
            recording = self._replaced(mistake, again)
        elif mistake.is_about_proofs:
            yield from self._by_check(mistake)
            recording = self.recording
        else:
            ways: list[Callable[[], Iterator[Report]]] = [
                lambda: self._by_scenarios(rulebook, mistake),
                lambda: self._by_check(mistake),
            ]
            for way in reversed(ways) if mistake.is_about_words else ways:
                yield from way()
            recording = self._derived_again(rulebook)
        result = _audit(rulebook, recording, cases=mistake.is_about_terms)
        for problem in problems(result):
            if mistake.is_about_terms or problem.code != "uncovered-terminology":
                yield _report("audit", problem)
        if proof:
            yield from _by_proof(rulebook, result)

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
            lost = lost_proofs(rulebook, specification(rulebook))
            yield from (problem for problem in lost if not problem.message.startswith(PROVED_OTHERWISE))

    def _by_scenarios(self, rulebook: Rulebook, mistake: Mistake) -> Iterator[Report]:
        """Yield the terminology cases and expectations that no longer hold."""
        if mistake.is_about_terms:
            vocabulary = Vocabulary(rulebook.terminology)
            for case in self.recording.cases:
                for check in case.checks:
                    if (message := check.problem(vocabulary)) is not None:
                        yield Report("scenarios", case.feature, check.line, message)
        engine = Engine(rulebook)
        for example in sorted(self.recording.examples, key=lambda each: not mistake.is_about(each)):
            answer = _evaluated(engine, example).answer
            for expectation in example.expectations:
                if not holds(expectation, answer):
                    message = f"{example.scenario}: {expectation.kind} {expectation.rule or ''}"
                    yield Report("scenarios", example.feature, expectation.line, message)

    def _run_again(self, mistake: Mistake) -> Recording:
        """Return a run of the file that has the mistake."""
        return run_features([self.folder / mistake.file], self.root)

    def _replaced(self, mistake: Mistake, again: Recording) -> Recording:
        """Return the recording with what ran again in place of what the file had before."""
        file = (ROOT / mistake.file).resolve()
        examples = [each for each in self.recording.examples if Path(each.feature).resolve() != file]
        cases = [each for each in self.recording.cases if Path(each.feature).resolve() != file]
        return replace(self.recording, examples=(*examples, *again.examples), cases=(*cases, *again.cases))

    def _derived_again(self, rulebook: Rulebook) -> Recording:
        """Return the recording with the facts that the rulebook derives now."""
        engine = Engine(rulebook)
        examples = (
            replace(example, facts=_evaluated(engine, example).facts) for example in self.recording.examples
        )
        return replace(self.recording, examples=tuple(examples))


def _audit(rulebook: Rulebook, recording: Recording, *, cases: bool) -> AuditResult:
    """Return an audit without proofs; without ``cases``, the terminology does not matter."""
    return run_audit(rulebook, recording if cases else replace(recording, cases=()), proof=False)


def _by_proof(rulebook: Rulebook, result: AuditResult) -> Iterator[Report]:
    """Yield the statements that are refuted, and the decisions of ``audit.toml`` that do nothing."""
    programs, file = Programs(rulebook), read_audit_file(rulebook)
    issues = RuleIssues(programs, RecordSearches(programs, Engine(rulebook)))
    together = set()
    for found in chain(issues.partitions(), issues.conflicts(file), issues.contradictions(file)):
        if not isinstance(found, Issue):
            continue
        if found.kind == "contradiction":
            together.add(frozenset(found.rules))
        if found.accepted is None:
            yield _proof_report(found)
    # Without proofs, the mutants that are proved equivalent are those of the last full audit.
    used = {(mutant.subject, mutant.change) for mutant in result.mutants if mutant.fate != "killed"}
    yield from map(_proof_report, stale_entries(rulebook, file, used, together))


def _proof_report(issue: Issue) -> Report:
    return Report("proof", issue.file, issue.line, issue.statement)


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
