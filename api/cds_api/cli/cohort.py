"""``cds cohort``: what a rulebook says about a population, and what another one would change."""

from __future__ import annotations

import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cds_api.cli.options import RulebookOption, as_date, open_engine
from cds_api.cli.output import write_out

EVALUATE_EXAMPLES = """Examples:

\b
  cds cohort evaluate patients.ndjson -o result
  cds cohort evaluate facts.parquet -o result --as-of 2026-11-23
  cds cohort evaluate tables/ -o result --backend spark
"""
COMPARE_EXAMPLES = """Examples:

\b
  cds cohort compare rules/one rules/another patients.ndjson
  cds cohort compare rules/one rules/another facts.parquet --format html -o impact.html
"""

app = typer.Typer(
    help="Evaluate a population: records, facts or tables, on DuckDB or Spark.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


class BackendName(StrEnum):
    """What runs the expressions."""

    DUCKDB = "duckdb"
    SPARK = "spark"


class Format(StrEnum):
    """How a comparison is written."""

    TEXT = "text"
    JSON = "json"
    HTML = "html"


InputArgument = Annotated[
    list[str],
    typer.Argument(
        metavar="INPUT...",
        help="Records (NDJSON, JSON, FHIR Bundles), facts (Parquet, CSV) or a folder of tables.",
    ),
]
BackendOption = Annotated[
    BackendName, typer.Option("--backend", help="DuckDB in this process, or Apache Spark.")
]
SparkOption = Annotated[
    str,
    typer.Option(
        "--spark",
        metavar="URL",
        envvar="CDS_COHORT_SPARK",
        help="A master (local[*], spark://HOST:PORT) or the address of Spark Connect (sc://HOST:PORT).",
    ),
]
MemoryOption = Annotated[
    str,
    typer.Option(
        metavar="SIZE",
        envvar="CDS_COHORT_MEMORY",
        help="What DuckDB may take before it writes to disk, such as 4GB.",
    ),
]
ProcessesOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        envvar="CDS_COHORT_PROCESSES",
        help="How many processes read records; as many as there are cores if not given.",
    ),
]
AsOfOption = Annotated[
    str | None,
    typer.Option(
        "--as-of", metavar="DATE", help="The day for patients who have none of their own; today (UTC)."
    ),
]


@app.command("evaluate", epilog=EVALUATE_EXAMPLES)
def evaluate_(  # noqa: PLR0913, PLR0917 - one argument an option
    inputs: InputArgument,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="OUT", help="The folder to make, which must not exist.")
    ],
    backend: BackendOption = BackendName.DUCKDB,
    spark: SparkOption = "local[*]",
    memory: MemoryOption = "4GB",
    processes: ProcessesOption = None,
    as_of: AsOfOption = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Drop what an interrupted run has done; else go on from it.")
    ] = False,
    rulebook: RulebookOption = None,
) -> None:
    """Evaluate a population into OUT: the outcome of every rule for every patient, and a summary."""
    from cds_api.cli.cohort_run import Means, evaluate

    means = Means(backend.value, spark, memory, processes, _day(as_of))
    typer.echo(evaluate(inputs, open_engine(rulebook), means, output, restart=restart), nl=False)


def _day(as_of: str | None) -> datetime.date:
    return as_date(as_of) or datetime.datetime.now(datetime.UTC).date()


@app.command("compare", epilog=COMPARE_EXAMPLES)
def compare_(  # noqa: PLR0913, PLR0917 - one argument an option
    before: Annotated[Path, typer.Argument(metavar="RULEBOOK_A", help="The folder of one rulebook.")],
    after: Annotated[Path, typer.Argument(metavar="RULEBOOK_B", help="The folder of the other.")],
    inputs: InputArgument,
    format_: Annotated[Format, typer.Option("--format", help="How the comparison is written.")] = Format.TEXT,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="FILE", help="Write to a file instead of stdout.")
    ] = None,
    backend: BackendOption = BackendName.DUCKDB,
    spark: SparkOption = "local[*]",
    memory: MemoryOption = "4GB",
    processes: ProcessesOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Show whose advice changes between two rulebooks: the impact of a change, seen before it is released."""
    from cds_api.cli.cohort_run import Means, compare

    means = Means(backend.value, spark, memory, processes, _day(as_of))
    engines = [open_engine(folder) for folder in (before, after)]
    write_out(compare(inputs, engines, means, format_), output)
