"""Records that earlier proofs overlooked: the prover allows them, and the engine confirms its records."""

from __future__ import annotations

from cds_engine.audit.program import Programs
from cds_engine.audit.proof import Prover
from cds_engine.audit.witness import Replay, Replayed, record_of
from cds_engine.evaluate import Engine
from cds_engine.rulebook import load_rulebook

from tests.engine.audit.workbench import Workbench

RULE = """id: lab.planted
version: 1
title: Planted
rationale: A combination that is rare, but possible.
applies_to: always
when:
  all:
{conditions}
advisory:
  indicator: info
  summary: Planted
  detail: Planted.
evidence: [handbook.zorbulin]
"""
FACTS = """facts:
  either.indication:
    title: indication of either drug
    of: {drug: [velozine, quandrol]}
    where: {active: {is: true}}
    take: only
    give: indication
  zorbulin.low_lately:
    title: zorbulin lately low
    of: {observation: zorbulin}
    where: {all: [{value: {less_than: $zorbulin.low_below}}, {ago: {at_most: $zorbulin.fresh}}]}
    take: any
  zorbulin.days:
    title: days since zorbulin
    of: {observation: zorbulin}
    take: latest
    give: ago
"""


def confirmed(bench: Workbench, *conditions: str) -> Replayed:
    """Return a record for which a planted rule fires, as the engine sees it; its audit finds it reachable."""
    lines = "\n".join(f"    - {condition}" for condition in conditions)
    (bench.root / "lab" / "lab.planted.yaml").write_text(RULE.format(conditions=lines), encoding="utf-8")
    bench.plant("facts.yaml", {"facts:\n  patient.age_years": FACTS + "  patient.age_years"})
    rulebook = load_rulebook(bench.root)
    program = Programs(rulebook).newest
    chart = next(Prover(program).outcome("lab.planted", "fired"))
    replayed = Replay(Engine(rulebook)).run(record_of(chart, rulebook.terminology))
    assert replayed.outcomes["lab.planted"] == "fired"
    return replayed


def test_the_indication_of_a_group_is_that_of_any_of_its_drugs(bench: Workbench) -> None:
    found = confirmed(bench, "velozine.active: {is: false}", "either.indication: {is: grumbling}")
    assert [course["drug"] for course in found.record["medications"]] == ["quandrol"]


def test_one_result_lies_in_a_window_and_another_has_no_date(bench: Workbench) -> None:
    found = confirmed(bench, "zorbulin.low_lately: {is: true}", "zorbulin.days: {known: false}")
    dated = ["date" in result for result in found.record["observations"]]
    assert sorted(dated) == [False, True]


def test_a_drug_may_be_taken_although_the_medications_are_known(bench: Workbench) -> None:
    found = confirmed(bench, "quandrol.active: {is: false}", "velozine.active: {known: false}")
    assert [(course["drug"], course["taken"]) for course in found.record["medications"]] == [
        ("velozine", None)
    ]
    assert "incomplete" not in found.record
