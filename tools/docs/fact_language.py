"""The reference of the fact language: its attributes, and the cases that every reader passes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import yaml
from cds_engine.language.queries import ATTRIBUTES, PATIENT_ATTRIBUTES, Attribute
from cds_engine.rulebook.fact_prose import definition

from tests.spec.cases import HERE, Case, chapter, names
from tools.docs.text import table

ORDER = (
    "latest",
    "counting",
    "aggregates",
    "presence",
    "treatments",
    "around",
    "formulas",
    "patient",
    "moments",
)


def attributes() -> str:
    """Return the attributes of each kind of entry as a table."""
    rows = [
        (f"`{kind}`", f"`{name}`", _kind(found), found.meaning)
        for kind, named in {**ATTRIBUTES, "patient": PATIENT_ATTRIBUTES}.items()
        for name, found in named.items()
    ]
    return table(("entries", "attribute", "is", "meaning"), rows)


def _kind(attribute: Attribute) -> str:
    if attribute.kind == "boolean":
        return "true or false"
    if attribute.kind == "code":
        return ", ".join(attribute.codes) or "a code"
    return f"a number in `{attribute.unit}`" if attribute.unit else "a number"


def cases() -> str:
    """Return every chapter of the specification: its facts, what they mean, and its cases."""
    found = names()
    ordered = [name for name in ORDER if name in found] + [name for name in found if name not in ORDER]
    return "\n\n".join("\n".join(_chapter(name)) for name in ordered)


def _chapter(name: str) -> Iterator[str]:
    found = chapter(name)
    rulebook = found.engine.rulebook
    written = yaml.safe_load((HERE / "cases" / f"{name}.yaml").read_text(encoding="utf-8"))
    yield f"## {found.title}"
    yield ""
    yield " ".join(found.about.split())
    yield ""
    if written.get("parameters"):
        parameters = ", ".join(f"`${key}` is {value}" for key, value in written["parameters"].items())
        yield f"In the facts below {parameters}."
        yield ""
    values = rulebook.values_at(rulebook.first_day)
    for fact, declared in written["facts"].items():
        body = {key: value for key, value in declared.items() if key != "title"}
        yield "```yaml"
        yield yaml.safe_dump({fact: body}, sort_keys=False, default_flow_style=None, width=100).strip()
        yield "```"
        yield ""
        yield definition(rulebook, rulebook.facts[fact], values)
        yield ""
    yield "| record | facts |"
    yield "|---|---|"
    for case in found.cases:
        yield f"| {_record(case)} | {_expected(case)} |"


def _record(case: Case) -> str:
    shown = json.dumps(case.record, default=_number, ensure_ascii=False)
    return f"**{case.title}**<br>`{shown}`"


def _expected(case: Case) -> str:
    return "<br>".join(f"`{name}`: {_value(value)}" for name, value in case.expected.items())


def _value(value: object) -> str:
    if value is None:
        return "unknown"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(value: Any) -> int | float:
    assert isinstance(value, Decimal)
    return int(value) if value == int(value) else float(value)
