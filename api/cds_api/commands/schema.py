"""``cds schema``: the JSON Schemas of records and evaluations."""

from __future__ import annotations

import json
from typing import Any, Literal

import typer
from cds_engine.answer.combined import CombinedEvaluation
from cds_engine.answer.models import Evaluation
from cds_engine.record.models import Record
from cds_engine.rulebook.schemas import DRAFT
from pydantic import TypeAdapter

Document = Literal["record", "evaluation"]
EVALUATION = "The answer of one rulebook to one record, or the combined answer of several rulebooks."
LABEL = "For research use only. Not for diagnosis or treatment."


def document_schema(document: Document) -> dict[str, Any]:
    """Return the JSON Schema of a patient record, or of an evaluation by one or several rulebooks.

    A schema describes the form. It cannot say everything that is checked: dates in order, units that fit,
    the names in ``history`` that a rulebook declares.
    """
    if document == "record":
        schema = Record.model_json_schema()
        return {"$schema": DRAFT, **schema, "description": f"{schema['description']} {LABEL}"}
    either = TypeAdapter(Evaluation | CombinedEvaluation)
    schema = either.json_schema(mode="serialization")
    return {"$schema": DRAFT, **schema, "title": "Evaluation", "description": f"{EVALUATION} {LABEL}"}


def print_schema(document: Document) -> None:
    """Print the JSON Schema of a document."""
    typer.echo(json.dumps(document_schema(document), indent=2))
