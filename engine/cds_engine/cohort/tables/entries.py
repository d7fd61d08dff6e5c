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
from cds_engine.language.queries import Section, unclear
from cds_engine.record.results import WITHDRAWN
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
        """Return the rows that name a wanted concept, with its number and its plausible doses.

        A row whose code is not understood is returned for each concept that it may be, not ``understood``.
        """
        vocabulary, codes = self.vocabulary, self.meanings.codes[name]
        meant = [(code, concept, True) for code, concept in codes.concepts.items()]
        meant += [(code, concept, False) for code in codes.perhaps for concept in codes.perhaps[code]]
        numbered = [
            (code, wanted.number[concept], known, *bounds(vocabulary.doses.get(concept, vocabulary.dose)))
            for code, concept, known in meant
            if concept in wanted.number
        ]
        types = {"meant": "string", "concept": "int16", "understood": "boolean", **_BOUNDS}
        concepts = self.scratch.small(types, numbered)
        rows = self.rows(name)
        return rows.join(concepts, rows[EVENTS[name].code] == concepts.meant)

    def doubts(self, name: EventName) -> bool:
        """Return whether some code of a table is not understood."""
        return bool(self.meanings.codes[name].perhaps)


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
            if section in ("conditions", "symptoms") and "certain" in rows.columns:
                rows = _without_denied(rows)
            if section in self.source.incomplete:
                further.add("denied")
            columns = [name for name in rows.columns if name in wanted.attributes or name in further]
            rows = rows.select(columns)
            if "certain" in columns:
                # Many rows that are not understood say the same: that something may be present.
                rows = rows.filter(rows.certain).union(rows.filter(~rows.certain).distinct())
            self._kept[section] = self.source.scratch.kept(rows)
        return self._kept[section]


def _conditions(source: Source, wanted: Wanted) -> ir.Table:
    rows = source.coded("condition", wanted)
    stated = _stated(source, "condition", rows)
    future = (rows.onset > rows.as_of).fill_null(False)
    over = (rows.resolved <= rows.as_of).fill_null(False)
    return rows.select(
        "patient",
        "concept",
        **_certain(source, "condition", rows),
        denied=_denied(stated) & rows.understood,
        present=ibis.cases((stated & (future | over), False), else_=stated),
        begun=ibis.cases((~future, _days_since(rows.onset, rows))),
        ended=ibis.cases((over, _days_since(rows.resolved, rows))),
    )


def _symptoms(source: Source, wanted: Wanted) -> ir.Table:
    rows = source.coded("symptom", wanted)
    stated = _stated(source, "symptom", rows)
    return rows.select(
        "patient",
        "concept",
        "severity",
        **_certain(source, "symptom", rows),
        denied=_denied(stated) & rows.understood,
        present=stated,
    )


def _medications(source: Source, wanted: Wanted) -> ir.Table:
    units = source.meanings.doses.units
    factors = source.scratch.small(
        {"dosed": "string", **_FACTOR}, [(unit, *factor) for unit, factor in units.factors.items()]
    )
    conditions = source.scratch.small(
        {"stated": "string", "condition": "string"}, source.meanings.indications.concepts.items()
    )
    may_be_taken = source.cells["medication"].has("taken")
    rows = source.coded("medication", wanted)
    rows = rows.filter(rows.start.isnull() | (rows.start <= rows.as_of))
    certain = _certain(source, "medication", rows)
    if may_be_taken:
        rows = rows.filter(rows.taken.fill_null(True))
        certain = {"certain": rows.taken.notnull() & rows.understood}
    rows = rows.left_join(factors, rows.dose_unit == factors.dosed)
    rows = rows.left_join(conditions, rows.indication == conditions.stated)
    stop = rows["stop"]
    stopped = ibis.cases((stop.notnull(), stop <= rows.as_of), else_=rows.stopped.fill_null(False))
    dose = _amount(rows, rows.dose_value, divided=source.meanings.divided("medications"))
    return rows.select(
        "patient",
        "concept",
        **certain,
        active=~stopped,
        dose=ibis.cases((rows.understood, dose)),
        begun=_days_since(rows.start, rows),
        ended=ibis.cases((stopped, _days_since(stop, rows))),
        **_indication(source, rows),
    )


def _indication(source: Source, rows: ir.Table) -> dict[str, ir.Value]:
    """Return what a drug is taken for, and whether this is stated, but not understood."""
    stated = ibis.coalesce(rows.condition, rows.indication)
    codes = sorted(source.meanings.indications.perhaps.keys() - source.meanings.indications.concepts.keys())
    if not codes:
        return {"indication": stated}
    not_understood = rows.indication.isin(codes).fill_null(False)
    return {"indication": ibis.cases((~not_understood, stated)), unclear("indication"): not_understood}


def _observations(source: Source, wanted: Wanted) -> ir.Table:
    date = source.cells["observation"]["date"]
    days = one_a_day(_results(source, wanted, date.notnull()))
    undated = _results(source, wanted, date.isnull())
    undated = undated.mutate(value=undated.amount.nullif(UNKNOWN_AMOUNT), time=ibis.null("float64"))
    rows = days.union(undated.select(days.columns))
    if not source.doubts("observation"):
        return rows
    doubtful = _doubtful_results(source, wanted).select(*rows.columns, certain=_FALSE)
    return rows.mutate(certain=ibis.literal(True)).union(doubtful)


def _doubtful_results(source: Source, wanted: Wanted) -> ir.Table:
    """Return the results whose code is not understood, for each observation that they may be."""
    perhaps = source.meanings.codes["observation"].perhaps
    meant = source.scratch.small(
        {"meant": "string", "concept": "int16"},
        (
            (code, wanted.number[concept])
            for code, concepts in perhaps.items()
            for concept in concepts
            if concept in wanted.number
        ),
    )
    rows = _usable(source.rows("observation"))
    rows = rows.join(meant, rows.code == meant.meant)
    ago = _days_since(rows.date, rows)
    return rows.select(
        "patient",
        "concept",
        ago=ibis.cases((ago < 0, 0), else_=ago),
        value=ibis.null(AMOUNT),
        time=ibis.null("float64"),
    )


def _usable(rows: ir.Table) -> ir.Table:
    """Return the results that are neither withdrawn nor of the future."""
    rows = rows.filter(rows.status.isnull() | rows.status.notin(sorted(WITHDRAWN)))
    after = rows.date > rows.as_of
    if "instant" in rows.columns:
        instants = rows.instant.notnull() & rows[INSTANT].notnull()
        after = ibis.cases((instants, rows.instant > rows[INSTANT]), else_=after)
    return rows.filter(~after.fill_null(False))


def _results(source: Source, wanted: Wanted, where: ir.BooleanValue) -> ir.Table:
    """Return the usable results of the wanted observations, with their amounts."""
    meant = source.scratch.small(
        {"meant": "string", "measure": "string", "concept": "int16", **_FACTOR, **_BOUNDS},
        _result_units(source, wanted),
    )
    rows = _usable(source.rows("observation", where))
    timed = "instant" in rows.columns
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


def _certain(source: Source, name: EventName, rows: ir.Table) -> dict[str, ir.BooleanValue]:
    """Return the column that says whether a row certainly names its concept, if some row does not."""
    return {"certain": rows.understood} if source.doubts(name) else {}


def _without_denied(rows: ir.Table) -> ir.Table:
    """Return statements without those that perhaps name a concept whose absence is stated."""
    denied = rows.denied.any().over(group_by=[rows.patient, rows.concept])
    return rows.mutate(absent=denied).filter(lambda marked: marked.certain | ~marked.absent).drop("absent")


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
