"""``cds scenarios``: Gherkin features, the user's own too, with no Python written."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from cds_engine.scenarios.listing import listing
from cds_engine.scenarios.recorder import run_features
from cds_engine.scenarios.recording import Recording
from rich.console import Console
from rich.progress import Progress

from cds_api.cli.options import RulebookOption, open_engine, rulebook_path

FEATURES = Path("features")
EXAMPLES = """Examples:

\b
  cds scenarios
  cds scenarios my.feature
  cds scenarios features/monitoring --rulebook rules/my-rulebook
  cds scenarios my.feature --http
  cds scenarios my.feature --http --url http://127.0.0.1:8000
  cds scenarios --steps
"""


def scenarios(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="[PATH...]", help="Feature files, or folders of them; features/ if not given."
        ),
    ] = None,
    steps: Annotated[
        bool, typer.Option("--steps", help="List every step with an example, and stop.")
    ] = False,
    http: Annotated[
        bool,
        typer.Option("--http", help="Evaluate through the API, started for the run unless --url is given."),
    ] = False,
    url: Annotated[
        str | None,
        typer.Option("--url", metavar="URL", help="The running API that scenarios over HTTP go to."),
    ] = None,
    rulebook: RulebookOption = None,
) -> int:
    """Run clinical scenarios and say which do not hold, and why."""
    if steps:
        typer.echo(listing(open_engine(rulebook)), nl=False)
        return 0
    if url is not None and not http:
        raise typer.BadParameter("--url goes with --http")
    recording = _run(paths or [FEATURES], rulebook_path(rulebook), (url or "") if http else None)
    report(recording)
    return 1 if recording.failures or not recording.scenarios else 0


def _run(paths: list[Path], rulebook: Path, http: str | None) -> Recording:
    """Run the features, with a bar on a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return run_features(paths, rulebook, http=http)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("scenarios", total=None)
        return run_features(
            paths,
            rulebook,
            http=http,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )


def report(recording: Recording) -> None:
    """Print what failed, each in its own terms, and the count."""
    for failure in recording.failures:
        typer.echo(f"{failure.message.rstrip()}\n")
    failed = len(recording.failures)
    ran = _counted(recording.scenarios, "scenario")
    features = {example.feature for example in recording.examples}
    features |= {failure.feature for failure in recording.failures}
    files = _counted(len(features), "feature file")
    typer.echo(
        f"{ran} in {files}, {failed or 'none'} failed, in {recording.seconds:.1f} s. For research use only."
    )


def _counted(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
