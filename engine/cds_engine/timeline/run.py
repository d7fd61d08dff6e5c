"""The timeline of a record: it is evaluated on each day on which something can change."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from cds_engine.answer.models import Indicator
from cds_engine.errors import RecordError
from cds_engine.evaluate import Engine
from cds_engine.fhir import bundle_to_record, is_fhir
from cds_engine.notices import Notice
from cds_engine.record.models import Record
from cds_engine.record.moments import day_of
from cds_engine.timeline.days import change_days, first_day_of_data
from cds_engine.timeline.models import Due, Interval, Timeline
from cds_engine.timeline.undated import undated_notices

HORIZON = datetime.timedelta(days=365)
"""How long after the day of the evaluation something is looked for as due."""
ONE_DAY = datetime.timedelta(days=1)


def document_timeline(  # noqa: PLR0913 - the days are separate choices of the caller
    engine: Engine,
    document: object,
    as_of: datetime.date,
    *,
    begin: datetime.date | None = None,
    end: datetime.date | None = None,
    source: str = "record",
) -> Timeline:
    """Return the timeline of a parsed JSON document, which is either a FHIR Bundle or a native record.

    A Bundle is converted once, as of ``as_of``.

    Args:
        engine: the engine to evaluate with.
        document: a document as :func:`cds_engine.record.json_text.parse_json` returns it.
        as_of: the moment that the document is about, unless a native record states its own.
        begin: the first day of the timeline; by default the first day of a drug or result.
        end: the last day of the timeline; by default the day of ``as_of``.
        source: the document's name in errors.

    Raises:
        RecordError: with every problem of the document.
        ValueError: if ``begin`` is after ``end``.
    """
    if not is_fhir(document):
        return record_timeline(engine, engine.read(document, source), as_of, begin=begin, end=end)
    native, notices, references = bundle_to_record(document, source, engine.vocabulary, as_of)
    try:
        found = record_timeline(engine, engine.read(native, source), as_of, begin=begin, end=end)
    except RecordError as error:
        raise references.located(error) from None
    of_record = [
        Notice(pointer=references.pointer(notice.pointer), message=notice.message) for notice in found.notices
    ]
    return found.model_copy(update={"notices": (*notices, *of_record)})


def record_timeline(
    engine: Engine,
    record: Record,
    as_of: datetime.date,
    *,
    begin: datetime.date | None = None,
    end: datetime.date | None = None,
) -> Timeline:
    """Return the timeline of a native record; see :func:`document_timeline`."""
    moment = record.as_of or as_of
    today = day_of(moment)
    facts = engine.facts(record, moment)
    end = end or today
    begin = begin or min(first_day_of_data(record, engine.vocabulary, today) or today, end)
    if begin > end:
        raise ValueError(f"expected the first day on or before the last day {end}, found {begin}")
    until = max(end, _plus(today, HORIZON))
    days = _Days(engine, record, moment, _plus(begin, -ONE_DAY), max(_plus(end, ONE_DAY), until))
    return Timeline.model_construct(
        research_use_only=True,
        disclaimer=engine.rulebook.file.disclaimer,
        as_of=moment,
        patient_id=record.patient.id if record.patient is not None else None,
        rulebook=engine.identity,
        begin=begin,
        end=end,
        advisories=tuple(sorted(days.intervals(begin, end), key=lambda found: (found.begin, found.rule))),
        due=tuple(sorted(days.due(today, until), key=lambda found: (found.date, found.rule))),
        due_until=until,
        notices=(*facts.notices, *undated_notices(record)),
        days_evaluated=len(days.fired),
        every_day=days.every_day,
    )


class _Days:
    """The rules that fire on each day of change from ``first`` to ``last``."""

    def __init__(
        self,
        engine: Engine,
        record: Record,
        moment: datetime.date,
        first: datetime.date,
        last: datetime.date,
    ) -> None:
        self._engine = engine
        self._moment = moment
        self._last = last
        changes = change_days(engine, record, moment, first, last)
        self.every_day = changes.every_day
        self._record = changes.record
        self.fired = {day: self._fired(day) for day in changes.days}

    def _at(self, day: datetime.date) -> datetime.date:
        """Return the moment to evaluate a day for: the record's own on its own day."""
        return self._moment if day == day_of(self._moment) else day

    def _fired(self, day: datetime.date) -> frozenset[str]:
        patient = self._record.patient
        if patient is not None and patient.birth_date is not None and day < patient.birth_date:
            return frozenset()
        facts = self._engine.facts(self._record, self._at(day))
        if facts.deceased:
            return frozenset()
        return frozenset(self._engine.edition(day).evaluate_rules(facts.values).rules["fired"])

    def _runs(self) -> Iterator[tuple[str, datetime.date, datetime.date]]:
        """Yield each uninterrupted run of days on which a rule fires."""
        began: dict[str, datetime.date] = {}
        for first, fired in self.fired.items():
            for rule in [rule for rule in began if rule not in fired]:
                yield rule, began.pop(rule), _plus(first, -ONE_DAY)
            for rule in fired:
                began.setdefault(rule, first)
        for rule, first in began.items():
            yield rule, first, self._last

    def intervals(self, begin: datetime.date, end: datetime.date) -> Iterator[Interval]:
        """Yield the intervals from ``begin`` to ``end``."""
        for rule, first, last in self._runs():
            if first > end or last < begin:
                continue
            indicator, summary = self._advisory(rule, min(last, end))
            yield Interval(
                rule=rule,
                begin=max(first, begin),
                end=min(last, end),
                indicator=indicator,
                summary=summary,
                began_before=first < begin,
                continues=last > end,
            )

    def due(self, today: datetime.date, until: datetime.date) -> Iterator[Due]:
        """Yield the first beginning of each rule after ``today``."""
        found: dict[str, datetime.date] = {}
        for rule, first, _ in self._runs():
            if today < first <= until:
                found[rule] = min(first, found.get(rule, first))
        for rule, first in found.items():
            indicator, summary = self._advisory(rule, first)
            yield Due(date=first, rule=rule, indicator=indicator, summary=summary)

    def _advisory(self, rule: str, day: datetime.date) -> tuple[Indicator, str]:
        """Return the indicator and the summary of a rule on a day on which it fires."""
        evaluation = self._engine.evaluate(self._record, self._at(day))
        return next((a.indicator, a.summary) for a in evaluation.advisories if a.rule == rule)


def _plus(day: datetime.date, days: datetime.timedelta) -> datetime.date:
    """Return a later or earlier day, within the calendar."""
    try:
        return day + days
    except OverflowError:
        return datetime.date.max if days > datetime.timedelta() else datetime.date.min
