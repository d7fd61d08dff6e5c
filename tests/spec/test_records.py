"""Every case of the specification, derived from a native record."""

from __future__ import annotations

import pytest
from cds_engine.facts.derivations import Derivations
from cds_engine.record.chart import build_chart

from tests.spec.cases import AS_OF, Case, all_cases, chapter


@pytest.mark.parametrize("case", all_cases(), ids=str)
def test_case(case: Case) -> None:
    engine = chapter(case.file).engine
    record = engine.read(case.record)
    chart = build_chart(record, record.as_of or AS_OF, engine.vocabulary, "case")
    parameters = engine.rulebook.values_at(AS_OF)
    known, sources = Derivations(engine.rulebook.facts.values(), parameters).derive(chart)
    assert {name: known.get(name) for name in case.expected} == case.expected
    assert known.keys() == sources.keys()
