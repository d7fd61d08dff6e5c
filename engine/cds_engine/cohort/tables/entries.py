"""The entries of the tables: a row each, with the attributes that queries read, as in a record's chart."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.tables.cells import Cells
from cds_engine.cohort.tables.codes import Meanings
from cds_engine.cohort.tables.days import UNKNOWN_AMOUNT, lift, one_a_day
from cds_engine.cohort.tables.layout import EVENTS, EventName
from cds_engine.cohort.tables.people import INSTANT
from cds_engine.cohort.tables.scratch import ScratchTables
from cds_engine.cohort.tables.units import AMOUNT, DIVISOR, FACTOR, bounds, canonical_amount
from cds_engine.language.queries import Section
from cds_engine.record.chart import WITHDRAWN
from cds_engine.rulebook.vocabulary import Vocabulary

_FACTOR = {"factor": FACTOR, "divisor": DIVISOR}
_BOUNDS = {"lowest": AMOUNT, "highest": AMOUNT, "smallest": AMOUNT}
_FALSE = ibis.literal(False)


@dataclass(frozen=True)
class Wanted:
    """What queries read of a section: concepts, and attributes of their entries."""

    concepts: Collection[str]
    attributes: Collection[str]

    @cached_property
    def number(self) -> Mapping[str, int]:
        """The number that stands for each concept."""
        return {concept: number for number, concept in enumerate(sorted(self.concepts))}


@dataclass(frozen=True)
class Source:
    """What entries are read from: patients, the cells of each table, and what codes and units mean.

    ``incomplete`` are the sections that may be incomplete.
    """

    scratch: ScratchTables
    people: ir.Table
    cells: Mapping[EventName, Cells]
    meanings: Meanings
    vocabulary: Vocabulary
    incomplete: Collection[Section]

    def rows(self, name: EventName, where: ir.BooleanValue | None = None) -> ir.Table:
        """Return these patients' rows of a table, each with ``as_of``."""
        cells = self.cells[name]
        columns = {column: value for column, value in cells.columns.items() if column != "patient_id"}
        if "date" in columns and (moment := cells.moment("date")).instant is not None:
            columns |= {"instant": moment.instant, "hours": moment.hours}
        table = cells.table if where is None else cells.table.filter(where)
        rows = table.select(whose=cells["patient_id"], **columns)
        people = self.people.select("patient", "patient_id", "as_of", INSTANT)
        return rows.join(people, rows.whose == people.patient_id)

    def coded(self, name: EventName, wanted: Wanted) -> ir.Table:
        """Return the rows that name a wanted concept, with its number and its plausible doses."""
        vocabulary = self.vocabulary
        meant = [
            (code, wanted.number[concept], *bounds(vocabulary.doses.get(concept, vocabulary.dose)))
            for code, concept in self.meanings.codes[name].concepts.items()
            if concept in wanted.number
        ]
        codes = self.scratch.small({"meant": "string", "concept": "int16", **_BOUNDS}, meant)
        rows = self.rows(name)
        return rows.join(codes, rows[EVENTS[name].code] == codes.meant)


class Entries:
    """The entries of some patients, read once.

    Each section is a table with the columns ``patient``, ``concept`` (a number), the attributes wanted and,
    where entries may differ in it, ``certain`` and ``denied``; see :class:`cds_engine.record.chart.Entry`.
    """

    def __init__(self, source: Source, wanted: Mapping[Section, Wanted]) -> None:
        self.source = source
        self.wanted = wanted
        self._read = {
            "conditions": _conditions,
            "medications": _medications,
            "observations": _observations,
            "symptoms": _symptoms,
        }
        self._kept: dict[Section, ir.Table] = {}

    def rows(self, section: Section) -> ir.Table:
        """Return the entries of a section."""
        if section not in self._kept:
            wanted = self.wanted[section]
            rows = self._read[section](self.source, wanted)
            further = {"patient", "concept", "certain"}
            if section in self.source.incomplete:
                further.add("denied")
            columns = [name for name in rows.columns if name in wanted.attributes or name in further]
            self._kept[section] = self.source.scratch.kept(rows.select(columns))
        return self._kept[section]


def _conditions(source: Source, wanted: Wanted) -> ir.Table:
    rows = source.coded("condition", wanted)
    stated = _stated(source, "condition", rows)
    future = (rows.onset > rows.as_of).fill_null(False)
    over = (rows.resolved <= rows.as_of).fill_null(False)
    return rows.select(
        "patient",
        "concept",
        denied=_denied(stated),
        present=ibis.cases((stated & (future | over), False), else_=stated),
        begun=ibis.cases((~future, _days_since(rows.onset, rows))),
        ended=ibis.cases((over, _days_since(rows.resolved, rows))),
    )


def _symptoms(source: Source, wanted: Wanted) -> ir.Table:
    rows = source.coded("symptom", wanted)
    stated = _stated(source, "symptom", rows)
    return rows.select("patient", "concept", "severity", denied=_denied(stated), present=stated)


def _medications(source: Source, wanted: Wanted) -> ir.Table:
    units = source.meanings.doses.units
    factors = source.scratch.small(
        {"dosed": "string", **_FACTOR}, [(unit, *factor) for unit, factor in units.factors.items()]
    )
    conditions = source.scratch.small(
        {"stated": "string", "condition": "string"}, source.meanings.indications.concepts.items()
    )
    certain = source.cells["medication"].has("taken")
    rows = source.coded("medication", wanted)
    rows = rows.filter(rows.start.isnull() | (rows.start <= rows.as_of))
    if certain:
        rows = rows.filter(rows.taken.fill_null(True))
    rows = rows.left_join(factors, rows.dose_unit == factors.dosed)
    rows = rows.left_join(conditions, rows.indication == conditions.stated)
    stop = rows["stop"]
    stopped = ibis.cases((stop.notnull(), stop <= rows.as_of), else_=rows.stopped.fill_null(False))
    return rows.select(
        "patient",
        "concept",
        **({"certain": rows.taken.notnull()} if certain else {}),
        active=~stopped,
        dose=_amount(rows, rows.dose_value, divided=source.meanings.divided("medications")),
        begun=_days_since(rows.start, rows),
        ended=ibis.cases((stopped, _days_since(stop, rows))),
        indication=ibis.coalesce(rows.condition, rows.indication),
    )


def _observations(source: Source, wanted: Wanted) -> ir.Table:
    date = source.cells["observation"]["date"]
    days = one_a_day(_results(source, wanted, date.notnull()))
    undated = _results(source, wanted, date.isnull())
    undated = undated.mutate(value=undated.amount.nullif(UNKNOWN_AMOUNT), time=ibis.null("float64"))
    return days.union(undated.select(days.columns))


def _results(source: Source, wanted: Wanted, where: ir.BooleanValue) -> ir.Table:
    """Return the results that are neither withdrawn nor of the future."""
    meant = source.scratch.small(
        {"meant": "string", "measure": "string", "concept": "int16", **_FACTOR, **_BOUNDS},
        _result_units(source, wanted),
    )
    rows = source.rows("observation", where)
    rows = rows.filter(rows.status.isnull() | rows.status.notin(sorted(WITHDRAWN)))
    timed = "instant" in rows.columns
    after = rows.date > rows.as_of
    if timed:
        instants = rows.instant.notnull() & rows[INSTANT].notnull()
        after = ibis.cases((instants, rows.instant > rows[INSTANT]), else_=after)
    rows = rows.filter(~after.fill_null(False))
    rows = rows.join(meant, [rows.code == meant.meant, rows.unit.fill_null("") == meant.measure])
    # East of the evaluation the date may be tomorrow's already; the result is today's here.
    ago = _days_since(rows.date, rows)
    return rows.select(
        "patient",
        "concept",
        *(["instant", "hours"] if timed else []),
        ago=ibis.cases((ago < 0, 0), else_=ago) if timed else ago,
        lift=lift(rows.status),
        amount=_amount(rows, rows.value, divided=source.meanings.divided("observations")).fill_null(
            UNKNOWN_AMOUNT
        ),
    )


def _result_units(source: Source, wanted: Wanted) -> Iterator[tuple[object, ...]]:
    results = source.meanings.results
    for (code, unit), concept in results.concepts.items():
        if concept in wanted.number:
            factor = results.units[concept].factors.get(unit, (None, None))
            yield code, unit, wanted.number[concept], *factor, *bounds(source.vocabulary.quantities[concept])


def _stated(source: Source, name: EventName, rows: ir.Table) -> ir.BooleanValue:
    return rows.present if source.cells[name].has("present") else ibis.literal(True)


def _denied(stated: ir.BooleanValue) -> ir.BooleanValue:
    return (stated == _FALSE).fill_null(False)


def _days_since(date: ir.DateValue, rows: ir.Table) -> ir.IntegerValue:
    return rows.as_of.delta(date, unit="day")


def _amount(rows: ir.Table, value: ir.DecimalValue, *, divided: bool) -> ir.DecimalValue:
    """Return the amount in the canonical unit; NULL where it is not plausible."""
    amount = canonical_amount(value, rows.factor, rows.divisor if divided else None)
    plausible = amount.between(rows.lowest, rows.highest) & ((amount == 0) | (amount.abs() >= rows.smallest))
    return ibis.cases((plausible, amount)).cast(AMOUNT)
