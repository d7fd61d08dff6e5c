"""Running feature files without a word, and keeping what they evaluated and expected."""

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
from cds_engine.scenarios.collecting import collect_feature
from cds_engine.scenarios.features import FeatureError
from cds_engine.scenarios.problems import ScenarioError
from cds_engine.scenarios.recording import Example, Failure, FailureKind, Recording
from cds_engine.scenarios.running import CASE, PLACE

Progress = Callable[[int, int], None]
"""Called with how many scenarios have run, and of how many."""
QUIET = ("-p", "no:terminal", "-p", "no:cacheprovider", "--capture=sys", "-c", os.devnull)
PLUGINS = ("-p", "pytest-bdd", "-p", "no:cds_scenarios")
"""pytest-bdd is loaded even where plugins are not loaded by themselves; the recorder collects the files, so
the project's own plugin must not collect them once more."""
ALL = "--continue-on-collection-errors"


class Recorder:
    """A pytest plugin that fills a recording."""

    def __init__(self, rulebook: Path | None, http: str | None, progress: Progress | None) -> None:
        self._rulebook = rulebook
        self._http = http
        self.examples: list[Example] = []
        self.failures: list[Failure] = []
        self.scenarios = 0
        self._total = 0
        self._progress = progress or (lambda done, total: None)

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
        """Return the scenarios of a feature file that this run was given."""
        if not parent.session.isinitpath(file_path):
            return None
        return collect_feature(file_path, parent, rulebook=self._rulebook, http=self._http)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep why a feature file could not be read."""
        if report.failed:
            self.failures.append(Failure(report.nodeid, "", 1, "feature", str(report.longrepr)))

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count what is to run."""
        self._total = sum(PLACE in item.stash for item in session.items)

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, Any, None]:
        """Keep what a scenario evaluated and expected, and whether it held."""
        outcome = yield
        report: pytest.TestReport = outcome.get_result()
        place = item.stash.get(PLACE, None)
        if place is None or (call.when != "call" and not report.failed):
            return
        case = item.stash.get(CASE, None)
        if case is not None:
            self.examples += case.examples()
        self.scenarios += 1
        if report.failed:
            kind: FailureKind = "error"
            if call.excinfo is not None and isinstance(call.excinfo.value, ScenarioError):
                kind = call.excinfo.value.kind
            line = case.line if case is not None else place.line
            self.failures.append(Failure(place.feature, place.scenario, line, kind, report.longreprtext))
        self._progress(self.scenarios, self._total)


def run_features(
    paths: Iterable[Path | str],
    rulebook: Path | None = None,
    *,
    http: str | None = None,
    progress: Progress | None = None,
) -> Recording:
    """Run the feature files in ``paths`` (files, or folders with all below them) and return the recording.

    Args:
        paths: what to run.
        rulebook: the rulebook's folder; the shipped one if None.
        http: the API's URL to run through, "" for one started for the run; in this process if None.
        progress: told after each scenario.

    Raises:
        FeatureError: if there is no feature file in ``paths``.
    """
    files = feature_files(paths)
    recorder = Recorder(rulebook, http, progress)
    arguments = [*QUIET, *PLUGINS, ALL, f"--rootdir={Path.cwd()}"]
    started = time.perf_counter()
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        code = pytest.main([*arguments, *map(str, files)], plugins=[recorder])
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and not recorder.failures:
        raise FeatureError([Problem("pytest", said.getvalue().strip() or f"stopped with exit code {code}")])
    seconds = time.perf_counter() - started
    return Recording(tuple(recorder.examples), tuple(recorder.failures), recorder.scenarios, seconds)


def feature_files(paths: Iterable[Path | str]) -> list[Path]:
    """Return the feature files that ``paths`` name, each once, in the order of paths and names.

    Raises:
        FeatureError: if a path does not exist, is no feature file, or holds none.
    """
    files: dict[Path, None] = {}
    problems = []
    for path in map(Path, paths):
        found = sorted(path.rglob("*.feature")) if path.is_dir() else [path] if path.is_file() else []
        if not found or any(file.suffix != ".feature" for file in found):
            what = "no feature file in it" if path.is_dir() else "no such feature file"
            problems.append(Problem(str(path), what, code="file"))
        files.update(dict.fromkeys(file.absolute() for file in found))
    if problems:
        raise FeatureError(problems)
    return list(files)
