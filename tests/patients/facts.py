"""Patients as facts, a row each: what the engine derives from their records."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from cds_engine import Engine, load_rulebook
from cds_engine.record.chart import build_chart
from cds_engine.rulebook.model import Fact
from cds_engine.rulebook.shipped import default_rulebook

from tests.patients.columns import AS_OF, Population
from tests.patients.records import Json, records

DERIVED = 5000
"""How many patients a table of made-up facts rests on."""
_TYPES = {"number": pa.float64(), "boolean": pa.bool_(), "code": pa.string()}


@cache
def engine() -> Engine:
    """Return the engine with the shipped rulebook."""
    return Engine(load_rulebook(default_rulebook()))


def schema(as_of: datetime.date = AS_OF) -> pa.Schema:
    """Return the columns: the patient's, and one for each fact that a rule asks for, with its unit."""
    asked = [fact for fact in engine().edition(as_of).asked if fact.finding is None]
    own = [("patient_id", pa.string()), ("as_of", pa.date32()), ("deceased", pa.bool_())]
    return pa.schema([*(pa.field(*of) for of in own), *map(_field, asked)])


def _field(fact: Fact) -> pa.Field:
    return pa.field(fact.name, _TYPES[fact.kind], metadata=None if fact.unit is None else {"unit": fact.unit})


def facts(documents: Iterable[Json]) -> pa.Table:
    """Return the facts of native records, all of one date; what is null is unknown."""
    rows = list(_rows(documents))
    return pa.Table.from_pylist(rows, schema(rows[0]["as_of"] if rows else AS_OF))


def _rows(documents: Iterable[Json]) -> Iterator[dict[str, Any]]:
    for document in documents:
        record = engine().read(document)
        assert record.as_of is not None
        chart = build_chart(record, record.as_of, engine().vocabulary, "record")
        values, _ = engine().edition(record.as_of).derivations.derive(chart)
        own = {"patient_id": document["patient"]["id"], "as_of": record.as_of, "deceased": chart.deceased}
        known = {
            name: value if isinstance(value, bool | str) else float(value) for name, value in values.items()
        }
        yield own | known


def facts_table(number: int, seed: int = 1, derived: int = DERIVED) -> pa.Table:
    """Return ``number`` rows fast: the facts of some thousands of patients, drawn again and again."""
    found = facts(records(Population(seed).tables(min(derived, number))))
    return drawn(found, number, seed)


def drawn(found: pa.Table, number: int, seed: int, first: int = 1) -> pa.Table:
    """Return ``number`` rows of ``found`` at random, as patients of their own, numbered from ``first``."""
    rows = np.random.default_rng([seed, first]).integers(found.num_rows, size=number)
    ids = pa.array([f"p{patient:07}" for patient in range(first, first + number)])
    return found.take(pa.array(rows)).set_column(0, found.schema.field(0), ids)
