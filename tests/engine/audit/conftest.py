"""Fixtures of the audit tests."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cds_engine.audit.result import AuditResult

from tests.engine.audit.workbench import Workbench, reviewed


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what needs a complete audit to CI: its scenarios are the answer of the solver to every goal."""
    here = [item for item in items if item.path.parent == Path(__file__).parent]
    for item in here:
        if {"empty", "closed", "shown", "full"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.ci)


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """Return a sound rulebook without scenarios."""
    return Workbench(tmp_path)


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> AuditResult:
    """Return the audit of a rulebook without scenarios."""
    return Workbench(tmp_path_factory.mktemp("empty")).audit()


@pytest.fixture(scope="session")
def closed(empty: AuditResult, tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """Return a rulebook with all scenarios that its audit wrote; tests must not change it."""
    bench = Workbench(tmp_path_factory.mktemp("closed"))
    bench.write(*reviewed(empty))
    return bench


@pytest.fixture
def shown(bench: Workbench, closed: Workbench) -> Workbench:
    """Return a sound rulebook with scenarios that show everything, so that its audit writes none."""
    shutil.copytree(closed.features, bench.features, dirs_exist_ok=True)
    return bench


@pytest.fixture(scope="session")
def partial(tmp_path_factory: pytest.TempPathFactory) -> AuditResult:
    """Return the audit of a rulebook with some scenarios, which show little of it."""
    bench = Workbench(tmp_path_factory.mktemp("partial"))
    dose = "Scenario: {0} ug/d\n  Given as of 2026-07-10\n  And a patient of 40\n"
    dose += "  And the patient takes velozine {0} ug/d for grumbling\n"
    dose += "  When the record is evaluated\n  Then rule {1}\n"
    bench.write(
        dose.format(99, "amounts.low fires"),
        dose.format(100, "amounts.low does not fire"),
        dose.format(200, "amounts.middle fires as info"),
        dose.format(20, "amounts.middle does not fire"),
        "Scenario: Low\n"
        "  Given as of 2026-11-23\n"
        "  And the patient takes velozine 200 ug/d\n"
        "  And zorbulin of 3 umol/L, 5 days ago\n"
        "  When the record is evaluated\n"
        "  Then rule lab.zorbulin-low fires\n",
    )
    return bench.audit()


@pytest.fixture(scope="session")
def full(closed: Workbench) -> AuditResult:
    """Return the audit of a rulebook whose scenarios show everything."""
    return closed.audit()
