"""What ``cds cohort`` does, apart from its options: the libraries of databases take a second to start."""

from __future__ import annotations

import datetime
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cds_engine.cohort.backend import Backend, DuckDB, Spark
from cds_engine.cohort.compare import compare_outcomes
from cds_engine.cohort.layouts import open_source
from cds_engine.cohort.output import Output
from cds_engine.cohort.report import comparison_data, comparison_html, comparison_text, data, html, text
from cds_engine.cohort.report.comparison import Comparison
from cds_engine.cohort.report.summary import Summary
from cds_engine.cohort.run import CohortRun, run_identity
from cds_engine.cohort.source import Source
from cds_engine.evaluate import Engine
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text


@dataclass(frozen=True)
class Means:
    """What a population is evaluated with, and for which day."""

    backend: Literal["duckdb", "spark"]
    spark: str
    memory: str
    processes: int | None
    as_of: datetime.date

    def source(self, inputs: Sequence[str], engine: Engine) -> Source:
        """Return what ``inputs`` are."""
        divisible = self.backend == "duckdb"
        return open_source(inputs, engine, self.as_of, divisible=divisible, processes=self.processes)

    def connect(self, scratch: Path) -> Backend:
        """Return the backend; it may use the folder ``scratch``."""
        return DuckDB(scratch, self.memory) if self.backend == "duckdb" else Spark(self.spark)


def evaluate(inputs: Sequence[str], engine: Engine, means: Means, output: Path, *, restart: bool) -> str:
    """Evaluate a population into the folder ``output`` and return the summary as text."""
    source = means.source(inputs, engine)
    begun = run_identity(engine, source, means.backend, means.as_of)
    with Output(output, begun, restart=restart) as out:
        with _progress(source, "evaluating") as advance:
            counts = CohortRun(engine, means.connect(out.scratch)).evaluate(source, out, advance)
        summary = Summary(
            engine.rulebook, means.as_of, source.layout, means.backend, inputs, source.notices, counts
        )
        shown = text.to_text(summary)
        written = {"txt": shown, "json": data.to_json(summary), "html": html.to_html(summary)}
        out.publish({f"summary.{suffix}": content for suffix, content in written.items()})
    return shown


def compare(inputs: Sequence[str], engines: Sequence[Engine], means: Means, format_: str) -> str:
    """Evaluate a population with two rulebooks and return how the outcomes differ, as ``format_``."""
    sources = [means.source(inputs, engine) for engine in engines]
    with tempfile.TemporaryDirectory(prefix="cds-cohort-") as folder, ExitStack() as stack:
        outcomes = []
        for name, engine, source in zip("AB", engines, sources, strict=True):
            begun = run_identity(engine, source, means.backend, means.as_of)
            out = stack.enter_context(Output(Path(folder, name), begun))
            with _progress(source, f"evaluating {name}") as advance:
                CohortRun(engine, means.connect(out.scratch)).evaluate(source, out, advance)
            outcomes.append(out.outcomes())
        found = compare_outcomes(outcomes[0], outcomes[1], Path(folder))
    comparison = Comparison(
        a=engines[0].rulebook,
        b=engines[1].rulebook,
        as_of=means.as_of,
        layout=sources[0].layout,
        backend=means.backend,
        inputs=inputs,
        notices=[*dict.fromkeys(notice for source in sources for notice in source.notices)],
        patients=found.patients,
        rejected=found.rejected,
        affected=found.affected,
        transitions=found.transitions,
        examples=found.examples,
    )
    match format_:
        case "json":
            return comparison_data.to_json(comparison)
        case "html":
            return comparison_html.to_html(comparison)
    return comparison_text.to_text(comparison)


class _Speed(ProgressColumn):
    """How many rows a second this run evaluates; what an earlier one did does not count."""

    def render(self, task: Task) -> Text:
        rows = task.fields["rows"]
        return Text(f"{rows / task.elapsed:,.0f} rows/s" if rows and task.elapsed else "")


@contextmanager
def _progress(source: Source, what: str) -> Iterator[Callable[[int, int], None]]:
    """Show how far a run is, on a terminal only."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), _Speed(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=sum(part.weight for part in source.partitions), rows=0)
        evaluated = 0

        def advance(weight: int, rows: int) -> None:
            nonlocal evaluated
            evaluated += rows
            bar.update(task, advance=weight, rows=evaluated)

        yield advance
