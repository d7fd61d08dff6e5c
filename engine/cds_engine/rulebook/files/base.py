"""Names, texts and the base class that the models of a rulebook's files share."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from cds_engine.language.parse_expression import EXPRESSION_SCHEMA

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[._-][a-z0-9]+)*$", max_length=80)]
"""An ASCII name: lower-case letters and digits, joined by single dots, hyphens or underscores."""
ParameterReference = Annotated[str, StringConstraints(pattern=r"^\$[a-z0-9]+(?:[._-][a-z0-9]+)*$")]
"""A parameter, written with a dollar sign: ``$blood.fresh``."""
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
Basis = Name
"""The kind of source that something rests on: one of the bases that ``rulebook.yaml`` declares."""
Resolution = Annotated[Decimal, Field(gt=0)]
RawExpression = Annotated[Any, Field(json_schema_extra=EXPRESSION_SCHEMA)]
"""An expression as written in YAML; see :mod:`cds_engine.language.parse_expression`."""


class FileModel(BaseModel):
    """Base of the models: immutable, no unknown keys, and no number is accepted as a text."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


def check_ascending(minimum: Decimal, maximum: Decimal) -> None:
    """Raise ``ValueError`` if ``minimum`` is above ``maximum``."""
    if minimum > maximum:
        raise ValueError(f"the minimum {minimum} is above the maximum {maximum}")
