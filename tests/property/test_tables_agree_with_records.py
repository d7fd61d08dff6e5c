"""Tables give each patient the facts that the patient's record has: any facts, and any entries."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from cds_engine.language.queries import Computed, Query, facts_read
from cds_engine.rulebook.model import Fact
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.engine.cohort.derived import alike, alone, derive
from tests.patients.tables import tables_of, write_folder
from tests.property.entries import Program, programs, records
from tests.spec.cases import AS_OF

RECORDS = 200
EXAMPLES = 25 if os.environ.get("CI") else 2
TOLERANCE = Decimal("1e-9")
"""How far a computed number may be off: a double has about 16 digits, and a difference may cancel some."""


@settings(
    max_examples=EXAMPLES,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),  # to shrink an example of so many records takes minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(programs(), st.integers(0, 2**32))
def test_tables_agree_with_records(facts: list[Fact], seed: int) -> None:
    engine = Program(facts)
    documents = records(seed, RECORDS)
    with TemporaryDirectory() as folder:
        tables = write_folder(Path(folder, "tables"), tables_of(documents))
        found = derive(tables, engine, AS_OF, partitions=1)
    assert not found.rejects
    inexact = _inexact(facts)
    for document in documents:
        key = document["patient"]["id"]
        expected, _ = alone(document, engine, AS_OF)
        for fact in facts:
            one, other = expected.get(fact.name), found.facts[key].get(fact.name)
            same = _close(one, other) if fact.name in inexact else alike(one, other)
            assert same, (fact, document, one, other)


def _inexact(facts: list[Fact]) -> set[str]:
    """Return the facts that are computed in doubles, or that may give such a fact as their own value."""
    found: set[str] = set()
    for fact in facts:
        derivation = fact.derivation
        assert derivation is not None
        mean = isinstance(derivation, Query) and derivation.take == "mean"
        if isinstance(derivation, Computed) or mean or found & set(facts_read(derivation)):
            found.add(fact.name)
    return found


def _close(one: Any, other: Any) -> bool:
    if not isinstance(one, Decimal) or not isinstance(other, Decimal):
        return bool(one == other)
    return abs(one - other) <= TOLERANCE * max(1, abs(one))
