"""What differs between two rulebooks as text, JSON and Markdown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from cds_engine.audit.difference.result import (
    KINDS,
    Compared,
    DataChange,
    DifferenceWitness,
    RulebookDifference,
    Verdict,
)

_MEANS: dict[Verdict, str] = {
    "narrower": "true for fewer records",
    "wider": "true for more records",
    "undecided": "neither proved equal nor shown to differ",
}
_RULE_MEANS: dict[Verdict, str] = {"narrower": "fires for fewer records", "wider": "fires for more records"}


def to_text(difference: RulebookDifference) -> str:
    """Return the differences as text for a terminal."""
    return "\n".join(_lines(difference)) + "\n"


def to_markdown(difference: RulebookDifference) -> str:
    """Return the differences as Markdown, for a comment on a pull request."""
    return "\n".join(_markdown(difference)) + "\n"


def to_json(difference: RulebookDifference) -> str:
    """Return everything that was compared as JSON, equal things included."""
    return json.dumps(_data(difference), indent=2, ensure_ascii=False) + "\n"


def _lines(difference: RulebookDifference) -> Iterator[str]:
    yield _title(difference)
    for kind in KINDS:
        items = list(difference.of(kind))
        differing = [item for item in items if not item.is_equal]
        yield ""
        yield f"{kind.capitalize()}s: {len(differing)} of {len(items)} differ"
        for item in differing:
            yield f"  {item.name}: {_verdict(item)}"
            yield from (f"    {line}" for witness in item.witnesses for line in _witness(witness))
            yield from (f"    {line}" for change in item.changes for line in _change(change, item))
    if difference.data:
        yield ""
        yield f"Terminology, evidence and other data: {len(difference.data)} values differ"
        yield from (f"  {line}" for change in difference.data for line in _change(change))
    yield ""
    yield difference.disclaimer


def _title(difference: RulebookDifference) -> str:
    before, after = (f"{book['id']} {book['version']}" for book in (difference.before, difference.after))
    return f"{before} ({_digest(difference.before)}) and {after} ({_digest(difference.after)})"


def _digest(book: Any) -> str:
    return str(book["digest"])[: len("sha256:") + 12]


def _verdict(item: Compared) -> str:
    """Return the verdict in words; what is equal in meaning is listed because its text differs."""
    if item.verdict == "equal":
        return "same meaning, different text" + (f" ({item.reason})" if item.reason else "")
    means = item.reason or (_RULE_MEANS if item.kind == "rule" else _MEANS).get(item.verdict, "")
    return f"{item.verdict}{': ' if means else ''}{means}"


def _witness(witness: DifferenceWitness) -> Iterator[str]:
    yield f"before {witness.before}, after {witness.after}, confirmed by the engine for this record:"
    yield f"  {json.dumps(witness.record, ensure_ascii=False)}"


def _change(change: DataChange, item: Compared | None = None) -> Iterator[str]:
    place = change.pointer if item is not None else f"{change.file}{change.pointer}"
    yield f"{place}:"
    yield f"  - {'(nothing)' if change.before is None else change.before}"
    yield f"  + {'(nothing)' if change.after is None else change.after}"


def _markdown(difference: RulebookDifference) -> Iterator[str]:
    yield f"## {_title(difference)}"
    if difference.is_equal:
        yield ""
        yield "Nothing differs."
    for kind in KINDS:
        items = list(difference.of(kind))
        differing = [item for item in items if not item.is_equal]
        if not differing:
            continue
        yield ""
        yield f"### {kind.capitalize()}s: {len(differing)} of {len(items)} differ"
        yield ""
        yield f"| {kind} | verdict | before | after |"
        yield "|---|---|---|---|"
        for item in differing:
            shown = [(witness.before, witness.after) for witness in item.witnesses]
            before, after = ("<br>".join(side) for side in zip(*shown, strict=True)) if shown else ("", "")
            yield f"| `{item.name}` | {_cell(_verdict(item))} | {_cell(before)} | {_cell(after)} |"
        for item in differing:
            yield from _details(item)
    if difference.data:
        yield ""
        yield f"### Terminology, evidence and other data: {len(difference.data)} values differ"
        yield ""
        yield from _code("diff", (line for change in difference.data for line in _change(change)))
    yield ""
    yield f"> {difference.disclaimer}"


def _details(item: Compared) -> Iterator[str]:
    """Yield the texts and records of one item, folded away."""
    if not (item.changes or item.witnesses):
        return
    yield ""
    yield f"<details><summary>{item.name}</summary>"
    yield ""
    if item.changes:
        yield from _code("diff", (line for change in item.changes for line in _change(change, item)))
    for witness in item.witnesses:
        yield f"Before {witness.before}, after {witness.after}, confirmed by the engine for this record:"
        yield ""
        yield from _code("json", [json.dumps(witness.record, indent=2, ensure_ascii=False)])
    yield "</details>"


def _code(language: str, lines: Iterator[str] | list[str]) -> Iterator[str]:
    yield f"```{language}"
    for line in lines:
        yield line[2:] if line.startswith(("  - ", "  + ")) else line
    yield "```"
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _data(difference: RulebookDifference) -> dict[str, Any]:
    return {
        "research_use_only": True,
        "disclaimer": difference.disclaimer,
        "before": dict(difference.before),
        "after": dict(difference.after),
        "equal": difference.is_equal,
        **{f"{kind}s": [_item(item) for item in difference.of(kind)] for kind in KINDS},
        "data": [_data_change(change) for change in difference.data],
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
