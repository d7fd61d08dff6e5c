"""``cds cohort``: evaluates a population, or compares two rulebooks on it."""

from __future__ import annotations

import datetime
import json
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import typer
from cds_engine.cohort import manifest
from cds_engine.cohort.backend import Backend, DuckDB, Spark
from cds_engine.cohort.compare import compare_outcomes
from cds_engine.cohort.layouts import open_source
from cds_engine.cohort.output import Output
from cds_engine.cohort.report import comparison_data, comparison_html, comparison_text, data, html, text
from cds_engine.cohort.report.comparison import Comparison
from cds_engine.cohort.report.summary import Summary
from cds_engine.cohort.run import CohortRun, run_identity
from cds_engine.cohort.source import Source
from cds_engine.errors import EngineError
from cds_engine.evaluate import Engine
from cds_engine.rulebook import Rulebook
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from cds_api.commands.output import write_output
from cds_api.commands.rulebooks import open_engines, open_rulebook

Format = Literal["text", "json", "html"]


@dataclass(frozen=True)
class RunOptions:
    """The backend of a run, its resources, and the date for patients without one."""

    backend: Literal["duckdb", "spark"]
    spark: str
    memory: str
    processes: int | None
    as_of: datetime.date

    def open(self, inputs: Sequence[str], engine: Engine) -> Source:
        """Return ``inputs`` as a source of patients."""
        divisible = self.backend == "duckdb"
        return open_source(inputs, engine, self.as_of, divisible=divisible, processes=self.processes)

    def connect(self, scratch: Path) -> Backend:
        """Return the backend; it may use the folder ``scratch``."""
        return DuckDB(scratch, self.memory) if self.backend == "duckdb" else Spark(self.spark)


def evaluate_cohort(
    inputs: Sequence[str], rulebooks: Sequence[str], options: RunOptions, folder: Path, *, restart: bool
) -> None:
    """Evaluate a population into ``folder`` and print the summary.

    With several rulebooks, the folder has one folder for each of them, named by its id, with the same content
    as the folder of a single one.

    Args:
        inputs: records, facts or a folder of tables.
        rulebooks: the names or folders of the rulebooks; without any, the default one.
        options: how to run.
        folder: the folder to make.
        restart: whether to discard an interrupted run instead of resuming it.
    """
    engines = open_engines(rulebooks)
    if len(engines) == 1:
        summary = _evaluate(inputs, engines[0], options, folder, restart=restart)
        typer.echo(summary, nl=False)
        return
    if folder.exists():
        raise EngineError(f"{folder} already exists; name another folder or remove it")
    partial = folder.with_name(f"{folder.name}.partial")
    partial.mkdir(parents=True, exist_ok=True)
    fields = {name for engine in engines for name in engine.history_fields}
    for number, engine in enumerate(engines):
        rulebook = replace(engine.rulebook, other_history=tuple(sorted(fields)))
        summary = _evaluate_into(inputs, Engine(rulebook), options, partial, restart=restart)
        typer.echo("\n" * (number > 0) + f"{rulebook.id}: {rulebook.file.title}\n\n{summary}", nl=False)
    for done in partial.glob("*.done"):
        done.unlink()
    partial.rename(folder)


def _evaluate_into(
    inputs: Sequence[str], engine: Engine, options: RunOptions, folder: Path, *, restart: bool
) -> str:
    """Evaluate a population into the rulebook's folder in ``folder``, unless an interrupted run did before.

    Returns the summary.
    """
    own = folder / engine.rulebook.id
    done = own.with_suffix(".done")
    identity = run_identity(engine, options.open(inputs, engine), options.backend, options.as_of)
    text = json.dumps(identity, sort_keys=True)
    if own.exists() and not restart and done.is_file() and done.read_text(encoding="utf-8") == text:
        return (own / "summary.txt").read_text(encoding="utf-8")
    shutil.rmtree(own, ignore_errors=True)
    summary = _evaluate(inputs, engine, options, own, restart=restart)
    done.write_text(text, encoding="utf-8")
    return summary


def _evaluate(
    inputs: Sequence[str], engine: Engine, options: RunOptions, folder: Path, *, restart: bool
) -> str:
    """Evaluate a population with one rulebook into ``folder`` and return the summary."""
    source = options.open(inputs, engine)
    identity = run_identity(engine, source, options.backend, options.as_of)
    with Output(folder, identity, restart=restart) as output:
        with _progress(source, "evaluating") as advance:
            counts = CohortRun(engine, options.connect(output.scratch)).evaluate(source, output, advance)
        summary = Summary(
            engine.rulebook, options.as_of, source.layout, options.backend, inputs, source.notices, counts
        )
        summary_text = text.to_text(summary)
        output.publish(
            {
                manifest.FILE: manifest.manifest_text(engine.rulebook, source, inputs, options.as_of),
                "summary.txt": summary_text,
                "summary.json": data.to_json(summary),
                "summary.html": html.to_html(summary),
            }
        )
    return summary_text


def compare_rulebooks(
    inputs: Sequence[str],
    rulebooks: tuple[str, str],
    options: RunOptions,
    format_: Format,
    file: Path | None,
) -> None:
    """Evaluate a population with two rulebooks and write how the outcomes differ.

    Args:
        inputs: records, facts or a folder of tables.
        rulebooks: the names or folders of both rulebooks.
        options: how to run.
        format_: the output format.
        file: the file to write, or None for stdout.
    """
    books = tuple(open_rulebook(folder) for folder in rulebooks)
    comparison = compare_on_population(inputs, (books[0], books[1]), options)
    write_output(_format(comparison, format_), file)


def compare_on_population(
    inputs: Sequence[str], rulebooks: tuple[Rulebook, Rulebook], options: RunOptions
) -> Comparison:
    """Return how the outcomes of two rulebooks differ on a population of records, facts or tables."""
    engines = [Engine(rulebook) for rulebook in rulebooks]
    sources = [options.open(inputs, engine) for engine in engines]
    with tempfile.TemporaryDirectory(prefix="cds-cohort-") as folder, ExitStack() as stack:
        outcomes = []
        for name, engine, source in zip("AB", engines, sources, strict=True):
            identity = run_identity(engine, source, options.backend, options.as_of)
            output = stack.enter_context(Output(Path(folder, name), identity))
            with _progress(source, f"evaluating {name}") as advance:
                CohortRun(engine, options.connect(output.scratch)).evaluate(source, output, advance)
            outcomes.append(output.outcomes())
        found = compare_outcomes(outcomes[0], outcomes[1], Path(folder))
    return Comparison(
        a=engines[0].rulebook,
        b=engines[1].rulebook,
        as_of=options.as_of,
        layout=sources[0].layout,
        backend=options.backend,
        inputs=inputs,
        notices=[*dict.fromkeys(notice for source in sources for notice in source.notices)],
        patients=found.patients,
        rejected=found.rejected,
        affected=found.affected,
        transitions=found.transitions,
        examples=found.examples,
    )


def _format(comparison: Comparison, format_: Format) -> str:
    match format_:
        case "text":
            return comparison_text.to_text(comparison)
        case "json":
            return comparison_data.to_json(comparison)
        case "html":
            return comparison_html.to_html(comparison)


class _Speed(ProgressColumn):
    """The rows per second of this run; rows of a resumed run do not count."""

    def render(self, task: Task) -> Text:
        rows = task.fields["rows"]
        return Text(f"{rows / task.elapsed:,.0f} rows/s" if rows and task.elapsed else "")


@contextmanager
def _progress(source: Source, description: str) -> Iterator[Callable[[int, int], None]]:
    """Show a progress bar on a terminal; yield the function that advances it by weight and rows."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), _Speed(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(description, total=sum(part.weight for part in source.partitions), rows=0)
        evaluated = 0

        def advance(weight: int, rows: int) -> None:
            nonlocal evaluated
            evaluated += rows
            bar.update(task, advance=weight, rows=evaluated)

        yield advance
