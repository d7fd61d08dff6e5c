"""Collects feature files for pytest: one test for each scenario, row of an outline, or terminology case."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd import scenario as bdd_scenario

from cds_engine.errors import Problem
from cds_engine.rulebook.shipped import default_rulebook, rulebook_around
from cds_engine.scenarios import running
from cds_engine.scenarios.case import HTTP, IN_PROCESS, Case, Location
from cds_engine.scenarios.features import ENCODING, FeatureError, Row, Scenario, read_feature
from cds_engine.scenarios.running import (
    CASE,
    LOCATION,
    RULEBOOK,
    SETTINGS,
    Settings,
    environment_of,
    shown_path,
)
from cds_engine.scenarios.steps import MODULES
from cds_engine.scenarios.terminology.collecting import CasesFile
from cds_engine.scenarios.terminology.reading import SUFFIX as CASES

RUNNING = "cds_scenarios_running"
"""The name under which pytest knows the hooks of :mod:`cds_engine.scenarios.running`."""
STEP_FIXTURE = "pytestbdd_stepdef"
_FROM_THE_ROW = "_pytest_bdd_example"
_NOT_IN_A_NODE_ID = str.maketrans({"[": "(", "]": ")", ":": " "})


def collect_feature(
    path: Path,
    parent: pytest.Collector,
    settings: Settings,
    rulebook: Path | None,
    default: Path | None = None,
) -> FeatureFile | CasesFile:
    """Return the scenarios or terminology cases of a file as pytest collects them.

    Args:
        path: the feature file, or the file of terminology cases.
        parent: the collector of its folder.
        settings: how all scenarios of the run are evaluated.
        rulebook: the rulebook to evaluate with; if None, that of the folder in which the file is.
        default: the rulebook for a file that is in the folder of none; the default one if None.
    """
    parent.config.stash[SETTINGS] = settings
    if not parent.config.pluginmanager.has_plugin(RUNNING):
        parent.config.pluginmanager.register(running, RUNNING)
    kind = CasesFile if path.suffix == CASES else FeatureFile
    file: FeatureFile | CasesFile = kind.from_parent(parent, path=path)
    file.rulebook = rulebook or rulebook_around(path) or default or default_rulebook()
    return file


class FeatureFile(pytest.Module):
    """A feature file, presented to pytest as the Python module that pytest-bdd would otherwise need."""

    problems: tuple[Problem, ...] = ()
    """Why the file cannot be run."""
    rulebook: Path
    """The folder of the rulebook that its scenarios are evaluated with."""

    def _getobj(self) -> types.ModuleType:
        try:
            scenarios = read_feature(self.path)
        except FeatureError as error:
            self.problems = error.problems
            raise self.CollectError(str(error)) from None
        self.scenarios = {name.translate(_NOT_IN_A_NODE_ID): found for name, found in scenarios.items()}
        for tag in {tag for found in scenarios.values() for tag in _all_tags(found)}:
            self.config.addinivalue_line("markers", f"{tag}: a tag of {self.path.name}")
        module = types.ModuleType(self.path.stem)
        content = vars(module)
        content["fixture case"] = _case
        for steps in MODULES:
            content.update({name: v for name, v in vars(steps).items() if name.startswith(STEP_FIXTURE)})
        content.update({name: _test(self.path, found) for name, found in self.scenarios.items()})
        return module

    def funcnamefilter(self, name: str) -> bool:
        """Accept every scenario, whatever names of test functions the project configures."""
        return name in self.scenarios

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yield the scenarios, each with its location in the feature file."""
        for item in super().collect():
            assert isinstance(item, pytest.Function)
            found = self.scenarios[item.originalname]
            callspec = getattr(item, "callspec", None)
            row = found.rows[callspec.indices[_FROM_THE_ROW]] if callspec is not None else None
            location = _location(self.path, self.config, found, row)
            item.stash[LOCATION] = location
            item.stash[RULEBOOK] = self.rulebook
            item.location = (location.feature, location.line - 1, item.name)
            yield item


def _all_tags(found: Scenario) -> set[str]:
    return set(found.tags).union(*(row.tags for row in found.rows))


def _test(path: Path, found: Scenario) -> Callable[..., Any]:
    @bdd_scenario(path.name, found.name, encoding=ENCODING, features_base_dir=str(path.parent))
    def run() -> None:
        """Do nothing: the steps are the test."""

    return run


def _location(path: Path, config: pytest.Config, found: Scenario, row: Row | None) -> Location:
    feature = shown_path(path, config)
    if row is None:
        return Location(feature, found.name, found.line, found.tags, found.block)
    tags = tuple(sorted({*found.tags, *row.tags}))
    name = f"{found.name} [{' | '.join(row.values)}]"
    return Location(feature, name, row.line, tags, found.block)


@pytest.fixture(name="case", autouse=True)
def _case(request: pytest.FixtureRequest) -> Case:
    """Return the state that the steps of one scenario share."""
    location = request.node.stash[LOCATION]
    everywhere = request.config.stash[SETTINGS].http is not None
    transport = HTTP if everywhere or "http" in location.tags else IN_PROCESS
    environment = environment_of(request.config, request.node.stash[RULEBOOK])
    case = Case(environment, location, transport)
    request.node.stash[CASE] = case
    return case
