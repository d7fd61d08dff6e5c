"""Digests of what rules, facts, parameters and concepts mean: equal for two spellings of the same logic.

A digest leaves out titles, texts, evidence, comments, layout and the order of conditions. What a rule or a
fact reads has a digest of its own, so that a change is reported once, where it was made.
"""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path
from typing import Any as AnyValue

from cds_engine.language.expressions import All, Any, Comparison, Expression, Not
from cds_engine.language.queries import Query
from cds_engine.quantities.numbers import plain
from cds_engine.rulebook.files import Parameter
from cds_engine.rulebook.model import Fact, Partition, Rule
from cds_engine.rulebook.shared_folder import SELECTABLE
from cds_engine.rulebook.shared_terminology import read_own_terminology
from cds_engine.rulebook.terminology_parts import imported_parts

DIGEST_LENGTH = 16
"""Hexadecimal digits of a digest: enough to notice a change, short enough to read in a diff."""
_TEXTS = frozenset({"title", "question", "evidence"})


def rule_meaning(rule: Rule) -> str:
    """Return the digest of whom a rule is for, when it fires, how serious that is, and its status."""
    file = rule.file
    return _digest([file.status, file.advisory.indicator, _canonical(rule.applies_to), _canonical(rule.when)])


def fact_meaning(fact: Fact) -> str:
    """Return the digest of how a fact follows from a record, with its unit, step and range."""
    if fact.finding is not None:
        return _digest(_canonical(fact.finding))
    declared = {key: value for key, value in fact.declared.items() if key not in _TEXTS}
    members = sorted(fact.derivation.of.members) if isinstance(fact.derivation, Query) else []
    numbers = [plain(number) for number in (fact.resolution, fact.minimum, fact.maximum)]
    return _digest([fact.kind, fact.unit, *numbers, declared, members])


def parameter_meaning(parameter: Parameter) -> str:
    """Return the digest of a parameter's unit and dated values."""
    values = [[dated.since.isoformat(), plain(dated.value)] for dated in parameter.values]
    return _digest([parameter.unit, values])


def terminology_meanings(root: Path) -> dict[str, str]:
    """Return the digest of each concept, group and code system that a rulebook declares itself.

    What it shares has a digest of its own. What an import adds is no part of the meaning: it only says of
    more codes what the rulebook says of those that it lists.
    """
    found: dict[str, str] = {}
    for section, body in read_own_terminology(root, imported_parts(root)).data.items():
        if section in (*SELECTABLE, "systems"):
            found |= {f"{section}/{name}": _digest(_plain(each, root)) for name, each in body.items()}
        elif section != "use":
            found[section] = _digest(_plain(body, root))
    return found


def _plain(data: AnyValue, root: Path) -> AnyValue:
    """Return a part of the terminology without sources, with lists in one order and value sets by content."""
    match data:
        case dict():
            found = {key: _plain(value, root) for key, value in data.items() if key != "source"}
            for file in found.get("value_sets", ()):
                found["value_sets"][file]["digest"] = hashlib.sha256((root / file).read_bytes()).hexdigest()
            return found
        case list():
            return sorted((_plain(value, root) for value in data), key=str)
        case Decimal():
            return plain(data)
    return data


def partition_meaning(partition: Partition) -> str:
    """Return the digest of what a partition states: about which records, and which rules divide them."""
    silent = None if partition.silent is None else _canonical(partition.silent)
    return _digest([partition.over, _canonical(partition.given), sorted(partition.rules), silent])


def _canonical(expression: Expression) -> list[AnyValue]:
    """Return an expression as lists, with the parts of ``all`` and ``any`` in one order."""
    match expression:
        case All(children):
            return ["all", *sorted(map(_canonical, children), key=json.dumps)]
        case Any(children):
            return ["any", *sorted(map(_canonical, children), key=json.dumps)]
        case Not(child):
            return ["not", _canonical(child)]
        case Comparison(fact, operator, operand, parameter):
            codes = sorted(operand) if isinstance(operand, tuple) else str(operand)
            return [fact, operator, codes if parameter is None else f"${parameter}"]


def _digest(meaning: AnyValue) -> str:
    text = json.dumps(meaning, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]
