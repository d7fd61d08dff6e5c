"""Writes records and their evaluations as Gherkin: each scenario passes when it is run.

What no step can state is written as JSON, in the step ``the record:``. The patient's id is left out.
"""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cds_engine.answer.models import Evaluation
from cds_engine.evaluate import Engine
from cds_engine.language.kleene import Outcome
from cds_engine.quantities.numbers import plain
from cds_engine.quantities.units import UnitError
from cds_engine.rulebook.vocabulary import Quantity, Section, Vocabulary
from cds_engine.scenarios.recording import UNREVIEWED

OUTCOMES: Mapping[Outcome, str] = {
    "fired": "fires",
    "not_met": "does not fire",
    "not_applicable": "does not apply",
    "not_evaluable": "is not evaluable",
}
"""What a step says of each outcome."""
_SECTIONS: Mapping[str, Section] = {
    "conditions": "conditions",
    "medications": "drugs",
    "observations": "observations",
    "symptoms": "symptoms",
}
_FIELDS = {
    " for": "indication",
    " started": "start",
    ", started": "start",
    " stopped": "stop",
    " since": "onset",
    " resolved": "resolved",
}
"""The words of a step before the value of each field."""
_ESCAPED_QUOTE = re.compile(r'(?<!\\)((?:\\\\)*)\\"')
_PLAIN_UNIT = re.compile(r"[^\s,|]+")
Entry = Mapping[str, Any]


def record_feature(
    engine: Engine,
    record: Mapping[str, Any],
    as_of: datetime.date,
    *,
    name: str = "A record",
    source: str = "record",
) -> str:
    """Return a feature with one scenario: a native record, and the outcomes that its evaluation has.

    It has the tag that keeps it from counting in an audit until somebody has reviewed what it expects.

    Args:
        engine: the engine that evaluates the record.
        record: the native record, as JSON data.
        as_of: the moment to evaluate for if the record has none.
        name: the name of the scenario.
        source: the record's name in errors.

    Raises:
        RecordError: with every problem of the record.
    """
    read = engine.read(dict(record), source)
    moment = read.as_of or as_of
    evaluation = engine.evaluate(read, moment, source=source)
    steps = given_steps({**record, "as_of": moment.isoformat()}, engine.vocabulary)
    title = " ".join(name.split())
    lines = [f"Feature: {title}", "", f"  @{UNREVIEWED}", f"  Scenario: {title}"]
    for number, step in enumerate(steps):
        lines += _indented(f"{'Given' if number == 0 else 'And'} {step}")
    lines.append("    When the record is evaluated")
    for number, step in enumerate(_expectations(evaluation)):
        lines += _indented(f"{'Then' if number == 0 else 'And'} {step}")
    return "\n".join(lines) + "\n"


def _indented(step: str) -> list[str]:
    first, *others = step.split("\n")
    return [f"    {first}", *(f"      {line}" for line in others)]


def _expectations(evaluation: Evaluation) -> Iterator[str]:
    """Yield what the evaluation shows as steps."""
    if evaluation.advisories:
        rows = [("rule", "indicator")] + [(each.rule, each.indicator) for each in evaluation.advisories]
        yield f"only these rules fire:\n{_table(rows)}"
    else:
        yield "no rule fires"
    others = [(rule, OUTCOMES[found]) for rule, found in sorted(evaluation.outcomes.by_rule.items())]
    rows = [("rule", "outcome"), *(row for row in others if row[1] != OUTCOMES["fired"])]
    if len(rows) > 1:
        yield f"the rules come out as follows:\n{_table(rows)}"


def _table(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (" | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(f"| {line} |" for line in lines)


def given_steps(record: Mapping[str, Any], vocabulary: Vocabulary) -> list[str]:
    """Return the steps that build a native record; the first one says as of when, if the record does."""
    return _Steps(vocabulary).of(record)


class _NoStepError(Exception):
    """No step can state something."""


class _Steps:
    def __init__(self, vocabulary: Vocabulary) -> None:
        self._words = vocabulary

    def of(self, record: Mapping[str, Any]) -> list[str]:
        steps: list[str] = []
        left: dict[str, Any] = {}
        as_of = record.get("as_of")
        if isinstance(as_of, str) and len(as_of) == len("2026-11-23"):
            steps.append(f"as of {as_of}")
        elif as_of is not None:
            left["as_of"] = as_of
        steps += self._patient(record.get("patient") or {}, left)
        for section in _SECTIONS:
            if record.get(section) is not None:
                steps += self._section(section, record[section], left)
        steps += [f"the list of {section} may be incomplete" for section in record.get("incomplete") or ()]
        steps += self._history(record.get("history"), left)
        if left:
            position = 1 if steps and steps[0].startswith("as of ") else 0
            steps.insert(position, f'the record:\n"""\n{_json(left)}\n"""')
        return steps

    @staticmethod
    def _patient(patient: Entry, left: dict[str, Any]) -> Iterator[str]:
        stated = {name: value for name, value in patient.items() if value is not None and name != "id"}
        if "birth_date" in stated:
            yield f"a patient born on {stated['birth_date']}"
        elif "age_years" in stated:
            yield f"a patient of {stated['age_years']}"
        elif stated:
            yield "a patient of unknown age"
        if stated.get("sex", "unknown") != "unknown":
            yield f"the patient is {stated['sex']}"
        elif "sex" in stated:
            left["patient"] = {"sex": "unknown"}
        if "deceased_date" in stated:
            yield f"the patient died {stated['deceased_date']}"

    def _section(self, section: str, entries: Sequence[Entry], left: dict[str, Any]) -> Iterator[str]:
        write = getattr(self, f"_{section}")
        if not entries:
            yield f"no {section}"
        for entry in entries:
            stated = {
                name: value
                for name, value in entry.items()
                if value is not None or name in ("present", "taken")
            }
            try:
                yield write(stated)
            except _NoStepError:
                left.setdefault(section, []).append(dict(entry))

    @staticmethod
    def _history(history: Mapping[str, Any] | None, left: dict[str, Any]) -> Iterator[str]:
        if history is None:
            return
        if not history:
            yield "no history"
        for field, value in history.items():
            if value is None:
                left.setdefault("history", {})[field] = None
            else:
                yield f"a history of {value} {field.replace('_', ' ')}"

    def _name(self, section: str, code: str) -> str:
        """Return the concept that a code certainly means."""
        concept = self._words.concept(_SECTIONS[section], code)
        if concept is None:
            raise _NoStepError
        return concept

    def _conditions(self, entry: Entry) -> str:
        code, dated = self._name("conditions", entry["code"]), not {"onset", "resolved"}.isdisjoint(entry)
        present = entry.get("present", True)
        if present:
            return f"the patient has {code}{_phrases(entry, ' since', ' resolved')}"
        if dated:
            raise _NoStepError
        known = present is not None
        return f"{'the patient does not have' if known else 'it is not known whether the patient has'} {code}"

    def _symptoms(self, entry: Entry) -> str:
        code, present = self._name("symptoms", entry["code"]), entry.get("present", True)
        if present:
            severity = f"{entry['severity']} " if "severity" in entry else ""
            return f"the patient reports {severity}{code}"
        if "severity" in entry:
            raise _NoStepError
        known = present is not None
        phrase = "the patient does not report" if known else "it is not known whether the patient reports"
        return f"{phrase} {code}"

    def _medications(self, entry: Entry) -> str:
        drug, verb = self._name("medications", entry["drug"]), "took" if "stop" in entry else "takes"
        taken, stopped = entry.get("taken", True), entry.get("stopped", False)
        if "daily_dose" in entry:
            drug += f" {self._quantity(entry['daily_dose'], self._words.dose)}"
        if taken and (not stopped or "stop" in entry):
            indication = {}
            if "indication" in entry:
                indication["indication"] = self._name("conditions", entry["indication"])
            phrases = _phrases({**entry, **indication}, " for", " started", " stopped")
            return f"the patient {verb} {drug}{phrases}"
        if taken is False or "indication" in entry or (taken is None and stopped):
            raise _NoStepError
        if taken is None:
            phrases = _phrases(entry, " started", " stopped")
            return f"it is not known whether the patient {verb} {drug}{phrases}"
        return f"the patient stopped {drug} on an unknown day{_phrases(entry, ', started')}"

    def _observations(self, entry: Entry) -> str:
        code, status = self._name("observations", entry["code"]), entry.get("status", "final")
        day = entry.get("date")
        if (day is not None and "T" in day.upper()) or not {"value", "date"} & entry.keys():
            raise _NoStepError
        if status != "final" and not {"value", "date"} <= entry.keys():
            raise _NoStepError
        if "value" not in entry:
            return f"{code} taken {day}, result unknown"
        quantity = self._quantity(entry, self._words.quantities[code])
        return f"{code} of {quantity}, {day or 'undated'}{'' if status == 'final' else f', {status}'}"

    @staticmethod
    def _quantity(stated: Entry, quantity: Quantity) -> str:
        value, unit = stated.get("value"), stated.get("unit")
        if value is None or not isinstance(unit, str) or not _PLAIN_UNIT.fullmatch(unit):
            raise _NoStepError
        number = value if isinstance(value, Decimal) else Decimal(repr(value))
        try:
            quantity.scale.convert(number, unit)
        except UnitError:
            raise _NoStepError from None
        return f"{plain(number)} {unit}"


def _phrases(entry: Entry, *words: str) -> str:
    """Return the parts of a step that state the fields of an entry."""
    return "".join(f"{word} {entry[_FIELDS[word]]}" for word in words if _FIELDS[word] in entry)


def _json(left: Mapping[str, Any]) -> str:
    """Return JSON for a step; quotes in texts are written as code points, so that none ends the step."""
    text = json.dumps(left, ensure_ascii=False, default=float)
    return _ESCAPED_QUOTE.sub(r"\1\\u0022", text)
