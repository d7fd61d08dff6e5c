"""Reads feature files with pytest-bdd, and reports what pytest-bdd would silently drop or run differently.

pytest-bdd keys scenarios by name, so the second of two scenarios with the same name would replace the first.
It runs an outline without rows once, with its placeholders, and it does not keep the line of a row. A tag
becomes a mark of pytest, and some marks decide whether a test runs at all.
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
from cds_engine.scenarios.keywords import mistyped_keyword

ENCODING = "utf-8-sig"
"""UTF-8, with or without the byte order mark that some editors write."""
RESERVED_TAGS = frozenset({"skip", "skipif", "xfail", "parametrize", "usefixtures", "filterwarnings"})
_GOT = re.compile(r"got '(.*)'$", re.DOTALL)
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
        document = get_gherkin_document(str(path), ENCODING)
        feature = get_feature(str(path.parent), path.name, encoding=ENCODING)
    except GherkinParseError as error:
        raise FeatureError(_syntax_problems(path, error)) from None
    except KeyError:
        raise FeatureError([_problem(path, 1, "no Feature in the file")]) from None
    except UnicodeDecodeError:
        raise FeatureError([_problem(path, 1, "not UTF-8")]) from None
    parsed = list(_scenarios(document))
    problems = [*_text_problems(path, document), *_problems(path, parsed), *_tag_problems(path, document)]
    if problems:
        raise FeatureError(sorted(problems, key=lambda problem: problem.line or 0))
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
                if named and placeholder[1:-1] not in named:
                    yield _problem(path, step.location.line, f"the examples have no column for {placeholder}")
        yield from _unused_columns(path, scenario)


def _unused_columns(path: Path, scenario: GherkinScenario) -> Iterator[Problem]:
    """Yield a problem for each column of the examples that neither a step nor the scenario's name uses."""
    texts = [scenario.name]
    for step in scenario.steps:
        texts.append(step.text)
        texts += [step.docstring.content] if step.docstring else []
        texts += [cell.value for row in step.datatable.rows for cell in row.cells] if step.datatable else []
    used = {placeholder[1:-1] for text in texts for placeholder in _PLACEHOLDER.findall(text)}
    for examples in scenario.examples:
        for cell in examples.table_header.cells if examples.table_header else ():
            if cell.value not in used:
                message = (
                    f"the column '{cell.value}' is not used: neither a step nor the name has <{cell.value}>"
                )
                yield _problem(path, cell.location.line, message)


def _text_problems(path: Path, document: GherkinDocument) -> Iterator[Problem]:
    """Yield a problem for each line of free text that was meant as a heading or step."""
    lines = path.read_text(encoding=ENCODING).splitlines()
    for heading, text, in_scenario in _free_texts(document):
        line = heading
        for wanted in filter(None, map(str.strip, text.splitlines())):
            line = next((n for n in range(line + 1, len(lines) + 1) if lines[n - 1].strip() == wanted), line)
            if message := mistyped_keyword(wanted, in_scenario=in_scenario):
                yield _problem(path, line, message)


def _free_texts(document: GherkinDocument) -> Iterator[tuple[int, str, bool]]:
    """Yield the line of each heading, the text below it, and whether steps belong there."""
    feature = document.feature
    yield feature.location.line, feature.description, False
    children = [*feature.children]
    for child in feature.children:
        if child.rule:
            yield child.rule.location.line, child.rule.description, False
            children += child.rule.children
    for child in children:
        if child.background:
            yield child.background.location.line, child.background.description, True
        if child.scenario:
            yield child.scenario.location.line, child.scenario.description, True


def _tag_problems(path: Path, document: GherkinDocument) -> Iterator[Problem]:
    """Yield a problem for each tag that would keep scenarios from running."""
    feature = document.feature
    tags = [*feature.tags]
    tags += [tag for child in feature.children if child.rule for tag in child.rule.tags]
    for scenario in _scenarios(document):
        tags += [*scenario.tags, *(tag for examples in scenario.examples for tag in examples.tags)]
    for tag in tags:
        if tag.name.lstrip("@") in RESERVED_TAGS:
            message = f"the tag '{tag.name}' is reserved; use another name"
            yield _problem(path, tag.location.line, message)


def _syntax_problems(path: Path, error: GherkinParseError) -> list[Problem]:
    """Return every place at which a file is not Gherkin."""
    found: list[Problem] = []
    for part in getattr(error.__cause__, "errors", ()):
        got = _GOT.search(str(part))
        if got is None:
            message = str(part).partition(": ")[2] or str(part)
        elif not got[1]:
            message = "the file ends where a scenario or a step is expected"
        else:
            expected = "expected a step, a scenario or a table"
            message = mistyped_keyword(got[1], in_scenario=True) or f"{expected}, found '{got[1].strip()}'"
        found.append(_problem(path, part.location["line"], message))
    return found or [_problem(path, error.line, error.message)]


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
