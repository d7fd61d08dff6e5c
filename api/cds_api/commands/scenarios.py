"""``cds scenarios``: runs Gherkin features without any Python from the user."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer
from cds_engine.scenarios.listing import listing
from cds_engine.scenarios.recorder import run_features
from cds_engine.scenarios.recording import Recording
from cds_engine.scenarios.terminology.reading import SUFFIX as CASES
from cds_engine.scenarios.terminology.shared import shared_cases
from rich.console import Console
from rich.progress import Progress

from cds_api.commands.rulebooks import open_engine, open_rulebook, rulebook_folder


def list_steps(rulebook: Path | None) -> None:
    """Print every step with an example."""
    typer.echo(listing(open_engine(rulebook)), nl=False)


def run_scenarios(paths: Sequence[Path], rulebook: Path | None, url: str | None) -> int:
    """Run the features and print the failures; return 1 if a scenario failed or none was found.

    Args:
        paths: feature files or folders; without any, those of the folder ``features`` and the terminology
            cases of the shared terminologies that the rulebook uses.
        rulebook: the rulebook's folder, or None for the shipped one.
        url: the API to evaluate through; an empty text starts one, None evaluates in this process.
    """
    paths = paths or [Path("features"), *shared_cases(open_rulebook(rulebook))]
    recording = _run(paths, rulebook_folder(rulebook), url)
    _print_report(recording)
    return 1 if recording.failures or not recording.scenarios + recording.cases_run else 0


def _run(paths: Sequence[Path], rulebook: Path, url: str | None) -> Recording:
    """Run the features, with a progress bar on a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return run_features(paths, rulebook, http=url)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("scenarios", total=None)
        return run_features(
            paths,
            rulebook,
            http=url,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )


def _print_report(recording: Recording) -> None:
    """Print each failure, then how many scenarios ran and failed."""
    for failure in recording.failures:
        typer.echo(f"{failure.message.rstrip()}\n")
    failed = len(recording.failures)
    named = {example.feature for example in recording.examples}
    named |= {case.feature for case in recording.cases}
    named |= {failure.feature for failure in recording.failures}
    cases = {name for name in named if name.endswith(CASES)}
    ran = []
    if recording.scenarios or not recording.cases_run:
        files = _counted(len(named - cases), "feature file")
        ran.append(f"{_counted(recording.scenarios, 'scenario')} in {files}")
    if recording.cases_run:
        ran.append(f"{_counted(recording.cases_run, 'terminology case')} in {_counted(len(cases), 'file')}")
    result = f"{failed or 'none'} failed, in {recording.seconds:.1f} s"
    typer.echo(f"{' and '.join(ran)}, {result}. For research use only.")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
