"""Finds the scenarios that mention a rule in the heading of their ``Rule:`` block or in a step."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_HEADING = re.compile(r"\s*(Rule|Scenario Outline|Scenario|Example):\s*(.*)")


@dataclass(frozen=True, slots=True)
class Mention:
    """A scenario and the line on which it begins."""

    file: Path
    line: int
    scenario: str


def mentions(rule: str, features: Path) -> Iterator[Mention]:
    """Yield each scenario below ``features`` that mentions ``rule``, in the order of file and line."""
    named = re.compile(rf"(?<![\w.-]){re.escape(rule)}(?![\w-]|\.\w)")
    for file in sorted(features.rglob("*.feature")):
        in_block, scenario, found = False, None, False
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            heading = _HEADING.match(line)
            if heading and heading[1] == "Rule":
                in_block, scenario = bool(named.search(line)), None
            elif heading:
                scenario, found = Mention(file, number, heading[2]), False
            if scenario and not found and (in_block or named.search(line)):
                found = True
                yield scenario
