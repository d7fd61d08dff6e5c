"""The comparison as text for a terminal: the differences of the rulebooks, then of the outcomes."""

from __future__ import annotations

from collections.abc import Iterator

from cds_engine.cohort.report.comparison import Comparison, Move, RuleMoves
from cds_engine.cohort.report.differences import ChangedParameter, Differences
from cds_engine.cohort.report.formatting import (
    TITLES,
    identity,
    listed,
    number,
    patient,
    quantity,
    share,
    wrapped,
)
from cds_engine.cohort.report.text import WIDTH
from cds_engine.errors import printable


def to_text(comparison: Comparison, width: int = WIDTH) -> str:
    """Return the comparison as text; lines are longer than ``width`` only for a single longer word."""
    lines = [
        *_heading(comparison, width),
        *_differences(comparison.differences, width),
        *_changes(comparison, width),
        *listed("Notices", map(printable, comparison.notices), width),
    ]
    for disclaimer in comparison.disclaimers:
        lines += ["", *wrapped(disclaimer, width)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _heading(comparison: Comparison, width: int) -> Iterator[str]:
    patients = comparison.patients
    yield "Two rulebooks on one population, research use only"
    yield ""
    figures = len(number(max(patients, comparison.rejected)))
    yield f"  A             {identity(comparison.a)}"
    yield f"  B             {identity(comparison.b)}"
    yield f"  compared      {number(patients):>{figures}}"
    yield f"  not compared  {number(comparison.rejected):>{figures}}  rejected, and not in any other figure"
    yield f"  as of         {comparison.as_of}, for input without a date"
    inputs = ", ".join(map(printable, comparison.inputs))
    layout = f"{comparison.layout}, counted by {comparison.backend}: {inputs}"
    yield from wrapped(layout, width, "  input         ", " " * 16)
    yield ""
    yield from wrapped(comparison.outcome, width)


def _differences(differences: Differences, width: int) -> Iterator[str]:
    if not differences:
        yield from ("", "The rulebooks do not differ in any outcome or advisory.")
        return
    yield from listed("Parameters that differ", map(_parameter, differences.parameters), width)
    yield from listed("Rules of B only", differences.added, width)
    yield from listed("Rules of A only", differences.removed, width)
    changed = (f"{changed.rule}: {', '.join(changed.why)}" for changed in differences.changed)
    yield from listed("Rules that differ", changed, width)
    if differences.terminology:
        yield ""
        yield "The terminology differs: codes, units or plausible ranges."


def _parameter(changed: ChangedParameter) -> str:
    a, b = ("none" if found is None else found for found in (changed.a, changed.b))
    return f"{changed.name}: {a} -> {b} ({changed.title})"


def _changes(comparison: Comparison, width: int) -> Iterator[str]:
    if comparison.changed:
        rules = quantity(len(comparison.rules), "rule")
        yield ""
        yield f"Changes for patients, by {len(comparison.changed)} of {rules}"
        for found in comparison.changed:
            yield ""
            yield from _rule(found, comparison.patients, width)
    yield ""
    yield f"{quantity(comparison.unchanged, 'rule')} without changes"


def _rule(found: RuleMoves, patients: int, width: int) -> Iterator[str]:
    yield from wrapped(f"{found.rule.id}: {found.rule.file.title}", width, "  ", "    ")
    parts = (("gain", found.gains), ("lose", found.losses), ("change otherwise", found.others))
    parts_text = ", ".join(f"{number(count)} {what}" for what, count in parts if count)
    yield f"    {parts_text}"
    figures = max(len(number(move.patients)) for move in found.changes)
    for move in found.changes:
        yield f"      {number(move.patients):>{figures}}  {share(move.patients, patients):>7}  {_arrow(move)}"
        if move.examples:
            named = ", ".join(f"{patient(name)} ({as_of})" for name, as_of in move.examples)
            yield from wrapped(f"such as {named}", width, " " * (figures + 17))


def _arrow(move: Move) -> str:
    return f"{TITLES[move.before]} -> {TITLES[move.after]}"
