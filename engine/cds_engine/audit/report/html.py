"""The audit as one HTML file that needs nothing else: for screen, paper and ear."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, StrictUndefined, select_autoescape

from cds_engine.audit.report.text import TITLES
from cds_engine.audit.result import KINDS, AuditResult, Goal, Subject, Total

_MARKS = {"true": "T", "false": "F", "unknown": "U"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of the matrix: what it says, how it is coloured."""

    text: str
    state: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of YAML, with the conditions that stand in it and what each was seen to be."""

    number: int
    text: str
    state: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One rule or finding as the page shows it."""

    subject: Subject
    cells: tuple[Cell, ...]
    lines: tuple[Line, ...]


def to_html(result: AuditResult) -> str:
    """Return the page."""
    environment = Environment(
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    template = environment.from_string(
        files("cds_engine.audit.report").joinpath("page.html.j2").read_text(encoding="utf-8")
    )
    return template.render(
        result=result,
        kinds=KINDS,
        titles=TITLES,
        rows=list(_rows(result)),
        witness=lambda record: json.dumps(record, indent=2, ensure_ascii=False),
    )


def _rows(result: AuditResult) -> Iterator[Row]:
    for subject in result.subjects:
        yield Row(subject, tuple(_cells(result, subject)), tuple(_lines(result, subject)))


def _cells(result: AuditResult, subject: Subject) -> Iterator[Cell]:
    outcomes = {target.want: target for target in result.of("outcome", subject.name)}
    for want in ("fired", "not_met", "not_evaluable", "not_applicable"):
        target = outcomes.get(want)
        yield Cell("", "none") if target is None else _seen(target)
    for kind in ("condition", "mcdc", "boundary", "mutation"):
        yield _share(result.total(kind, subject.name))


def _seen(target: Goal) -> Cell:
    if target.covered:
        return Cell(str(len(target.seen_in)), "full")
    return Cell("never", "missing") if target.excused is None else Cell("cannot", "none")


def _share(total: Total) -> Cell:
    if total.of == 0:
        return Cell("", "none")
    state = "full" if total.covered == total.of else "part" if total.covered else "missing"
    return Cell(f"{total.covered}/{total.of}", state)


def _lines(result: AuditResult, subject: Subject) -> Iterator[Line]:
    truths = list(result.of("condition", subject.name))
    others = [*result.of("mcdc", subject.name), *result.of("boundary", subject.name)]
    for number, text in subject.source:
        here = [condition for condition in subject.conditions if condition.line == number]
        indexes = {condition.index for condition in here}
        states = [target for target in truths if target.index in indexes]
        missing = [target for target in (*states, *others) if target.index in indexes and target.missing]
        notes = [
            f"{condition.text}: {_truths([t for t in states if t.index == condition.index])}"
            for condition in here
        ]
        notes += [f"missing: {target.label}" for target in missing]
        state = "none" if not here else "full" if not missing else "part"
        if here and not any(target.covered for target in states):
            state = "missing"
        yield Line(number, text, state, tuple(notes))


def _truths(targets: list[Goal]) -> str:
    return ", ".join(
        f"{_MARKS[target.want]} {target.want} {len(target.seen_in)} times"
        if target.counted
        else f"{_MARKS[target.want]} {target.want} cannot be"
        for target in targets
    )
