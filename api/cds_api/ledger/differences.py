"""How two answers differ, for their readers: which advice began, ended or changed, and where."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

MOST = 20
"""The most differences that are listed for one decision."""
Advice = Mapping[str, Any]


def advice(answer: Any) -> dict[str, Advice]:
    """Return what an answer advises, by rule: what a reader sees of each rule.

    It understands evaluations, Bundles of DetectedIssue and responses to hook calls, and lists of these.
    """
    found: dict[str, Advice] = {}
    for part in answer if isinstance(answer, list) else [answer]:
        found |= _advisories(part) | _cards(part) | _issues(part)
    return found


def stored_advice(answer: bytes) -> dict[str, Advice]:
    """Return what a stored answer advises, by rule; nothing if the answer was changed to something else."""
    try:
        return advice(json.loads(answer))
    except (ValueError, TypeError, KeyError, AttributeError, IndexError):
        return {}


def advice_differences(before: Any, after: Any) -> dict[str, list[str]]:
    """Return the rules whose advice began, ended or changed from one answer to another."""
    first, second = advice(before), advice(after)
    return {
        "began": sorted(second.keys() - first.keys()),
        "ended": sorted(first.keys() - second.keys()),
        "changed": sorted(rule for rule in first.keys() & second.keys() if first[rule] != second[rule]),
    }


def places(before: Any, after: Any) -> list[str]:
    """Return where two JSON documents differ, as pointers with both values, at most :data:`MOST`."""
    found: list[str] = []
    for difference in _places(before, after, ""):
        if len(found) == MOST:
            found.append("...")
            break
        found.append(difference)
    return found


def _places(before: Any, after: Any, at: str) -> Iterator[str]:
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            if name not in before or name not in after:
                yield f"{at}/{name}: {'only before' if name in before else 'only now'}"
            else:
                yield from _places(before[name], after[name], f"{at}/{name}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _places(one, other, f"{at}/{index}")
    elif before != after:
        yield f"{at}: {_short(before)} before, {_short(after)} now"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _advisories(answer: Any) -> dict[str, Advice]:
    parts = ("indicator", "summary", "detail")
    return {
        item["rule"]: {part: item.get(part) for part in parts}
        for item in _objects(answer, "advisories")
        if "rule" in item
    }


def _cards(answer: Any) -> dict[str, Advice]:
    found: dict[str, Advice] = {}
    for card in _objects(answer, "cards"):
        rule = card.get("source", {}).get("topic", {}).get("code")
        if rule is not None:
            found[rule] = {part: card.get(part) for part in ("indicator", "summary", "detail")}
    return found


def _issues(answer: Any) -> dict[str, Advice]:
    found: dict[str, Advice] = {}
    for entry in _objects(answer, "entry"):
        resource = entry.get("resource", {})
        if resource.get("resourceType") == "DetectedIssue":
            code = resource["code"]
            advised = {"severity": resource.get("severity"), "summary": code.get("text")}
            found[code["coding"][0]["code"]] = advised
    return found


def _objects(answer: Any, name: str) -> list[dict[str, Any]]:
    found = answer.get(name) if isinstance(answer, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
