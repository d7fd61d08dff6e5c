"""``cds rules diff``: what differs in meaning between two rulebooks."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from cds_engine.audit.difference import compare_rulebooks
from cds_engine.audit.difference.markdown import to_markdown
from cds_engine.audit.difference.report import to_json, to_text
from cds_engine.audit.difference.result import PatientChanges
from cds_engine.audit.difference.scenarios import compare_scenarios
from cds_engine.rulebook import Rulebook, load_rulebook
from cds_engine.rulebook.shipped import find_rulebook

from cds_api.commands.output import write_output

Format = Literal["text", "json", "markdown"]


@dataclass(frozen=True, slots=True)
class DifferenceOptions:
    """What to compare besides the rulebooks themselves."""

    features: Sequence[Path]
    """Feature files or folders; without any, the features of the first rulebook, if it has some."""
    scenarios: bool
    """Whether to run scenarios with both rulebooks."""
    population: Sequence[str]
    """Records, facts or a folder of tables to evaluate with both; without any, none."""
    as_of: datetime.date
    """The day for patients without a date."""


def show_difference(
    before: str, after: str, options: DifferenceOptions, format_: Format, output: Path | None
) -> None:
    """Print what differs between two rulebooks, each a folder or the name of a shipped rulebook."""
    books = tuple(load_rulebook(find_rulebook(name)) for name in (before, after))
    one, other = books
    difference = compare_rulebooks(one, other)
    features = options.features or ([one.features] if one.features.is_dir() else [])
    if options.scenarios and features:
        difference = replace(difference, scenarios=compare_scenarios(one, other, features))
    if options.population:
        patients = _patients((one, other), options.population, options.as_of)
        difference = replace(difference, patients=patients)
    render = {"text": to_text, "json": to_json, "markdown": to_markdown}[format_]
    write_output(render(difference), output)


def _patients(books: tuple[Rulebook, Rulebook], inputs: Sequence[str], day: datetime.date) -> PatientChanges:
    """Return how many patients of a population change."""
    # The population needs an extra, which the command has looked for.
    from cds_api.commands.cohort import RunOptions, compare_on_population

    found = compare_on_population(inputs, books, RunOptions("duckdb", "", "4GB", None, day))
    rules = ((moved.rule.id, moved.gains, moved.losses, moved.others) for moved in found.changed)
    return PatientChanges(found.patients, found.affected, tuple(rules))
