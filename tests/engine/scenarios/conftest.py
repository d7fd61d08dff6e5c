"""Fixtures: one environment, and feature files in a folder of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from cds_engine.scenarios.case import Environment
from cds_engine.scenarios.environment import open_environment

Write = Callable[[str], Path]


@pytest.fixture(scope="session")
def environment() -> Iterator[Environment]:
    with open_environment(None, None) as ready:
        yield ready


@pytest.fixture
def feature(tmp_path: Path) -> Write:
    """Write a feature whose scenarios are given, and return its path."""

    def write(scenarios: str) -> Path:
        path = tmp_path / "written.feature"
        background = "  Background:\n    Given as of 2026-11-23\n"
        path.write_text(f"Feature: Written for a test\n{background}\n{scenarios}\n", encoding="utf-8")
        return path

    return write
