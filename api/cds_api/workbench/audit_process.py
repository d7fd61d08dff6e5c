"""Audits a rulebook in a process of its own, and writes everything that the pages show and offer.

    python -m cds_api.workbench.audit_process RULEBOOK FEATURES FOLDER

It exits like ``cds audit``: 0 if everything is covered, 1 if not, 2 if the audit cannot be made.
"""

from __future__ import annotations

import datetime
import json
import sys
from pathlib import Path
from typing import Any

from cds_engine.audit.report.data import to_json
from cds_engine.audit.report.shown_by import scenario_anchors, shown_by
from cds_engine.audit.report.traceability import to_csv
from cds_engine.audit.report.workbook import to_workbook
from cds_engine.audit.result import AuditResult
from cds_engine.rulebook import load_rulebook

from cds_api.commands.audit import audit_rulebook
from cds_api.commands.output import print_expected_error
from cds_api.workbench.audit_run import AUDIT, CSV, SHOWN, WORKBOOK


def main(arguments: list[str]) -> int:
    """Audit the rulebook that the arguments name."""
    rulebook, features, folder = map(Path, arguments)
    today = datetime.datetime.now(datetime.UTC).date()
    try:
        result = audit_rulebook(load_rulebook(rulebook), [features], today)
    except Exception as error:
        if not print_expected_error(error):
            raise
        return 2
    (folder / SHOWN).write_text(json.dumps(scenarios_data(result)), encoding="utf-8")
    (folder / CSV).write_text(to_csv(result), encoding="utf-8", newline="")
    (folder / WORKBOOK).write_bytes(to_workbook(result))
    (folder / AUDIT).write_text(to_json(result), encoding="utf-8")
    return 0 if result.passed else 1


def scenarios_data(result: AuditResult) -> dict[str, Any]:
    """Return what scenarios show about each rule and finding, and the name and steps of each scenario."""
    anchors = scenario_anchors(result)
    return {
        "decisions": {
            found.decision.name: [
                {
                    "anchor": group.anchor,
                    "title": group.title,
                    "items": [
                        {"label": item.label, "places": list(item.places), "more": item.more}
                        for item in group.items
                    ],
                }
                for group in found.groups
            ]
            for found in shown_by(result)
        },
        "scenarios": {
            view.place: {"anchor": anchors[view.place], "name": view.name, "steps": list(view.steps)}
            for view in result.scenario_views
        },
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
