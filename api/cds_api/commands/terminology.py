"""``cds terminology``: imports vocabularies into a rulebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import typer
from cds_engine.errors import RulebookError
from cds_engine.rulebook.files import TerminologyFile
from cds_engine.rulebook.files.terminology import LIST_NAMES
from cds_engine.rulebook.listed_codes import CODED_SECTIONS, coded_concepts
from cds_engine.rulebook.load import inspect_rulebook
from cds_engine.rulebook.terminology_parts import imported_part
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from cds_api.commands.output import print_error_line, print_problems
from cds_api.commands.rulebooks import rulebook_folder
from cds_api.terminology.closure import ClosedLists, Listed, close
from cds_api.terminology.fhir_server import FhirTerminologyServer
from cds_api.terminology.omop import OmopVocabulary
from cds_api.terminology.source import (
    RXNORM,
    SUPPORTED,
    Descendants,
    Edition,
    ImportFailedError,
    Vocabulary,
)
from cds_api.terminology.source import Progress as Report
from cds_api.terminology.value_sets import Imported, write_value_sets

TIMEOUT = 120.0
"""Seconds that a terminology server may take for one page."""


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """What to import, and what the source does not say about itself."""

    systems: Sequence[str]
    version: str | None
    date: str | None


def import_terminology(source: str, given: str | None, options: ImportOptions) -> int:
    """Import value sets into a rulebook; return 0, or 1 if the rulebook then has problems.

    Raises:
        RulebookError: if the rulebook cannot be read without what an earlier import wrote.
        ImportFailedError: if the source cannot be imported.
    """
    root = rulebook_folder(given)
    rulebook, terminology = _own_terminology(root, options.systems)
    with ExitStack() as stack:
        vocabulary = _open(source, stack)
        report = stack.enter_context(_progress())
        read = [
            _import_system(system, terminology, vocabulary, options, report) for system in options.systems
        ]
    for imported, incomplete in read:
        files = write_value_sets(root, rulebook, imported)
        _print_summary(imported, incomplete, len(files), root)
    _, problems = inspect_rulebook(root)
    print_problems(problems)
    return 1 if problems else 0


def _own_terminology(root: Path, systems: Sequence[str]) -> tuple[str, TerminologyFile]:
    """Return id and terminology of the rulebook, without earlier imports of ``systems``."""
    rulebook, problems = inspect_rulebook(root, leave_out=[imported_part(system) for system in systems])
    if rulebook is None or problems:
        raise RulebookError(problems)
    return rulebook.id, rulebook.terminology


def _open(source: str, stack: ExitStack) -> Vocabulary:
    if source.startswith(("http://", "https://")):
        client = stack.enter_context(httpx.Client(timeout=TIMEOUT, follow_redirects=True))
        return FhirTerminologyServer(source, client)
    folder = Path(source)
    if not folder.is_dir():
        raise ImportFailedError(
            f"{source}: expected the folder of an OMOP vocabulary download, or the URL of a FHIR server"
        )
    return OmopVocabulary(folder)


def _import_system(
    system: str, terminology: TerminologyFile, vocabulary: Vocabulary, options: ImportOptions, report: Report
) -> tuple[Imported, list[str]]:
    """Return what to write for one code system, and the concepts that it is not complete for, with why."""
    uri = SUPPORTED[system]
    name = next((name for name, known in terminology.systems.items() if known.uri == uri), None)
    if name is None:
        raise ImportFailedError(f"the rulebook's terminology does not have the code system {uri}")
    listed = _listed(terminology, name)
    codes = list(dict.fromkeys(code for of in listed.values() for known in of.values() for code in known))
    drugs = {code for known in listed["drugs"].values() for code in known}
    if not codes:
        raise ImportFailedError(f"the rulebook lists no code of {system}, so there is nothing to complete")
    try:
        found = vocabulary.descendants(
            uri, codes, drugs, lambda doing, part: report(f"{system}: {doing}", part)
        )
    except ImportFailedError as error:
        raise ImportFailedError(f"{system}: {error}") from None
    edition = Edition(options.version or found.edition.version, options.date or found.edition.date)
    if edition.version is None:
        raise ImportFailedError(f"the source does not say which version of {system} it has: add --version")
    incomplete: list[str] = []
    sections: dict[str, list[ClosedLists]] = {}
    for section, concepts in listed.items():
        closed = []
        for lists in close(concepts, found.below, found.possible):
            why = _why_incomplete(concepts[lists.concept], found, uri)
            if why:
                incomplete.append(f"{lists.concept}: {why}")
            else:
                closed.append(lists)
        if closed:
            sections[section] = closed
    imported = Imported(system, uri, edition, vocabulary.name, found.displays, sections)
    return imported, incomplete


def _listed(terminology: TerminologyFile, system: str) -> dict[str, dict[str, Listed]]:
    """Return the rulebook's codes of a system by section and concept."""
    found: dict[str, dict[str, Listed]] = {section: {} for section in CODED_SECTIONS}
    for section, concept, coded in coded_concepts(terminology):
        if system in coded.codes:
            lists = coded.codes[system]
            found[section][concept] = {code: name for name in LIST_NAMES for code in lists.named(name)}
    return found


def _why_incomplete(listed: Listed, found: Descendants, uri: str) -> str:
    """Return why the codes below those listed are not all that mean the concept, or an empty text."""
    certain = [code for code, name in listed.items() if name == "is"]
    if not certain:
        return "the rulebook lists no code that is the concept"
    if uri == RXNORM and not any(code in found.ingredients for code in certain):
        return "the rulebook lists no ingredient, only products"
    if not any(code in found.below for code in certain):
        return "the vocabulary has none of the listed codes"
    return ""


def _print_summary(imported: Imported, incomplete: Sequence[str], files: int, root: Path) -> None:
    lists = [lists for concepts in imported.sections.values() for lists in concepts]
    counts = ", ".join(f"{sum(len(each.named(name)) for each in lists)} '{name}'" for name in LIST_NAMES)
    typer.echo(
        f"{imported.system} {imported.edition.version}: {len(lists)} concepts, codes {counts};"
        f" {files} files written to {root}"
    )
    for line in incomplete:
        print_error_line(f"{imported.system} stays incomplete for {line}")


@contextmanager
def _progress() -> Iterator[Callable[[str, float | None], None]]:
    """Yield a function that shows what is being done, on a terminal only."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        tasks = {}

        def report(doing: str, part: float | None) -> None:
            if doing not in tasks:
                tasks[doing] = progress.add_task(doing, total=1.0)
            progress.update(tasks[doing], completed=part)

        yield report
