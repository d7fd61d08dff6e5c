"""The pytest hooks of running scenarios, registered when the first feature file is collected."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cds_engine.errors import ProblemsError
from cds_engine.scenarios.bench import set_up
from cds_engine.scenarios.case import Bench, Case, Place
from cds_engine.scenarios.problems import ScenarioError, StepError
from cds_engine.scenarios.step_list import closest


@dataclass(frozen=True, slots=True)
class Settings:
    """What all scenarios of a run are evaluated with."""

    rulebook: Path | None
    http: str | None
    """The URL of an API, "" for one started for the run; None to run in-process."""


SETTINGS = pytest.StashKey[Settings]()
PLACE = pytest.StashKey[Place]()
CASE = pytest.StashKey[Case]()
_BENCH = pytest.StashKey[Bench]()


def bench_of(config: pytest.Config) -> Bench:
    """Return the bench of this run, set up when the first scenario asks for it."""
    if _BENCH not in config.stash:
        stack = ExitStack()
        settings = config.stash[SETTINGS]
        bench = set_up(settings.rulebook, settings.http or None)
        try:
            config.stash[_BENCH] = stack.enter_context(bench)
        except (ProblemsError, OSError) as error:
            pytest.exit(f"the rulebook cannot be loaded: {error}", returncode=pytest.ExitCode.USAGE_ERROR)
        config.add_cleanup(stack.close)
    return config.stash[_BENCH]


def pytest_bdd_before_step(request: pytest.FixtureRequest, step: Any) -> None:
    """Remember the step that runs, for the line of what it expects and for the text of a failure."""
    case = request.node.stash.get(CASE, None)
    if case is not None:
        case.line, case.step = step.line_number, f"{step.keyword} {step.name}"


def pytest_bdd_step_func_lookup_error(request: pytest.FixtureRequest, step: Any) -> None:
    """Say which steps there are instead of one that there is not."""
    case = request.node.stash.get(CASE, None)
    if case is None:
        return
    case.line, case.step = step.line_number, f"{step.keyword} {step.name}"
    listed = "\n".join(f"  {near.keyword} {near.template}" for near in closest(step.type, step.name))
    raise StepError(f"no such step; the closest are:\n{listed}\nAll steps: cds scenarios --steps")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, None]:
    """Fail a scenario that came to its end without expecting anything."""
    outcome = yield
    case = item.stash.get(CASE, None)
    if case is not None and outcome.excinfo is None:
        try:
            case.conclude()
        except ScenarioError as error:
            case.line, case.step = case.place.line, ""
            outcome.force_exception(error)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Report a failing scenario in its own terms: the step, and why it does not hold."""
    outcome = yield
    case = item.stash.get(CASE, None)
    if case is not None and call.excinfo is not None and isinstance(call.excinfo.value, ScenarioError):
        lines = [f"{case.place.feature}:{case.line}: {case.place.scenario}"]
        lines += [f"  {case.step}"] if case.step else []
        lines += [f"    {line}".rstrip() for line in str(call.excinfo.value).splitlines()]
        outcome.get_result().longrepr = "\n".join(lines)
