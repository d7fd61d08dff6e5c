"""Names in steps: by id or title, and the nearest valid name in errors."""

from __future__ import annotations

from decimal import Decimal

import pytest
from cds_engine.rulebook.vocabulary import Section
from cds_engine.scenarios.case import Environment
from cds_engine.scenarios.problems import StepError


@pytest.mark.parametrize(
    ("section", "text", "concept"),
    [
        ("drugs", "Mianserin", "mianserin"),
        ("drugs", "ATC|N06AX03", "mianserin"),
        ("conditions", "major depressive disorder", "major-depressive-disorder"),
        ("conditions", "Long QT", "long-qt"),
        ("symptoms", "Sore throat", "sore-throat"),
        ("observations", "neutrophil count", "neutrophils"),
        ("observations", "HAM-D17 score", "hamd17"),
    ],
)
def test_a_concept_is_known_by_id_title_and_code(
    environment: Environment, section: Section, text: str, concept: str
) -> None:
    assert environment.names.concept(section, text) == concept


def test_the_nearest_concept_is_named(environment: Environment) -> None:
    with pytest.raises(StepError, match=r"no drug 'miansern' \(did you mean 'mianserin'\?\)"):
        environment.names.concept("drugs", "miansern")


@pytest.mark.parametrize(
    ("fact", "text", "value"),
    [
        ("neutrophils.latest", "1200 /uL", Decimal("1.2")),
        ("neutrophils.latest", "1.2 10*9/L", Decimal("1.2")),
        ("weight.change_percent", "6.25 %", Decimal("6.25")),
        ("weight.change_percent", "6.25%", Decimal("6.25")),
        ("patient.age_years", "78 years", Decimal(78)),
        ("mianserin.days_on_treatment", "1 day", Decimal(1)),
        ("mianserin.active", "yes", True),
        ("symptom.drowsiness.severity", "severe", "severe"),
        ("mianserin.indication", "Major depressive disorder", "major-depressive-disorder"),
    ],
)
def test_a_value_is_read_in_the_units_of_its_fact(
    environment: Environment, fact: str, text: str, value: Decimal | bool | str
) -> None:
    assert environment.names.value(fact, text) == value


@pytest.mark.parametrize(
    ("fact", "text", "message"),
    [
        ("neutrophils.latest", "1.2 g/L", "10\\*9/L"),
        ("mianserin.active", "perhaps", "expected yes or no, found 'perhaps'"),
        ("symptom.drowsiness.severity", "sever", "did you mean 'severe'"),
        ("patient.age_years", "old", "a number"),
    ],
)
def test_an_invalid_value_is_refused(environment: Environment, fact: str, text: str, message: str) -> None:
    with pytest.raises(StepError, match=message):
        environment.names.value(fact, text)


def test_a_fact_that_no_rule_uses_is_refused(environment: Environment) -> None:
    with pytest.raises(StepError, match=r"no rule uses a fact 'neutrophils\.previous'"):
        environment.names.fact("neutrophils.previous")


def test_a_list_of_facts_and_a_field_of_the_history(environment: Environment) -> None:
    assert environment.names.facts("`mianserin.active`, patient.age_years and condition.mania") == (
        "mianserin.active",
        "patient.age_years",
        "condition.mania",
    )
    assert environment.names.field("failed antidepressant trial") == "failed_antidepressant_trials"
    assert environment.names.family("Side effects") == "side-effects"
