"""A timeline as plain text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from cds_engine.answer.phrases import RESEARCH_USE
from cds_engine.answer.text import WIDTH
from cds_engine.errors import printable
from cds_engine.timeline.models import Timeline


def timeline_text(timeline: Timeline) -> str:
    """Return ``timeline`` as text: each advisory with its days, what falls due, and the notices."""
    return "\n".join(_lines(timeline))


def _lines(timeline: Timeline) -> Iterator[str]:
    patient, book = timeline.patient_id or "no patient id", timeline.rulebook
    yield f"{printable(patient)}, {timeline.begin} to {timeline.end}, {book.id} {book.version}"
    yield RESEARCH_USE
    yield ""
    if not timeline.advisories:
        yield "No advisory."
    for each in timeline.advisories:
        begin = "..." if each.began_before else each.begin.isoformat()
        end = "..." if each.continues else each.end.isoformat()
        yield f"{begin:<10} to {end:<10}  {each.indicator:<8}  {each.rule}"
    yield ""
    yield f"Due if nothing else is recorded, until {timeline.due_until}"
    yield from _items(
        f"by {due.by}, or from {due.date} on: {due.summary} ({due.rule})" for due in timeline.due
    )
    if not timeline.due:
        yield "  nothing"
    if timeline.notices:
        yield ""
        yield "Data ignored, changed or without a date"
        yield from _items(f"{notice.pointer}: {notice.message}" for notice in timeline.notices)
    yield ""
    yield from textwrap.wrap(timeline.disclaimer, WIDTH)


def _items(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from textwrap.wrap(
            printable(text),
            WIDTH,
            initial_indent="  - ",
            subsequent_indent="    ",
            break_long_words=False,
            break_on_hyphens=False,
        )
