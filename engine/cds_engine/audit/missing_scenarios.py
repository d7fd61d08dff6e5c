"""Missing scenarios as Gherkin: each passes when it is pasted into a feature file.

Each has the tag that keeps it from counting until somebody has reviewed what it expects.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cds_engine.audit.proof.entries import OTHER
from cds_engine.audit.record_search import Search
from cds_engine.audit.witness import Replayed
from cds_engine.quantities.numbers import plain
from cds_engine.scenarios.recording import UNREVIEWED

_OUTCOME_PHRASES = {
    "fired": "fires",
    "not_met": "does not fire",
    "not_applicable": "does not apply",
    "not_evaluable": "is not evaluable",
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


def scenario_text(name: str, search: Search, *, indicator: str | None = None) -> str:
    """Return a scenario called ``name`` for the record of a successful search."""
    assert search.found is not None
    assert search.rule is not None
    lines = [f"@{UNREVIEWED}", f"Scenario: {name}"]
    for number, line in enumerate(_givens(search.found.record)):
        lines.append(f"  {'Given' if number == 0 else 'And'} {line}")
    lines.append("  When the record is evaluated")
    lines.append(f"  Then {_then(search.found, search.rule, indicator)}")
    return "\n".join(lines) + "\n"


def _then(replayed: Replayed, rule: str, indicator: str | None) -> str:
    outcome = replayed.outcomes[rule]
    text = f"rule {rule} {_OUTCOME_PHRASES[outcome]}"
    if outcome == "not_evaluable":
        missing = replayed.missing[rule]
        names = missing[0] if len(missing) == 1 else f"{', '.join(missing[:-1])} and {missing[-1]}"
        return f"{text} because {names} {'is' if len(missing) == 1 else 'are'} unknown"
    return text if indicator is None else f"{text} as {indicator}"


def _givens(record: Mapping[str, Any]) -> list[str]:
    """Return the record as steps, or as one JSON step if an entry has no step of its own."""
    try:
        return list(_steps(record))
    except _NoStepError:
        text = json.dumps(record, ensure_ascii=False)
        return [f'the record:\n    """\n    {text}\n    """']


class _NoStepError(Exception):
    """No step can express an entry."""


def _steps(record: Mapping[str, Any]) -> Iterator[str]:
    yield f"as of {record['as_of']}"
    if "patient" in record:
        yield f"a patient of {record['patient'].get('age_years', 'unknown age')}"
        if "sex" in record["patient"]:
            yield f"the patient is {record['patient']['sex']}"
    for section in ("conditions", "medications", "observations", "symptoms"):
        if section in record and not record[section]:
            yield f"no {section}"
    yield from map(_medication, record.get("medications", ()))
    yield from map(_condition, record.get("conditions", ()))
    yield from map(_symptom, record.get("symptoms", ()))
    yield from map(_observation, record.get("observations", ()))
    yield from (f"the list of {section} may be incomplete" for section in record.get("incomplete", ()))
    if "history" in record:
        yield from _history(record["history"])


def _condition(entry: Mapping[str, Any]) -> str:
    code, dated = entry["code"], not {"onset", "resolved"}.isdisjoint(entry)
    if entry["present"]:
        return f"the patient has {code}{_phrases(entry, ' since', ' resolved')}"
    if dated:
        raise _NoStepError
    known = entry["present"] is not None
    return f"{'the patient does not have' if known else 'it is not known whether the patient has'} {code}"


def _symptom(entry: Mapping[str, Any]) -> str:
    if entry["present"]:
        severity = f"{entry['severity']} " if "severity" in entry else ""
        return f"the patient reports {severity}{entry['code']}"
    if "severity" in entry:
        raise _NoStepError
    known = entry["present"] is not None
    phrase = "the patient does not report" if known else "it is not known whether the patient reports"
    return f"{phrase} {entry['code']}"


def _medication(entry: Mapping[str, Any]) -> str:
    plain_course = entry.keys() <= {"drug", "daily_dose", "start", "stop", "indication"}
    drug, verb = entry["drug"], "took" if "stop" in entry else "takes"
    if "daily_dose" in entry:
        drug += f" {_number(entry['daily_dose']['value'])} {entry['daily_dose']['unit']}"
    if plain_course and entry.get("indication") != OTHER:
        return f"the patient {verb} {drug}{_phrases(entry, ' for', ' started', ' stopped')}"
    if "indication" in entry or {"taken", "stopped"} <= entry.keys():
        raise _NoStepError
    if "taken" in entry:
        return f"it is not known whether the patient {verb} {drug}{_phrases(entry, ' started', ' stopped')}"
    return f"the patient stopped {drug} on an unknown day{_phrases(entry, ', started')}"


def _phrases(entry: Mapping[str, Any], *words: str) -> str:
    """Return the parts of a step that state the fields of an entry."""
    return "".join(f"{word} {entry[_FIELDS[word]]}" for word in words if _FIELDS[word] in entry)


def _observation(entry: Mapping[str, Any]) -> str:
    if "T" in entry.get("date", "") or not {"value", "date"} & entry.keys():
        raise _NoStepError
    if "value" not in entry:
        return f"{entry['code']} taken {entry['date']}, result unknown"
    day = entry.get("date", "undated")
    return f"{entry['code']} of {_number(entry['value'])} {entry['unit']}, {day}"


def _history(history: Mapping[str, Any]) -> Iterator[str]:
    if not history:
        yield "no history"
    for field, value in history.items():
        yield f"a history of {value} {field.replace('_', ' ')}"


def _number(value: float) -> str:
    return plain(Decimal(repr(value)))
