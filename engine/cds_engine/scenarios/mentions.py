"""Finds the scenarios that mention a rule in the heading of their ``Rule:`` block or in a step."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

_HEADING = re.compile(r"\s*(Rule|Scenario Outline|Scenario|Example):\s*(.*)")
_NAME = re.compile(r"(?<![\w.-])[a-z0-9]+(?:[._-][a-z0-9]+)*(?![\w-]|\.\w)")


@dataclass(frozen=True, slots=True)
class Mention:
    """A scenario and the line on which it begins."""

    file: Path
    line: int
    scenario: str


def mentions(rule: str, features: Path) -> Iterator[Mention]:
    """Yield each scenario below ``features`` that mentions ``rule``, in the order of file and line."""
    yield from mentions_by_rule({rule}, features)[rule]


def mentions_by_rule(rules: Collection[str], features: Path) -> dict[str, list[Mention]]:
    """Return the scenarios below ``features`` that mention each of the rules; reads each file once."""
    found: dict[str, list[Mention]] = {rule: [] for rule in rules}
    for file in sorted(features.rglob("*.feature")):
        in_block: list[str] = []
        scenario: Mention | None = None
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            heading = _HEADING.match(line)
            named = [name for name in _NAME.findall(line) if name in found]
            if heading and heading[1] == "Rule":
                in_block, scenario = named, None
            elif heading:
                scenario = Mention(file, number, heading[2])
                named += in_block
            if scenario is not None:
                for name in named:
                    if scenario not in found[name][-1:]:
                        found[name].append(scenario)
    return found
