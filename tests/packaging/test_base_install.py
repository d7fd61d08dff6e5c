"""An installation without extras is small, and does everything but populations and the decision ledger."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements-run.lock").read_text("utf-8")
MEGABYTE = 1024 * 1024
IMPORT_ALL = """
import pkgutil, sys
from importlib import import_module

sys.modules.update(dict.fromkeys(sys.argv[1:]))  # None blocks an import

import cds_api, cds_engine

for package in (cds_api, cds_engine):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        try:
            import_module(module.name)
        except ModuleNotFoundError:
            print(module.name)
"""


def name_of(distribution_name: str) -> str:
    return re.sub(r"[-_.]+", "-", distribution_name).lower()


BASE = {name_of(name) for name in re.findall(r"^([\w.-]+)==", LOCK, re.MULTILINE)}


def test_no_library_of_an_extra() -> None:
    assert {"durable-rules", "fastapi", "z3-solver"} <= BASE
    assert not BASE & {"alembic", "psycopg", "rfc8785", "sqlalchemy"}
    assert not BASE & {"duckdb", "ibis-framework", "numpy", "pandas", "pyarrow", "pyspark", "sqlglot"}


def test_it_takes_at_most_250_megabytes() -> None:
    sizes = {name: size_of(name) for name in BASE}
    largest = sorted(sizes.items(), key=lambda item: -item[1])[:5]
    assert 50 * MEGABYTE < sum(sizes.values()) < 230 * MEGABYTE, largest  # pip and we ourselves take the rest


def size_of(name: str) -> int:
    """Return how many bytes of disk an installed distribution takes; 0 if this platform does not need it."""
    try:
        files = distribution(name).files or ()
    except PackageNotFoundError:
        return 0
    paths = [Path(str(file.locate())) for file in files]
    sizes = [path.stat().st_size for path in paths if path.is_file()]
    return sum(-(-size // 4096) * 4096 for size in sizes)


@pytest.mark.slow
def test_all_but_the_extras_is_imported() -> None:
    others = {
        package
        for package, names in packages_distributions().items()
        if not {name_of(name) for name in names} & (BASE | {"mianserin-cds"})
    }
    assert {"alembic", "ibis", "numpy", "pandas", "psycopg", "pyarrow", "rfc8785", "sqlalchemy"} <= others
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_ALL, *others], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    failed = set(done.stdout.split())
    assert "cds_engine.cohort.backend" in failed
    assert "cds_api.ledger.ledger" in failed
    extras = ("cds_engine.cohort.", "cds_api.commands.cohort", "cds_api.ledger.", "cds_api.commands.ledger")
    assert not [name for name in failed if not name.startswith(extras)]
