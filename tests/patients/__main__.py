"""Write synthetic patients to files: ``python -m tests.patients --patients 20000 --layout tables -o DIR``."""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.patients.bundles import bundle
from tests.patients.clinic import BLOCK
from tests.patients.columns import AS_OF, EVENTS_PER_PATIENT, TABLES, Population, Tables
from tests.patients.facts import drawn, facts
from tests.patients.records import Json, records

ROW_GROUP, FILE = 5, 25
"""How many blocks of patients make a row group, and how many a file."""


def documents(population: Population, patients: int) -> Iterator[Json]:
    """Yield the records of a population."""
    for tables in population.blocks(patients):
        yield from records(tables)


def write_lines(written: Iterable[Json], path: Path) -> None:
    """Write documents to a file, one a line."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(document, separators=(",", ":")) + "\n" for document in written)


def write_tables(population: Population, patients: int, folder: Path) -> None:
    """Write ``NAME.parquet`` for each table or, where one file is not enough, ``NAME/part-N.parquet``."""
    for name in TABLES:
        for stale in (folder / f"{name}.parquet", *(folder / name).glob("part-*.parquet")):
            stale.unlink(missing_ok=True)
    blocks = population.blocks(patients)
    parts = -(-patients // (FILE * BLOCK))
    for part in range(parts):
        place = "{}.parquet" if parts == 1 else f"{{}}/part-{part}.parquet"
        groups = (list(islice(blocks, ROW_GROUP)) for _ in range(FILE // ROW_GROUP))
        tables = (
            {name: pa.concat_tables(block[name] for block in group) for name in TABLES}
            for group in groups
            if group
        )
        _write_parquet(tables, {name: folder / place.format(name) for name in TABLES})


def write_facts(population: Population, patients: int, derived: int, path: Path) -> None:
    """Write the facts of all patients; beyond ``derived`` ones, the same facts as those of others."""
    if patients <= derived:
        groups = (facts(records(tables)) for tables in population.blocks(patients))
    else:
        found = facts(documents(population, derived))
        starts = range(0, patients, FILE * BLOCK)
        groups = (
            drawn(found, min(FILE * BLOCK, patients - start), population.seed, start + 1) for start in starts
        )
    _write_parquet(({"facts": group} for group in groups), {"facts": path})


def _write_parquet(groups: Iterable[Tables], paths: Mapping[str, Path]) -> None:
    """Write each group of tables as row groups of their files."""
    with ExitStack() as files:
        writers: dict[str, pq.ParquetWriter] = {}
        for group in groups:
            for name, table in group.items():
                if name not in writers:
                    paths[name].parent.mkdir(parents=True, exist_ok=True)
                    writers[name] = files.enter_context(pq.ParquetWriter(paths[name], table.schema))
                writers[name].write_table(table, row_group_size=max(1, table.num_rows))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.patients", description=__doc__)
    parser.add_argument("--patients", type=int, default=20_000, metavar="N")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="the same seed, the same patients")
    parser.add_argument("--layout", choices=["records", "bundles", "facts", "tables"], default="tables")
    parser.add_argument("--as-of", type=datetime.date.fromisoformat, default=AS_OF, metavar="DATE")
    parser.add_argument(
        "--events-per-patient",
        type=float,
        default=EVENTS_PER_PATIENT,
        metavar="N",
        help="rows of the other tables on average, from about 10 on",
    )
    parser.add_argument(
        "--faulty",
        type=float,
        default=0,
        metavar="RATE",
        help="the share of patients whose records are refused (records and tables)",
    )
    parser.add_argument(
        "--derived",
        type=int,
        default=sys.maxsize,
        metavar="N",
        help="derive the facts of only so many patients, and draw the others from theirs",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    given = parser.parse_args()
    if given.faulty and given.layout in ("bundles", "facts"):
        parser.error("--faulty is for records and tables: from a faulty record nothing else is made")
    population = Population(given.seed, given.as_of, given.events_per_patient, given.faulty)
    given.output.mkdir(parents=True, exist_ok=True)
    match given.layout:
        case "records":
            write_lines(documents(population, given.patients), given.output / "records.ndjson")
        case "bundles":
            write_lines(map(bundle, documents(population, given.patients)), given.output / "bundles.ndjson")
        case "facts":
            write_facts(population, given.patients, given.derived, given.output / "facts.parquet")
        case "tables":
            write_tables(population, given.patients, given.output)


if __name__ == "__main__":
    main()
