"""The pytest hooks of running scenarios, registered when the first feature file is collected."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from cds_engine.errors import ProblemsError
from cds_engine.scenarios.case import Case, Environment, Location
from cds_engine.scenarios.environment import open_environment
from cds_engine.scenarios.problems import ScenarioError, StepError
from cds_engine.scenarios.suggestions import suggestions


@dataclass(frozen=True, slots=True)
class Settings:
    """How all scenarios of a run are evaluated."""

    http: str | None
    """The URL of an API, "" for one started for the run; None to run in-process."""
    may_serve: bool = True
    """Whether a scenario over HTTP may start a server."""


SETTINGS = pytest.StashKey[Settings]()
LOCATION = pytest.StashKey[Location]()
CASE = pytest.StashKey[Case]()
RULEBOOK = pytest.StashKey[Path]()
"""The folder of the rulebook that a scenario is evaluated with, unless it names others."""
_ENVIRONMENTS = pytest.StashKey[dict[Path, Environment]]()


def environment_of(config: pytest.Config, rulebook: Path) -> Environment:
    """Return the environment of this run for a rulebook, which its first scenario opens."""
    environments = config.stash.setdefault(_ENVIRONMENTS, {})
    if rulebook not in environments:
        stack = ExitStack()
        settings = config.stash[SETTINGS]
        environment = open_environment(rulebook, settings.http or None, may_serve=settings.may_serve)
        try:
            opened = stack.enter_context(environment)
        except (ProblemsError, OSError) as error:
            pytest.exit(f"cannot load the rulebook: {error}", returncode=pytest.ExitCode.USAGE_ERROR)
        config.add_cleanup(stack.close)
        environments[rulebook] = opened
    return environments[rulebook]


def shown_path(path: Path, config: pytest.Config) -> str:
    """Return a path as messages show it: relative to the folder in which the run was started."""
    here = config.invocation_params.dir
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


def pytest_bdd_before_step(request: pytest.FixtureRequest, step: Any, step_func: Callable[..., Any]) -> None:
    """Keep the step that runs, for the line of its expectations and for failure messages.

    Raises:
        StepError: if the step needs a table or a text and has none, or has one that it does not need.
    """
    case = request.node.stash.get(CASE, None)
    if case is None:
        return
    case.begin(step.line_number, f"{step.keyword} {step.name}", tuple(_below(step)))
    needed = inspect.signature(step_func).parameters
    for what, name, found in (("table", "datatable", step.datatable), ("text", "docstring", step.docstring)):
        if name in needed and found is None:
            raise StepError(f"expected a {what} below this step; for examples run: cds scenarios --steps")
        if found is not None and name not in needed:
            raise StepError(f"this step has no {what} below it; remove it, or end the step with a colon")


def _below(step: Any) -> Iterator[str]:
    """Yield the lines of the table or text below a step."""
    for row in step.datatable.raw() if step.datatable is not None else ():
        yield f"  | {' | '.join(row)} |"
    if step.docstring is not None:
        yield from (f"  {line}" for line in step.docstring.splitlines())


def pytest_bdd_step_func_lookup_error(request: pytest.FixtureRequest, step: Any) -> None:
    """Fail with the closest existing steps if a step does not exist."""
    case = request.node.stash.get(CASE, None)
    if case is None:
        return
    case.begin(step.line_number, f"{step.keyword} {step.name}")
    listed = "\n".join(f"  {text}" for text in suggestions(case.names.first, step.type, step.name))
    raise StepError(f"no such step; did you mean one of these?\n{listed}\nAll steps: cds scenarios --steps")


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
    if case is not None and call.excinfo is not None and isinstance(call.excinfo.value, Exception):
        lines = [f"{case.location.feature}:{case.line}: {case.location.scenario}"]
        lines += [f"  {case.step}"] if case.step else []
        lines += [f"    {line}".rstrip() for line in failure_reason(call.excinfo.value).splitlines()]
        outcome.get_result().longrepr = "\n".join(lines)


def failure_reason(error: Exception) -> str:
    """Return why a scenario failed; an error of the program itself is named as one."""
    if isinstance(error, ScenarioError | ProblemsError):
        return str(error)
    return f"internal error, which is no mistake in the scenario: {type(error).__name__}: {error}"
