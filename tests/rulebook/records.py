"""Records built the way a person would write them, for the tests of the shipped rulebook."""

from __future__ import annotations

import copy
import datetime
import json
from typing import Any

from cds_engine import Engine, Evaluation, load_rulebook, parse_json, shipped_rulebooks
from cds_engine.fhir import evaluate_document

AS_OF = datetime.date(2026, 11, 23)
ENGINE = Engine(load_rulebook(shipped_rulebooks() / "mianserin"))
COMPLETE: dict[str, Any] = {
    "patient": {"id": "boundary", "age_years": 50},
    "as_of": AS_OF.isoformat(),
    "conditions": [],
    "medications": [],
    "observations": [],
    "symptoms": [],
    "history": {"failed_antidepressant_trials": 0},
}
"""A record in which every section is known to be empty."""
MDD = "major-depressive-disorder"


def days_ago(days: int) -> str:
    """Return the day ``days`` before the date of the records."""
    return (AS_OF - datetime.timedelta(days=days)).isoformat()


def record(**sections: Any) -> dict[str, Any]:
    """Return a complete record with some sections replaced; None omits a section."""
    result = copy.deepcopy(COMPLETE)
    for name, content in sections.items():
        if content is None:
            del result[name]
        else:
            result[name] = content
    return result


def course(drug: str, dose: str | None = None, days: int | None = 200, **more: Any) -> dict[str, Any]:
    """Return a medication entry; ``dose`` is the JSON text of a number in mg/d."""
    entry: dict[str, Any] = {"drug": drug, **more}
    if dose is not None:
        entry["daily_dose"] = {"value": Raw(dose), "unit": "mg/d"}
    if days is not None:
        entry["start"] = days_ago(days)
    return entry


def mianserin(
    dose: str | None = "60", days: int | None = 200, indication: str | None = MDD
) -> dict[str, Any]:
    """Return a course of mianserin."""
    return course("mianserin", dose, days, indication=indication)


def reading(code: str, value: str | None, unit: str | None, days: int = 0) -> dict[str, Any]:
    """Return a result; ``value`` is the JSON text of a number."""
    return {
        "code": code,
        "value": value if value is None else Raw(value),
        "unit": unit,
        "date": days_ago(days),
    }


class Raw(str):
    """The JSON text of a number."""


def to_text(value: Any) -> str:
    """Return JSON text in which every :class:`Raw` is unchanged."""
    match value:
        case Raw():
            return str(value)
        case dict():
            return "{" + ",".join(f"{json.dumps(key)}:{to_text(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ",".join(map(to_text, value)) + "]"
    return json.dumps(value)


def evaluate(written: dict[str, Any], *, explain: bool = False) -> Evaluation:
    """Take a record the whole way: JSON text, parsing, facts, inference, advisories."""
    document = parse_json(to_text(written).encode(), "record")
    return evaluate_document(ENGINE, document, AS_OF, explain=explain).evaluation


def fired(written: dict[str, Any], family: str = "") -> set[str]:
    """Return the rules that fire for a record, of one family if named."""
    return {item.rule for item in evaluate(written).advisories if item.rule.startswith(family)}


def outcomes(written: dict[str, Any]) -> dict[str, str]:
    """Return the outcome of every rule."""
    trace = evaluate(written, explain=True).trace
    assert trace is not None
    return {item.rule: item.outcome for item in trace}
