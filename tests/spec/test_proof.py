"""Every case of the specification is possible for the prover: its facts are those of some symbolic record."""

from __future__ import annotations

from functools import cache

import pytest
from cds_engine.audit.program import Program
from cds_engine.audit.proof import Prover
from cds_engine.facts.derivations import Derivations
from cds_engine.record.chart import build_chart
from cds_engine.record.moments import day_of

from tests.spec.cases import AS_OF, Case, all_cases, chapter


@cache
def prover(name: str) -> Prover:
    """Return the prover of a chapter's facts."""
    return Prover(Program(chapter(name).engine.rulebook, AS_OF))


@pytest.mark.parametrize("case", all_cases(), ids=str)
def test_case_is_allowed(case: Case) -> None:
    engine = chapter(case.file).engine
    record = engine.read(case.record)
    moment = record.as_of or AS_OF
    chart = build_chart(record, moment, engine.vocabulary, "case")
    facts = engine.rulebook.facts
    known, _ = Derivations(facts.values(), engine.rulebook.values_at(day_of(moment))).derive(chart)
    assert prover(case.file).allows(facts, known)
