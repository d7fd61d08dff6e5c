"""Reads feature files with pytest-bdd, and reports what pytest-bdd would silently drop.

pytest-bdd keys scenarios by name, so the second of two scenarios with the same name would replace the first.
It runs an outline without rows once, with its placeholders, and it does not keep the line of a row.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_bdd.exceptions import GherkinParseError
from pytest_bdd.feature import features as cached_features
from pytest_bdd.feature import get_feature
from pytest_bdd.gherkin_parser import GherkinDocument, get_gherkin_document
from pytest_bdd.gherkin_parser import Scenario as GherkinScenario
from pytest_bdd.parser import ScenarioTemplate

from cds_engine.errors import Problem, ProblemsError

_PLACEHOLDER = re.compile(r"<[^<>]+>")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the examples of an outline."""

    line: int
    values: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario or outline; an outline has rows."""

    name: str
    line: int
    tags: tuple[str, ...]
    block: str | None
    rows: tuple[Row, ...]


class FeatureError(ProblemsError):
    """A feature file that cannot be run."""


def read_feature(path: Path) -> dict[str, Scenario]:
    """Return the scenarios of a feature file by name.

    Raises:
        FeatureError: with everything in the file that cannot be run or would be silently dropped.
    """
    cached_features.pop(str(path.absolute()), None)
    try:
        document = get_gherkin_document(str(path))
        feature = get_feature(str(path.parent), path.name)
    except GherkinParseError as error:
        message = f"{error.message} ({error.line_content.strip()})"
        raise FeatureError([_problem(path, error.line, " ".join(message.split()))]) from None
    except KeyError:
        raise FeatureError([_problem(path, 1, "no Feature in the file")]) from None
    except UnicodeDecodeError:
        raise FeatureError([_problem(path, 1, "not UTF-8")]) from None
    parsed = list(_scenarios(document))
    problems = list(_problems(path, parsed))
    if problems:
        raise FeatureError(problems)
    return {found.name: _scenario(found, feature.scenarios[found.name], feature.tags) for found in parsed}


def _scenarios(document: GherkinDocument) -> Iterator[GherkinScenario]:
    for child in document.feature.children:
        if child.scenario:
            yield child.scenario
        for grandchild in child.rule.children if child.rule else ():
            if grandchild.scenario:
                yield grandchild.scenario


def _problems(path: Path, parsed: list[GherkinScenario]) -> Iterator[Problem]:
    if not parsed:
        yield _problem(path, 1, "the feature has no scenario")
    seen: dict[str, int] = {}
    for scenario in parsed:
        line = scenario.location.line
        if scenario.name in seen:
            first = seen[scenario.name]
            yield _problem(path, line, f"a second scenario '{scenario.name}'; the first is on line {first}")
        seen.setdefault(scenario.name, line)
        outline = "outline" in scenario.keyword.casefold() or scenario.examples
        if outline and not any(examples.table_body for examples in scenario.examples):
            yield _problem(path, line, f"the outline '{scenario.name}' has no examples")
        named = {cell.value for e in scenario.examples if e.table_header for cell in e.table_header.cells}
        for step in scenario.steps:
            for placeholder in _PLACEHOLDER.findall(step.text):
                if outline and placeholder[1:-1] not in named:
                    yield _problem(path, step.location.line, f"the examples have no column for {placeholder}")


def _scenario(parsed: GherkinScenario, template: ScenarioTemplate, feature_tags: set[str]) -> Scenario:
    rows = tuple(
        Row(
            row.location.line,
            tuple(cell.value for cell in row.cells),
            tuple(tag.name.lstrip("@") for tag in examples.tags),
        )
        for examples in parsed.examples
        for row in examples.table_body or ()
    )
    tags = template.tags | feature_tags | (template.rule.tags if template.rule else set())
    block = template.rule.name if template.rule else None
    return Scenario(parsed.name, parsed.location.line, tuple(sorted(tags)), block, rows)


def _problem(path: Path, line: int, message: str) -> Problem:
    return Problem(str(path), message, line=line, column=1, code="feature")
