"""The options of ``cds schema``."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

EXAMPLES = """Examples:

\b
  cds schema record > record.schema.json
  cds schema evaluation > evaluation.schema.json
"""


class Document(StrEnum):
    """The documents that have a schema."""

    RECORD = "record"
    EVALUATION = "evaluation"


def schema(
    document: Annotated[Document, typer.Argument(help="The input of cds evaluate, or its JSON output.")],
) -> None:
    """Print the JSON Schema of a record or an evaluation."""
    from cds_api.commands.schema import print_schema

    print_schema(document.value)
