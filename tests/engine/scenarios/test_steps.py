"""All steps: each has a meaning, and an example that runs and matches no other step."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from cds_engine.scenarios import listing, steps
from cds_engine.scenarios.case import Environment
from cds_engine.scenarios.listing import example_of
from cds_engine.scenarios.recorder import run_features
from cds_engine.scenarios.step_list import STEPS, StepDefinition, closest
from cds_engine.scenarios.template import pattern

from tests.engine.scenarios.conftest import Write

PACKAGE = Path(listing.__file__).parent


def name(step: StepDefinition) -> str:
    return f"{step.keyword} {step.template}"


@pytest.mark.parametrize("step", STEPS, ids=name)
def test_every_example_is_just_this_step(step: StepDefinition, environment: Environment) -> None:
    first = example_of(step, environment.engine).splitlines()[0]
    same_keyword = [other for other in STEPS if other.keyword == step.keyword]
    assert [other for other in same_keyword if re.fullmatch(pattern(other.template), first)] == [step]
    assert step.meaning


@pytest.mark.slow
@pytest.mark.parametrize("keyword", ["Given", "When", "Then"])
def test_every_example_runs(keyword: str, environment: Environment, feature: Write) -> None:
    """A Then step may fail for the empty record, but must be understood."""
    before = "    When the record is evaluated\n" if keyword == "Then" else ""
    after = {
        "Given": "    When the record is evaluated\n    Then no rule fires\n",
        "When": "    Then no rule fires\n",
    }
    examples = [step for step in STEPS if step.keyword == keyword and "HTTP" not in step.template]
    scenarios = [
        f"  Scenario: {number}\n{before}    {keyword} {indented(example_of(step, environment.engine))}\n"
        f"{after.get(keyword, '')}"
        for number, step in enumerate(examples)
    ]
    recording = run_features([feature("\n".join(scenarios))])
    assert recording.scenarios == len(examples)
    kinds = {failure.kind: failure.message for failure in recording.failures}
    assert set(kinds) <= {"expectation"}, kinds


def indented(example: str) -> str:
    return "\n    ".join(example.splitlines())


def test_the_listing_shows_every_step_and_group(environment: Environment) -> None:
    text = listing.listing(environment.engine)
    assert all(f"  {name(step)}\n" in text for step in STEPS)
    assert all(str(module.__doc__) in text for module in steps.MODULES)


def test_no_step_names_a_drug_a_disease_or_a_laboratory_value(environment: Environment) -> None:
    terms = environment.engine.rulebook.terminology
    concepts = {**terms.drugs, **terms.conditions, **terms.symptoms, **terms.observations}
    words = {word.casefold() for concept, coded in concepts.items() for word in (concept, coded.title)}
    named = re.compile(rf"\b(?:{'|'.join(map(re.escape, sorted(words)))})\b", re.IGNORECASE)
    found = {
        f"{path.name}: {match[0]}"
        for path in PACKAGE.rglob("*.py")
        for match in named.finditer(path.read_text(encoding="utf-8"))
    }
    assert not found


def test_the_closest_steps_come_first() -> None:
    near = closest("given", "the patient take something 60 mg/d")
    assert near[0].template.startswith("the patient takes/took")
