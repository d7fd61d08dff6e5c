"""What all tests share: the settings of Hypothesis, a Spark session, and what only CI runs."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from cds_engine.cohort.backend import Spark

# A slow or busy machine must not fail a property: no deadline. CI draws the same examples every time.
settings.register_profile("default", deadline=None, print_blob=True)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")


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
