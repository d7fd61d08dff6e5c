"""The generated parts of the documentation, and where a page asks for one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from cds_engine.errors import nearest

from tools.docs import fact_language, program, rulebook, schemas, text

ROOT = Path(__file__).parents[2]
MARKER = re.compile(r"^<!-- generated: (?P<name>[a-z-]+)(?: (?P<argument>\S+))? -->$", re.MULTILINE)


class UnknownPartError(Exception):
    """A page asks for a part that nothing generates."""


PARTS: Mapping[str, Callable[..., str]] = {
    "changelog": lambda: text.body(ROOT / "CHANGELOG.md"),
    "commands": program.commands,
    "errors": program.errors,
    "evaluation": schemas.evaluation,
    "fact-attributes": fact_language.attributes,
    "fact-cases": fact_language.cases,
    "facts": rulebook.facts,
    "first-rule": lambda: text.section(ROOT / "CONTRIBUTING.md", "Your first rule"),
    "names": rulebook.names,
    "record": schemas.record,
    "routes": program.routes,
    "rule-files": lambda: schemas.rule_files(ROOT / "rules" / "schema"),
    "rulebook": rulebook.readme,
    "steps": program.steps,
}
"""Each part by name. An argument, such as the folder of a rulebook, follows the name on the page."""


def fill(page: str, name: str) -> str:
    """Return the page called ``name``, ready for the site, with every marker replaced by its part.

    Raises:
        UnknownPartError: if there is no such part.
    """

    def part(match: re.Match[str]) -> str:
        if match["name"] not in PARTS:
            hint = nearest(match["name"], PARTS)
            raise UnknownPartError(f"{name}: nothing generates '{match['name']}'{hint}")
        arguments = [] if match["argument"] is None else [match["argument"]]
        return PARTS[match["name"]](*arguments).strip()

    return text.spaced(MARKER.sub(part, page))
