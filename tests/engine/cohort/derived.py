"""The facts that tables have, beside those of a record evaluated alone."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from cds_engine.cohort.backend import Backend, DuckDB
from cds_engine.cohort.source import spans
from cds_engine.cohort.tables import Tables
from cds_engine.evaluate import Engine
from cds_engine.facts.derivations import Derivations
from cds_engine.inference.edition import Edition
from cds_engine.quantities.numbers import canonical
from cds_engine.rulebook.model import Rulebook

Row = dict[str, Any]
SHORT = 13
"""Any number with fewer digits is exact."""


class EveryFact(Engine):
    """An engine that derives every fact of the rulebook, or those named, whatever its rules compare."""

    def __init__(self, rulebook: Rulebook, names: Collection[str] | None = None) -> None:
        super().__init__(rulebook)
        self._wanted = rulebook.facts.keys() if names is None else names

    @cache  # noqa: B019  # an engine lives as long as the tests of a module
    def edition(self, as_of: datetime.date) -> Edition:
        """Return the edition that holds on ``as_of``, with every fact derived."""
        edition = super().edition(as_of)
        derived = self.rulebook.needed_facts(self._wanted)
        asked = tuple(fact for fact in derived if fact.name in self._wanted)
        derivations = Derivations(derived, edition.parameters)
        return replace(edition, asked=asked, derived=derived, derivations=derivations)


@dataclass(frozen=True)
class Found:
    """The known facts of each patient, the reasons why patients are rejected, and who has died."""

    facts: Mapping[str, Row]
    rejects: Mapping[str | None, list[tuple[str, int | None, str]]]
    deceased: Mapping[str, bool]

    def reasons(self, patient: str | None) -> list[str]:
        return [reason for _, _, reason in self.rejects.get(patient, [])]


def derive(
    folder: Path,
    engine: Engine,
    as_of: datetime.date,
    *,
    partitions: int | None = None,
    backend: Backend | None = None,
) -> Found:
    """Return the facts and the rejected rows of the tables in a folder."""
    source = Tables(folder, engine, as_of, partitions)
    scratch = folder.with_name(f"{folder.name}-scratch")
    scratch.mkdir(exist_ok=True)
    backend = backend or DuckDB(scratch)
    facts: dict[str, Row] = {}
    deceased: dict[str, bool] = {}
    rejects: dict[str | None, list[tuple[str, int | None, str]]] = {}
    for batch in source.read(source.partitions, backend, scratch):
        for span in spans(engine):
            for row in backend.connection.to_pyarrow(batch.facts(span)).to_pylist():
                assert row["patient_id"] not in facts
                facts[row["patient_id"]] = known(row)
                deceased[row["patient_id"]] = row["deceased"]
        for row in backend.connection.to_pyarrow(batch.rejects).to_pylist():
            reject = row["source"], row["row"], row["reason"]
            rejects.setdefault(row["patient_id"], []).append(reject)
    return Found(facts, rejects, deceased)


def known(row: Row) -> Row:
    """Return the facts of a row that are known, numbers as a record has them."""
    own = ("patient_id", "as_of", "deceased")
    return {name: _value(value) for name, value in row.items() if value is not None and name not in own}


def _value(value: Any) -> Any:
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, int) and not isinstance(value, bool):
        value = Decimal(value)
    return canonical(value) if isinstance(value, Decimal) else value


def close(one: Row, other: Row) -> bool:
    """Return whether facts are equal but for the last digits of numbers."""
    return one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)


def alike(one: Any, other: Any) -> bool:
    """Return whether two values are equal but for the last digits of a quotient that is no short decimal."""
    if not isinstance(one, Decimal) or not isinstance(other, Decimal) or len(one.as_tuple().digits) < SHORT:
        return bool(one == other)
    return abs(one - other) <= max(abs(one), Decimal(1)).scaleb(1 - SHORT)


def alone(record: Row, engine: Engine, as_of: datetime.date | None = None) -> tuple[Row, bool]:
    """Return the facts of a record evaluated alone, and whether the patient has died."""
    found = engine.facts(engine.read(record), as_of)
    asked = {fact.name for fact in engine.edition(found.as_of).asked}
    return {name: value for name, value in found.values.items() if name in asked}, found.deceased
