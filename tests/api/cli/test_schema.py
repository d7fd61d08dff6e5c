"""``cds schema``: the schemas of records and evaluations fit what ``cds evaluate`` reads and prints."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from cds_api.cli.main import run
from cds_engine.rulebook.shipped import default_rulebook

from tests.rulebook.tiny import FULL, OTHER, TINY

EXAMPLES = sorted((default_rulebook() / "examples").glob("*.json"))
Captured = pytest.CaptureFixture[str]


def schema(document: str, capsys: Captured) -> dict[str, Any]:
    assert run(["schema", document]) == 0
    printed: dict[str, Any] = json.loads(capsys.readouterr().out)
    return printed


def validator(document: str, capsys: Captured) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(schema(document, capsys), validate_formats=True)


def objects(printed: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the schema of every object in a schema."""
    if "properties" in printed:
        yield "", printed
    yield from printed["$defs"].items()


@pytest.mark.parametrize("document", ["record", "evaluation"])
def test_a_schema_is_valid_and_labelled(document: str, capsys: Captured) -> None:
    printed = schema(document, capsys)
    assert printed["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert jsonschema_rs.meta.is_valid(printed)
    assert "For research use only." in printed["description"]


@pytest.mark.parametrize("document", ["record", "evaluation"])
def test_every_object_and_field_is_described(document: str, capsys: Captured) -> None:
    undescribed = [
        f"{name}.{field}"
        for name, definition in objects(schema(document, capsys))
        for field, content in [("", definition), *definition["properties"].items()]
        if "description" not in content
    ]
    assert not undescribed


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_shipped_examples_fit(path: Path, capsys: Captured) -> None:
    record, evaluation = validator("record", capsys), validator("evaluation", capsys)
    record.validate(json.loads(path.read_bytes()))
    for options in ([], ["--explain"]):
        assert run(["evaluate", str(path), "--format", "json", *options]) == 0
        evaluation.validate(json.loads(capsys.readouterr().out))


def test_the_answer_of_several_rulebooks_fits(tmp_path: Path, capsys: Captured) -> None:
    evaluation = validator("evaluation", capsys)
    (tmp_path / "record.json").write_text(json.dumps({**FULL, "as_of": "2026-11-23"}), encoding="utf-8")
    both = ["--rulebook", str(TINY), "--rulebook", str(OTHER)]
    for options in ([], ["--explain"]):
        assert run(["evaluate", str(tmp_path / "record.json"), "--format", "json", *both, *options]) == 0
        printed = json.loads(capsys.readouterr().out)
        evaluation.validate(printed)
        assert not evaluation.is_valid({**printed, "rulebook": printed["rulebooks"][0]})


@pytest.mark.parametrize(
    "record",
    [
        {"patients": {}},
        {"as_of": "23 November 2026"},
        {"as_of": "2026-02-30"},
        {"patient": {"age_years": -1}},
        {"medications": [{"daily_dose": {"value": 60, "unit": "mg/d"}}]},
        {"observations": [{"code": "x", "value": "1.2"}]},
    ],
)
def test_what_the_engine_rejects_does_not_fit(
    record: dict[str, Any], tmp_path: Path, capsys: Captured
) -> None:
    assert not validator("record", capsys).is_valid(record)
    path = tmp_path / "record.json"
    path.write_text(json.dumps(record), encoding="utf-8")
    assert run(["evaluate", str(path)]) == 2


def test_an_evaluation_without_its_label_does_not_fit(capsys: Captured) -> None:
    evaluation = validator("evaluation", capsys)
    assert run(["evaluate", str(EXAMPLES[0]), "--format", "json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert not evaluation.is_valid({**printed, "research_use_only": False})
