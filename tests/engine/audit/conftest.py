"""Fixtures of the audit tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from cds_engine.audit.result import AuditResult

from tests.engine.audit.workbench import Workbench


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave what needs a complete audit to CI: its scenarios are the answer of the solver to every goal."""
    here = [item for item in items if item.path.parent == Path(__file__).parent]
    for item in here:
        if {"closed", "full"} & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.ci)


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """Return a sound rulebook without scenarios."""
    return Workbench(tmp_path)


@pytest.fixture(scope="session")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """Return a rulebook with all scenarios that its audit wrote; tests must not change it."""
    bench = Workbench(tmp_path_factory.mktemp("closed"))
    bench.write(*bench.written())
    return bench


@pytest.fixture(scope="session")
def partial(tmp_path_factory: pytest.TempPathFactory) -> AuditResult:
    """Return the audit of a rulebook with two scenarios, which show little of it."""
    bench = Workbench(tmp_path_factory.mktemp("partial"))
    given = "Given as of 2026-07-10\n  And a patient of 40\n"
    given += "  And the patient takes velozine {} ug/d for grumbling"
    bench.write(
        f"Scenario: low\n  {given.format(99)}\n  When the record is evaluated\n"
        "  Then rule amounts.low fires\n",
        f"Scenario: at\n  {given.format(100)}\n  When the record is evaluated\n"
        "  Then rule amounts.low does not fire\n",
    )
    return bench.audit()


@pytest.fixture(scope="session")
def full(closed: Workbench) -> AuditResult:
    """Return the audit of a rulebook whose scenarios show everything."""
    return closed.audit()
