"""JSON Schemas as tables: each field with its type, its default and its meaning."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cds_engine.answer.models import Evaluation
from cds_engine.record.models import Record

from tools.docs.text import markdown, one_of, table

Schema = Mapping[str, Any]
FILES = ("rulebook", "terminology", "facts", "parameters", "evidence", "pharmacology", "rule", "shared")
"""The files of a rulebook, in the order in which an author meets them."""
_REFERENCE = "#/$defs/"
_FILE = re.compile(r"^`\w+\.yaml`[:.] ?")
"""How the description of a file begins: with its name, which the heading has already."""
_SIMPLE = {"string": "text", "boolean": "true or false", "null": "null", "object": "object", "array": "list"}


def record() -> str:
    """Return the tables of a patient record."""
    return SchemaPage(Record.model_json_schema(), "record").tables("The record", level=2)


def evaluation() -> str:
    """Return the tables of an evaluation."""
    return SchemaPage(Evaluation.model_json_schema(), "evaluation").tables("The evaluation", level=2)


def rule_files(folder: Path) -> str:
    """Return the tables of every file of a rulebook, from the schemas in ``folder``."""
    parts = []
    for name in FILES:
        schema = json.loads((folder / f"{name}.schema.json").read_text(encoding="utf-8"))
        title = "A rule" if name == "rule" else f"`{name}.yaml`"
        parts.append(SchemaPage(schema, name).tables(title, level=2))
    return "\n\n".join(parts)


class SchemaPage:
    """One JSON Schema as headings and tables; ``prefix`` keeps its anchors apart from those of others."""

    def __init__(self, schema: Schema, prefix: str) -> None:
        self.schema = schema
        self.prefix = prefix
        self.definitions: Mapping[str, Schema] = schema.get("$defs", {})

    def tables(self, title: str, *, level: int) -> str:
        """Return the table of the whole under ``title``, and that of each of its parts one level below."""
        marks = "#" * level
        parts = [f"{marks} {title} {{#{self.prefix}}}\n\n{self._described(self.schema)}"]
        for name in self._in_order():
            definition = self.definitions[name]
            heading = f"{marks}# {_title(name, definition)} {{#{self._anchor(name)}}}"
            parts.append(f"{heading}\n\n{self._described(definition)}")
        return "\n\n".join(parts)

    def _in_order(self) -> list[str]:
        """Return the names of the definitions in the order in which a reader meets them."""
        found: dict[str, None] = {}
        waiting = list(_references(self.schema.get("properties", {})))
        while waiting:
            name = waiting.pop(0)
            if name not in found:
                found[name] = None
                waiting = [*_references(self.definitions[name]), *waiting]
        return list(found)

    def _anchor(self, name: str) -> str:
        return f"{self.prefix}-{name.lower()}"

    def _described(self, schema: Schema) -> str:
        required = schema.get("required", [])
        rows = (
            (
                f"`{name}`",
                self._type(field),
                "required" if name in required else _default(field),
                markdown(field.get("description", "")),
            )
            for name, field in schema.get("properties", {}).items()
        )
        text = _FILE.sub("", markdown(schema.get("description", "")))
        return f"{text[:1].upper()}{text[1:]}\n\n{table(('field', 'type', 'default', 'meaning'), rows)}"

    def _type(self, field: Schema) -> str:
        if "$ref" in field:
            name = field["$ref"].removeprefix(_REFERENCE)
            return f"[{_title(name, self.definitions[name])}](#{self._anchor(name)})"
        if "const" in field:
            return f"`{json.dumps(field['const'])}`" if field["const"] is not True else "always `true`"
        if "enum" in field:
            return one_of(self._words(field))
        if "oneOf" in field or "anyOf" in field:
            return self._choice(field)
        kind = field.get("type")
        if kind == "array":
            return f"list of {self._type(field['items'])}{_limit(field, 'maxItems', 'entries')}"
        if kind == "object":
            named = field.get("patternProperties", {}).values()
            values = next(iter(named), field.get("additionalProperties"))
            return f"{self._type(values)}, by name" if isinstance(values, dict) else "object"
        return _simple(field)

    def _choice(self, field: Schema) -> str:
        options = field.get("oneOf") or field["anyOf"]
        if {"const": "always"} in options:
            return "[expression](#expressions)"
        kinds = {option.get("type") for option in options}
        if kinds == {"number", "string"}:  # a decimal, which may also be written as a text
            options = [option for option in options if option["type"] == "number"]
        words = [word for option in options for word in self._words(option)]
        return one_of(dict.fromkeys(words))

    def _words(self, option: Schema) -> list[str]:
        """Return the type in the words that may be joined with those of other types."""
        return [f"`{value}`" for value in option["enum"]] if "enum" in option else [self._type(option)]


def _references(schema: object) -> Iterator[str]:
    """Yield the names of the definitions that ``schema`` refers to, in its order."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            yield schema["$ref"].removeprefix(_REFERENCE)
        for key, part in schema.items():
            if key != "discriminator":
                yield from _references(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _references(part)


def _title(name: str, definition: Schema) -> str:
    """Return the heading of a definition: its name in words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name.removesuffix("File")).capitalize()


def _default(field: Schema) -> str:
    default = field.get("default")
    if default is None or default in ([], {}):
        return ""
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _simple(field: Schema) -> str:
    kind, pattern = field.get("type"), field.get("pattern", "")
    if field.get("format") == "date":
        return "date"
    if pattern.startswith("^\\$"):
        return "`$parameter`"
    if kind in ("number", "integer"):
        return ("whole number" if kind == "integer" else "number") + _range(field)
    if kind == "string" and pattern:
        return f"text like `{pattern}`" if "\\d" in pattern else "name"
    if kind is None:
        return "any value"
    return _SIMPLE[kind] + _limit(field, "maxLength", "characters")


def _range(field: Schema) -> str:
    if "exclusiveMinimum" in field:
        return f" above {field['exclusiveMinimum']:g}"
    least = f" from {field['minimum']}" if "minimum" in field else ""
    return f"{least} to {field['maximum']}" if "maximum" in field else least


def _limit(field: Schema, key: str, what: str) -> str:
    return f" (at most {field[key]:,} {what})" if key in field else ""
