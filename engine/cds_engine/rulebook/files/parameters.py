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

    since: Annotated[datetime.date, BeforeValidator(_check_date)]
    value: Decimal


class Parameter(FileModel):
    """A number that rules compare facts with.

    ``values`` are dated and in ascending order. Each value applies from its date until the next one; the
    first value also applies before its date. ``claim`` is the statement that supports the number.
    """

    title: Text
    unit: Text
    basis: Basis
    claim: Name
    conflicts: list[Name] = []
    values: list[DatedValue] = Field(min_length=1)


class ParametersFile(FileModel):
    """``parameters.yaml``: the numbers of the rules, with units, sources and dated values."""

    parameters: dict[Name, Parameter]
