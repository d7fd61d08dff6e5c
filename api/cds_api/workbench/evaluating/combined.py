"""A record with the answer of several rulebooks, as the Evaluate page shows it."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from cds_engine.answer.combined import CombinedEvaluation
from cds_engine.combined import evaluate_with_all
from cds_engine.errors import ProblemsError
from cds_engine.evaluate import Engine
from cds_engine.fhir import is_fhir
from cds_engine.record.json_text import parse_json

from cds_api.workbench.evaluating import views
from cds_api.workbench.evaluating.lines import Lines, remarks_of
from cds_api.workbench.evaluating.record_text import format_json
from cds_api.workbench.evaluating.workspace import SOURCE, Workspace, read_text

ALONE = "alone"
"""What a form asks for that takes a record of several rulebooks to one of them."""
HISTORY = "history"


@dataclass(frozen=True, slots=True)
class NamedView:
    """An advisory with the rulebook that it comes from."""

    rulebook: str
    view: views.AdvisoryView


@dataclass(frozen=True)
class CombinedWorkspace:
    """A record that several rulebooks evaluated, with the answer of all and the part of each."""

    text: str
    evaluation: CombinedEvaluation
    parts: Mapping[str, Workspace]
    """The record with the answer of each rulebook, by rulebook."""
    is_bundle: bool

    @cached_property
    def advisories(self) -> tuple[NamedView, ...]:
        """The advisories of all rulebooks, the most serious first."""
        found = {
            (name, view.advisory.rule): view
            for name, part in self.parts.items()
            for view in views.advisories(part)
        }
        return tuple(
            NamedView(each.rulebook, found[each.rulebook, each.rule]) for each in self.evaluation.advisories
        )

    def count(self, rulebook: str, indicator: str) -> int:
        """Return how many advisories of a rulebook have an indicator."""
        return sum(
            each.rulebook == rulebook and each.indicator == indicator for each in self.evaluation.advisories
        )

    @cached_property
    def lines(self) -> Lines:
        """The lines of the record, with the notices and the values behind the advisories of all."""
        used = dict.fromkeys(at for part in self.parts.values() for at in part.used)
        return Lines(self.text, remarks_of(self.evaluation.notices, used))


def open_combined(
    engines: Sequence[Engine], text: str, moment: datetime.date
) -> CombinedWorkspace | Workspace:
    """Evaluate a text with several rulebooks; return what is wrong with it if it cannot be evaluated.

    Args:
        engines: the engines of the rulebooks, in the order of the answer.
        text: the text.
        moment: the day or the time to evaluate for, if the record has none.
    """
    text, document, result, problems = read_text(
        text, lambda document: evaluate_with_all(engines, document, moment, source=SOURCE)
    )
    if result is None:
        return Workspace(engines[0], text, moment, document, None, problems)
    parts = {
        engine.rulebook.id: Workspace(
            engine, text, moment, document_for(engine, document), result.parts[engine.rulebook.id]
        )
        for engine in engines
    }
    return CombinedWorkspace(text, result.evaluation, parts, is_fhir(document))


def document_for(engine: Engine, document: object) -> object:
    """Return a document that one rulebook can read: its history without the fields of other rulebooks."""
    history = document.get(HISTORY) if isinstance(document, dict) and not is_fhir(document) else None
    if not isinstance(document, dict) or not isinstance(history, dict):
        return document
    kept = {name: value for name, value in history.items() if name in engine.history_fields}
    return document if len(kept) == len(history) else {**document, HISTORY: kept}


def text_for(engine: Engine, text: str) -> str:
    """Return the text of a record that one rulebook can read; the same text unless that needs a change."""
    try:
        document = parse_json(text.encode("utf-8", "replace"), SOURCE)
    except ProblemsError:
        return text
    changed = document_for(engine, document)
    return text if changed is document else format_json(changed)


@dataclass(frozen=True, slots=True)
class SharedExample:
    """An example record for which several rulebooks have advisories."""

    example: views.Example
    rulebooks: tuple[str, ...]


def shared_examples(engines: Sequence[Engine], moment: datetime.date) -> Iterator[SharedExample]:
    """Yield the examples for which at least two of the rulebooks have an advisory, named ``rulebook/name``.

    Args:
        engines: the engines of the rulebooks.
        moment: the day or the time to evaluate for, if an example has none.
    """
    for engine in engines if len(engines) > 1 else ():
        for example in views.examples(engine.rulebook):
            opened = open_combined(engines, example.text, moment)
            if isinstance(opened, Workspace):
                continue
            about = [name for name, part in opened.parts.items() if part.evaluation.outcomes.fired]
            if len(about) > 1:
                named = replace(example, name=f"{engine.rulebook.id}/{example.name}")
                yield SharedExample(named, tuple(about))
