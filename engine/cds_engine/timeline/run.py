"""The timeline of a record: it is evaluated on each day on which something can change."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from cds_engine.errors import RecordError
from cds_engine.evaluate import Engine
from cds_engine.fhir import bundle_to_record, is_fhir, notice_of_bundle
from cds_engine.language.expressions import Scalar
from cds_engine.record.models import Record
from cds_engine.record.moments import day_of
from cds_engine.timeline.days import ONE_DAY, Dates, Span
from cds_engine.timeline.groups import GroupTimeline, PatientData, fact_groups
from cds_engine.timeline.models import Due, Interval, RangeError, Timeline
from cds_engine.timeline.undated import undated_notices

MOST_DAYS = 40_000
"""How many days a timeline may have; facts count no further back either."""
HORIZON = datetime.timedelta(days=365)
"""How long after the day of the evaluation something is looked for as due."""


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
        RangeError: if ``begin`` is after ``end``, or if there are more than :data:`MOST_DAYS` between them.
    """
    if not is_fhir(document):
        return record_timeline(engine, engine.read(document, source), as_of, begin=begin, end=end)
    native, notices, references = bundle_to_record(document, source, engine.vocabulary, as_of)
    try:
        found = record_timeline(engine, engine.read(native, source), as_of, begin=begin, end=end)
    except RecordError as error:
        raise references.located(error) from None
    of_record = (notice_of_bundle(notice, references) for notice in found.notices)
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
    patient = PatientData(record, engine.vocabulary, Dates(record, engine.vocabulary))
    if begin is None:
        begin = max(min(patient.dates.first(today) or today, end), _plus(end, -MOST_DAYS * ONE_DAY))
    if begin > end:
        raise RangeError(f"expected a first day on or before the last day {end}, found {begin}")
    if (end - begin).days > MOST_DAYS:
        raise RangeError(f"expected at most {MOST_DAYS:,} days, found {(end - begin).days:,}")
    until = max(end, _plus(today, HORIZON))
    span = Span(_plus(begin, -ONE_DAY), max(_plus(end, ONE_DAY), until), moment)
    days = _Days(engine, patient, span)
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
        notices=(*facts.notices, *undated_notices(record, engine.vocabulary)),
        days_evaluated=len(days.fired),
        every_day=tuple(sorted(days.every_day)),
    )


class _Days:
    """The rules that fire on each day of change."""

    def __init__(self, engine: Engine, patient: PatientData, span: Span) -> None:
        self._engine = engine
        self._patient = patient
        self._span = span
        self.every_day: set[str] = set()
        self.fired: dict[datetime.date, frozenset[str]] = {span.first: frozenset()}
        """What fires from each day of change on."""
        for part in self._editions():
            self.fired.update(self._edition(part))
        self._end_with_death()

    def _editions(self) -> Iterator[Span]:
        """Yield the days of each edition of the rulebook, from the birth on."""
        span, person = self._span, self._patient.record.patient
        born = person.birth_date if person is not None else None
        first = span.first if born is None else max(span.first, born)
        if first > span.last:
            return
        changes = [day for day in self._engine.rulebook.editions if first < day <= span.last]
        ends = [*(day - ONE_DAY for day in changes), span.last]
        for start, end in zip([first, *changes], ends, strict=True):
            yield Span(start, end, span.moment)

    def _edition(self, span: Span) -> Iterator[tuple[datetime.date, frozenset[str]]]:
        """Yield each day of change of an edition, and the rules that fire from it on."""
        edition = self._engine.edition(span.first)
        changing: dict[datetime.date, list[GroupTimeline]] = {}
        for group in fact_groups(edition, self._patient.dates):
            found = GroupTimeline(group, edition, self._patient, span)
            self.every_day |= found.every_day
            for day in found.days:
                changing.setdefault(day, []).append(found)
        facts: dict[str, Scalar] = {}
        for day in sorted(changing):
            for each in changing[day]:
                for name in each.group.asked:
                    facts.pop(name, None)
                facts.update(each.values(day))
            yield day, frozenset(edition.evaluate_rules(facts).rules["fired"])

    def _end_with_death(self) -> None:
        """Let nothing fire after the day of the death."""
        person = self._patient.record.patient
        died = person.deceased_date if person is not None else None
        if died is not None and died < self._span.last:
            self.fired = {day: rules for day, rules in self.fired.items() if day <= died}
            self.fired[max(died + ONE_DAY, self._span.first)] = frozenset()

    def _runs(self) -> Iterator[tuple[str, datetime.date, datetime.date]]:
        """Yield each uninterrupted run of days on which a rule fires."""
        began: dict[str, datetime.date] = {}
        for first, fired in self.fired.items():
            for rule in [rule for rule in began if rule not in fired]:
                yield rule, began.pop(rule), first - ONE_DAY
            for rule in fired:
                began.setdefault(rule, first)
        for rule, first in began.items():
            yield rule, first, self._span.last

    def intervals(self, begin: datetime.date, end: datetime.date) -> Iterator[Interval]:
        """Yield the intervals from ``begin`` to ``end``."""
        rules = self._engine.rulebook.rules
        for rule, first, last in self._runs():
            if first <= end and last >= begin:
                yield Interval(
                    rule=rule,
                    begin=max(first, begin),
                    end=min(last, end),
                    title=rules[rule].file.title,
                    indicator=rules[rule].file.advisory.indicator,
                    began_before=first < begin,
                    continues=last > end,
                )

    def due(self, today: datetime.date, until: datetime.date) -> Iterator[Due]:
        """Yield the first beginning of each rule after ``today``."""
        found: dict[str, datetime.date] = {}
        for rule, first, _ in self._runs():
            if today < first <= until:
                found[rule] = min(first, found.get(rule, first))
        undated = self._patient.record.model_copy(update={"as_of": None})
        for day in sorted(set(found.values())):
            evaluation = self._engine.evaluate(undated, self._span.at(day))
            for advisory in evaluation.advisories:
                if found.get(advisory.rule) == day:
                    yield Due(
                        date=day,
                        rule=advisory.rule,
                        summary=advisory.summary,
                        title=self._engine.rulebook.rules[advisory.rule].file.title,
                        indicator=advisory.indicator,
                    )


def _plus(day: datetime.date, days: datetime.timedelta) -> datetime.date:
    """Return a later or earlier day, within the calendar."""
    try:
        return day + days
    except OverflowError:
        return datetime.date.max if days > datetime.timedelta() else datetime.date.min
