"""What a picture of a timeline shows: what the record says, results with thresholds, and advisories."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from cds_engine.answer.models import INDICATORS, Indicator
from cds_engine.evaluate import Engine
from cds_engine.language.queries import Query
from cds_engine.record.chart import Chart, Entry, build_chart
from cds_engine.record.models import Record
from cds_engine.record.moments import day_of
from cds_engine.rulebook.text import format_value
from cds_engine.timeline.models import Due, Timeline
from cds_engine.timeline.thresholds import Band, Threshold, bands, thresholds

_AHEAD = datetime.timedelta(days=92)
"""How far ahead due dates are drawn; half as far as the timeline is long, if that is more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """A stretch of days from ``begin`` until before ``end``.

    ``begin`` is None if it began before the picture or on an unknown day, ``end`` if it goes on or ended on
    an unknown day; where the day is unknown, ``fades_in`` or ``fades_out``. ``perhaps`` is True if it is not
    known whether there was anything at all. ``label`` describes it, ``text`` is what stands in it, ``kind``
    is what it shows.
    """

    begin: datetime.date | None
    end: datetime.date | None
    label: str
    kind: str
    text: str = ""
    fades_in: bool = False
    fades_out: bool = False
    perhaps: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the picture; ``due`` is marked on it."""

    label: str
    bars: tuple[Bar, ...]
    indicator: Indicator | None = None
    due: Due | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """The results of one observation."""

    label: str
    unit: str
    points: tuple[tuple[datetime.date, Decimal], ...]
    thresholds: tuple[Threshold, ...]
    bands: tuple[Band, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is drawn, from ``begin`` to ``end``; ``as_of`` is the day of the evaluation."""

    begin: datetime.date
    end: datetime.date
    as_of: datetime.date
    drugs: tuple[Row, ...]
    conditions: tuple[Row, ...]
    symptoms: tuple[Row, ...]
    series: tuple[Series, ...]
    advisories: tuple[Row, ...]
    later: tuple[Due, ...]
    """What falls due after ``end``."""


def timeline_picture(engine: Engine, record: Record, timeline: Timeline) -> Picture:
    """Return what a picture of ``timeline`` shows; it is the timeline of ``record``.

    Only what the rulebook certainly knows is drawn.
    """
    as_of = day_of(timeline.as_of)
    undated = record.model_copy(update={"as_of": None})
    moment = timeline.as_of if timeline.end == as_of else timeline.end
    chart = build_chart(undated, moment, engine.vocabulary, "record")
    drawn = _Drawing(engine, record, chart, timeline)
    ahead = max(_AHEAD, (timeline.end - timeline.begin) / 2)
    soon = [due.date for due in timeline.due if due.date - as_of <= ahead]
    end = max([timeline.end, *soon])
    return Picture(
        begin=timeline.begin,
        end=end,
        as_of=as_of,
        drugs=tuple(drawn.drugs()),
        conditions=tuple(drawn.conditions()),
        symptoms=tuple(drawn.symptoms()),
        series=tuple(drawn.series()),
        advisories=tuple(_advisories(timeline)),
        later=tuple(due for due in timeline.due if due.date > end),
    )


class _Drawing:
    def __init__(self, engine: Engine, record: Record, chart: Chart, timeline: Timeline) -> None:
        self._terms = engine.rulebook.terminology
        self._words = engine.vocabulary
        self._edition = engine.edition(timeline.end)
        self._record = record
        self._chart = chart
        self._timeline = timeline

    def drugs(self) -> Iterator[Row]:
        for drug, entries in self._chart.medications.by_concept.items():
            bars = [
                self._course(entry)
                for entry in entries
                if self._is_understood("medications", entry) and self._is_drawn(entry)
            ]
            if bars:
                yield Row(self._terms.drugs[drug].title, tuple(bars))

    def _course(self, entry: Entry) -> Bar:
        known = entry.attributes
        dose = known.get("dose")
        label = "dose not known" if dose is None else format_value(dose, self._terms.dose.unit)
        active = known["active"] is True
        return self._bar(entry, label, "drug", over=not active, text="" if dose is None else label)

    def conditions(self) -> Iterator[Row]:
        for condition, entries in self._chart.conditions.by_concept.items():
            bars = [
                self._bar(entry, "present", "condition", over=entry.attributes.get("present") is False)
                for entry in entries
                if self._is_understood("conditions", entry)
                and (entry.attributes.get("present") is True or "ended" in entry.attributes)
                and self._is_drawn(entry)
            ]
            if bars:
                yield Row(self._terms.conditions[condition].title, tuple(bars))

    def symptoms(self) -> Iterator[Row]:
        for symptom, entries in self._chart.symptoms.by_concept.items():
            for entry in entries:
                if entry.certain and entry.attributes.get("present") is True:
                    severity = entry.attributes.get("severity")
                    label = f"present{f', {severity}' if severity else ''}; the record gives no day"
                    bar = Bar(begin=None, end=None, label=label, kind="symptom", fades_in=True)
                    yield Row(self._terms.symptoms[symptom].title, (bar,))

    def _bar(self, entry: Entry, label: str, kind: str, *, over: bool, text: str = "") -> Bar:
        begun, ended = self._day(entry, "begun"), self._day(entry, "ended")
        return Bar(
            begin=None if begun is None or begun < self._timeline.begin else begun,
            end=ended,
            label=f"{label}, {_period(begun, ended, over=over)}",
            kind=kind,
            text=text,
            fades_in=begun is None,
            fades_out=over and ended is None,
            perhaps=not entry.certain,
        )

    def _is_drawn(self, entry: Entry) -> bool:
        """Return whether an entry did not end before the picture begins."""
        ended = self._day(entry, "ended")
        return ended is None or ended >= self._timeline.begin

    def _is_understood(self, section: str, entry: Entry) -> bool:
        """Return whether an entry certainly is its concept."""
        stated = getattr(self._record, section)[int(entry.pointer.rpartition("/")[2])]
        if section == "medications":
            return self._words.concept("drugs", stated.drug) is not None
        return self._words.concept("conditions", stated.code) is not None

    def _day(self, entry: Entry, name: str) -> datetime.date | None:
        days = entry.attributes.get(name)
        if not isinstance(days, Decimal):
            return None
        return day_of(self._chart.as_of) - datetime.timedelta(days=int(days))

    def series(self) -> Iterator[Series]:
        for observation, entries in self._chart.observations.by_concept.items():
            points = []
            for entry in entries:
                day, value = self._day(entry, "ago"), entry.attributes.get("value")
                if entry.certain and day is not None and isinstance(value, Decimal):
                    points.append((day, value))
            inside = tuple(sorted(point for point in points if point[0] >= self._timeline.begin))
            if inside:
                yield self._of(observation, inside)

    def _of(self, observation: str, points: tuple[tuple[datetime.date, Decimal], ...]) -> Series:
        concept = self._terms.observations[observation]
        facts = frozenset(
            fact.name
            for fact in self._edition.asked
            if isinstance(fact.derivation, Query)
            and fact.derivation.give == "value"
            and fact.derivation.of.members == (observation,)
            and fact.derivation.take != "sum"
        )
        return Series(
            concept.title,
            concept.unit,
            points,
            tuple(thresholds(self._edition, facts)),
            tuple(bands(self._edition, facts)),
        )


def _period(begun: datetime.date | None, ended: datetime.date | None, *, over: bool) -> str:
    first = "since an unknown day" if begun is None else f"from {begun}"
    if ended is not None:
        return f"{first} until {ended}"
    return f"{first} until an unknown day" if over else first


def _advisories(timeline: Timeline) -> Iterator[Row]:
    """Yield one line for each rule that fires or falls due, the most serious ones first."""
    due: dict[str, Due] = {each.rule: each for each in timeline.due}
    rows: dict[str, list[Bar]] = {}
    known: dict[str, tuple[Indicator, str]] = {}
    for each in timeline.advisories:
        begin = None if each.began_before else each.begin
        end = each.end + datetime.timedelta(days=1)
        label = f"{each.begin} to {each.end}{', and after that' if each.continues else ''}"
        rows.setdefault(each.rule, []).append(Bar(begin=begin, end=end, label=label, kind=each.indicator))
        known[each.rule] = each.indicator, each.title
    for rule, found in due.items():
        rows.setdefault(rule, [])
        known.setdefault(rule, (found.indicator, found.title))
    for rule in sorted(rows, key=lambda name: (INDICATORS.index(known[name][0]), _first(rows[name]), name)):
        indicator, title = known[rule]
        yield Row(title, tuple(rows[rule]), indicator, due.get(rule))


def _first(bars: Iterable[Bar]) -> datetime.date:
    begins = [bar.begin or datetime.date.min for bar in bars]
    return min(begins, default=datetime.date.max)
