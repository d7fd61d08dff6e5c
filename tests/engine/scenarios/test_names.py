"""Names in steps: by id or title, and the nearest valid one where there is none."""

from __future__ import annotations

from decimal import Decimal

import pytest
from cds_engine.rulebook.vocabulary import Section
from cds_engine.scenarios.case import Bench
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
    bench: Bench, section: Section, text: str, concept: str
) -> None:
    assert bench.names.concept(section, text) == concept


def test_the_nearest_concept_is_named(bench: Bench) -> None:
    with pytest.raises(StepError, match=r"no drug 'miansern' \(did you mean 'mianserin'\?\)"):
        bench.names.concept("drugs", "miansern")


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
    bench: Bench, fact: str, text: str, value: Decimal | bool | str
) -> None:
    assert bench.names.value(fact, text) == value


@pytest.mark.parametrize(
    ("fact", "text", "message"),
    [
        ("neutrophils.latest", "1.2 g/L", "10\\*9/L"),
        ("mianserin.active", "perhaps", "no answer 'perhaps'"),
        ("symptom.drowsiness.severity", "sever", "did you mean 'severe'"),
        ("patient.age_years", "old", "a number"),
    ],
)
def test_a_value_that_is_none_is_refused(bench: Bench, fact: str, text: str, message: str) -> None:
    with pytest.raises(StepError, match=message):
        bench.names.value(fact, text)


def test_a_fact_that_no_rule_asks_for_is_not_offered(bench: Bench) -> None:
    with pytest.raises(StepError, match="no fact that a rule asks for"):
        bench.names.fact("neutrophils.previous")


def test_a_list_of_rules_and_a_field_of_the_history(bench: Bench) -> None:
    assert bench.names.rules("`safety.mania`, safety.maoi and safety.warfarin") == (
        "safety.mania",
        "safety.maoi",
        "safety.warfarin",
    )
    assert bench.names.field("failed antidepressant trial") == "failed_antidepressant_trials"
    assert bench.names.family("Side effects") == "side-effects"
