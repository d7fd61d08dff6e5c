"""The options of ``cds cohort`` and its subcommands."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cds_api.cli.options import AsOfOption, OutputOption, RulebooksOption, evaluation_day
from cds_api.extras import require_extra

EVALUATE_EXAMPLES = """Examples:

\b
  cds cohort evaluate patients.ndjson -o result
  cds cohort evaluate facts.parquet -o result --as-of 2026-11-23
  cds cohort evaluate tables/ -o result --backend spark
  cds cohort evaluate patients.ndjson -o result --rulebook rules/one --rulebook rules/another
"""
COMPARE_EXAMPLES = """Examples:

\b
  cds cohort compare rules/one rules/another patients.ndjson
  cds cohort compare rules/one rules/another facts.parquet --format html -o impact.html
"""
EXAMPLES = """Examples:

\b
  cds cohort evaluate patients.ndjson -o result
  cds cohort compare rules/one rules/another patients.ndjson
"""

app = typer.Typer(
    help="Evaluate a population on DuckDB or Spark.",
    epilog=EXAMPLES,
    rich_markup_mode=None,
)


class BackendName(StrEnum):
    """The engines that run a cohort."""

    DUCKDB = "duckdb"
    SPARK = "spark"


class Format(StrEnum):
    """The output formats of a comparison."""

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
        help="A Spark master (local[*], spark://HOST:PORT) or Spark Connect server (sc://HOST:PORT).",
    ),
]
MemoryOption = Annotated[
    str,
    typer.Option(
        metavar="SIZE",
        envvar="CDS_COHORT_MEMORY",
        help="How much memory DuckDB may use before it writes to disk, such as 4GB.",
    ),
]
ProcessesOption = Annotated[
    int | None,
    typer.Option(
        metavar="N",
        min=1,
        envvar="CDS_COHORT_PROCESSES",
        help="How many processes read records. [default: the number of cores]",
    ),
]


@app.command("evaluate", epilog=EVALUATE_EXAMPLES)
def evaluate_(  # noqa: PLR0913, PLR0917 - one argument per option
    inputs: InputArgument,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="OUT", help="The folder to make; it must not exist.")
    ],
    backend: BackendOption = BackendName.DUCKDB,
    spark: SparkOption = "local[*]",
    memory: MemoryOption = "4GB",
    processes: ProcessesOption = None,
    as_of: AsOfOption = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Discard an interrupted run instead of resuming it.")
    ] = False,
    rulebook: RulebooksOption = None,
) -> None:
    """Evaluate a population into a folder.

    The folder holds the outcome of every rule for every patient, and a summary. With several rulebooks it
    holds such a folder for each.
    """
    _require_extras(backend)
    from cds_api.commands.cohort import RunOptions, evaluate_cohort

    options = RunOptions(backend.value, spark, memory, processes, evaluation_day(as_of))
    evaluate_cohort(inputs, rulebook or [], options, output, restart=restart)


@app.command("compare", epilog=COMPARE_EXAMPLES)
def compare_(  # noqa: PLR0913, PLR0917 - one argument per option
    before: Annotated[str, typer.Argument(metavar="RULEBOOK_A", help="The name or folder of one rulebook.")],
    after: Annotated[str, typer.Argument(metavar="RULEBOOK_B", help="The name or folder of the other.")],
    inputs: InputArgument,
    format_: Annotated[
        Format, typer.Option("--format", help="text and html for people, json for programs.")
    ] = Format.TEXT,
    output: OutputOption = None,
    backend: BackendOption = BackendName.DUCKDB,
    spark: SparkOption = "local[*]",
    memory: MemoryOption = "4GB",
    processes: ProcessesOption = None,
    as_of: AsOfOption = None,
) -> None:
    """Show how two rulebooks differ for a population.

    Lists whose outcomes change, so that the impact of a change is known before its release.
    """
    _require_extras(backend)
    from cds_api.commands.cohort import RunOptions, compare_rulebooks

    options = RunOptions(backend.value, spark, memory, processes, evaluation_day(as_of))
    compare_rulebooks(inputs, (before, after), options, format_.value, output)


def _require_extras(backend: BackendName) -> None:
    require_extra("cohort", "cds cohort")
    if backend is BackendName.SPARK:
        require_extra("spark", "cds cohort --backend spark")
