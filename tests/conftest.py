"""What all tests share: the settings of Hypothesis, rulebooks read once, Spark, and what only CI runs."""

from __future__ import annotations

import gc
import os
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from cds_engine.cohort.backend import Spark
    from cds_engine.errors import Problem
    from cds_engine.rulebook import Rulebook

# A slow or busy machine must not fail a property: no deadline. CI draws the same examples every time.
settings.register_profile("default", deadline=None, print_blob=True)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


def pytest_configure() -> None:
    """Read each shipped rulebook once in a process: tests change copies only, and a rulebook is immutable."""
    from cds_engine.rulebook import load, shipped

    folders = set(shipped.shipped_folders().values())
    read = load.inspect_rulebook
    read_once = cache(read)

    def inspect_rulebook(
        root: Path, leave_out: Collection[str] = ()
    ) -> tuple[Rulebook | None, list[Problem]]:
        if root not in folders or leave_out:
            return read(root, leave_out)
        rulebook, problems = read_once(root)
        return rulebook, list(problems)

    load.inspect_rulebook = inspect_rulebook


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what takes minutes, except in continuous integration."""
    if os.environ.get("CI"):
        return
    for item in items:
        if item.get_closest_marker("ci") is not None:
            item.add_marker(pytest.mark.skip(reason="takes minutes; set CI=1 to run it"))


def pytest_collection_finish() -> None:
    """Exempt the ten thousand collected tests from garbage collection, which would scan them each time."""
    gc.freeze()


@pytest.fixture(scope="session")
def spark() -> Iterator[Spark]:
    """Spark in local mode, which takes seconds to start."""
    from cds_engine.cohort.backend import Spark, has_java

    if not has_java():
        pytest.skip("Spark needs Java 17 or newer, and there is none on this machine")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SPARK_CONF_DIR", str(Path(__file__).parent / "spark"))
        yield Spark("local[2]")
