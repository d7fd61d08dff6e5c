"""``coverage.json`` beside a rulebook: the figures of its last full audit, and what they were computed from.

The file is small enough to review in a diff. The full audit is generated on demand
(``cds audit --format json``). Nothing in the file depends on the machine that wrote it: it has no path, and
digests ignore how lines end. It is not YAML, so it is not part of the rulebook's digest.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds_engine.audit.audit_file import FILE as AUDIT_FILE
from cds_engine.audit.result import DECISION_KINDS, AuditResult, DecisionView, Goal, Total
from cds_engine.rulebook.model import Rulebook
from cds_engine.scenarios.recorder import feature_files
from cds_engine.scenarios.terminology.shared import shared_cases

FILE = "coverage.json"
RENEW = "run: cds audit --write-coverage"


def digests(rulebook: Rulebook, features: Iterable[Path]) -> dict[str, str | None]:
    """Return the digests of everything that the figures depend on; None for a file that does not exist."""
    audit_file = rulebook.root / AUDIT_FILE
    return {
        "rulebook": rulebook.digest,
        "features": _features_digest([*features, *shared_cases(rulebook)]),
        AUDIT_FILE: _digest([("", audit_file)]) if audit_file.is_file() else None,
    }


def _features_digest(paths: Iterable[Path]) -> str:
    """Return the digest of all feature files in ``paths``, by their names below the path."""
    files = [
        (file.relative_to(root).as_posix(), file)
        for path in paths
        for root in [path.absolute() if path.is_dir() else path.absolute().parent]
        for file in feature_files([path])
    ]
    return _digest(sorted(files))


def _digest(files: Iterable[tuple[str, Path]]) -> str:
    digest = hashlib.sha256()
    for name, file in files:
        digest.update(name.encode() + b"\0" + file.read_bytes().replace(b"\r\n", b"\n") + b"\0")
    return f"sha256:{digest.hexdigest()}"


def differences(rulebook: Rulebook, features: Iterable[Path]) -> list[str]:
    """Return why ``coverage.json`` is not the audit of ``rulebook`` and ``features`` as they are now."""
    path = rulebook.root / FILE
    where = path.as_posix()
    try:
        file: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return [f"{where}: missing; {RENEW}"]
    except ValueError:
        return [f"{where}: not valid JSON; {RENEW}"]
    recorded = file.get("digests") if isinstance(file, dict) else None
    if not isinstance(recorded, dict):
        return [f"{where}: has no digests; {RENEW}"]
    found = [
        f"{where}: {name} changed since the audit; {RENEW}"
        for name, digest in digests(rulebook, features).items()
        if recorded.get(name) != digest
    ]
    if not found and file.get("passed") is not True:
        found.append(f"{where}: the audit did not pass; for the reasons run: cds audit")
    return found


@dataclass(frozen=True)
class Exclusions:
    """The goals and mutants that the last full audit proved impossible to show."""

    goals: frozenset[tuple[object, ...]] = frozenset()
    mutants: frozenset[tuple[object, ...]] = frozenset()

    def has_goal(self, goal: Goal) -> bool:
        """Whether ``goal`` is among them."""
        return (goal.kind, goal.subject, goal.pointer, goal.want) in self.goals

    def has_mutant(self, subject: str, change: str) -> bool:
        """Whether the mutant that makes ``change`` to ``subject`` is among them."""
        return (subject, change) in self.mutants


def read_exclusions(rulebook: Rulebook) -> Exclusions:
    """Return the exclusions that ``coverage.json`` lists; none if it cannot be read."""
    try:
        file: Any = json.loads((rulebook.root / FILE).read_text(encoding="utf-8"))
        return Exclusions(
            frozenset(
                (goal["kind"], goal["subject"], goal["pointer"], goal["want"]) for goal in file["excluded"]
            ),
            frozenset((mutant["subject"], mutant["change"]) for mutant in file["equivalent"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return Exclusions()


def coverage_text(result: AuditResult, sources: Mapping[str, str | None]) -> str:
    """Return the text of ``coverage.json``, with ``sources`` from :func:`digests`."""
    return _json_with_short_lines(
        {
            "research_use_only": True,
            "disclaimer": result.disclaimer,
            "rulebook": dict(result.rulebook),
            "digests": dict(sources),
            "scenarios": result.scenarios,
            "cases": result.cases,
            "passed": result.passed,
            "totals": {
                kind: {**_total(total), "percent": total.percent, "goal": total.required, "met": total.met}
                for kind, total in result.totals.items()
            },
            "rules": [_decision(result, view) for view in result.decisions if view.is_rule],
            "findings": [_decision(result, view) for view in result.decisions if not view.is_rule],
            "missing": [{"target": item.goal, "reason": item.reason} for item in result.missing],
            "survivors": [
                {"subject": mutant.subject, "change": mutant.change, "accepted": mutant.accepted}
                for mutant in result.survivors
            ],
            "excluded": [
                {
                    "kind": goal.kind,
                    "subject": goal.subject,
                    "pointer": goal.pointer,
                    "want": goal.want,
                    "label": goal.label,
                    "reason": goal.excused,
                }
                for goal in result.excluded
            ],
            "equivalent": [
                {"subject": mutant.subject, "change": mutant.change, "reason": mutant.by}
                for mutant in result.equivalent
            ],
            "proof": {
                "done": result.proof is not None,
                "findings": [
                    {
                        "kind": issue.kind,
                        "rules": list(issue.rules),
                        "statement": issue.statement,
                        "accepted": issue.accepted,
                    }
                    for issue in (() if result.proof is None else result.proof.issues)
                ],
            },
        }
    )


def _decision(result: AuditResult, view: DecisionView) -> dict[str, Any]:
    totals = {kind: _total(result.total(kind, view.name)) for kind in DECISION_KINDS}
    return {"id": view.name, "totals": totals}


def _total(total: Total) -> dict[str, Any]:
    return {"covered": total.covered, "of": total.of}


def _json_with_short_lines(data: Mapping[str, Any]) -> str:
    """Return ``data`` as JSON with a line for each key, and for each item of an object or list in it."""
    entries = (f"  {_one_line(key)}: {_block(value)}" for key, value in data.items())
    return "{\n" + ",\n".join(entries) + "\n}\n"


def _block(value: object) -> str:
    lines: Iterator[str]
    if isinstance(value, dict) and value:
        opening, closing = "{}"
        lines = (f"    {_one_line(key)}: {_one_line(item)}" for key, item in value.items())
    elif isinstance(value, list) and value:
        opening, closing = "[]"
        lines = (f"    {_one_line(item)}" for item in value)
    else:
        return _one_line(value)
    return f"{opening}\n" + ",\n".join(lines) + f"\n  {closing}"


def _one_line(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
