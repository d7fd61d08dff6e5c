"""The summary as text for a terminal: patients, the outcomes of each rule, and missing facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from cds_engine.cohort.report.formatting import (
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
from cds_engine.cohort.report.summary import RuleCounts, Summary
from cds_engine.errors import printable
from cds_engine.language.kleene import OUTCOMES

WIDTH = 100
MOST_LISTED = 10
"""How many facts are listed; the JSON and HTML reports have all of them."""
_BAR = 40
_GAP = "  "


def to_text(summary: Summary, width: int = WIDTH) -> str:
    """Return the summary as text; lines are longer than ``width`` only for a single longer word."""
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
    yield f"  rejected   {number(counts.rejected):>{figures}}  not in any other figure"
    yield f"  rules      {rules}, of which {silent} fired for no patient"
    yield f"  as of      {summary.as_of}, for input without a date"
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
    """Yield a table for each family; a rule takes two lines if its id and figures do not fit in one."""
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
    yield from wrapped("Missing facts that would settle most rules: patients and percent", width)
    for item in summary.missing[:MOST_LISTED]:
        lead = f"  {number(item.count):>{figures}}  {share(item.count, patients):>7}  "
        yield from wrapped(f"{item.question} ({item.fact.name})", width, lead, " " * len(lead))
    if len(summary.missing) > MOST_LISTED:
        yield f"  and {quantity(len(summary.missing) - MOST_LISTED, 'more fact')}"


def _unused(summary: Summary, width: int) -> Iterator[str]:
    items = (
        f"{item.fact.name}: {quantity(item.count, 'value')} ({item.fact.title})" for item in summary.unused
    )
    yield from listed("Values outside the plausible range, treated as unknown", items, width)
