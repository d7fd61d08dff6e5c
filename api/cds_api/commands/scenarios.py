"""``cds scenarios``: runs Gherkin features without any Python from the user."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer
from cds_engine.rulebook import Rulebook, load_rulebook
from cds_engine.scenarios.listing import listing
from cds_engine.scenarios.recorder import run_features
from cds_engine.scenarios.recording import Recording
from cds_engine.scenarios.terminology.reading import SUFFIX as CASES
from cds_engine.scenarios.terminology.shared import shared_cases
from rich.console import Console
from rich.progress import Progress

from cds_api.commands.rulebooks import features_of, open_engine, rulebook_folder


def list_steps(rulebook: str | None) -> None:
    """Print every step with an example."""
    typer.echo(listing(open_engine(rulebook)), nl=False)


def run_scenarios(given: Sequence[Path], rulebook: str | None, url: str | None) -> int:
    """Run the features and print the failures; return 1 if a scenario failed or none was found.

    Args:
        given: feature files or folders; without any, the features of the rulebook and the
            terminology cases of the shared terminologies that it uses.
        rulebook: the rulebook's name or folder; if None, that of the folder in which a feature is, else the
            default one.
        url: the API to evaluate through; an empty text starts one, None evaluates in this process.
    """
    default = rulebook_folder(rulebook)
    paths = given or _all_paths(load_rulebook(default))
    within = rulebook is None and bool(given)
    recording = _run(paths, None if within else default, default, url)
    _print_report(recording)
    return 1 if recording.failures or not recording.scenarios + recording.cases_run else 0


def _all_paths(rulebook: Rulebook) -> list[Path]:
    """Return the features of a rulebook, and the terminology cases of the shared ones that it uses."""
    return [*features_of(rulebook, []), *shared_cases(rulebook)]


def _run(paths: Sequence[Path], rulebook: Path | None, default: Path, url: str | None) -> Recording:
    """Run the features, with a progress bar on a terminal."""
    console = Console(stderr=True)
    if not console.is_terminal:
        return run_features(paths, rulebook, default=default, http=url)
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("scenarios", total=None)
        return run_features(
            paths,
            rulebook,
            default=default,
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
