"""The files of a folder that hold the tables, and all that is wrong with their columns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cds_engine.cohort.csv_files import headings
from cds_engine.cohort.tables.layout import Kind, Layout, TableName
from cds_engine.errors import Problem, ProblemsError, nearest

_CHUNK = 1 << 20
_EXPECTED: Mapping[Kind, str] = {
    "text": "a text (VARCHAR)",
    "date": "a date (DATE)",
    "moment": "a date (DATE), a timestamp with a time zone or a text (VARCHAR)",
    "number": "a number (DOUBLE, DECIMAL or an integer)",
    "boolean": "true or false (BOOLEAN)",
}
Columns = dict[str, pa.DataType]


@dataclass(frozen=True)
class TableFiles:
    """The files of one table."""

    name: TableName
    paths: tuple[Path, ...]
    """One of CSV, or some of Parquet."""
    columns: tuple[str, ...]
    """The columns that are of the layout."""
    untyped: frozenset[str]
    """Those of them that have no type, because every cell is null."""
    rows: int

    @property
    def is_csv(self) -> bool:
        """Whether cells are texts."""
        return self.paths[0].suffix == ".csv"


@dataclass(frozen=True)
class Folder:
    """The tables of a folder, and what a reader should know about what else it has or has not."""

    tables: Mapping[TableName, TableFiles]
    notices: tuple[str, ...]

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(table.rows for table in self.tables.values())


def open_folder(folder: Path, layouts: Mapping[TableName, Layout]) -> Folder:
    """Return the tables in ``folder``, their columns checked.

    Raises:
        ProblemsError: with everything that is wrong with the files.
    """
    if not folder.is_dir():
        raise ProblemsError([Problem(str(folder), "expected a folder of tables, found none")])
    tables: dict[TableName, TableFiles] = {}
    problems: list[Problem] = []
    notices = list(_strangers(folder, layouts))
    for name, layout in layouts.items():
        try:
            found = _open_table(folder, name, layout, notices)
        except ProblemsError as error:
            problems += error.problems
            continue
        if found is not None:
            tables[name] = found
        elif name == "patient":
            expected = "expected patient.parquet, patient.csv or patient/*.parquet, found none"
            problems.append(Problem(str(folder), expected))
        else:
            notices.append(f"no table {name}: what it would say is unknown for every patient")
    if problems:
        raise ProblemsError(problems)
    return Folder(tables, tuple(notices))


def _strangers(folder: Path, layouts: Mapping[TableName, Layout]) -> Iterator[str]:
    for path in sorted(folder.iterdir()):
        is_table = path.suffix in (".parquet", ".csv") or (path.is_dir() and any(path.glob("*.parquet")))
        if is_table and path.name.removesuffix(path.suffix) not in layouts:
            yield f"{path.name} is not used: there is no such table{nearest(path.stem, layouts)}"


def _open_table(folder: Path, name: TableName, layout: Layout, notices: list[str]) -> TableFiles | None:
    found = [path for path in _candidates(folder, name) if path.exists()]
    if len(found) > 1:
        names = ", ".join(path.name for path in found)
        raise ProblemsError([Problem(str(folder), f"expected the table {name} once, found {names}")])
    if not found:
        return None
    paths = _files(found[0])
    headers = [_header(path) for path in paths]
    columns = headers[0][0]
    problems = [Problem(str(paths[0]), text) for text in _column_problems(columns, layout, paths[0])]
    problems += [
        Problem(str(path), f"expected the columns of {paths[0].name} with the same types, found others")
        for path, (others, _) in zip(paths, headers, strict=True)
        if others != columns
    ]
    if problems:
        raise ProblemsError(problems)
    notices += [
        f"{found[0].name}: column '{column}' is not used{nearest(column, layout.columns)}"
        for column in columns
        if column not in layout.columns
    ]
    used = tuple(column for column in columns if column in layout.columns)
    untyped = frozenset(column for column in used if pa.types.is_null(columns[column]))
    number = sum(rows for _, rows in headers)
    return TableFiles(name, tuple(path.absolute() for path in paths), used, untyped, number)


def _candidates(folder: Path, name: str) -> Iterator[Path]:
    yield folder / f"{name}.parquet"
    yield folder / f"{name}.csv"
    if (folder / name).is_dir():
        yield folder / name


def _files(path: Path) -> list[Path]:
    """Return the files of a table: what Spark calls a Parquet file is a folder of such files."""
    if not path.is_dir():
        return [path]
    files = sorted(path.glob("*.parquet"))
    if not files:
        raise ProblemsError([Problem(str(path), "expected Parquet files (*.parquet), found none")])
    return files


def _header(path: Path) -> tuple[Columns, int]:
    """Return the columns of a file, and how many rows it has; of CSV, how many lines."""
    if path.suffix == ".csv":
        with path.open("rb") as content:
            lines = sum(chunk.count(b"\n") for chunk in iter(lambda: content.read(_CHUNK), b""))
        return dict.fromkeys(headings(path), pa.string()), lines
    try:
        with pq.ParquetFile(path) as file:
            schema = file.schema_arrow
            return dict(zip(schema.names, schema.types, strict=True)), file.metadata.num_rows
    except pa.ArrowException as error:
        message = f"cannot be read as Parquet: {str(error).splitlines()[0]}"
        raise ProblemsError([Problem(str(path), message)]) from None


def _column_problems(columns: Columns, layout: Layout, path: Path) -> Iterator[str]:
    for name in layout.required:
        if name not in columns:
            others = [column for column in columns if column not in layout.columns]
            yield f"expected the column '{name}', found none{nearest(name, others)}"
    if path.suffix == ".csv":
        return
    for name, found in columns.items():
        kind = layout.columns.get(name)
        if kind is not None and not _fits(found, kind, name in layout.required):
            yield f"column '{name}': expected {_EXPECTED[kind]}, found {found}"


def _fits(found: pa.DataType, kind: Kind, required: bool) -> bool:
    types = pa.types
    if types.is_null(found):
        return not required
    if types.is_dictionary(found):
        found = found.value_type
    match kind:
        case "text":
            return _is_text(found)
        case "date":
            return bool(types.is_date32(found))
        case "moment":
            zoned = types.is_timestamp(found) and found.tz is not None
            return bool(zoned or types.is_date32(found) or _is_text(found))
        case "number":
            # No FLOAT: of 12345.678 it has another number of six decimals, 12345.677734.
            return bool(types.is_integer(found) or types.is_float64(found) or types.is_decimal(found))
        case "boolean":
            return bool(types.is_boolean(found))


def _is_text(found: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(found) or pa.types.is_large_string(found) or pa.types.is_string_view(found)
    )
