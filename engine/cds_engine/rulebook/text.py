"""Values and units as text for people."""

from __future__ import annotations

import re
from collections.abc import Callable

from cds_engine.language.expressions import Scalar
from cds_engine.quantities.numbers import plain

PLACEHOLDER = re.compile(r"\{(\$?[a-z0-9._-]+)\}")
"""``{fact}`` or ``{$parameter}`` in the text of an advisory."""
_LABELS = {"a": "years", "d": "days", "{score}": "points", "1": ""}
"""``{score}`` is UCUM's habit for the points of any scale."""
_ANNOTATION = re.compile(r"\{([^{}]+)\}")


def unit_label(unit: str | None) -> str:
    """Return the readable name of a UCUM unit: ``years`` for ``a``, ``tablets`` for ``{tablets}``.

    An annotation within a unit loses its signs: ``mL/min/{1.73_m2}`` is ``mL/min/1.73 m2``.
    """
    if unit is None:
        return ""
    if unit in _LABELS:
        return _LABELS[unit]
    return _ANNOTATION.sub(lambda found: found[1].replace("_", " "), unit)


def format_value(value: Scalar, unit: str | None = None) -> str:
    """Return a value with its unit: ``1.2 10*9/L``, ``50%``, ``28 days``, ``yes``."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    label = unit_label(unit)
    if value == 1 and label != unit:  # a word for people, not a symbol
        label = label.removesuffix("s")
    return f"{plain(value)}{'' if label in ('', '%') else ' '}{label}"


def provenance(basis: str, reliability: str | None) -> str:
    """Return where a claim comes from and how reliable it is: ``labelling``, ``labelling, reliability B``."""
    return basis if reliability is None else f"{basis}, reliability {reliability}"


def capitalised(text: str) -> str:
    """Return ``text`` with a capital first letter."""
    return text[:1].upper() + text[1:]


def fill(template: str, value_of: Callable[[str], str | None]) -> str:
    """Return ``template`` with each placeholder replaced for which ``value_of`` returns a text."""

    def replace(match: re.Match[str]) -> str:
        value = value_of(match[1])
        return match[0] if value is None else value

    return PLACEHOLDER.sub(replace, template)
