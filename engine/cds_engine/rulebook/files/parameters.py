"""The model of ``parameters.yaml``."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field

from cds_engine.rulebook.files.base import Basis, FileModel, Name, Text


def _check_date(value: object) -> object:
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise ValueError(f"expected a date written YYYY-MM-DD, found '{value}'")
    return value


class DatedValue(FileModel):
    """A value and the first day on which it applies."""

    since: Annotated[datetime.date, BeforeValidator(_check_date)] = Field(
        description="The first day on which the value holds."
    )
    value: Decimal = Field(description="The number, in the parameter's unit.")


class Parameter(FileModel):
    """A number that rules compare facts with.

    ``values`` are dated and in ascending order. Each value applies from its date until the next one; the
    first value also applies before its date. ``claim`` is the statement that supports the number.
    """

    title: Text = Field(description="Name for people.")
    unit: Text = Field(description="UCUM unit of every value.")
    basis: Basis = Field(description="The kind of source that supports it.")
    claim: Name = Field(description="The claim that states it.")
    conflicts: list[Name] = Field([], description="Where sources disagree about it.")
    values: list[DatedValue] = Field(min_length=1, description="Dated values, the oldest first.")


class ParametersFile(FileModel):
    """``parameters.yaml``: the numbers of the rules, with units, sources and dated values."""

    parameters: dict[Name, Parameter] = Field({}, description="Parameters by name; a rule writes `$name`.")
