"""What the codes and units of the tables mean. The distinct ones are few, so each is looked up once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ibis.expr.types as ir

from cds_engine.cohort.backend import Backend
from cds_engine.cohort.tables.cells import Cells
from cds_engine.cohort.tables.layout import EVENTS, EventName
from cds_engine.cohort.tables.units import Units, convert_units
from cds_engine.language.queries import Section as RecordSection
from cds_engine.record.chart import MOST_NAMED
from cds_engine.record.models import MAX_TEXT
from cds_engine.rulebook.vocabulary import Section, Vocabulary

Pair = tuple[str, str]
"""A code and a unit, which is empty where there is none."""


@dataclass(frozen=True)
class Codes:
    """The codes of one column: the concept of each, and those of a length that no record may have.

    ``perhaps`` are the codes that are not understood, with the concepts that each may be.
    """

    concepts: Mapping[str, str]
    perhaps: Mapping[str, frozenset[str]]
    invalid: tuple[str, ...]


@dataclass(frozen=True)
class DoseUnits:
    """The units of daily doses, and those of a length that no record may have."""

    units: Units
    invalid: tuple[str, ...]


@dataclass(frozen=True)
class ResultUnits:
    """The known codes of observations, each with every unit that it was found with."""

    concepts: Mapping[Pair, str]
    units: Mapping[str, Units]
    """By concept, the units of its values."""
    invalid: tuple[str, ...]

    @property
    def problems(self) -> Mapping[Pair, str]:
        """What is wrong with the units of values."""
        found: dict[Pair, str] = {}
        for (code, unit), concept in self.concepts.items():
            units = self.units[concept]
            problem = units.problems.get(unit) or units.others.get(unit)
            if problem is not None:
                found[code, unit] = problem
        return found


@dataclass(frozen=True)
class Meanings:
    """What the codes and units of all tables mean."""

    codes: Mapping[EventName, Codes]
    indications: Codes
    doses: DoseUnits
    results: ResultUnits

    def notices(self) -> Iterator[str]:
        """Yield a notice for each table with codes that are not fully understood."""
        for name, codes in self.codes.items():
            found = sorted(codes.perhaps)
            if found:
                such = ", ".join(f"'{code}'" for code in found[:MOST_NAMED])
                yield f"table {name}: codes that are not fully understood ({len(found)}): {such}"

    def divided(self, section: RecordSection) -> bool:
        """Return whether some unit in a section needs a division to convert."""
        units = [self.doses.units] if section == "medications" else self.results.units.values()
        return any(divisor is not None for found in units for _, divisor in found.factors.values())


class Lookup:
    """Looks up codes and units; each column is read once, and only for its distinct values."""

    def __init__(self, backend: Backend, vocabulary: Vocabulary) -> None:
        self._backend = backend
        self._vocabulary = vocabulary

    def meanings(self, cells: Mapping[EventName, Cells]) -> Meanings:
        """Return what the codes and units of all tables mean."""
        medication, observation = cells["medication"], cells["observation"]
        return Meanings(
            {name: self._codes(event.concepts, cells[name], event.code) for name, event in EVENTS.items()},
            self._codes("conditions", medication, "indication"),
            self._doses(medication),
            self._results(observation),
        )

    def _codes(self, section: Section, cells: Cells, column: str) -> Codes:
        codes = [code for (code,) in self._distinct(cells, cells[column]) if code is not None]
        meant = {code: self._vocabulary.meaning(section, code) for code in codes}
        return Codes(
            {code: meaning.concept for code, meaning in meant.items() if meaning.concept is not None},
            {code: meaning.perhaps for code, meaning in meant.items() if meaning.perhaps},
            tuple(code for code in codes if not 0 < len(code) <= MAX_TEXT),
        )

    def _doses(self, cells: Cells) -> DoseUnits:
        found = self._distinct(cells, cells["dose_unit"], cells["dose_value"].notnull())
        units = {unit for unit, measured in found if unit is not None and measured}
        return DoseUnits(convert_units(self._vocabulary.dose, units), _too_long(unit for unit, _ in found))

    def _results(self, cells: Cells) -> ResultUnits:
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
        return ResultUnits(
            concepts,
            {name: convert_units(self._vocabulary.quantities[name], of) for name, of in units.items()},
            _too_long({unit for _, unit, _ in found}),
        )

    def _distinct(self, cells: Cells, *columns: ir.Value) -> list[tuple[Any, ...]]:
        named = {str(number): column for number, column in enumerate(columns)}
        rows = self._backend.connection.to_pyarrow(cells.table.select(**named).distinct())
        return list(zip(*(rows[name].to_pylist() for name in named), strict=True))


def _too_long(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(text for text in texts if text is not None and len(text) > MAX_TEXT)
