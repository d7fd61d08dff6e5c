"""The steps that features may use, and the names in them, for the editor.

Import it where it is needed: it imports pytest, which most requests do not need.
"""

from __future__ import annotations

from dataclasses import dataclass

from cds_engine.evaluate import Engine
from cds_engine.scenarios.listing import example_of
from cds_engine.scenarios.step_list import STEPS
from cds_engine.scenarios.template import TYPES, kinds


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step that features may use."""

    keyword: str
    template: str
    meaning: str
    example: str
    synonyms: tuple[str, ...]


def step_rows(engine: Engine) -> dict[str, list[StepRow]]:
    """Return every step by its keyword, with an example that has names of the rulebook."""
    found: dict[str, list[StepRow]] = {"Given": [], "When": [], "Then": []}
    for step in STEPS:
        row = StepRow(step.keyword, step.template, step.meaning, example_of(step, engine), step.synonyms)
        found[step.keyword].append(row)
    return found


def placeholder_rows() -> list[tuple[str, str]]:
    """Return each placeholder of the steps with what may stand for it."""
    used = sorted({kind for step in STEPS for kind in kinds(step.template)})
    return [(f"{{{kind}}}", TYPES[kind][1]) for kind in used]


def names_to_complete(engine: Engine) -> list[str]:
    """Return the names that a step may have: rules, facts that rules ask for, and titles of concepts."""
    rulebook = engine.rulebook
    terms = rulebook.terminology
    titles = [
        coded.title
        for concepts in (terms.drugs, terms.conditions, terms.symptoms)
        for coded in concepts.values()
    ]
    asked = [fact.name for fact in engine.edition(rulebook.first_day).asked]
    return list(dict.fromkeys([*rulebook.rules, *asked, *terms.observations, *titles]))
