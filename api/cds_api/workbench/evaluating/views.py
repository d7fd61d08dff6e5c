"""Advisories, rules and example records as the Evaluate page shows them."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cds_engine.answer.models import INDICATORS, Advisory
from cds_engine.answer.phrases import reason
from cds_engine.explain import RuleTree, document_trees
from cds_engine.language.kleene import Outcome
from cds_engine.rulebook.model import Rulebook

from cds_api.workbench.evaluating.workspace import SOURCE, Workspace

OUTCOMES: tuple[Outcome, ...] = ("fired", "not_evaluable", "not_met", "not_applicable")
"""The outcomes in the order in which the page lists rules."""
OUTCOME_TEXTS: Mapping[Outcome, str] = {
    "fired": "Both conditions are true: each of these rules has an advisory.",
    "not_evaluable": "These rules could still fire: they lack data.",
    "not_met": "What these rules look for is not there.",
    "not_applicable": "These rules are not about such a patient.",
}
_SECTIONS = {
    "medications": "drug",
    "observations": "result",
    "conditions": "condition",
    "symptoms": "symptom",
}


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason of an advisory, and the lines of the record that its value comes from."""

    text: str
    lines: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AdvisoryView:
    """An advisory with its reasons; ``sources`` are the short names of its sources by claim."""

    advisory: Advisory
    reasons: tuple[Reason, ...]
    sources: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RuleView:
    """A rule for one record."""

    id: str
    title: str
    indicator: str
    tree: RuleTree


@dataclass(frozen=True, slots=True)
class Example:
    """An example record of the rulebook."""

    name: str
    title: str
    summary: str
    text: str


def count_indicators(indicators: Iterable[str]) -> dict[str, int]:
    """Return how often each indicator occurs, the most serious first."""
    found = Counter(indicators)
    return {name: found[name] for name in INDICATORS}


def advisories(workspace: Workspace) -> tuple[AdvisoryView, ...]:
    """Return the advisories of an evaluation."""
    rulebook = workspace.engine.rulebook
    return tuple(
        AdvisoryView(
            advisory,
            tuple(
                Reason(reason(rulebook, because), workspace.lines_of(because.fact, because.sources))
                for because in advisory.because
            ),
            {
                item.claim: rulebook.evidence.sources[rulebook.evidence.claims[item.claim].source].short
                for item in advisory.evidence
            },
        )
        for advisory in workspace.evaluation.advisories
    )


def rules(workspace: Workspace) -> Mapping[Outcome, tuple[RuleView, ...]]:
    """Return every active rule by its outcome."""
    rulebook = workspace.engine.rulebook
    trees = document_trees(workspace.engine, workspace.document, workspace.moment, source=SOURCE)
    found: dict[Outcome, list[RuleView]] = {outcome: [] for outcome in OUTCOMES}
    for id_, outcome in sorted(workspace.evaluation.outcomes.by_rule.items()):
        file = rulebook.rules[id_].file
        found[outcome].append(RuleView(id_, file.title, file.advisory.indicator, trees[id_]))
    return {outcome: tuple(views) for outcome, views in found.items()}


def examples(rulebook: Rulebook) -> tuple[Example, ...]:
    """Return the example records of a rulebook, described by what is in them."""
    paths = sorted((rulebook.root / "examples").glob("*.json"))
    texts = {path.stem: path.read_text(encoding="utf-8") for path in paths}
    return tuple(
        Example(name, name.replace("-", " ").capitalize(), _summary(json.loads(text)), text)
        for name, text in texts.items()
    )


def _summary(record: Mapping[str, object]) -> str:
    counts = []
    for section, name in _SECTIONS.items():
        entries = record.get(section)
        if isinstance(entries, list):
            counts.append(f"{len(entries) or 'no'} {name}{'' if len(entries) == 1 else 's'}")
    return ", ".join(counts) or "nothing is known"
