"""The wording of errors in a record: what was expected and what was found."""

from __future__ import annotations

from decimal import Decimal
from reprlib import Repr

_QUOTE = Repr()
_QUOTE.maxstring = _QUOTE.maxother = 40


def expected(what: str, found: object) -> str:
    """Return the message ``expected ..., found ...``."""
    return f"expected {what}, found {describe(found)}"


def describe(value: object) -> str:
    """Return a short description of a value, in the terms of JSON rather than Python."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, int) and value.bit_length() > 128:
        return "a longer number"
    if isinstance(value, str):
        return _QUOTE.repr(str(value))
    if isinstance(value, int | float | Decimal):
        return _QUOTE.repr(str(value)).strip("'")
    return f"a Python {type(value).__name__}"
