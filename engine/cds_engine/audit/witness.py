"""Patient records for charts, and what the real engine says about them.

A record states just what its chart has. Nothing assumes that the engine finds what the solver had in mind: it
derives and evaluates every record again (:class:`Replay`).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cds_engine.evaluate import Engine
from cds_engine.language.expressions import Scalar
from cds_engine.language.kleene import Facts, Outcome
from cds_engine.language.queries import Section, unclear
from cds_engine.quantities.numbers import canonical, to_json
from cds_engine.record.chart import Chart, Entry
from cds_engine.record.validation import read_record
from cds_engine.rulebook.files import TerminologyFile
from cds_engine.rulebook.vocabulary import TEXT

_Json = dict[str, Any]
_SECTIONS: tuple[Section, ...] = ("conditions", "medications", "observations", "symptoms")


def record_of(chart: Chart, terminology: TerminologyFile) -> dict[str, Any]:
    """Return the record, as JSON data, that is read as ``chart``."""
    return _Writer(chart, terminology).record()


class _Writer:
    def __init__(self, chart: Chart, terminology: TerminologyFile) -> None:
        self.chart = chart
        self.terminology = terminology

    def record(self) -> _Json:
        chart = self.chart
        record: _Json = {"as_of": chart.as_of.isoformat()}
        patient = {"age_years": chart.age_years, "sex": chart.sex}
        if any(value is not None for value in patient.values()):
            record["patient"] = {name: value for name, value in patient.items() if value is not None}
        incomplete = []
        for name in _SECTIONS:
            section = chart.section(name)
            if section.open and not section.by_concept:
                continue
            record[name] = [
                self.entry(name, concept, entry)
                for concept, entries in section.by_concept.items()
                for entry in entries
            ]
            if section.open:
                incomplete.append(name)
        if incomplete:
            record["incomplete"] = incomplete
        if chart.history:
            record["history"] = {
                name: to_json(value) for name, value in chart.history.items() if isinstance(value, Decimal)
            }
        return record

    def entry(self, section: Section, concept: str, entry: Entry) -> _Json:
        match section:
            case "medications":
                return self.course(concept, entry)
            case "observations":
                return self.result(concept, entry)
        return self.statement(section, concept, entry)

    def statement(self, section: Section, concept: str, entry: Entry) -> _Json:
        known = entry.attributes
        written: _Json = {"code": _code(concept, entry), "present": known.get("present")}
        if "severity" in known:
            written["severity"] = known["severity"]
        if known.get("present") is False and concept not in self.chart.section(section).denied:
            written["present"] = True  # it was, or will be
            if "ended" not in known:
                written["onset"] = self.date(Decimal(-1))
        for name, key in (("begun", "onset"), ("ended", "resolved")):
            if name in known:
                written[key] = self.date(known[name])
        return written

    def course(self, drug: str, entry: Entry) -> _Json:
        known, written = entry.attributes, _Json(drug=drug)
        if "dose" in known:
            written["daily_dose"] = {"value": _number(known["dose"]), "unit": self.terminology.dose.unit}
        for name, key in (("begun", "start"), ("ended", "stop")):
            if name in known:
                written[key] = self.date(known[name])
        if "indication" in known:
            written["indication"] = known["indication"]
        if known.get(unclear("indication")):
            written["indication"] = f"{TEXT}something"
        if not known["active"] and "ended" not in known:
            written["stopped"] = True
        if not entry.certain:
            written["taken"] = None
        return written

    def result(self, observation: str, entry: Entry) -> _Json:
        known, written = entry.attributes, _Json(code=_code(observation, entry))
        if "value" in known:
            written["value"] = _number(known["value"])
            written["unit"] = self.terminology.observations[observation].unit
        if "ago" in known:
            written["date"] = self.date(known["ago"])
        if "time" in known:
            time = known["time"]
            assert isinstance(time, Decimal)
            written["date"] += f"T{datetime.timedelta(seconds=round(time * 3600))!s:0>8}Z"
        return written

    def date(self, days: Scalar) -> str:
        """Return the day that was ``days`` before the evaluation."""
        assert isinstance(days, Decimal)
        return (self.chart.as_of - datetime.timedelta(days=int(days))).isoformat()


def _code(concept: str, entry: Entry) -> str:
    """Return a code for an entry; one that is not understood may be this concept, and any other one."""
    return concept if entry.certain else f"{TEXT}{concept}"


def _number(value: Scalar) -> int | float:
    assert isinstance(value, Decimal)
    return to_json(canonical(value))


@dataclass(frozen=True, slots=True)
class Replayed:
    """The facts and outcomes that the real engine finds for a record."""

    record: Mapping[str, Any]
    day: datetime.date
    facts: Facts
    outcomes: Mapping[str, Outcome]
    missing: Mapping[str, tuple[str, ...]]


class Replay:
    """Evaluates witness records as any record would be."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def run(self, data: Mapping[str, Any]) -> Replayed:
        """Return the facts and outcomes of a record; whatever the engine refuses is an error here too."""
        record = read_record(dict(data), "witness", history_fields=self._engine.history_fields)
        day = record.as_of
        assert day is not None
        evaluation = self._engine.evaluate(record, explain=True, source="witness")
        assert evaluation.trace is not None
        facts = self._engine.facts(record, source="witness").values
        outcomes = {trace.rule: trace.outcome for trace in evaluation.trace}
        missing = {entry.rule: entry.missing for entry in evaluation.not_evaluable}
        return Replayed(data, day, facts, outcomes, missing)
