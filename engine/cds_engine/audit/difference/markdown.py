"""What differs between two rulebooks as Markdown, for a comment on a pull request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from cds_engine.audit.difference.report import NOTHING, title, verdict_text
from cds_engine.audit.difference.result import (
    KINDS,
    Compared,
    DataChange,
    PatientChanges,
    RulebookDifference,
    ScenarioChanges,
)


def to_markdown(difference: RulebookDifference) -> str:
    """Return the differences as Markdown, for a comment on a pull request."""
    return "\n".join(_markdown(difference)) + "\n"


def _markdown(difference: RulebookDifference) -> Iterator[str]:
    yield f"## {title(difference)}"
    if difference.is_equal:
        yield ""
        yield "Nothing differs."
    yield from _patients_markdown(difference.patients)
    for kind in KINDS:
        items = list(difference.of(kind))
        differing = [item for item in items if not item.is_equal]
        if not differing:
            continue
        yield ""
        yield f"### {kind.capitalize()}s: {len(differing)} of {len(items)} differ"
        yield ""
        yield f"| {kind} | verdict | before | after |"
        yield "|---|---|---|---|"
        for item in differing:
            shown = [(witness.before, witness.after) for witness in item.witnesses]
            before, after = ("<br>".join(side) for side in zip(*shown, strict=True)) if shown else ("", "")
            yield f"| `{item.name}` | {_cell(verdict_text(item))} | {_cell(before)} | {_cell(after)} |"
        for item in differing:
            yield from _details(item)
    if difference.data:
        yield ""
        yield f"### Terminology, evidence and other data: {len(difference.data)} values differ"
        yield ""
        yield from _texts(difference.data)
    yield from _scenarios_markdown(difference.scenarios)
    yield ""
    yield f"> {difference.disclaimer}"


def _patients_markdown(patients: PatientChanges | None) -> Iterator[str]:
    if patients is None:
        return
    yield ""
    yield f"### Patients: {patients.affected} of {patients.patients} gain or lose an advisory"
    if patients.rules:
        yield ""
        yield "| rule | gain it | lose it | change otherwise |"
        yield "|---|--:|--:|--:|"
        for rule, gains, losses, others in patients.rules:
            yield f"| `{rule}` | {gains} | {losses} | {others} |"


def _scenarios_markdown(scenarios: ScenarioChanges | None) -> Iterator[str]:
    if scenarios is None:
        return
    yield ""
    yield f"### Scenarios: {len(scenarios.changed)} of {scenarios.ran} change"
    if not scenarios.changed:
        return
    yield ""
    yield "<details><summary>Scenarios that change</summary>"
    yield ""
    yield "| scenario | at | rules | fails |"
    yield "|---|---|---|---|"
    for change in scenarios.changed:
        rules = "<br>".join(f"`{rule}`: {before} becomes {after}" for rule, before, after in change.rules)
        yield f"| {_cell(change.name)} | `{change.place}` | {rules} | {_cell(change.failure)} |"
    yield "</details>"


def _texts(changes: Iterable[DataChange], item: Compared | None = None) -> Iterator[str]:
    """Yield a table of what is written differently, before and after side by side."""
    yield "| where | before | after |"
    yield "|---|---|---|"
    for change in changes:
        place = change.pointer if item is not None else f"{change.file}{change.pointer}"
        cells = (NOTHING if value is None else value for value in (change.before, change.after))
        yield f"| `{place}` | {' | '.join(map(_cell, cells))} |"
    yield ""


def _details(item: Compared) -> Iterator[str]:
    """Yield the texts and records of one item, folded away."""
    if not (item.changes or item.witnesses):
        return
    yield ""
    yield f"<details><summary>{item.name}</summary>"
    yield ""
    if item.changes:
        yield from _texts(item.changes, item)
    for witness in item.witnesses:
        yield f"Before {witness.before}, after {witness.after}, confirmed by the engine for this record:"
        yield ""
        yield from _code("json", json.dumps(witness.record, indent=2, ensure_ascii=False))
    yield "</details>"


def _code(language: str, text: str) -> Iterator[str]:
    yield f"```{language}"
    yield text
    yield "```"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
