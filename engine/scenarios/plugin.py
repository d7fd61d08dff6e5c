"""The pytest plugin: feature files run with no Python beside them, on the steps of this package.

It keeps out of everybody else's way. A feature file is collected only if it is named on the command line or
lies in a folder that ``cds_features`` in the configuration names; and the steps are seen by such files only.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd import scenario as bdd_scenario

from engine.errors import ProblemsError
from engine.scenarios.bench import set_up
from engine.scenarios.case import HTTP, IN_PROCESS, Bench, Case, Place
from engine.scenarios.features import FeatureError, Row, Scenario, read_feature
from engine.scenarios.problems import ScenarioError, StepError
from engine.scenarios.stepbook import closest
from engine.scenarios.steps import MODULES

STEP_FIXTURE = "pytestbdd_stepdef"
PREFIX = "test_"
PLACE = pytest.StashKey[Place]()
CASE = pytest.StashKey[Case]()
_BENCH = pytest.StashKey[Bench]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and the setting."""
    group = parser.getgroup("cds", "clinical scenarios")
    group.addoption("--cds-rulebook", metavar="DIR", help="the rulebook of the scenarios; the shipped one")
    group.addoption(
        "--cds-http",
        nargs="?",
        const="",
        metavar="URL",
        help="run every scenario through the API, at URL or as 'cds serve' started for the run",
    )
    parser.addini("cds_features", "folders whose feature files are clinical scenarios", "paths", default=[])


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a feature file that was asked for."""
    if file_path.suffix != ".feature":
        return None
    folders: Iterable[Path] = parent.config.getini("cds_features")
    asked = parent.session.isinitpath(file_path) or any(file_path.is_relative_to(folder) for folder in folders)
    return FeatureFile.from_parent(parent, path=file_path) if asked else None


class FeatureFile(pytest.Module):
    """A feature file as the module that pytest-bdd would want beside it."""

    def _getobj(self) -> types.ModuleType:
        try:
            self.scenarios = {_function_name(i): s for i, s in enumerate(read_feature(self.path).values())}
        except FeatureError as error:
            raise self.CollectError(str(error)) from None
        for tag in {tag for found in self.scenarios.values() for tag in _all_tags(found)}:
            self.config.addinivalue_line("markers", f"{tag}: a tag of {self.path.name}")
        module = types.ModuleType(self.path.stem)
        module.case = _case  # type: ignore[attr-defined]
        for steps in MODULES:
            vars(module).update({k: v for k, v in vars(steps).items() if k.startswith(STEP_FIXTURE)})
        for name, found in self.scenarios.items():
            setattr(module, name, _test(self.path, found))
        return module

    def funcnamefilter(self, name: str) -> bool:
        """Accept the scenarios, whatever test functions are called in this run's configuration."""
        return name.startswith(PREFIX)

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yield one item a scenario or row, placed where it stands in the feature file."""
        for item in super().collect():
            assert isinstance(item, pytest.Function)
            found = self.scenarios[item.originalname]
            callspec = getattr(item, "callspec", None)
            row = found.rows[callspec.indices["_pytest_bdd_example"]] if callspec else None
            item.name = item.name.replace(item.originalname, found.name)
            item._nodeid = f"{self.nodeid}::{item.name}"
            place = _place(self.path, self.config, found, row)
            item.stash[PLACE] = place
            item.location = (place.feature, place.line - 1, item.name)
            yield item


def _function_name(index: int) -> str:
    return f"{PREFIX}scenario_{index}"


def _all_tags(found: Scenario) -> set[str]:
    return set(found.tags).union(*(row.tags for row in found.rows))


def _test(path: Path, found: Scenario) -> Callable[..., Any]:
    @bdd_scenario(path.name, found.name, features_base_dir=str(path.parent))
    def run() -> None:
        """All of a scenario is in its steps."""

    return run


def _place(path: Path, config: pytest.Config, found: Scenario, row: Row | None) -> Place:
    here = config.invocation_params.dir
    feature = path.relative_to(here) if path.is_relative_to(here) else path
    if row is None:
        return Place(feature.as_posix(), found.name, found.line, found.tags, found.block)
    tags = tuple(sorted({*found.tags, *row.tags}))
    name = f"{found.name} [{' | '.join(row.values)}]"
    return Place(feature.as_posix(), name, row.line, tags, found.block)


@pytest.fixture(name="case", autouse=True)
def _case(request: pytest.FixtureRequest) -> Case:
    """What the steps of one scenario work on."""
    place = request.node.stash[PLACE]
    everywhere = request.config.getoption("cds_http") is not None
    way = HTTP if everywhere or "http" in place.tags else IN_PROCESS
    case = Case(bench_of(request.config), place, way)
    request.node.stash[CASE] = case
    return case


def bench_of(config: pytest.Config) -> Bench:
    """Return the bench of this run, set up when the first scenario asks for it."""
    if _BENCH not in config.stash:
        stack = ExitStack()
        rulebook = config.getoption("cds_rulebook")
        bench = set_up(Path(rulebook) if rulebook else None, config.getoption("cds_http") or None)
        try:
            config.stash[_BENCH] = stack.enter_context(bench)
        except (ProblemsError, OSError) as error:
            raise pytest.UsageError(f"--cds-rulebook: {error}") from None
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
