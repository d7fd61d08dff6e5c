"""What differs between two rulebooks as text and JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from cds_engine.audit.difference.result import (
    KINDS,
    Compared,
    DataChange,
    DifferenceWitness,
    PatientChanges,
    RulebookDifference,
    ScenarioChanges,
    Verdict,
)

COLUMN = 56
"""The width of each of two texts side by side."""
NOTHING = "(nothing)"

_MEANS: dict[Verdict, str] = {
    "narrower": "true for fewer records",
    "wider": "true for more records",
    "undecided": "neither proved equal nor shown to differ",
}
_RULE_MEANS: dict[Verdict, str] = {"narrower": "fires for fewer records", "wider": "fires for more records"}


def to_text(difference: RulebookDifference) -> str:
    """Return the differences as text for a terminal."""
    return "\n".join(_lines(difference)) + "\n"


def to_json(difference: RulebookDifference) -> str:
    """Return everything that was compared as JSON, equal things included."""
    return json.dumps(_data(difference), indent=2, ensure_ascii=False) + "\n"


def _lines(difference: RulebookDifference) -> Iterator[str]:
    yield title(difference)
    yield from _patients(difference.patients)
    for kind in KINDS:
        items = list(difference.of(kind))
        differing = [item for item in items if not item.is_equal]
        yield ""
        yield f"{kind.capitalize()}s: {len(differing)} of {len(items)} differ"
        for item in differing:
            yield f"  {item.name}: {verdict_text(item)}"
            yield from (f"    {line}" for witness in item.witnesses for line in _witness(witness))
            yield from (f"    {line}" for change in item.changes for line in _change(change, item))
    if difference.data:
        yield ""
        yield f"Terminology, evidence and other data: {len(difference.data)} values differ"
        yield from (f"  {line}" for change in difference.data for line in _change(change))
    yield from _scenarios(difference.scenarios)
    yield ""
    yield difference.disclaimer


def _patients(patients: PatientChanges | None) -> Iterator[str]:
    if patients is None:
        return
    yield ""
    yield f"Patients: {patients.affected} of {patients.patients} gain or lose an advisory"
    for rule, gains, losses, others in patients.rules:
        yield f"  {rule}: {gains} gain it, {losses} lose it, {others} change otherwise"


def _scenarios(scenarios: ScenarioChanges | None) -> Iterator[str]:
    if scenarios is None:
        return
    yield ""
    yield f"Scenarios: {len(scenarios.changed)} of {scenarios.ran} change"
    for change in scenarios.changed:
        yield f"  {change.place}: {change.name}"
        yield from (f"    {rule}: {before} becomes {after}" for rule, before, after in change.rules)
        if change.failure:
            yield f"    fails: {change.failure}"


def title(difference: RulebookDifference) -> str:
    """Return the ids, versions and digests of both rulebooks."""
    before, after = (f"{book['id']} {book['version']}" for book in (difference.before, difference.after))
    return f"{before} ({_digest(difference.before)}) and {after} ({_digest(difference.after)})"


def _digest(book: Any) -> str:
    return str(book["digest"])[: len("sha256:") + 12]


def verdict_text(item: Compared) -> str:
    """Return the verdict in words; what is equal in meaning is listed because its text differs."""
    if item.verdict == "equal":
        return "same meaning, different text" + (f" ({item.reason})" if item.reason else "")
    means = item.reason or (_RULE_MEANS if item.kind == "rule" else _MEANS).get(item.verdict, "")
    return f"{item.verdict}{': ' if means else ''}{means}"


def _witness(witness: DifferenceWitness) -> Iterator[str]:
    yield f"before {witness.before}, after {witness.after}, confirmed by the engine for this record:"
    yield f"  {json.dumps(witness.record, ensure_ascii=False)}"


def _change(change: DataChange, item: Compared | None = None) -> Iterator[str]:
    """Yield what is written differently: short values below each other, long texts side by side."""
    place = change.pointer if item is not None else f"{change.file}{change.pointer}"
    yield f"{place}:"
    before, after = (NOTHING if value is None else value for value in (change.before, change.after))
    if max(len(before), len(after)) <= COLUMN:
        yield f"  - {before}"
        yield f"  + {after}"
        return
    left, right = (textwrap.wrap(value, COLUMN) for value in (before, after))
    for one, other in zip_longest(["before", *left], ["after", *right], fillvalue=""):
        yield f"  {one:<{COLUMN}} | {other}".rstrip()


def _data(difference: RulebookDifference) -> dict[str, Any]:
    return {
        "research_use_only": True,
        "disclaimer": difference.disclaimer,
        "before": dict(difference.before),
        "after": dict(difference.after),
        "equal": difference.is_equal,
        **{f"{kind}s": [_item(item) for item in difference.of(kind)] for kind in KINDS},
        "data": [_data_change(change) for change in difference.data],
        "scenarios": _scenarios_data(difference.scenarios),
        "patients": _patients_data(difference.patients),
    }


def _scenarios_data(scenarios: ScenarioChanges | None) -> dict[str, Any] | None:
    if scenarios is None:
        return None
    return {
        "ran": scenarios.ran,
        "changed": [
            {
                "scenario": change.name,
                "at": change.place,
                "rules": [
                    {"rule": rule, "before": before, "after": after} for rule, before, after in change.rules
                ],
                "failure": change.failure or None,
            }
            for change in scenarios.changed
        ],
    }


def _patients_data(patients: PatientChanges | None) -> dict[str, Any] | None:
    if patients is None:
        return None
    return {
        "patients": patients.patients,
        "affected": patients.affected,
        "rules": [
            {"rule": rule, "gain": gains, "lose": losses, "other": others}
            for rule, gains, losses, others in patients.rules
        ],
    }


def _item(item: Compared) -> dict[str, Any]:
    return {
        "id": item.name,
        "verdict": item.verdict,
        "reason": item.reason or None,
        "witnesses": [
            {
                "record": dict(witness.record),
                "before": witness.before,
                "after": witness.after,
                "confirmed": True,
            }
            for witness in item.witnesses
        ],
        "changes": [_data_change(change) for change in item.changes],
    }


def _data_change(change: DataChange) -> dict[str, Any]:
    return {
        "file": change.file,
        "pointer": change.pointer,
        "before": change.before,
        "after": change.after,
    }
