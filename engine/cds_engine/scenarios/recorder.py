"""Runs feature files without output, and records what they evaluated and expected."""

from __future__ import annotations

import contextlib
import io
import os
import time
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

import pytest

from cds_engine.errors import Problem
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.shipped import default_rulebook
from cds_engine.scenarios.collecting import FeatureFile, collect_feature
from cds_engine.scenarios.features import FeatureError
from cds_engine.scenarios.problems import ScenarioError
from cds_engine.scenarios.recording import (
    Example,
    Failure,
    FailureKind,
    Recording,
    ScenarioRun,
    TerminologyCase,
)
from cds_engine.scenarios.running import CASE, LOCATION, Settings, failure_reason
from cds_engine.scenarios.terminology.collecting import CaseItem, CasesFile
from cds_engine.scenarios.terminology.reading import SUFFIX as CASES

Progress = Callable[[int, int], None]
"""Called with the number of scenarios that have run, and the total."""
QUIET = ("-p", "no:terminal", "-p", "no:cacheprovider", "--capture=sys", "-c", os.devnull)
UNNEEDED = ("-p", "no:unraisableexception", "-p", "no:threadexception")
"""These plugins collect garbage in the whole process at the end, to find errors that no feature can cause."""
PLUGINS = ("-p", "pytest-bdd", "-p", "no:cds_scenarios")
"""pytest-bdd is needed even if the environment disables automatic loading of plugins. The recorder collects
the feature files itself, so the project's own plugin must not collect them again.
"""
ALL = "--continue-on-collection-errors"
SUFFIXES = frozenset({".feature", CASES})


class Recorder:
    """A pytest plugin that collects feature files and records their scenarios and terminology cases."""

    def __init__(
        self, settings: Settings, rulebook: Path | None, default: Path | None, progress: Progress | None
    ) -> None:
        self._rulebook = rulebook
        self._default = default
        self._settings = settings
        self.examples: list[Example] = []
        self.failures: list[Failure] = []
        self.runs: list[ScenarioRun] = []
        self.scenarios = 0
        self.cases: list[TerminologyCase] = []
        self.cases_run = 0
        self._total = 0
        self._progress = progress or (lambda done, total: None)

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Return the scenarios of a feature file that this run was given."""
        if not parent.session.isinitpath(file_path):
            return None
        return collect_feature(file_path, parent, self._settings, self._rulebook, self._default)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, Any, None]:
        """Record why a feature file could not be read."""
        outcome = yield
        report: pytest.CollectReport = outcome.get_result()
        if not report.failed:
            return
        problems = collector.problems if isinstance(collector, FeatureFile | CasesFile) else ()
        for problem in problems or [Problem(report.nodeid, str(report.longrepr), line=1, column=1)]:
            failure = Failure(problem.source, "", problem.line or 1, "feature", str(problem))
            self.failures.append(failure)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count the scenarios to run."""
        self._total = sum(isinstance(item, CaseItem) or LOCATION in item.stash for item in session.items)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, None]:
        """Record what a scenario evaluated and expected, and whether it failed."""
        outcome = yield
        report: pytest.TestReport = outcome.get_result()
        if call.when != "call" and not report.failed:
            return
        if isinstance(item, CaseItem):
            self._record_case(item, call, report)
        location = item.stash.get(LOCATION, None)
        if location is None:
            return
        case = item.stash.get(CASE, None)
        if case is not None:
            self.examples += case.examples()
        self.scenarios += 1
        steps = tuple(case.steps_begun) if case is not None else ()
        failed_at, reason = None, ""
        if report.failed:
            if call.excinfo is not None and isinstance(call.excinfo.value, Exception):
                reason = failure_reason(call.excinfo.value)
            failed_at = case.line if case is not None else location.line
            self.failures.append(
                Failure(location.feature, location.scenario, failed_at, _kind(call), report.longreprtext)
            )
        run = ScenarioRun(location.feature, location.scenario, location.line, steps, failed_at, reason)
        self.runs.append(run)
        self._progress(self.scenarios + self.cases_run, self._total)

    def _record_case(self, item: CaseItem, call: pytest.CallInfo[None], report: pytest.TestReport) -> None:
        """Record a terminology case that held, or why it did not."""
        if report.skipped:
            return
        self.cases_run += 1
        if item.held is not None:
            self.cases.append(item.held)
        if report.failed:
            self.failures.append(
                Failure(item.feature, item.case.text, item.case.line, _kind(call), report.longreprtext)
            )
        self._progress(self.scenarios + self.cases_run, self._total)


def _kind(call: pytest.CallInfo[None]) -> FailureKind:
    """Return why a scenario or case failed."""
    error = call.excinfo.value if call.excinfo is not None else None
    return error.kind if isinstance(error, ScenarioError) else "error"


def run_features(  # noqa: PLR0913 - the options of the command
    paths: Iterable[Path | str],
    rulebook: Path | None = None,
    *,
    default: Path | None = None,
    http: str | None = None,
    progress: Progress | None = None,
    may_serve: bool = True,
) -> Recording:
    """Run feature files and return the recording.

    Args:
        paths: feature files, and folders to search for feature files.
        rulebook: the rulebook's folder; if None, each file has that of the folder in which it is.
        default: the rulebook for files that are in the folder of none; the default one if None.
        http: the URL of the API to run through, "" for one started for the run; None to run in-process.
        progress: called after each scenario.
        may_serve: whether a scenario over HTTP may start a server.

    Raises:
        FeatureError: if there is no feature file in ``paths``.
        RulebookError: if the rulebook has errors.
    """
    files = feature_files(paths)
    recorder = Recorder(Settings(http, may_serve), rulebook, default, progress)
    # pytest lists each folder from this one down to a file; a folder above, such as /tmp, may be large.
    common = os.path.commonpath([file.parent for file in files])
    arguments = [*QUIET, *UNNEEDED, *PLUGINS, ALL, f"--rootdir={Path.cwd()}", f"--confcutdir={common}"]
    started = time.perf_counter()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        code = pytest.main([*arguments, *map(str, files)], plugins=[recorder])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and not recorder.failures:
        load_rulebook(
            rulebook or default or default_rulebook()
        )  # says what is wrong with it, if that is the reason
        reason = printed.getvalue().strip() or f"code {code}"
        raise FeatureError([Problem("scenarios", f"stopped before the end: {reason}")])
    seconds = time.perf_counter() - started
    return Recording(
        examples=tuple(recorder.examples),
        failures=tuple(recorder.failures),
        runs=tuple(recorder.runs),
        scenarios=recorder.scenarios,
        cases=tuple(recorder.cases),
        cases_run=recorder.cases_run,
        seconds=seconds,
    )


def feature_files(paths: Iterable[Path | str]) -> list[Path]:
    """Return the feature files and terminology cases in ``paths``, each once, by path and name.

    Raises:
        FeatureError: if a path does not exist, is no such file, or has none in it.
    """
    files: dict[Path, None] = {}
    problems = []
    for path in map(Path, paths):
        inside = path.rglob("*") if path.is_dir() else [path]
        found = sorted(file for file in inside if file.is_file() and file.suffix in SUFFIXES)
        if not found:
            what = "no feature file in this folder" if path.is_dir() else "no such feature file"
            problems.append(Problem(str(path), what, code="file"))
        files.update(dict.fromkeys(file.absolute() for file in found))
    if problems:
        raise FeatureError(problems)
    return list(files)
