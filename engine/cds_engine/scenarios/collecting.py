"""A feature file as pytest collects it: one item for each scenario, or for each row of an outline."""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pytest_bdd import scenario as bdd_scenario

from cds_engine.scenarios import running
from cds_engine.scenarios.case import HTTP, IN_PROCESS, Case, Place
from cds_engine.scenarios.features import FeatureError, Row, Scenario, read_feature
from cds_engine.scenarios.running import CASE, PLACE, SETTINGS, Settings, bench_of
from cds_engine.scenarios.steps import MODULES

RUNNING = "cds_scenarios_running"
"""The name under which pytest knows the hooks of :mod:`cds_engine.scenarios.running`."""
STEP_FIXTURE = "pytestbdd_stepdef"
_FROM_THE_ROW = "_pytest_bdd_example"
_NOT_IN_A_NODE_ID = str.maketrans({"[": "(", "]": ")", ":": " "})


def collect_feature(
    path: Path, parent: pytest.Collector, *, rulebook: Path | None, http: str | None
) -> FeatureFile:
    """Return the scenarios of a feature file as pytest collects them.

    Args:
        path: the feature file.
        parent: the collector of its folder.
        rulebook: the rulebook to evaluate with; the shipped one if None. All files of a run share it.
        http: the API to run every scenario through, "" for one started for the run; None to run in-process.
    """
    parent.config.stash[SETTINGS] = Settings(rulebook, http)
    if not parent.config.pluginmanager.has_plugin(RUNNING):
        parent.config.pluginmanager.register(running, RUNNING)
    return FeatureFile.from_parent(parent, path=path)


class FeatureFile(pytest.Module):
    """A feature file as the module that pytest-bdd would want beside it, made up on the spot."""

    def _getobj(self) -> types.ModuleType:
        try:
            written = read_feature(self.path)
        except FeatureError as error:
            raise self.CollectError(str(error)) from None
        self.scenarios = {name.translate(_NOT_IN_A_NODE_ID): found for name, found in written.items()}
        for tag in {tag for found in written.values() for tag in _all_tags(found)}:
            self.config.addinivalue_line("markers", f"{tag}: a tag of {self.path.name}")
        module = types.ModuleType(self.path.stem)
        content = vars(module)
        content["fixture case"] = _case
        for steps in MODULES:
            content.update({name: v for name, v in vars(steps).items() if name.startswith(STEP_FIXTURE)})
        content.update({name: _test(self.path, found) for name, found in self.scenarios.items()})
        return module

    def funcnamefilter(self, name: str) -> bool:
        """Accept the scenarios, whatever test functions are called in this run's configuration."""
        return name in self.scenarios

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yield the items, each placed where it stands in the feature file."""
        for item in super().collect():
            assert isinstance(item, pytest.Function)
            found = self.scenarios[item.originalname]
            callspec = getattr(item, "callspec", None)
            row = found.rows[callspec.indices[_FROM_THE_ROW]] if callspec is not None else None
            place = _place(self.path, self.config, found, row)
            item.stash[PLACE] = place
            item.location = (place.feature, place.line - 1, item.name)
            yield item


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
    """Return what the steps of one scenario work on."""
    place = request.node.stash[PLACE]
    everywhere = request.config.stash[SETTINGS].http is not None
    way = HTTP if everywhere or "http" in place.tags else IN_PROCESS
    case = Case(bench_of(request.config), place, way)
    request.node.stash[CASE] = case
    return case
