"""The optional extras of the package, and the error for one that is not installed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

PACKAGES: Mapping[str, tuple[str, ...]] = {
    "cohort": ("duckdb", "ibis", "pandas", "pyarrow"),
    "spark": ("pyspark",),
    "ledger": ("alembic", "psycopg", "rfc8785", "sqlalchemy"),
}
"""The import packages of each extra."""


class MissingExtraError(Exception):
    """A command needs an extra that is not installed; the message says what to install."""


def require_extra(extra: str, command: str) -> None:
    """Check that ``extra`` is installed; call this before importing a module that needs it.

    Raises:
        MissingExtraError: if a package of the extra cannot be imported.
    """
    if any(find_spec(package) is None for package in PACKAGES[extra]):
        raise MissingExtraError(f"{command} needs the extra '{extra}': pip install 'mianserin-cds[{extra}]'")
