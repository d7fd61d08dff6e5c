"""Builds a patient record from a sketch: the inverse of every derivation of facts.

The record leaves out what the sketch leaves open. Nothing assumes that the record really has the facts that
the solver proposed: the real engine derives and evaluates them again (:class:`Replay`).
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cds_engine.audit.proof import Sketch
from cds_engine.audit.proof.sketch import OTHER
from cds_engine.evaluate import Engine
from cds_engine.language.kleene import Facts, Outcome
from cds_engine.quantities.numbers import WORKING, canonical, to_json
from cds_engine.record.models import read_record
from cds_engine.rulebook.files import Range
from cds_engine.rulebook.model import Rulebook

HUNDRED = Decimal(100)
UNNAMED = "something-else"
"""An indication outside every vocabulary."""


class Witnesses:
    """Turns sketches into records as of ``day``."""

    def __init__(self, rulebook: Rulebook, day: datetime.date) -> None:
        self._terms = rulebook.terminology
        self._day = day

    def record(self, sketch: Sketch) -> dict[str, Any]:
        """Return a record, as JSON data, for ``sketch``."""
        record: dict[str, Any] = {"as_of": self._day.isoformat()}
        if sketch.flag("patient", "age", "known"):
            years = sketch.number("patient", "age", "years")
            record["patient"] = {"age_years": int(years or 0)}
        for section in ("conditions", "symptoms"):
            if sketch.flag(section):
                record[section] = _stated(sketch, section)
        if sketch.flag("medications"):
            record["medications"] = [
                entry for drug in sketch.names("drug") for entry in self._courses(sketch, drug)
            ]
        if sketch.flag("observations"):
            record["observations"] = [
                entry for name in sketch.names("observation") for entry in self._results(sketch, name)
            ]
        if sketch.flag("history"):
            fields = (name for name in sketch.names("history") if sketch.flag("history", name, "known"))
            record["history"] = {name: int(sketch.number("history", name, "value") or 0) for name in fields}
        return record

    def _date(self, days: Decimal) -> str:
        return (self._day - datetime.timedelta(days=int(days))).isoformat()

    def _courses(self, sketch: Sketch, drug: str) -> list[dict[str, Any]]:
        courses = []
        if sketch.flag("drug", drug, "active"):
            course: dict[str, Any] = {"drug": drug}
            dose = sketch.number("drug", drug, "dose")
            if dose is not None and sketch.flag("drug", drug, "dose known"):
                course["daily_dose"] = {"value": to_json(dose), "unit": self._terms.dose.unit}
            days = sketch.number("drug", drug, "days")
            if days is not None and sketch.flag("drug", drug, "start known"):
                course["start"] = self._date(days)
            if sketch.flag("drug", drug, "stated"):
                indication = sketch.parts[("drug", drug, "indication")]
                course["indication"] = UNNAMED if indication == OTHER else indication
            courses.append(course)
        if sketch.flag("drug", drug, "stopped"):
            since = sketch.number("drug", drug, "days since stop")
            courses.append({"drug": drug, "stop": self._date(since or Decimal(0))})
        return courses

    def _results(self, sketch: Sketch, name: str) -> list[dict[str, Any]]:
        """Return the results of one observation, the latest first."""
        if not sketch.flag("observation", name, "ever"):
            return []
        unit = self._terms.observations[name].unit
        undated: dict[str, Any] = {"code": name, "unit": unit}
        if sketch.flag("observation", name, "undated"):
            return [{**undated, "value": to_json(_usual(self._terms.observations[name].plausible))}]
        values = self._values(sketch, name)
        return [
            {**undated, **({} if value is None else {"value": to_json(value)}), "date": self._date(day)}
            for day, value in sorted(values.items())
        ]

    def _values(self, sketch: Sketch, name: str) -> dict[Decimal, Decimal | None]:
        """Return the results of one observation by the days that have passed since."""
        about = ("observation", name)
        latest_day = sketch.number(*about, "days") or Decimal(0)
        fall, latest = sketch.number(*about, "fall"), sketch.number(*about, "value")
        previous = sketch.number(*about, "previous")
        changes = [
            (part[3], part[4], sketch.number(*part))
            for part in sketch.parts
            if part[:3] == (*about, "change") and part[4] != "baseline known"
        ]
        plausible = self._terms.observations[name].plausible
        usual = _usual(plausible)
        results: dict[Decimal, Decimal | None] = {}
        if fall is not None:
            previous, latest = _fitting(previous or usual, -fall, latest, plausible)
        for drug, direction, change in changes:
            if change is None or not sketch.flag(*about, "change", drug, "baseline known"):
                continue
            rise = change if direction == "rise" else -change
            baseline, latest = _fitting(usual, rise, latest, plausible)
            days = sketch.number("drug", drug, "days") or Decimal(0)
            results[max(days, latest_day + 1)] = baseline
        if sketch.flag(*about, "second"):
            day = sketch.number(*about, "previous days") or latest_day + 1
            known = sketch.flag(*about, "previous known")
            results[day] = (previous if previous is not None else usual) if known else None
        if sketch.flag(*about, "extra"):
            results.setdefault(self._extra_day(sketch, latest_day), usual)
        known = ("observation", name, "value known") not in sketch.parts or sketch.flag(*about, "value known")
        results[latest_day] = (usual if latest is None else latest) if known else None
        return results

    @staticmethod
    def _extra_day(sketch: Sketch, latest_day: Decimal) -> Decimal:
        """Return a day close to the start of the treatment on which a result may have been taken."""
        started = [sketch.number("drug", drug, "days") for drug in sketch.names("drug")]
        return max([latest_day + 1, *(days for days in started if days is not None)])


def _stated(sketch: Sketch, section: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for name in sketch.names(section):
        if sketch.flag(section, name, "open"):
            entries.append({"code": name, "present": None})
        elif sketch.flag(section, name, "present"):
            entry: dict[str, Any] = {"code": name, "present": True}
            if sketch.flag(section, name, "severity known"):
                entry["severity"] = sketch.parts[(section, name, "severity")]
            entries.append(entry)
    return entries


def _usual(plausible: Range) -> Decimal:
    """Return a round number well inside a range, so that many percentages of it stay inside."""
    for candidate in (Decimal(100), Decimal(10), Decimal(20), Decimal(1)):
        if plausible.minimum < candidate < plausible.maximum:
            return candidate
    return (plausible.minimum + plausible.maximum) / 2


def _fitting(
    base: Decimal, rise: Decimal, latest: Decimal | None, plausible: Range
) -> tuple[Decimal, Decimal]:
    """Return an earlier and a latest value that differ by ``rise`` percent of the earlier one.

    Either follows from the other; where the latest is free, the earlier one is made small enough.
    """
    factor = WORKING.divide(HUNDRED + rise, HUNDRED)
    if latest is not None and factor:
        return canonical(WORKING.divide(latest, factor)), latest
    while base * factor > plausible.maximum and base / 2 >= plausible.minimum:
        base /= 2
    while base * factor < plausible.minimum and base * 2 <= plausible.maximum:
        base *= 2
    return base, canonical(WORKING.multiply(base, factor))


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
