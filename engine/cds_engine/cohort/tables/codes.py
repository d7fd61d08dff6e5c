"""What the codes and units of the tables mean: few enough to be looked up one by one, and joined again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from cds_engine.cohort.backend import Backend
from cds_engine.cohort.tables.cells import Cells
from cds_engine.cohort.tables.layout import EVENTS, EventName
from cds_engine.cohort.tables.units import Sizes, sizes
from cds_engine.record.models import MAX_TEXT
from cds_engine.rulebook.vocabulary import Section, Vocabulary

Pair = tuple[str, str]
"""A code and a unit, which is empty where there is none."""


@dataclass(frozen=True)
class Terms:
    """The codes of one column that mean a concept of the rulebook, and those that no record could have."""

    concepts: Mapping[str, str]
    faulty: tuple[str, ...]


@dataclass(frozen=True)
class Doses:
    """The units of daily doses, and those that no record could have."""

    sizes: Sizes
    faulty: tuple[str, ...]


@dataclass(frozen=True)
class Results:
    """The codes of observations that are known, each with every unit it was found with."""

    concepts: Mapping[Pair, str]
    sizes: Mapping[str, Sizes]
    """By concept, the units of its values."""
    faulty_units: tuple[str, ...]

    @property
    def problems(self) -> Mapping[Pair, str]:
        """What is wrong with the units of values."""
        return {
            (code, unit): self.sizes[concept].problems[unit]
            for (code, unit), concept in self.concepts.items()
            if unit in self.sizes[concept].problems
        }


@dataclass(frozen=True)
class Meanings:
    """What the codes and units of all tables mean."""

    terms: Mapping[EventName, Terms]
    indications: Terms
    doses: Doses
    results: Results


class Lookup:
    """Looks up what columns say; each question is one query for what differs in them, and no more."""

    def __init__(self, backend: Backend, vocabulary: Vocabulary) -> None:
        self._backend = backend
        self._vocabulary = vocabulary

    def meanings(self, cells: Mapping[EventName, Cells]) -> Meanings:
        """Return what the codes and units of all tables mean."""
        medication, observation = cells["medication"], cells["observation"]
        return Meanings(
            {name: self._terms(event.section, cells[name], event.code) for name, event in EVENTS.items()},
            self._terms("conditions", medication, "indication"),
            self._doses(medication),
            self._results(observation),
        )

    def _terms(self, section: Section, cells: Cells, column: str) -> Terms:
        codes = [code for (code,) in self._distinct(cells, cells[column]) if code is not None]
        meant = {code: self._vocabulary.concept(section, code) for code in codes}
        known = {code: name for code, name in meant.items() if name is not None}
        return Terms(known, tuple(code for code in codes if _misshapen(code)))

    def _doses(self, cells: Cells) -> Doses:
        found = self._distinct(cells, cells["dose_unit"], cells["dose_value"].notnull())
        units = {unit for unit, measured in found if unit is not None and measured}
        return Doses(sizes(self._vocabulary.dose, units), _too_long(unit for unit, _ in found))

    def _results(self, cells: Cells) -> Results:
        found = self._distinct(cells, cells["code"], cells["unit"], cells["value"].notnull())
        codes = {code for code, _, _ in found if code is not None}
        meant = {code: self._vocabulary.concept("observations", code) for code in codes}
        concepts: dict[Pair, str] = {}
        units: dict[str, set[str]] = defaultdict(set)
        for code, unit, measured in found:
            concept = meant.get(code)
            if concept is not None:
                concepts[code, unit or ""] = concept
                units[concept] |= {unit} if measured and unit is not None else set()
        return Results(
            concepts,
            {name: sizes(self._vocabulary.quantities[name], of) for name, of in units.items()},
            _too_long({unit for _, unit, _ in found}),
        )

    def _distinct(self, cells: Cells, *columns: ir.Value) -> list[tuple[Any, ...]]:
        named = {str(number): column for number, column in enumerate(columns)}
        rows = self._backend.connection.to_pyarrow(cells.table.select(**named).distinct())
        return list(zip(*(rows[name].to_pylist() for name in named), strict=True))


def _misshapen(code: str) -> bool:
    return not 0 < len(code) <= MAX_TEXT


def _too_long(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(text for text in texts if text is not None and len(text) > MAX_TEXT)
