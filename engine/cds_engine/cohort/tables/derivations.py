"""The derivations that a rulebook declares, as columns of a table of one row a patient."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import ibis.expr.types as ir

from cds_engine.cohort.expressions import Ratio
from cds_engine.cohort.rule_outcomes import DECEASED, DENOMINATOR, KEYS
from cds_engine.cohort.source import Span
from cds_engine.cohort.tables.entries import Entries
from cds_engine.cohort.tables.layout import HISTORY
from cds_engine.cohort.tables.medications import Courses
from cds_engine.cohort.tables.observations import Readings
from cds_engine.cohort.tables.people import AGE
from cds_engine.cohort.tables.stated import Stated
from cds_engine.cohort.tables.summary import DeferredColumn
from cds_engine.rulebook import files
from cds_engine.rulebook.vocabulary import Vocabulary

_REFERENCES = ("fresh", "before", "after")


@dataclass(frozen=True)
class Wanted:
    """A derivation and the days that its parameters come to."""

    declared: Any
    days: Mapping[str, int]


class Asked:
    """The facts that any edition asks for; one whose parameters change is as many columns."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self.wanted: dict[str, Wanted] = {}
        self._columns: dict[Span, dict[str, str]] = {}
        for span in spans:
            self._columns[span] = {
                fact.name: self._column(fact.name, _wanted(fact.derivation, span))
                for fact in span.edition.asked
                if fact.derivation is not None
            }

    def _column(self, name: str, wanted: Wanted) -> str:
        number = 1
        column = name
        while self.wanted.setdefault(column, wanted) != wanted:
            number += 1
            column = f"{name} {number}"
        return column

    def of(self, span: Span, table: ir.Table) -> ir.Table:
        """Return the rows of ``span`` with the facts by their own names."""
        columns: dict[str, ir.Value] = {}
        for name, column in self._columns[span].items():
            columns[name] = table[column]
            if column + DENOMINATOR in table.columns:
                columns[name + DENOMINATOR] = table[column + DENOMINATOR]
        return span.rows(table).select(*KEYS, DECEASED, **columns)

    def named(self, *fields: str) -> list[str]:
        """Return all that some derivation names in fields such as ``drug``."""
        found: set[str] = set()
        for wanted in self.wanted.values():
            for field in fields:
                named = getattr(wanted.declared, field, ())
                found |= {named} if isinstance(named, str) else set(named)
        return sorted(found)


def _wanted(declared: Any, span: Span) -> Wanted:
    references = {name: getattr(declared, name, None) for name in _REFERENCES}
    values = span.edition.parameters
    days = {name: int(values[of.removeprefix("$")]) for name, of in references.items() if of is not None}
    return Wanted(declared, days)


def derive(asked: Asked, vocabulary: Vocabulary, entries: Entries) -> ir.Table:
    """Return the facts of patients that are asked for, each in the column that :class:`Asked` gave it."""
    conditions = Stated("condition", entries, asked.named("condition", "conditions"))
    symptoms = Stated("symptom", entries, asked.named("symptom"))
    courses = Courses(entries, {drug: vocabulary.drugs[drug] for drug in asked.named("drug")})
    facts = {
        column: _fact(wanted.declared, courses, conditions, symptoms)
        for column, wanted in asked.wanted.items()
        if not _is_of_results(wanted)
    }
    of_results = {column: wanted for column, wanted in asked.wanted.items() if _is_of_results(wanted)}
    starts = {
        drug: (f"start of {drug}", courses.days(drug))
        for wanted in of_results.values()
        if (drug := getattr(wanted.declared, "drug", None)) is not None
    }
    wide = courses.summary.beside(entries.people)
    wide = wide.mutate(**{name: days(wide) for name, days in starts.values()})
    readings = Readings(
        replace(entries, people=wide),
        {drug: name for drug, (name, _) in starts.items()},
        vocabulary,
        asked.named("observation"),
    )
    facts |= {column: _fact_of_results(wanted, readings) for column, wanted in of_results.items()}
    for summary in (readings.summary, conditions.summary, symptoms.summary):
        wide = summary.beside(wide)
    return wide.select(*KEYS, DECEASED, **_columns(wide, facts))


def _columns(wide: ir.Table, facts: Mapping[str, DeferredColumn]) -> dict[str, ir.Value]:
    columns: dict[str, ir.Value] = {}
    for name, fact in facts.items():
        column = fact(wide)
        if isinstance(column, Ratio):
            columns[name], columns[name + DENOMINATOR] = column.part, column.whole
        else:
            columns[name] = column
    return columns


def _fact(declared: Any, courses: Courses, conditions: Stated, symptoms: Stated) -> DeferredColumn:
    match declared:
        case files.Age():
            return lambda wide: wide[AGE]
        case files.History(field=name):
            return lambda wide: wide[HISTORY + name]
        case files.MedicationActive(drug=drug):
            return courses.active(drug)
        case files.MedicationDose(drug=drug):
            return courses.dose(drug)
        case files.MedicationDays(drug=drug):
            return courses.days(drug)
        case files.MedicationStopped(drug=drug):
            return courses.stopped(drug)
        case files.MedicationDaysSinceStop(drug=drug):
            return courses.days_since_stop(drug)
        case files.MedicationIndication(drug=drug, conditions=candidates):
            return courses.indication(drug, [(name, conditions.present(name)) for name in candidates])
        case files.ConditionPresent(condition=condition):
            return conditions.present(condition)
        case files.SymptomPresent(symptom=symptom):
            return symptoms.present(symptom)
        case files.SymptomSeverity(symptom=symptom):
            return symptoms.severity(symptom)
    raise AssertionError(f"no derivation for {declared!r}")


def _is_of_results(wanted: Wanted) -> bool:
    return hasattr(wanted.declared, "observation")


def _fact_of_results(wanted: Wanted, readings: Readings) -> DeferredColumn:
    days = wanted.days
    match wanted.declared:
        case files.ObservationLatest(observation=name):
            return readings.latest(name, days.get("fresh"))
        case files.ObservationPrevious(observation=name):
            return readings.previous(name)
        case files.ObservationEver(observation=name):
            return readings.ever(name)
        case files.ObservationDaysSince(observation=name):
            return readings.days_since(name)
        case files.ObservationFall(observation=name):
            return readings.fall(name, days.get("fresh"))
        case files.ObservationChange() as declared:
            return readings.change(declared, days.get("fresh"))
        case files.ObservationTaken(observation=name, drug=drug):
            return readings.taken(name, drug, (days["before"], days["after"]))
    raise AssertionError(f"no derivation for {wanted.declared!r}")
