"""A timeline as tables of texts, for people who do not see its picture and for plain text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from cds_engine.quantities.numbers import plain
from cds_engine.timeline.models import Timeline
from cds_engine.timeline.picture import Picture, Row

DUE = "Due if nothing else is recorded"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of texts; every row has a text for each column."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def timeline_tables(picture: Picture, timeline: Timeline) -> tuple[Table, ...]:
    """Return everything that a picture shows as tables; those without rows are left out."""
    tables = (
        Table("Drugs", ("drug", "dose and time"), tuple(_rows(picture.drugs))),
        Table("Conditions", ("condition", "time"), tuple(_rows(picture.conditions))),
        Table("Symptoms", ("symptom", "time"), tuple(_rows(picture.symptoms))),
        Table("Results", ("date", "result", "value"), tuple(_results(picture))),
        Table("Advisories", ("from", "to", "indicator", "advisory", "rule"), tuple(_advisories(timeline))),
        Table(
            "Due if nothing else is recorded", ("by", "or from", "advisory", "rule"), tuple(_due(timeline))
        ),
    )
    return tuple(table for table in tables if table.rows)


def _rows(rows: Iterable[Row]) -> Iterator[tuple[str, str]]:
    for row in rows:
        for bar in row.bars:
            yield row.label, f"{bar.label}{' (perhaps)' if bar.perhaps else ''}"


def _results(picture: Picture) -> Iterator[tuple[str, str, str]]:
    for series in picture.series:
        for day, value in series.points:
            yield day.isoformat(), series.label, f"{plain(value)} {series.unit}"


def _advisories(timeline: Timeline) -> Iterator[tuple[str, ...]]:
    for each in timeline.advisories:
        yield (
            f"{'before ' if each.began_before else ''}{each.begin}",
            f"{'after ' if each.continues else ''}{each.end}",
            each.indicator,
            each.title,
            each.rule,
        )


def _due(timeline: Timeline) -> Iterator[tuple[str, ...]]:
    for each in timeline.due:
        yield each.by.isoformat(), each.date.isoformat(), each.summary, each.rule
