"""The summary for people at a terminal: who was counted, what each rule came to, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cds_engine.cohort.report.summary import RuleCounts, Summary
from cds_engine.cohort.report.writing import (
    TITLES,
    identity,
    listed,
    number,
    percent,
    quantity,
    share,
    shorten,
    wrapped,
)
from cds_engine.errors import printable
from cds_engine.language.kleene import OUTCOMES

WIDTH = 100
SHOWN = 10
"""How many facts are listed; the JSON and HTML reports have them all."""
_BAR = 40
_GAP = "  "


def to_text(summary: Summary, width: int = WIDTH) -> str:
    """Return the summary as text, in lines of at most ``width`` where no single word is longer."""
    lines = [
        *_heading(summary, width),
        *_ages(summary),
        *_rules(summary, width),
        *_missing(summary, width),
        *_unused(summary, width),
        *listed("Notices", map(printable, summary.notices), width),
        "",
        *wrapped(summary.rulebook.file.disclaimer, width),
    ]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _heading(summary: Summary, width: int) -> Iterator[str]:
    counts, rules = summary.counts, len(summary.rules)
    silent = rules - len(summary.by_fired)
    yield f"{identity(summary.rulebook)}, research use only"
    yield ""
    figures = len(number(max(counts.patients, counts.rejected)))
    yield f"  patients   {number(counts.patients):>{figures}}"
    yield f"  rejected   {number(counts.rejected):>{figures}}  in no other figure here"
    yield f"  rules      {rules}, of which {silent} fired for nobody"
    yield f"  as of      {summary.as_of}, where the input has no date of its own"
    inputs = ", ".join(map(printable, summary.inputs))
    yield from wrapped(
        f"{summary.layout}, counted by {summary.backend}: {inputs}", width, "  input      ", " " * 13
    )


def _ages(summary: Summary) -> Iterator[str]:
    patients, most = summary.counts.patients, max(summary.ages.values())
    figures = len(number(patients))
    yield ""
    yield "Ages, in years"
    for band, count in summary.ages.items():
        bar = "#" * -(-count * _BAR // most) if count else ""
        yield f"  {band:<8}{number(count):>{figures}}  {share(count, patients):>7}  {bar}"


def _rules(summary: Summary, width: int) -> Iterator[str]:
    """Yield a table for each family; a rule takes two lines where its id and its figures need them."""
    figures = [_figures(counts, summary.counts.patients) for counts in summary.rules]
    columns = [
        max([len(TITLES[outcome]), *(len(cells[place]) for cells in figures)])
        for place, outcome in enumerate(OUTCOMES)
    ]
    needed = sum(len(_GAP) + column for column in columns)
    longest = max((len(counts.rule.id) for counts in summary.rules), default=0)
    together = len(_GAP) + longest + needed <= width
    lead = len(_GAP) + longest if together else max(0, width - needed)
    for family, rules in summary.families:
        yield ""
        yield f"{family.title}: patients and percent"
        yield " " * lead + _row((TITLES[outcome] for outcome in OUTCOMES), columns)
        for counts in rules:
            row = _row(_figures(counts, summary.counts.patients), columns)
            name = _GAP + counts.rule.id
            if together:
                yield name.ljust(lead) + row
            else:
                yield shorten(f"{name}{_GAP}{counts.rule.file.title}", width)
                yield " " * lead + row


def _figures(counts: RuleCounts, patients: int) -> Sequence[str]:
    return [f"{number(count)} {percent(count, patients):>5}" for count in counts.outcomes.values()]


def _row(cells: Iterable[str], columns: Iterable[int]) -> str:
    return "".join(f"{_GAP}{cell:>{column}}" for cell, column in zip(cells, columns, strict=True))


def _missing(summary: Summary, width: int) -> Iterator[str]:
    if not summary.missing:
        return
    patients = summary.counts.patients
    figures = len(number(summary.missing[0].count))
    yield ""
    yield from wrapped(
        "Not known, though some rule could still fire with it: patients and percent, the fact that would "
        "settle something for most patients first",
        width,
    )
    for item in summary.missing[:SHOWN]:
        lead = f"  {number(item.count):>{figures}}  {share(item.count, patients):>7}  "
        yield from wrapped(f"{item.question} ({item.fact.name})", width, lead, " " * len(lead))
    if len(summary.missing) > SHOWN:
        yield f"  and {quantity(len(summary.missing) - SHOWN, 'more fact')}"


def _unused(summary: Summary, width: int) -> Iterator[str]:
    items = (
        f"{item.fact.name}: {quantity(item.count, 'value')} ({item.fact.title})" for item in summary.unused
    )
    yield from listed("Not used, because outside the plausible range", items, width)
