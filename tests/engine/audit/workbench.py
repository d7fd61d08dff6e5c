"""A workbench for audits: the tiny rulebook with mistakes in it, scenarios as text, and their audit."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from cds_engine.audit import AuditResult, run_audit
from cds_engine.rulebook import load_rulebook
from cds_engine.scenarios.recorder import run_features
from cds_engine.scenarios.recording import Recording

TINY = Path(__file__).parents[2] / "data" / "tiny"


class Workbench:
    """A copy of the tiny rulebook in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "tiny"
        self.features = folder / "features"
        shutil.copytree(TINY, self.root)
        self.features.mkdir()

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

    def audit(self, *, proof: bool = True) -> AuditResult:
        """Run the scenarios, if any, and audit."""
        recording = run_features([self.features], self.root) if any(self.features.iterdir()) else Recording()
        return run_audit(load_rulebook(self.root), recording, proof=proof)

    def written(self) -> list[str]:
        """Return all scenarios that the audit finds missing, as if somebody had reviewed them."""
        missing = (item.scenario for item in self.audit().missing if item.scenario)
        return [scenario.replace("@unreviewed\n", "") for scenario in missing]
