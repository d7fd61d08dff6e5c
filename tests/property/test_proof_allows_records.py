"""The prover allows the facts of any record, even of one with more entries than its symbolic records."""

from __future__ import annotations

import os
from functools import cache
from random import Random

import pytest
from cds_engine.audit.program import Programs
from cds_engine.audit.proof import Prover
from cds_engine.record.chart import build_chart

from tests.patients.columns import AS_OF
from tests.property.records import Json, RandomRecords, Words
from tests.rulebook.population import documents
from tests.rulebook.records import ENGINE

PARTS = range(10)
"""The records are split, so that several processes can share them."""
RANDOM, PATIENTS = (300, 200) if os.environ.get("CI") else (5, 5)
"""How many records each part has."""
WORDS = Words(
    AS_OF,
    {
        "neutrophils": ("0.4", "0.5", "0.99", "1", "1.5", "3", "300"),
        "leukocytes": ("2.9", "3", "4", "8", "1.234"),
        "body-weight": ("70", "73.5", "77", "77.3"),
        "hamd17": ("7", "8", "10", "20"),
        "platelets": ("49", "75"),
        "haemoglobin": ("80", "99.5"),
    },
    ("mianserin", "fluoxetine", "moclobemide", "sertraline", "diazepam", "carbamazepine"),
    ("major-depressive-disorder", "insomnia", "mania", "alcohol-use", "treatment-resistant-depression"),
    ("fever", "dizziness", "constipation"),
    doses=("20", "29.9", "30", "60", "90", "205"),
    results=5,
    courses=4,
    statements=3,
    unclear=0.01,
)


@cache
def prover() -> Prover:
    return Prover(Programs(ENGINE.rulebook).newest)


def check(records: list[Json]) -> None:
    edition = ENGINE.edition(AS_OF)
    names = [fact.name for fact in edition.asked]
    assert records
    for number, record in enumerate(records):
        chart = build_chart(ENGINE.read(record), AS_OF, ENGINE.vocabulary, "record")
        known = edition.derivations.derive(chart)[0]
        assert prover().allows(names, known), (number, record)


@pytest.mark.parametrize("part", PARTS)
def test_random_records(part: int) -> None:
    check([RandomRecords(ENGINE.rulebook, WORDS, Random(f"{part}/{n}")).record() for n in range(RANDOM)])


@pytest.mark.parametrize("part", PARTS)
def test_patients(part: int) -> None:
    check(documents(len(PARTS) * PATIENTS)[part :: len(PARTS)])
