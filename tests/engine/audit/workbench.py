"""A workbench for audits: the tiny rulebook with mistakes in it, scenarios as text, and their audit."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from cds_engine.audit.audit import run_audit
from cds_engine.audit.audit_file import read_audit_file
from cds_engine.audit.program import Programs
from cds_engine.audit.record_search import RecordSearches
from cds_engine.audit.result import AuditResult, Issue, IssueKind
from cds_engine.audit.rule_issues import RuleIssues
from cds_engine.evaluate import Engine
from cds_engine.rulebook import load_rulebook
from cds_engine.scenarios.recorder import run_features
from cds_engine.scenarios.recording import Recording

TINY = Path(__file__).parents[2] / "data" / "tiny"


CASES = """\
inv is the code system http://example.org/codes
invented, http://example.org/codes are the code system INV
invented|V-1 V-2 is velozine
invented|G-1 is grumbling
invented|Z-1 is zorbulin
invented|X-1 may be velozine
invented|X-1 may be grumbling
invented|X-1 may be zorbulin
dose 2 mg/d, 2000 mcg/day are 2000 ug/d
dose 1 ug/d is 1 ug/d
dose 0 ug/d, 0.5 ug/d, 5001 ug/d are implausible
dose 5000 ug/d is 5000 ug/d
zorbulin 5 umol/L, 5000 nmol/L, 0.005 mmol/L, 5 micromol/L are 5 umol/L
zorbulin 0.5 umol/L is 0.5 umol/L
zorbulin 400 umol/L is 400 umol/L
zorbulin 0.4 umol/L, 400.1 umol/L are implausible
"""
"""Terminology cases that cover the terminology of the tiny rulebook."""


class Workbench:
    """A copy of the tiny rulebook in a folder of its own, with cases that cover its terminology."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "tiny"
        self.features = folder / "features"
        shutil.copytree(TINY, self.root)
        self.features.mkdir()
        self.write_cases(CASES)

    def plant(self, file: str, edits: Mapping[str, str]) -> None:
        """Replace texts in a file of the rulebook; each must occur there once."""
        path = self.root / file
        text = path.read_text(encoding="utf-8")
        for old, new in edits.items():
            assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {file}"
            text = text.replace(old, new)
        path.write_text(text, encoding="utf-8")

    def write(self, *scenarios: str) -> None:
        """Write the scenarios to audit with."""
        body = "\n".join(scenarios)
        self.features.joinpath("all.feature").write_text(f"Feature: All\n\n{body}", encoding="utf-8")

    def write_cases(self, cases: str) -> Path:
        """Write the terminology cases to audit with, and return their file; none for an empty text."""
        path = self.features / "all.cases"
        path.write_text(cases, encoding="utf-8") if cases else path.unlink()
        return path

    def audit(self, *, proof: bool = True) -> AuditResult:
        """Run the scenarios, if any, and audit."""
        recording = run_features([self.features], self.root) if any(self.features.iterdir()) else Recording()
        return run_audit(load_rulebook(self.root), recording, proof=proof)

    def prove(self) -> list[Issue | str]:
        """Return the issues of the rules and what is proved, without running any mutant."""
        programs = Programs(load_rulebook(self.root))
        checks = RuleIssues(programs, RecordSearches(programs, Engine(programs.rulebook)))
        file = read_audit_file(programs.rulebook)
        unreachable = (checks.unreachable(rule) for rule in programs.newest.rules)
        found = [issue for issue in unreachable if issue is not None]
        return [*found, *checks.partitions(), *checks.conflicts(file), *checks.contradictions(file)]

    def issues(self, kind: IssueKind) -> list[Issue]:
        """Return the issues of a kind that :meth:`prove` finds."""
        return [issue for issue in self.prove() if isinstance(issue, Issue) and issue.kind == kind]

    def written(self) -> list[str]:
        """Return all scenarios that the audit finds missing, as if somebody had reviewed them."""
        return reviewed(self.audit())


def reviewed(result: AuditResult) -> list[str]:
    """Return the scenarios that an audit wrote, as if somebody had reviewed them."""
    missing = (item.scenario for item in result.missing if item.scenario)
    return [scenario.replace("@unreviewed\n", "") for scenario in missing]
