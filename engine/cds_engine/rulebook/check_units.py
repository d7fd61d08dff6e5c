"""Checks of a rulebook's units against UCUM: names, dimensions and exact factors.

Only ``cds rules check`` runs these checks. Loading a rulebook does not, because importing UCUM's grammar is
slow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from cds_engine.errors import Problem, pointer
from cds_engine.quantities.numbers import plain
from cds_engine.quantities.units import UnitError, ucum_factor
from cds_engine.rulebook.files import QuantityDefinition
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.shared_terminology import read_terminology
from cds_engine.rulebook.yaml_document import YamlDocument, read_yaml


def check_units(rulebook: Rulebook) -> list[Problem]:
    """Return a problem for every unit or factor of ``rulebook`` that disagrees with UCUM."""
    return [*_check_quantities(rulebook), *_check_other_units(rulebook)]


def _check_quantities(rulebook: Rulebook) -> Iterator[Problem]:
    terms = rulebook.terminology
    document = read_terminology(rulebook.root)
    quantities: dict[str, QuantityDefinition] = {
        pointer("dose"): terms.dose,
        **{pointer("observations", name): concept for name, concept in terms.observations.items()},
    }
    for at, quantity in quantities.items():
        for unit, message in _unit_errors(quantity.unit, quantity.units, quantity.aliases):
            yield document.problem(at + unit, message, "unit")


def _unit_errors(
    canonical: str, units: Mapping[str, Decimal], aliases: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    """Yield pointer and message of every error in the units and aliases of a quantity."""
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
            yield pointer("aliases", alias), f"'{unit}' is not one of the units of this quantity"


def _check_other_units(rulebook: Rulebook) -> Iterator[Problem]:
    """Yield a problem for every unit of a parameter or fact that is not UCUM."""
    for file in ("parameters.yaml", "facts.yaml"):
        document = _read(rulebook, file)
        if document is None:
            continue
        for at, unit in _units(document.data, ""):
            try:
                ucum_factor(unit, unit)
            except UnitError as error:
                yield document.problem(at, str(error), "unit")


def _read(rulebook: Rulebook, file: str) -> YamlDocument | None:
    """Return a file of the rulebook, or None if it is left out."""
    path = rulebook.root / file
    return read_yaml(path, path.as_posix(), []) if path.exists() else None


def _units(data: Any, at: str) -> Iterator[tuple[str, str]]:
    """Yield pointer and text of every ``unit`` in ``data``."""
    children = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, child in children:
        here = at + pointer(key)
        if key == "unit" and isinstance(child, str):
            yield here, child
        else:
            yield from _units(child, here)
