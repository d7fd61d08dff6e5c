"""Missing scenarios as Gherkin: each passes when it is pasted into a feature file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cds_engine.audit.record_search import Search
from cds_engine.audit.witness import UNNAMED, Replayed
from cds_engine.quantities.numbers import plain

_OUTCOME_PHRASES = {
    "fired": "fires",
    "not_met": "does not fire",
    "not_applicable": "does not apply",
    "not_evaluable": "is not evaluable",
}


def scenario_text(name: str, search: Search, *, indicator: str | None = None) -> str:
    """Return a scenario called ``name`` for the record of a successful search."""
    assert search.found is not None
    assert search.rule is not None
    lines = [f"Scenario: {name}"]
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
        yield f"a patient of {record['patient']['age_years']}"
    for section in ("conditions", "medications", "observations", "symptoms"):
        if section in record and not record[section]:
            yield f"no {section}"
    for entry in record.get("medications", ()):
        yield _medication(entry)
    for entry in record.get("conditions", ()):
        known = entry["present"] is not None
        yield f"{'the patient has' if known else 'it is not known whether the patient has'} {entry['code']}"
    for entry in record.get("symptoms", ()):
        if entry["present"] is None:
            yield f"it is not known whether the patient reports {entry['code']}"
        else:
            severity = f"{entry['severity']} " if "severity" in entry else ""
            yield f"the patient reports {severity}{entry['code']}"
    for entry in record.get("observations", ()):
        yield _observation(entry)
    if "history" in record:
        yield from _history(record["history"])


def _medication(entry: Mapping[str, Any]) -> str:
    if entry.get("indication") == UNNAMED:
        raise _NoStepError
    text = f"the patient {'took' if 'stop' in entry else 'takes'} {entry['drug']}"
    if "daily_dose" in entry:
        text += f" {_number(entry['daily_dose']['value'])} {entry['daily_dose']['unit']}"
    for word, key in (("for", "indication"), ("started", "start"), ("stopped", "stop")):
        if key in entry:
            text += f" {word} {entry[key]}"
    return text


def _observation(entry: Mapping[str, Any]) -> str:
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
