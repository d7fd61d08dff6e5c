"""Holding the declared units of a rulebook against UCUM: names, dimensions and exact factors.

Kept out of loading: only a command that checks a rulebook has a use for UCUM's grammar.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cds_engine.errors import Problem, pointer
from cds_engine.quantities.numbers import plain
from cds_engine.quantities.units import UnitError, ucum_factor
from cds_engine.rulebook.files import Quantified
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.yaml_document import read_document


def check_units(rulebook: Rulebook) -> list[Problem]:
    """Return a problem for every unit or factor of ``rulebook`` that UCUM does not bear out."""
    return [*_quantities(rulebook), *_annotated(rulebook)]


def _quantities(rulebook: Rulebook) -> Iterator[Problem]:
    terms = rulebook.terminology
    problems: list[Problem] = []
    path = rulebook.root / "terminology.yaml"
    document = read_document(path, path.as_posix(), problems)
    assert document is not None
    quantities: dict[str, Quantified] = {
        pointer("dose"): terms.dose,
        **{pointer("observations", name): measured for name, measured in terms.observations.items()},
    }
    for at, quantity in quantities.items():
        for unit, message in _faults(quantity.unit, quantity.units, quantity.aliases):
            yield document.problem(at + unit, message, "unit")


def _faults(
    canonical: str, units: Mapping[str, Decimal], aliases: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for unit, factor in {canonical: Decimal(1), **units}.items():
        at = pointer("units", unit) if unit in units else "/unit"
        try:
            exact = ucum_factor(unit, canonical)
        except UnitError as error:
            yield at, str(error)
            continue
        if exact != factor:
            yield at, f"one {unit} is {plain(exact)} {canonical}, not {plain(factor)}"
    for alias, unit in aliases.items():
        if unit != canonical and unit not in units:
            yield pointer("aliases", alias), f"'{unit}' is not among the units of this quantity"


def _annotated(rulebook: Rulebook) -> Iterator[Problem]:
    """Every other unit of the rulebook must at least be UCUM."""
    problems: list[Problem] = []
    for file in ("parameters.yaml", "facts.yaml"):
        path = rulebook.root / file
        document = read_document(path, path.as_posix(), problems)
        assert document is not None
        for at, unit in _units(document.data, ""):
            try:
                ucum_factor(unit, unit)
            except UnitError as error:
                yield document.problem(at, str(error), "unit")


def _units(data: Any, at: str) -> Iterator[tuple[str, str]]:
    """Yield pointer and text of every ``unit`` within ``data``."""
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, child in children:
        here = at + pointer(key)
        if key == "unit" and isinstance(child, str):
            yield here, child
        else:
            yield from _units(child, here)
