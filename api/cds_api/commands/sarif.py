"""Problems as SARIF 2.1.0, which code hosts show next to the lines concerned."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from cds_engine.errors import Problem

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
FINGERPRINT = "cdsProblem/v1"
DESCRIPTIONS: Mapping[str, str] = {
    "approval": "What a rule says is not approved as it is.",
    "code": "A code that its code system cannot have.",
    "condition": "An expression that is not written as one.",
    "dates": "Dated values that are not in order.",
    "digits": "A number with too many digits, or out of range.",
    "duplicate-code": "A code that means two things.",
    "duplicate-key": "A value that is given twice.",
    "duplicate-name": "A name that means two things.",
    "engine": "Rules that the inference engine does not accept.",
    "fact": "A fact that cannot be derived as it is declared.",
    "feature": "A feature file that cannot be run.",
    "file": "A file that is missing, unreadable or not read.",
    "id": "An id that does not fit its file.",
    "lock": "A meaning, or what is proved, that changed although its version did not.",
    "misfit": "A comparison that does not fit its fact.",
    "missing-key": "A key that is missing.",
    "placeholder": "A placeholder in a text that has no value.",
    "proof-conflict": "Opposed rules that fire for one record.",
    "proof-contradiction": "Rules that fire for one record, one to inform and one to warn of the same.",
    "proof-empty": "A partition that no record is within.",
    "proof-gap": "A record within a partition for which no rule of it fires.",
    "proof-overlap": "A record within a partition for which two rules of it fire.",
    "proof-redundant": "A condition without which every rule has the same outcome.",
    "proof-stale": "A decision in audit.toml that does nothing any more.",
    "proof-unproved": "A statement of the lock that the audit no longer proves.",
    "proof-unreachable": "A rule that can never fire.",
    "scenario-error": "A scenario that could not be run.",
    "scenario-expectation": "An expectation of a scenario that does not hold.",
    "scenario-feature": "A feature file that cannot be run.",
    "scenario-no_expectation": "A scenario that expects nothing.",
    "scenario-step": "A step that does not exist, or names what the rulebook does not have.",
    "shape": "A file that differs in form.",
    "summary-length": "A summary that is too long.",
    "surviving-mutant": "A mistake that no scenario or terminology case would notice.",
    "text": "A text that says what its rule neither reads nor cites, or that prescribes.",
    "toml": "A file that is not valid TOML.",
    "uncovered-boundary": "A side of a threshold that no scenario shows.",
    "uncovered-condition": "A truth of a condition that no scenario shows.",
    "uncovered-evidence": "A claim none of whose rules fires in a scenario.",
    "uncovered-mcdc": "A condition that no scenario shows to decide on its own.",
    "uncovered-outcome": "An outcome of a rule that no scenario shows.",
    "uncovered-terminology": "A code, unit, alias or limit that no terminology case covers.",
    "unencoded-claim": "A claim that nothing uses.",
    "unit": "A unit that disagrees with UCUM.",
    "unused-parameter": "A parameter that nothing uses.",
    "value-set": "A value set that cannot be used.",
    "version": "A shared terminology in another version.",
    "yaml": "A file that is not valid YAML.",
}
"""What the problems with each code have in common. What is unknown is described by :func:`_description`."""
WARNINGS = ("uncovered-", "surviving-")
"""How the codes of what only counts for a figure begin; everything else is an error."""


def to_sarif(problems: Iterable[Problem], version: str, disclaimer: str = "") -> dict[str, Any]:
    """Return ``problems`` as a SARIF log with one run of the tool in ``version``."""
    listed = list(problems)
    codes = sorted({problem.code for problem in listed})
    driver = {
        "name": "cds",
        "version": version,
        "semanticVersion": version,
        "rules": [
            {
                "id": code,
                "shortDescription": {"text": _description(code)},
                "defaultConfiguration": {"level": _level(code)},
            }
            for code in codes
        ],
    }
    numbers = {code: number for number, code in enumerate(codes)}
    results = [_result(problem, numbers[problem.code]) for problem in listed]
    properties = {"research_use_only": True, "disclaimer": disclaimer}
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results, "properties": properties}],
    }


def _description(code: str) -> str:
    if code.startswith("unknown-"):
        return f"An unknown {code.removeprefix('unknown-').replace('-', ' ')}."
    return DESCRIPTIONS.get(code, f"{code.replace('-', ' ').capitalize()}.")


def _level(code: str) -> str:
    return "warning" if code.startswith(WARNINGS) else "error"


def _result(problem: Problem, rule_index: int) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(problem.source)}}
    if problem.line is not None:
        physical["region"] = {"startLine": problem.line, "startColumn": problem.column}
    location: dict[str, Any] = {"physicalLocation": physical}
    if problem.pointer:
        location["logicalLocations"] = [{"fullyQualifiedName": problem.pointer}]
    return {
        "ruleId": problem.code,
        "ruleIndex": rule_index,
        "level": _level(problem.code),
        "message": {"text": problem.message},
        "locations": [location],
        "partialFingerprints": {FINGERPRINT: _fingerprint(problem)},
    }


def _fingerprint(problem: Problem) -> str:
    """Return what identifies a problem although the lines above it change."""
    parts = (problem.code, Path(problem.source).name, problem.pointer, problem.message)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def _uri(path: str) -> str:
    """Return a URI reference for a file; a relative path stays relative."""
    return Path(path).as_uri() if Path(path).is_absolute() else quote(path)
