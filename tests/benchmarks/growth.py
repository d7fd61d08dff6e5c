"""How the time of evaluating a population grows with it, as rows and as a plot."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cds_engine.cohort.fact_files import FactFiles
from cds_engine.cohort.layouts import open_source
from cds_engine.cohort.records import Records

from tests.benchmarks.cohort import DERIVED, EVENTS, evaluate_whole, plain_sql
from tests.benchmarks.measure import Row, rate
from tests.benchmarks.workload import engine
from tests.patients.__main__ import documents, write_facts, write_lines, write_tables
from tests.patients.columns import AS_OF, Population

LARGEST = 10_000_000
PLOT = Path("build/growth.svg")


@dataclass(frozen=True)
class Way:
    """One way to evaluate a population: what a row of its input is, and up to how many are tried."""

    name: str
    row: str
    most: int
    prepare: Callable[[int, Path], Callable[[], object]]


@dataclass(frozen=True)
class Point:
    """How long some rows took."""

    way: Way
    rows: int
    seconds: float


def rows() -> Iterator[Row]:
    """Yield the rows a second of every way at every size, and where they are drawn."""
    found = []
    for point in points():
        found.append(point)
        on = f"{point.rows:,} {point.way.row}"
        yield Row(f"growth, {point.way.name}", on, rate(point.rows / point.seconds), f"{point.seconds:.2f} s")
    draw(found, PLOT)
    yield Row("growth, drawn", str(PLOT), "")


def points() -> Iterator[Point]:
    """Measure every way with 1,000 rows, ten times as many, and so on."""
    for way in WAYS:
        number = 1000
        while number <= way.most:
            with tempfile.TemporaryDirectory() as name:
                work = way.prepare(number, Path(name))
                started = time.perf_counter()
                work()
                yield Point(way, number, time.perf_counter() - started)
            number *= 10


def _facts(number: int, folder: Path) -> Path:
    write_facts(Population(), number, DERIVED, folder / "facts.parquet")
    return folder / "facts.parquet"


def _from_facts(number: int, folder: Path) -> Callable[[], object]:
    facts = _facts(number, folder)
    return lambda: evaluate_whole(FactFiles([facts], engine(), AS_OF, divisible=True), folder / "out")


def _in_plain_sql(number: int, folder: Path) -> Callable[[], object]:
    facts = _facts(number, folder)
    return lambda: plain_sql(facts, folder / "out.parquet")


def _from_tables(number: int, folder: Path) -> Callable[[], object]:
    tables = folder / "tables"
    tables.mkdir()
    write_tables(Population(events_per_patient=EVENTS), max(1, number // EVENTS), tables)
    return lambda: evaluate_whole(open_source([tables], engine(), AS_OF, divisible=True), folder / "out")


def _from_records(number: int, folder: Path) -> Callable[[], object]:
    path = folder / "records.ndjson"
    write_lines(documents(Population(), number), path)
    return lambda: evaluate_whole(Records([path], engine(), AS_OF), folder / "out")


def _one_by_one(number: int, folder: Path) -> Callable[[], object]:
    read = [engine().read(document) for document in documents(Population(), number)]
    return lambda: [engine().evaluate(record) for record in read]


WAYS = (
    Way("facts on DuckDB, with the summary", "patients", LARGEST, _from_facts),
    Way("facts in plain SQL, outcomes only", "patients", LARGEST, _in_plain_sql),
    Way("tables on DuckDB, with the summary", "events", LARGEST, _from_tables),
    Way("records on all cores, with the summary", "records", 100_000, _from_records),
    Way("one by one, in Python", "records", 10_000, _one_by_one),
)


def draw(found: Sequence[Point], path: Path) -> None:
    """Draw the points, both axes logarithmic."""
    import matplotlib
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    axes = figure.subplots()
    for way, marker in zip(WAYS, "osD^v", strict=True):
        mine = [point for point in found if point.way == way]
        axes.loglog(
            [point.rows for point in mine], [point.seconds for point in mine], marker=marker, label=way.name
        )
    axes.set_xlabel("rows of the input (patients, events or records)")
    axes.set_ylabel("seconds")
    axes.grid(visible=True, which="major", alpha=0.3)
    axes.legend(frameon=False)
    path.parent.mkdir(exist_ok=True)
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "growth"}):
        figure.savefig(path, metadata={"Date": None})
