"""What the codes and units of the lithium rulebook mean, and the filtration rate that it calculates."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from cds_engine import Engine, Evaluation, load_rulebook, shipped_rulebooks
from cds_engine.rulebook.vocabulary import Section

FOLDER = shipped_rulebooks() / "lithium"


@cache
def engine() -> Engine:
    return Engine(load_rulebook(FOLDER))


def evaluate(record: dict[str, Any]) -> Evaluation:
    return engine().evaluate(engine().read({"as_of": "2026-11-23", **record}), explain=True)


@pytest.mark.parametrize(
    ("section", "code", "concept"),
    [
        ("drugs", "atc|N05AN01", "lithium"),
        ("drugs", "rxnorm|197889", "lithium-carbonate"),
        ("drugs", "sct|387098001", "lithium-citrate"),
        ("conditions", "icd-10-cm|F31.70", "bipolar-disorder"),
        ("conditions", "icd-10|F31.7", "bipolar-disorder"),
        ("conditions", "icd-10-cm|F31.2", "mania"),
        ("observations", "loinc|14334-7", "lithium-level"),
        ("observations", "loinc|3719-2", "lithium-level"),
        ("observations", "loinc|14682-9", "creatinine"),
        ("observations", "loinc|62238-1", "estimated-gfr"),
    ],
)
def test_is(section: Section, code: str, concept: str) -> None:
    assert engine().vocabulary.meaning(section, code).concept == concept


@pytest.mark.parametrize(
    ("section", "code", "concept"),
    [
        ("drugs", "rxnorm|6448", "lithium"),
        ("drugs", "rxnorm|29046", "lisinopril"),
        ("drugs", "atc|N02AJ19", "ibuprofen"),
        ("conditions", "icd-10-cm|F31.2", "bipolar-disorder"),
        ("conditions", "icd-10-cm|J45.909", "hypothyroidism"),
    ],
)
def test_perhaps(section: Section, code: str, concept: str) -> None:
    found = engine().vocabulary.meaning(section, code)
    assert concept in found.perhaps
    assert found.concept != concept


@pytest.mark.parametrize(
    ("section", "code", "concept"),
    [
        ("drugs", "atc|D11AX04", "lithium"),
        ("drugs", "atc|V04CX11", "lithium-carbonate"),
        ("drugs", "atc|N05AN01", "lithium-citrate"),
        ("conditions", "icd-10-cm|F25.0", "bipolar-disorder"),
        ("conditions", "sct|84757009", "hypothyroidism"),
        ("observations", "loinc|25461-5", "lithium-level"),
        ("observations", "loinc|80970-7", "lithium-level"),
        ("observations", "loinc|2160-0", "estimated-gfr"),
    ],
)
def test_not(section: Section, code: str, concept: str) -> None:
    found = engine().vocabulary.meaning(section, code)
    assert found.concept != concept
    assert concept not in found.perhaps


@pytest.mark.parametrize(
    ("observation", "value", "unit", "canonical"),
    [
        ("lithium-level", "10.41", "mg/L", "1.5"),
        ("lithium-level", "1.041", "mg/dL", "1.5"),
        ("lithium-level", "1.5", "mEq/L", "1.5"),
        ("creatinine", "1.1312", "mg/dL", "100"),
        ("creatinine", "0.1", "mmol/L", "100"),
        ("calcium-in-serum", "10.0195", "mg/dL", "2.5"),
        ("sodium-in-serum", "140", "mEq/L", "140"),
        ("thyrotropin", "2.5", "uIU/mL", "2.5"),
    ],
)
def test_units(observation: str, value: str, unit: str, canonical: str) -> None:
    scale = engine().vocabulary.quantities[observation].scale
    assert scale.to_canonical(Decimal(value), unit) == Decimal(canonical)


def filtration_rate(value: str, unit: str, age: int, sex: str) -> Any:
    creatinine = {"code": "creatinine", "value": Decimal(value), "unit": unit, "date": "2026-11-20"}
    found = evaluate(
        {
            "patient": {"age_years": age, "sex": sex},
            "medications": [{"drug": "lithium"}],
            "observations": [creatinine],
        }
    )
    assert found.trace is not None
    (rule,) = (rule for rule in found.trace if rule.rule == "renal.filtration-below-30")
    return next(condition.value for condition in rule.conditions if condition.fact == "filtration.latest")


@pytest.mark.parametrize(
    ("value", "unit", "age", "sex"),
    [
        ("1.4", "mg/dL", 61, "female"),
        ("0.55", "mg/dL", 33, "female"),
        ("2.2", "mg/dL", 84, "male"),
        ("0.71", "mg/dL", 19, "male"),
        ("97", "umol/L", 45, "male"),
        ("312", "umol/L", 50, "female"),
    ],
)
def test_the_filtration_rate_is_the_published_equation(value: str, unit: str, age: int, sex: str) -> None:
    mass = float(value) if unit == "mg/dL" else float(value) * 113.12 / 10_000
    kappa, alpha, factor = (0.7, -0.241, 1.012) if sex == "female" else (0.9, -0.302, 1.0)
    ratio = mass / kappa
    expected = 142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**age * factor
    assert float(filtration_rate(value, unit, age, sex)) == pytest.approx(expected, abs=0.1)
