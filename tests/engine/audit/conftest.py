"""What the tests of the audit share."""

from __future__ import annotations

from pathlib import Path

import pytest
from cds_engine.audit import AuditResult

from tests.engine.audit.workbench import Workbench


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """Give a rulebook without faults and no scenario."""
    return Workbench(tmp_path)


@pytest.fixture(scope="session")
def closed(tmp_path_factory: pytest.TempPathFactory) -> Workbench:
    """Give a rulebook with all the scenarios that its audit wrote; not to be changed."""
    bench = Workbench(tmp_path_factory.mktemp("closed"))
    bench.write(*bench.written())
    return bench


@pytest.fixture(scope="session")
def full(closed: Workbench) -> AuditResult:
    """Give the audit of a rulebook whose scenarios show everything."""
    return closed.audit()
