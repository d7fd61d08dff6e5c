"""The backends that run the expressions: DuckDB in this process, or Apache Spark."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Literal, Protocol

import ibis
import ibis.expr.types as ir

from cds_engine.errors import EngineError
from cds_engine.language.kleene import OUTCOMES, Outcome

Name = Literal["duckdb", "spark"]
ROW = "row number"
"""The column with the number of a row in its file, from 1."""
MATERIALIZED = "materialized"
"""The table that holds the result of a materialized query."""
MEMORY = "4GB"


class Backend(Protocol):
    """Reads tables, runs expressions and writes Parquet."""

    name: Name
    connection: Any
    """The Ibis connection."""

    def label(self, outcome: Outcome) -> ir.StringValue:
        """Return an outcome as an expression."""
        ...

    def rows(self, path: Path, first: int = 0, number: int | None = None) -> ir.Table:
        """Return ``number`` rows of a Parquet file, beginning with row ``first``, with :data:`ROW`.

        A backend that cannot number rows returns all of them and leaves that column NULL.
        """
        ...

    def materialized(self, query: str, name: str = MATERIALIZED) -> AbstractContextManager[None]:
        """Run ``query`` once; within the context, its result is the table ``name``."""
        ...

    def fetch(self, query: str) -> list[dict[str, Any]]:
        """Return the rows of ``query``."""
        ...

    def write(self, query: str, path: Path, metadata: Mapping[str, str]) -> None:
        """Write the rows of ``query`` as Parquet files with ``metadata`` into a new folder."""
        ...


@ibis.udf.scalar.builtin  # type: ignore[untyped-decorator]
def as_outcome(outcome: str) -> str:  # type: ignore[empty-body]
    """Declare the DuckDB macro of that name."""


class DuckDB:
    """DuckDB in this process; data beyond ``memory`` is written to files in the folder ``scratch``."""

    name: Name = "duckdb"

    def __init__(self, scratch: Path | None = None, memory: str = MEMORY) -> None:
        settings: dict[str, Any] = {"memory_limit": memory}
        if scratch is not None:
            settings["temp_directory"] = str(scratch)
        self.connection: Any = ibis.duckdb.connect(**settings)
        self.connection.raw_sql("set enable_progress_bar = false")
        # The statistics of a Parquet file ignore NaN, but DuckDB 2.0 assumes that they cover all values.
        self.connection.raw_sql("set disabled_optimizers = 'statistics_propagation'")
        # Without an enumerated type, an outcome is a text of up to 14 letters in each cell of 70 columns.
        names = ", ".join(f"'{outcome}'" for outcome in OUTCOMES)
        self.connection.raw_sql(f"create type outcome as enum ({names})")
        self.connection.raw_sql("create macro as_outcome(outcome) as cast(outcome as outcome)")

    def label(self, outcome: Outcome) -> ir.StringValue:
        """Return an outcome in DuckDB's enumerated type, which Parquet stores as a dictionary."""
        return as_outcome(ibis.literal(outcome))

    def rows(self, path: Path, first: int = 0, number: int | None = None) -> ir.Table:
        """Return rows of a Parquet file; see :meth:`Backend.rows`."""
        table = self.connection.read_parquet(path, file_row_number=True)
        row = table["file_row_number"]
        if number is not None:
            table = table.filter(row >= first, row < first + number)
        return table.mutate(**{ROW: row + 1}).drop("file_row_number")

    @contextmanager
    def materialized(self, query: str, name: str = MATERIALIZED) -> Iterator[None]:
        """Store the result in a temporary table; the method of Ibis would turn outcomes into texts."""
        self.connection.raw_sql(f"create temp table {name} as {query}")
        try:
            yield
        finally:
            self.connection.raw_sql(f"drop table {name}")

    def fetch(self, query: str) -> list[dict[str, Any]]:
        """Return the rows of ``query``."""
        rows: list[dict[str, Any]] = self.connection.con.sql(query).to_arrow_table().to_pylist()
        return rows

    def write(self, query: str, path: Path, metadata: Mapping[str, str]) -> None:
        """Write the rows of ``query`` to one Parquet file with ``metadata`` in its footer."""
        path.mkdir()
        footer = ", ".join(f"{_quoted(key)}: {_quoted(value)}" for key, value in metadata.items())
        self.connection.raw_sql(
            f"copy ({query}) to {_quoted(str(path / '0.parquet'))} (format parquet, kv_metadata {{{footer}}})"
        )


class Spark:
    """Apache Spark at ``url``: a master (``local[2]``, ``spark://...``) or Spark Connect (``sc://...``).

    Raises:
        EngineError: if Java is missing, or Spark cannot start a session.
    """

    name: Name = "spark"

    def __init__(self, url: str = "local[*]") -> None:
        self.connection: Any = ibis.pyspark.connect(_session(url))

    def label(self, outcome: Outcome) -> ir.StringValue:
        """Return an outcome as text, which Spark itself writes as a dictionary."""
        return ibis.literal(outcome)

    def rows(self, path: Path, first: int = 0, number: int | None = None) -> ir.Table:
        """Return all rows of a Parquet file; distributed reading has no order in which to number them."""
        return self.connection.read_parquet(path).mutate(**{ROW: ibis.null("int64")})

    @contextmanager
    def materialized(self, query: str, name: str = MATERIALIZED) -> Iterator[None]:
        """Store the result in the executors.

        Unlike a cached table, a checkpoint has no history that Spark would plan again in each query.
        """
        self.connection.raw_sql(query).localCheckpoint().createTempView(name)
        try:
            yield
        finally:
            self.connection.raw_sql(f"drop view {name}")

    def fetch(self, query: str) -> list[dict[str, Any]]:
        """Return the rows of ``query``."""
        rows: list[dict[str, Any]] = self.connection.raw_sql(query).toArrow().to_pylist()
        return rows

    def write(self, query: str, path: Path, metadata: Mapping[str, str]) -> None:
        """Write a Parquet file per partition, with ``metadata`` as that of the first column."""
        frame = self.connection.raw_sql(query)
        frame.withMetadata(frame.columns[0], dict(metadata)).write.parquet(str(path))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _session(url: str) -> Any:
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    remote = url.startswith("sc://")
    if not remote and not has_java():
        raise EngineError("--backend spark needs Java 17 or newer: none on PATH or in JAVA_HOME")
    builder = SparkSession.builder.appName("cds cohort")
    builder = builder.remote(url) if remote else builder.master(url)
    settings: dict[str, Any] = {"spark.sql.session.timeZone": "UTC"}
    if not remote:  # with Spark Connect, these belong to the server
        settings |= {"spark.ui.enabled": "false", "spark.ui.showConsoleProgress": "false"}
    try:
        return builder.config(map=settings).getOrCreate()
    except (PySparkException, RuntimeError) as error:
        raise EngineError(f"no Spark session at {url}: {str(error).splitlines()[0]}") from None


def has_java() -> bool:
    """Whether a Java runtime is available, which Spark needs unless it runs elsewhere."""
    home = os.environ.get("JAVA_HOME")
    return shutil.which("java") is not None or (home is not None and Path(home, "bin", "java").is_file())
