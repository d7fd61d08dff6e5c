"""The generated parts of the documentation."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from cds_api.cli.main import app
from cds_engine import load_rulebook, shipped_rulebooks
from cds_engine.answer.models import Evaluation
from cds_engine.record.models import Record
from cds_engine.rulebook.schemas import schemas
from cds_engine.scenarios.step_list import STEPS
from typer.main import get_command

from tools.docs import parts, text
from tools.docs.__main__ import write_pages
from tools.docs.schemas import SchemaPage

BOOK = load_rulebook(shipped_rulebooks() / "mianserin")


def rows(table: str) -> list[list[str]]:
    """Return the cells of every row of the tables in ``table``."""
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in table.splitlines() if line.startswith("| `")]


def models(schema: dict[str, Any]) -> list[dict[str, Any]]:
    return [schema, *schema.get("$defs", {}).values()]


@pytest.mark.parametrize(
    ("part", "schema"),
    [("record", Record.model_json_schema()), ("evaluation", Evaluation.model_json_schema())],
)
def test_every_field_is_listed_with_a_meaning(part: str, schema: dict[str, Any]) -> None:
    listed = rows(parts.PARTS[part]())
    assert len(listed) == sum(len(model.get("properties", {})) for model in models(schema))
    assert all(cells[-1].strip() for cells in listed)


def test_every_file_of_a_rulebook_is_listed() -> None:
    page = parts.PARTS["rule-files"]()
    # A part of the terminology has the fields of the whole.
    for name in schemas().keys() - {"terminology-part.schema.json"}:
        assert f"{{#{name.removesuffix('.schema.json')}}}" in page
    assert "[expression](#expressions)" in page


@pytest.mark.slow
def test_every_step_route_command_fact_and_rule_is_listed() -> None:
    steps, commands = parts.PARTS["steps"](), parts.PARTS["commands"]()
    assert all(f"`{step.keyword} {step.template}`" in steps for step in STEPS)
    assert all(f"## cds {name}" in commands for name in get_command(app).commands)
    assert "`POST /v1/evaluate`" in parts.PARTS["routes"]()
    facts, listed = parts.PARTS["facts"]("mianserin"), parts.PARTS["rulebook"]("mianserin")
    assert all((f"`{name}`" in facts) is (fact.finding is None) for name, fact in BOOK.facts.items())
    assert all(rule in listed for rule in BOOK.rules)
    names = parts.PARTS["names"]("mianserin")
    assert all(f"`{name}`" in names for name in (*BOOK.terminology.drugs, *BOOK.terminology.observations))


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ({"type": "string", "maxLength": 5}, "text (at most 5 characters)"),
        ({"type": "string", "format": "date"}, "date"),
        ({"type": "integer", "minimum": 0, "maximum": 9}, "whole number from 0 to 9"),
        ({"type": "number", "exclusiveMinimum": 0}, "number above 0"),
        ({"anyOf": [{"enum": ["a", "b"]}, {"type": "null"}]}, "`a`, `b` or null"),
        ({"anyOf": [{"type": "number"}, {"type": "string"}]}, "number"),
        ({"type": "array", "items": {"type": "string"}}, "list of text"),
        ({"type": "object", "additionalProperties": {"type": "number"}}, "number, by name"),
        ({"const": True}, "always `true`"),
    ],
)
def test_types_in_words(schema: dict[str, Any], said: str) -> None:
    page = SchemaPage({"properties": {"field": schema}}, "page").tables("Title", level=2)
    assert rows(page) == [[" `field` ", f" {said} "]]


def test_a_table_escapes_pipes_outside_code_and_drops_empty_columns() -> None:
    made = text.table(("a", "b", "c"), [("`x|y`", "", "p|q"), ("1", "", "2")])
    assert made.splitlines() == ["| a | c |", "| --- | --- |", "| `x|y` | p\\|q |", "| 1 | 2 |"]


def test_a_list_right_below_a_paragraph_gets_an_empty_line() -> None:
    page = "Text:\n- one\n- two\n\n```text\nnot a list\n- here\n```\n"
    assert text.spaced(page) == page.replace("Text:\n", "Text:\n\n")


def test_a_section_ends_at_the_next_heading(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Title\n\n## One\n\nSee [here](docs/x.md).\n\n### Part\n\n## Two\n\nMore\n")
    assert text.section(page, "One").split() == ["See", "here.", "###", "Part"]


def test_an_unknown_part_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    source = tmp_path / "docs"
    source.mkdir()
    (source / "page.md").write_text("# Page\n\n<!-- generated: recrod -->\n")
    with pytest.raises(parts.UnknownPartError, match=r"page\.md: .*'recrod'.*'record'"):
        write_pages(source, tmp_path / "pages")
