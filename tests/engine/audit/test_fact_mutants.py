"""Mistakes in facts: which are made, and that scenarios must notice them."""

from __future__ import annotations

from pathlib import Path

import pytest
from cds_engine.audit.fact_mutants import fact_changes
from cds_engine.audit.formula_edits import formula_edits, formula_text
from cds_engine.audit.mutants import changes
from cds_engine.audit.program import Programs
from cds_engine.audit.result import AuditResult
from cds_engine.language.formulas import parse_formula
from cds_engine.language.queries import Query
from cds_engine.rulebook import load_rulebook

from tests.engine.audit.workbench import TINY, Workbench


def changes_of(bench: Workbench, subject: str) -> set[str]:
    """Return the mistakes made in one declaration of a fact."""
    program = Programs(load_rulebook(bench.root)).newest
    return {change.text for change in fact_changes(program) if change.subject == subject}


def test_every_part_of_a_query_is_changed(bench: Workbench) -> None:
    assert changes_of(bench, "{id}.latest") == {
        "'ago at_most 30 days' becomes 'ago at_least 30 days'",
        "'ago at_most 30 days' becomes 'ago less_than 30 days'",
        "'ago at_most 30 days' becomes 'ago more_than 30 days'",
        "filter on ago dropped",
        "'latest' becomes 'previous'",
        "'latest' becomes 'earliest'",
        "'latest' becomes 'lowest'",
        "'latest' becomes 'highest'",
    }
    assert "'unstated: indication.from_conditions' dropped" in changes_of(bench, "velozine.indication")


def test_a_parameter_used_twice_is_also_nudged_at_each_use(bench: Workbench) -> None:
    bench.plant("facts.yaml", {"take: latest\n        give: value": LATEST_AND_RECENT})
    bench.plant(
        "lab/lab.zorbulin-lowest.yaml", {"velozine.active: {is: true}": "zorbulin.recent: {is: true}"}
    )
    nudged = {f"'ago at_most 30 days' becomes 'ago at_most {days} days'" for days in (29, 31)}
    assert nudged <= changes_of(bench, "{id}.latest")
    assert nudged <= changes_of(bench, "{id}.recent")


LATEST_AND_RECENT = """take: latest
        give: value
      "{id}.recent":
        title: recent {title}
        of: {observation: "{id}"}
        where: {ago: {at_most: $zorbulin.fresh}}
        take: any"""


def test_a_template_is_changed_in_all_its_facts(bench: Workbench) -> None:
    program = Programs(load_rulebook(bench.root)).newest
    changed = [set(change.facts) for change in fact_changes(program) if change.subject == "{id}.active"]
    assert {"velozine.active"} in changed
    assert {"damper.active"} in changed


def test_a_concept_becomes_its_neighbour(bench: Workbench) -> None:
    assert "'velozine' becomes 'quandrol'" in changes_of(bench, "velozine.indication")
    assert not [text for text in changes_of(bench, "{id}.active") if "becomes 'quandrol'" in text]


def test_a_group_lacks_a_member(bench: Workbench) -> None:
    bench.plant("terminology.yaml", {"members: [quandrol]": "members: [quandrol, velozine]"})
    bench.plant("lab/lab.zorbulin-low.yaml", {"velozine.active: {is: true}": "damper.active: {is: true}"})
    program = Programs(load_rulebook(bench.root)).newest
    found = {change.text: change for change in changes(program) if change.operator == "member dropped"}
    assert set(found) == {"'quandrol' dropped", "'velozine' dropped"}
    dropped = found["'quandrol' dropped"]
    assert dropped.facts is not None
    query = dropped.facts["damper.active"].derivation
    assert isinstance(query, Query)
    assert query.of.members == ("velozine",)
    assert Path(dropped.place[0]).name == "terminology.yaml"
    assert "members" in (bench.root / "terminology.yaml").read_text().splitlines()[dropped.place[1] - 1]


def test_weights_are_swapped(bench: Workbench) -> None:
    bench.plant("facts.yaml", {"  history.earlier_courses:": f"{WEIGHTED}  history.earlier_courses:"})
    bench.plant(
        "lab/lab.zorbulin-lowest.yaml",
        {"velozine.active: {is: true}": "doses.weighted: {at_least: $amount.minimum}"},
    )
    assert "weights of 'velozine' and 'quandrol' swapped" in changes_of(bench, "doses.weighted")


WEIGHTED = """\
  doses.weighted:
    title: weighted doses
    of: {drug: [velozine, quandrol]}
    where: {active: {is: true}}
    take: sum
    give: dose
    weights: {velozine: $courses.many, quandrol: $zorbulin.lowest_below}
"""


def test_scenarios_that_show_everything_notice_every_mistake(full: AuditResult) -> None:
    facts = [mutant for mutant in full.mutants if mutant.file.endswith("facts.yaml")]
    assert {mutant.fate for mutant in facts if mutant.subject == "{id}.latest"} == {"killed"}
    assert all(mutant.fate != "survived" for mutant in facts)


def test_a_window_that_no_scenario_pins_down_survives(partial: AuditResult) -> None:
    survivors = {mutant.change: mutant for mutant in partial.survivors if mutant.subject == "{id}.latest"}
    found = survivors["'ago at_most 30 days' becomes 'ago less_than 30 days'"]
    assert (TINY / "facts.yaml").read_text().splitlines()[found.line - 1].strip().startswith("where:")
    [kill] = [item for item in partial.missing if item.goal == found.name]
    assert ", 2026-05-02\n" in kill.scenario, "30 days before the evaluation on 2026-06-01"


@pytest.mark.parametrize(
    ("text", "mistakes"),
    [
        ("a - b", {"a + b", "b - a"}),
        ("(a - b) / b", {"(a - b) * b", "b / (a - b)", "(a + b) / b", "(b - a) / b"}),
        ("a * 0.5", {"a / 0.5", "a * 0.4", "a * 0.6"}),
        ("-a", {"a"}),
        ("a >= 3", {"a > 3", "3 >= a", "a >= 2", "a >= 4"}),
        ("min(a, b)", {"max(a, b)"}),
        ("a ** 2", {"a * 2", "2 ** a", "a ** 1", "a ** 3"}),
    ],
)
def test_mistakes_in_formulas(text: str, mistakes: set[str]) -> None:
    formula = parse_formula(text)
    assert formula_text(formula) == text
    assert {formula_text(edit.changed) for edit in formula_edits(formula)} == mistakes


@pytest.mark.parametrize("text", ["a - (b - c)", "a / (b * c)", "(a + b) * c", "-(a + b)", "(a ** b) ** c"])
def test_a_formula_is_written_with_the_parentheses_that_it_needs(text: str) -> None:
    assert formula_text(parse_formula(text)) == text
    assert parse_formula(formula_text(parse_formula(text))) == parse_formula(text)
