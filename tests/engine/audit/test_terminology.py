"""The audit of a terminology: each of its entries needs a case that would notice a mistake in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from cds_engine import Engine
from cds_engine.audit.report.data import as_data
from cds_engine.audit.report.text import to_text
from cds_engine.audit.result import AuditResult
from cds_engine.audit.terminology import TerminologyAudit, audit_terminology
from cds_engine.rulebook import load_rulebook
from cds_engine.scenarios.names import NameLookup
from cds_engine.scenarios.recording import TerminologyCase
from cds_engine.scenarios.terminology.reading import read_cases
from cds_engine.scenarios.terminology.resolving import resolve_case

from tests.engine.audit.workbench import CASES, Workbench


def audit(bench: Workbench, cases: str = CASES) -> AuditResult:
    bench.write_cases(cases)
    return bench.audit(proof=False)


def measured(bench: Workbench, cases: str) -> TerminologyAudit:
    """Return the audit of the terminology alone, which is quicker."""
    path = bench.write_cases(cases)
    rulebook = load_rulebook(bench.root)
    names = NameLookup(Engine(rulebook))
    held = [
        TerminologyCase(path.as_posix(), case.line, case.text, resolve_case(case, names))
        for case in read_cases(path)
    ]
    return audit_terminology(rulebook, held, lambda _done, _of: None)


def missing(result: AuditResult) -> list[str]:
    return [goal.label for goal in result.of("terminology") if goal.missing]


def test_cases_that_cover_everything(bench: Workbench) -> None:
    result = audit(bench)
    assert missing(result) == []
    assert result.total("terminology").percent == 100
    assert not [mutant for mutant in result.survivors if mutant.kind == "terminology"]


@pytest.mark.parametrize(
    ("dropped", "label", "line"),
    [
        ("invented|G-1 is grumbling\n", "invented G-1 is grumbling", 28),
        (" V-2", "invented V-2 is velozine", 17),
        ("inv is the code system http://example.org/codes\n", "", 0),
        (", http://example.org/codes", "", 0),
        ("invented|X-1 may be zorbulin\n", "another invented code may be zorbulin", 36),
        (", 2000 mcg/day", "'mcg/day' is ug/d", 10),
        ("2 mg/d, ", "1 mg/d is 1000 ug/d", 8),
        (", 5000 nmol/L", "1 nmol/L is 0.001 umol/L", 40),
        ("zorbulin 400 umol/L is 400 umol/L\n", "plausible maximum 400 umol/L", 44),
        (", 400.1 umol/L", "plausible maximum 400 umol/L", 44),
        ("dose 0 ug/d, ", "plausible minimum 1 ug/d", 11),
    ],
)
def test_each_entry_needs_its_case(bench: Workbench, dropped: str, label: str, line: int) -> None:
    replacement = "dose " if dropped.startswith("dose") else ""
    cases = CASES.replace(dropped, replacement, 1)
    assert cases != CASES
    open_goals = [goal for goal in measured(bench, cases).goals if goal.missing]
    assert [(goal.label, goal.line) for goal in open_goals] == ([(label, line)] if label else [])
    assert {Path(goal.file).name for goal in open_goals} <= {"terminology.yaml"}


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("invented: [V-1, V-2]", "invented: [V-1]", 3),
        ("invented: [G-1]", "invented: {perhaps: [G-1]}", 4),
        ('"nmol/L": 0.001', '"nmol/L": 0.01', 13),
        ('"mcg/day": "ug/d"', '"mcg/day": "mg/d"', 9),
        ("maximum: 400}", "maximum: 401}", 16),
        ("minimum: 1,", "minimum: 2,", 10),
        ("also: [INV]", "also: [INVENTED]", 1),
    ],
)
def test_a_planted_mistake_fails_its_case(bench: Workbench, old: str, new: str, line: int) -> None:
    bench.plant("terminology.yaml", {old: new})
    assert line in {problem.line for problem in audit(bench).scenario_problems}


def test_a_terminology_without_cases_gets_cases_to_review(bench: Workbench) -> None:
    bench.write_cases("")
    result = bench.audit(proof=False)
    assert result.total("terminology").covered == 0
    written = [item for item in result.missing if item.is_case]
    cases = "".join(item.scenario for item in written)
    assert "@unreviewed\ninvented|V-1 V-2 is velozine\n" in cases
    assert "@unreviewed\ndose 2.5 mg/d is 2500 ug/d\n" in cases
    assert "of velozine, line 17: invented V-1 is velozine and 1 more" in to_text(result)
    advised = [item for item in written if not item.scenario]
    assert {item.reason for item in advised} == {
        f"write a case of a invented code in none of the lists: it may be one of these {section}"
        for section in ("drugs", "conditions", "observations")
    }


def test_what_the_audit_writes_covers_everything_once_reviewed(bench: Workbench) -> None:
    bench.write_cases("")
    written = "".join(item.scenario for item in bench.audit(proof=False).missing if item.is_case)
    unreviewed = audit(bench, written)
    assert unreviewed.total("terminology").covered == 0
    assert unreviewed.scenario_problems == ()
    assert len(unreviewed.unreviewed) == unreviewed.cases > 10
    reviewed = audit(bench, written.replace("@unreviewed\n", ""))
    assert {label.startswith("another invented code") for label in missing(reviewed)} == {True}


def test_a_survivor_gets_a_case_of_its_own(bench: Workbench) -> None:
    result = audit(bench, CASES.replace("dose 0 ug/d, 0.5 ug/d,", "dose 0.5 ug/d,"))
    [survivor] = [mutant for mutant in result.survivors if mutant.kind == "terminology"]
    assert survivor.change == "minimum 1 becomes 0"
    [item] = [item for item in result.missing if item.is_case]
    assert "dose 0 ug/d is implausible\n" in item.scenario


def test_the_json_has_the_figures_of_each_concept(bench: Workbench) -> None:
    data = as_data(audit(bench, CASES.replace(" V-2", "")))
    assert data["cases"] == 16
    assert data["totals"]["terminology"]["covered"] == data["totals"]["terminology"]["of"] - 1
    velozine = next(entry for entry in data["terminology"] if entry["id"] == "velozine")
    assert [found["entry"] for found in velozine["missing"]] == ["invented V-2 is velozine"]


WITH_ICD = {
    "    also: [INV]\n": "    also: [INV]\n  icd-10:\n    uri: http://hl7.org/fhir/sid/icd-10\n",
    "invented: [G-1]\n": "invented: [G-1]\n      icd-10: [R07.0*]\n",
}


@pytest.mark.parametrize(
    ("cases", "survivors"),
    [
        ("icd-10|R07.0* is grumbling\nicd-10|R07 may be grumbling\n", []),
        ("icd-10|R07.0* is grumbling\n", ["icd-10 R07.0* becomes R07*"]),
        ("icd-10|R07.0 is grumbling\nicd-10|R07.1 may be grumbling\n", ["icd-10 R07.0* becomes R07.0"]),
    ],
)
def test_a_beginning_that_is_too_short_or_too_long(
    bench: Workbench, cases: str, survivors: list[str]
) -> None:
    bench.plant("terminology.yaml", WITH_ICD)
    found = measured(bench, cases)
    changes = [mutant.change for mutant in found.mutants if mutant.fate == "survived"]
    assert [change for change in changes if change.startswith("icd-10 R07")] == survivors


def test_a_code_of_one_concept_cannot_become_certain_for_another(bench: Workbench) -> None:
    # 'cds rules check' refuses a code that is certain for two concepts, so no case has to notice it.
    lists = "{perhaps: [V-1], not: [V-2, V-3]}}, source: handbook.codes}"
    quandrol = f"quandrol: {{title: quandrol, codes: {{invented: {lists}"
    bench.plant("terminology.yaml", {"quandrol: {title: quandrol}": quandrol})
    found = measured(bench, "invented|V-1 may be quandrol\ninvented|V-2 V-3 is not quandrol\n")
    moved = [mutant for mutant in found.mutants if mutant.subject == "quandrol" and "'is'" in mutant.change]
    assert [mutant.change for mutant in moved] == ["invented V-3 in 'is' instead of 'not'"]
