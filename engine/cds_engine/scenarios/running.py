"""The pytest hooks of running scenarios, registered when the first feature file is collected."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cds_engine.errors import ProblemsError
from cds_engine.scenarios.case import Case, Environment, Location
from cds_engine.scenarios.environment import open_environment
from cds_engine.scenarios.problems import ScenarioError, StepError
from cds_engine.scenarios.step_list import closest


@dataclass(frozen=True, slots=True)
class Settings:
    """What all scenarios of a run are evaluated with."""

    rulebook: Path | None
    http: str | None
    """The URL of an API, "" for one started for the run; None to run in-process."""


SETTINGS = pytest.StashKey[Settings]()
LOCATION = pytest.StashKey[Location]()
CASE = pytest.StashKey[Case]()
_ENVIRONMENT = pytest.StashKey[Environment]()


def environment_of(config: pytest.Config) -> Environment:
    """Return the environment of this run, which the first scenario opens."""
    if _ENVIRONMENT not in config.stash:
        stack = ExitStack()
        settings = config.stash[SETTINGS]
        environment = open_environment(settings.rulebook, settings.http or None)
        try:
            config.stash[_ENVIRONMENT] = stack.enter_context(environment)
        except (ProblemsError, OSError) as error:
            pytest.exit(f"cannot load the rulebook: {error}", returncode=pytest.ExitCode.USAGE_ERROR)
        config.add_cleanup(stack.close)
    return config.stash[_ENVIRONMENT]


def pytest_bdd_before_step(request: pytest.FixtureRequest, step: Any) -> None:
    """Keep the step that runs, for the line of its expectations and for failure messages."""
    case = request.node.stash.get(CASE, None)
    if case is not None:
        case.line, case.step = step.line_number, f"{step.keyword} {step.name}"


def pytest_bdd_step_func_lookup_error(request: pytest.FixtureRequest, step: Any) -> None:
    """Fail with the closest existing steps if a step does not exist."""
    case = request.node.stash.get(CASE, None)
    if case is None:
        return
    case.line, case.step = step.line_number, f"{step.keyword} {step.name}"
    listed = "\n".join(f"  {near.keyword} {near.template}" for near in closest(step.type, step.name))
    raise StepError(f"no such step; the closest are:\n{listed}\nAll steps: cds scenarios --steps")


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, None]:
    """Fail a scenario that passed without checking anything."""
    outcome = yield
    case = item.stash.get(CASE, None)
    if case is not None and outcome.excinfo is None:
        try:
            case.conclude()
        except ScenarioError as error:
            case.line, case.step = case.location.line, ""
            outcome.force_exception(error)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Generator[None, Any, None]:
    """Report a failed scenario by its step and the reason, without a traceback."""
    outcome = yield
    case = item.stash.get(CASE, None)
    if case is not None and call.excinfo is not None and isinstance(call.excinfo.value, ScenarioError):
        lines = [f"{case.location.feature}:{case.line}: {case.location.scenario}"]
        lines += [f"  {case.step}"] if case.step else []
        lines += [f"    {line}".rstrip() for line in str(call.excinfo.value).splitlines()]
        outcome.get_result().longrepr = "\n".join(lines)
