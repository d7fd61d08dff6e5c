"""Populations: facts beside plain SQL and one by one, tables beside their reading, records on two cores."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from statistics import median

import duckdb
import pyarrow.parquet as pq
from cds_engine.cohort.backend import DuckDB
from cds_engine.cohort.fact_files import FactFiles
from cds_engine.cohort.layouts import open_source
from cds_engine.cohort.output import Output
from cds_engine.cohort.records import Records
from cds_engine.cohort.rule_outcomes import KEYS, evaluate_rules
from cds_engine.cohort.run import CohortRun, run_identity
from cds_engine.cohort.source import Source
from cds_engine.record.json_text import parse_json

from tests.benchmarks import by_hand
from tests.benchmarks.measure import Row, rate
from tests.benchmarks.workload import engine
from tests.patients.__main__ import documents, write_facts, write_lines, write_tables
from tests.patients.columns import AS_OF, Population

PATIENTS, EVENTS = 1_000_000, 20
DERIVED, RECORDS, ALONE = 5_000, 100_000, 1_000
ROUNDS = 3
GIGABYTE = 1 << 30
MEMORY = 4


def rows() -> Iterator[Row]:
    """Yield every comparison that there is a goal for, and what the summary adds."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        yield from facts_rows(folder)
        yield from records_rows(folder)
        yield from tables_rows(folder)


# Facts


def facts_rows(folder: Path) -> Iterator[Row]:
    """Compare a million rows of facts with plain SQL, and with evaluating patients one by one."""
    facts = folder / "facts.parquet"
    write_facts(Population(), PATIENTS, DERIVED, facts)
    on = f"{PATIENTS:,} patients"
    # What all of them say must be the same before it counts how fast they say it.
    outcomes(facts, folder / "ours")
    plain_sql(facts, folder / "plain.parquet")
    assert _same(folder / "ours" / "0.parquet", folder / "plain.parquet")
    works: list[Callable[[], object]] = [
        lambda: outcomes(facts, folder / "ours"),
        lambda: plain_sql(facts, folder / "plain.parquet"),
        lambda: evaluate_whole(FactFiles([facts], engine(), AS_OF, divisible=True), folder / "whole"),
    ]
    ours, plain, whole = _seconds(works)
    one = one_by_one()
    yield Row(
        "facts on DuckDB / the same conditions in plain SQL",
        on,
        rate(PATIENTS / ours),
        rate(PATIENTS / plain),
        f"{ours / plain:.2f}",
        "<= 1.5",
        ours / plain <= 1.5,
    )
    times = one * PATIENTS / ours
    yield Row(
        "facts on DuckDB / one by one",
        on,
        rate(PATIENTS / ours),
        rate(1 / one),
        f"{times:.0f}",
        ">= 200",
        times >= 200,
    )
    times = one * PATIENTS / whole
    yield Row(
        "the same with rejects and summary / one by one",
        on,
        rate(PATIENTS / whole),
        rate(1 / one),
        f"{times:.0f}",
    )


def outcomes(facts: Path, folder: Path) -> None:
    """Write the outcome of every rule for every row of ``facts``."""
    shutil.rmtree(folder, ignore_errors=True)
    backend = DuckDB()
    judged = evaluate_rules(backend.connection.read_parquet(facts), engine().edition(AS_OF))
    table = judged.table.select(*KEYS, **judged.outcomes(backend.label))
    backend.write(backend.connection.compile(table), folder, {})


def plain_sql(facts: Path, out: Path) -> None:
    """Write the same with a query that owes nothing to the engine's expressions."""
    with duckdb.connect() as connection:
        connection.execute(f"create type outcome as {by_hand.OUTCOME}")
        query = by_hand.query(engine().edition(AS_OF), facts)
        connection.execute(f"copy ({query}) to '{out}' (format parquet)")


def one_by_one() -> float:
    """Return the seconds that one patient takes, evaluated whole from a record that has been read."""
    read = [engine().read(document) for document in documents(Population(), ALONE)]

    def work() -> None:
        for record in read:
            engine().evaluate(record)

    return _seconds([work])[0] / ALONE


# Records


def records_rows(folder: Path) -> Iterator[Row]:
    """Compare two cores with one, each with as many processes, and with a loop over the same file."""
    path = folder / "records.ndjson"
    write_lines(documents(Population(), RECORDS), path)
    two, one = _seconds([lambda: on_cores(2, path, folder), lambda: on_cores(1, path, folder)], rounds=2)
    loop = _seconds([lambda: evaluate_lines(path, ALONE)])[0] / ALONE
    times = loop * RECORDS / two
    yield Row(
        "records, on two cores / read and evaluated one by one",
        f"{RECORDS:,} records",
        rate(RECORDS / two),
        rate(1 / loop),
        f"{times:.2f}",
        ">= 3",
        times >= 3,
    )
    yield Row(
        "records, on two cores / on one",
        f"{RECORDS:,} records",
        rate(RECORDS / two),
        rate(RECORDS / one),
        f"{one / two:.2f}",
        ">= 1.8",
        one / two >= 1.8,
    )


def evaluate_lines(path: Path, number: int) -> None:
    """Evaluate the first records of a file as a program would that knows nothing of populations."""
    with path.open("rb") as lines:
        for line in islice(lines, number):
            engine().evaluate(engine().read(parse_json(line, path.name)), AS_OF)


def on_cores(number: int, path: Path, folder: Path) -> None:
    """Evaluate a file of records in a process that may use so many cores, and so may those it starts."""
    with alone(set(sorted(os.sched_getaffinity(0))[:number])) as pool:
        pool.submit(evaluate_records, path, folder / "from records").result()


def evaluate_records(path: Path, out: Path) -> None:
    """Evaluate a file of records by as many processes as there are cores to use."""
    evaluate_whole(Records([path], engine(), AS_OF), out)


def alone(cores: set[int]) -> ProcessPoolExecutor:
    """Return a fresh process on ``cores``, whose memory and time are those of one evaluation only."""
    return ProcessPoolExecutor(1, get_context("spawn"), os.sched_setaffinity, (0, cores))


# Tables


def tables_rows(folder: Path) -> Iterator[Row]:
    """Compare a million patients in tables with just reading and grouping them, and look at the memory."""
    tables = folder / "tables"
    tables.mkdir()
    write_tables(Population(events_per_patient=EVENTS), PATIENTS, tables)
    events = sum(_rows(path) for path in tables.rglob("*.parquet") if not path.match("patient*/*.parquet"))
    with alone(os.sched_getaffinity(0)) as pool:
        seconds, memory = pool.submit(evaluate_tables, tables, folder / "out").result()
    grouped = _seconds([lambda: group_tables(tables)])[0]
    on = f"{PATIENTS:,} patients, {events:,} events"
    yield Row(
        "tables on DuckDB / reading and grouping them",
        on,
        f"{seconds:.0f} s",
        f"{grouped:.1f} s",
        f"{seconds / grouped:.1f}",
        "<= 12",
        seconds / grouped <= 12,
    )
    yield Row(
        "tables on DuckDB, memory",
        on,
        f"{memory / GIGABYTE:.1f} GB",
        "",
        "",
        f"<= {MEMORY} GB",
        memory <= MEMORY * GIGABYTE,
    )


def evaluate_tables(folder: Path, out: Path) -> tuple[float, int]:
    """Return the seconds and the bytes of memory that evaluating a folder of tables takes."""
    started = time.perf_counter()
    evaluate_whole(open_source([folder], engine(), AS_OF, divisible=True), out)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return time.perf_counter() - started, memory


def group_tables(folder: Path) -> None:
    """Read every column of the events and group them by patient and code: the least that must be done."""
    codes = {"observation": "code", "medication": "drug", "condition": "code", "symptom": "code"}
    with duckdb.connect() as connection:
        for name, code in codes.items():
            files = f"{folder}/{name}/*.parquet" if (folder / name).is_dir() else f"{folder}/{name}.parquet"
            others = f"max(columns(* exclude (patient_id, {code})))"
            grouped = f"select patient_id, {code}, {others} from '{files}' group by all"
            connection.execute(f"select count(*) from ({grouped})").fetchall()


def _rows(path: Path) -> int:
    return int(pq.read_metadata(path).num_rows)


def evaluate_whole(source: Source, out: Path) -> None:
    """Evaluate a source as ``cds cohort evaluate`` does, all but the texts of the summary."""
    shutil.rmtree(out, ignore_errors=True)
    with Output(out, run_identity(engine(), source, "duckdb", AS_OF)) as output:
        CohortRun(engine(), DuckDB(output.scratch)).evaluate(source, output, lambda weight, rows: None)
        output.publish({})


def _seconds(works: list[Callable[[], object]], rounds: int = ROUNDS) -> list[float]:
    """Return the median seconds of each of ``works``, which take turns."""
    taken: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for times, run in zip(taken, works, strict=True):
            started = time.perf_counter()
            run()
            times.append(time.perf_counter() - started)
    return [median(times) for times in taken]


def _same(ours: Path, theirs: Path) -> bool:
    sides = (f"from '{ours}' except all from '{theirs}'", f"from '{theirs}' except all from '{ours}'")
    with duckdb.connect() as connection:
        return all(connection.execute(f"select 1 from ({side})").fetchone() is None for side in sides)
