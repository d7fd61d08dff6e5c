"""Detects the layout of the input from the names of its files."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path

from cds_engine.cohort.fact_files import FactFiles
from cds_engine.cohort.record_files import expanded
from cds_engine.cohort.records import Records
from cds_engine.cohort.source import Source
from cds_engine.cohort.tables import Tables
from cds_engine.errors import Problem, RecordError
from cds_engine.evaluate import Engine

FACT_FILES = (".parquet", ".csv")


def open_source(
    inputs: Iterable[str | Path],
    engine: Engine,
    as_of: datetime.date,
    *,
    divisible: bool,
    processes: int | None = None,
) -> Source:
    """Return the source for ``inputs`` (files, folders, patterns).

    A folder with a table of patients has the tables layout. Other Parquet and CSV files have the facts
    layout. Everything else is records.

    Args:
        inputs: what to read.
        engine: the engine of the rulebook.
        as_of: the day for rows and records without one.
        divisible: whether the backend can read a part of a file.
        processes: how many processes derive facts from records.

    Raises:
        ProblemsError: with every error in the input, such as more than one layout.
    """
    paths = [path for given in inputs for path in expanded(given)]
    folders = [path for path in paths if _has_tables(path)]
    if folders:
        if len(paths) > 1:
            raise RecordError(
                [
                    Problem(
                        str(folders[0]), "a folder of tables cannot be combined with other input", code="file"
                    )
                ]
            )
        return Tables(folders[0], engine, as_of)
    found = {path: fact_files(path) for path in paths}
    facts = [file for files in found.values() for file in files]
    if not facts:
        return Records(paths, engine, as_of, processes=processes)
    if others := [path for path, files in found.items() if not files]:
        message = f"contains no facts ({', '.join(FACT_FILES)}), unlike {facts[0]}; use one layout at a time"
        raise RecordError(Problem(str(path), message, code="file") for path in others)
    return FactFiles(facts, engine, as_of, divisible=divisible)


def _has_tables(path: Path) -> bool:
    return path.is_dir() and any((path / f"patient{suffix}").exists() for suffix in ("", *FACT_FILES))


def fact_files(path: Path) -> list[Path]:
    """Return the files of facts that a file or folder is or has."""
    if path.is_dir():
        return sorted(inner for inner in path.rglob("*") if inner.suffix in FACT_FILES)
    return [path] if path.suffix in FACT_FILES and path.is_file() else []
