"""What the codes of the shipped rulebook mean: the pitfalls of each code system."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import pytest
from cds_engine.rulebook import Rulebook, load_rulebook
from cds_engine.rulebook.shipped import shipped_rulebooks
from cds_engine.rulebook.vocabulary import Section, Vocabulary


@cache
def book() -> Rulebook:
    return load_rulebook(shipped_rulebooks() / "mianserin")


@cache
def vocabulary() -> Vocabulary:
    return Vocabulary(book().terminology)


IS: list[tuple[Section, str, str]] = [
    ("conditions", "icd-10-cm|F32.9", "major-depressive-disorder"),
    ("conditions", "icd-10-cm|F33.0", "major-depressive-disorder"),
    ("conditions", "icd-10|F32.1", "major-depressive-disorder"),
    # active, although a measure's set of depression in remission lists it
    ("conditions", "sct|36923009", "major-depressive-disorder"),
    ("conditions", "sct|1153570009", "treatment-resistant-depression"),
    ("conditions", "icd-10-cm|G47.00", "insomnia"),
    ("conditions", "icd-10-cm|F51.01", "insomnia"),
    ("conditions", "icd-10-cm|F30.10", "mania"),
    ("conditions", "icd-10|F30.8", "mania"),
    ("symptoms", "icd-10-cm|F30.8", "hypomania"),
    ("symptoms", "icd-10|F30.0", "hypomania"),
    ("conditions", "icd-10-cm|K72.90", "severe-liver-disease"),
    ("conditions", "icd-10-cm|K70.31", "severe-liver-disease"),
    ("conditions", "icd-10|I98.2", "severe-liver-disease"),
    ("conditions", "icd-10-cm|G40.909", "epilepsy"),
    ("conditions", "icd-10|G41.0", "epilepsy"),
    ("conditions", "sct|84757009", "epilepsy"),
    ("conditions", "icd-10-cm|E11.9", "diabetes"),
    ("conditions", "icd-10-cm|E08.00", "diabetes"),
    ("conditions", "icd-10|E14.9", "diabetes"),
    ("conditions", "sct|44054006", "diabetes"),
    ("conditions", "icd-10-cm|I50.9", "cardiac-disease"),
    ("conditions", "icd-10-cm|I5A", "cardiac-disease"),
    ("conditions", "sct|84114007", "cardiac-disease"),
    ("conditions", "icd-10-cm|I45.81", "long-qt"),
    ("conditions", "sct|111975006", "long-qt"),
    ("conditions", "icd-10-cm|N18.6", "renal-insufficiency"),
    ("conditions", "icd-10-cm|I12.9", "renal-insufficiency"),
    ("conditions", "icd-10|I12.0", "renal-insufficiency"),
    ("conditions", "icd-10-cm|H40.20X0", "angle-closure-glaucoma"),
    ("conditions", "icd-10-cm|N40.1", "prostatic-hyperplasia"),
    ("conditions", "icd-10-cm|Z33.1", "pregnancy"),
    ("conditions", "icd-10-cm|O09.90", "pregnancy"),
    ("conditions", "icd-10-cm|Z3A.20", "pregnancy"),
    ("conditions", "sct|77386006", "pregnancy"),
    ("conditions", "icd-10-cm|Z39.1", "breast-feeding"),
    ("conditions", "icd-10-cm|F10.20", "alcohol-use"),
    ("conditions", "icd-10|Z72.1", "alcohol-use"),
    ("conditions", "sct|293854000", "hypersensitivity"),
    ("symptoms", "icd-10-cm|R17", "jaundice"),
    ("symptoms", "icd-10|R17.0", "jaundice"),
    ("symptoms", "icd-10-cm|A41.9", "infection"),
    ("symptoms", "icd-10-cm|J18.9", "infection"),
    ("symptoms", "icd-10-cm|J02.9", "sore-throat"),
    ("symptoms", "sct|386661006", "fever"),
    ("drugs", "atc|N06AX03", "mianserin"),
    ("drugs", "rxnorm|310385", "fluoxetine"),
    ("drugs", "rxnorm|1049625", "oxycodone"),
    ("drugs", "atc|N02AJ17", "oxycodone"),
    ("drugs", "sct|387565003", "mianserin"),
    ("observations", "loinc|753-4", "neutrophils"),
    ("observations", "loinc|804-5", "leukocytes"),
    ("observations", "loinc|778-1", "platelets"),
    ("observations", "loinc|59260-0", "haemoglobin"),
    ("observations", "loinc|3141-9", "body-weight"),
]


@pytest.mark.parametrize(("section", "code", "concept"), IS)
def test_is(section: Section, code: str, concept: str) -> None:
    assert vocabulary().meaning(section, code).concept == concept


PERHAPS: list[tuple[Section, str, str]] = [
    ("conditions", "icd-10-cm|F32.4", "major-depressive-disorder"),
    ("conditions", "icd-10-cm|F32.A", "major-depressive-disorder"),
    ("conditions", "icd-10|F32.9", "major-depressive-disorder"),
    ("conditions", "icd-10-cm|F33.2", "treatment-resistant-depression"),
    ("conditions", "sct|35489007", "major-depressive-disorder"),
    ("conditions", "icd-10-cm|F10.182", "insomnia"),
    ("conditions", "icd-10-cm|F31.60", "mania"),
    ("conditions", "icd-10-cm|F31.9", "mania"),
    ("conditions", "icd-10-cm|K74.60", "severe-liver-disease"),
    ("conditions", "icd-10-cm|K70.30", "severe-liver-disease"),
    ("conditions", "sct|19943007", "severe-liver-disease"),
    ("conditions", "icd-10-cm|G40.89", "epilepsy"),
    ("conditions", "icd-10-cm|R56.9", "epilepsy"),
    ("conditions", "sct|128613002", "epilepsy"),
    ("conditions", "icd-10-cm|I25.2", "cardiac-disease"),
    ("conditions", "icd-10-cm|I47.21", "long-qt"),
    ("conditions", "icd-10|I45.8", "long-qt"),
    ("conditions", "icd-10|J45.9", "long-qt"),
    ("conditions", "icd-10-cm|E11.22", "renal-insufficiency"),
    ("conditions", "icd-10-cm|E11", "renal-insufficiency"),
    ("conditions", "icd-10|B15", "severe-liver-disease"),
    ("conditions", "icd-10-cm|N28.9", "renal-insufficiency"),
    ("conditions", "icd-10-cm|H40.9", "angle-closure-glaucoma"),
    ("conditions", "icd-10-cm|H40.031", "angle-closure-glaucoma"),
    ("conditions", "icd-10-cm|N40.2", "prostatic-hyperplasia"),
    ("conditions", "icd-10-cm|Z36", "pregnancy"),
    ("conditions", "icd-10-cm|O24.011", "diabetes"),
    ("conditions", "icd-10-cm|J45.909", "breast-feeding"),
    ("conditions", "icd-10-cm|J45.909", "alcohol-use"),
    ("conditions", "icd-10-cm|T78.40XA", "hypersensitivity"),
    ("conditions", "sct|292311009", "hypersensitivity"),
    ("conditions", "sct|195967001", "epilepsy"),
    ("symptoms", "icd-10|R17", "jaundice"),
    ("symptoms", "icd-10-cm|I95.2", "postural-hypotension"),
    ("symptoms", "icd-10-cm|G40.909", "convulsion"),
    ("symptoms", "icd-10-cm|J45.909", "infection"),
    ("drugs", "atc|N06CA03", "fluoxetine"),
    ("drugs", "atc|N06AX", "mianserin"),
    ("drugs", "rxnorm|104849", "fluoxetine"),
    ("drugs", "rxnorm|403970", "fluoxetine"),
    ("observations", "loinc|30451-9", "neutrophils"),
    ("observations", "loinc|3142-7", "body-weight"),
    ("observations", "loinc|804-6", "leukocytes"),
]


@pytest.mark.parametrize(("section", "code", "concept"), PERHAPS)
def test_perhaps(section: Section, code: str, concept: str) -> None:
    found = vocabulary().meaning(section, code)
    assert concept in found.perhaps
    assert found.concept != concept


NOT: list[tuple[Section, str, str]] = [
    ("conditions", "icd-10-cm|F32.5", "major-depressive-disorder"),
    ("conditions", "icd-10-cm|F34.1", "major-depressive-disorder"),
    ("conditions", "icd-10-cm|J45.909", "treatment-resistant-depression"),
    ("conditions", "icd-10-cm|F30.8", "mania"),
    ("conditions", "icd-10|F31.0", "mania"),
    ("symptoms", "icd-10|F30.8", "hypomania"),
    ("conditions", "icd-10-cm|K76.0", "severe-liver-disease"),
    ("conditions", "icd-10-cm|R56.00", "epilepsy"),
    ("conditions", "sct|1290882004", "epilepsy"),
    ("conditions", "icd-10-cm|E11.A", "diabetes"),
    ("conditions", "icd-10-cm|O24.410", "diabetes"),
    ("conditions", "sct|714628002", "diabetes"),
    ("conditions", "icd-10-cm|I10", "cardiac-disease"),
    ("conditions", "sct|59621000", "cardiac-disease"),
    ("conditions", "icd-10|I12.9", "renal-insufficiency"),
    ("conditions", "icd-10-cm|N18.2", "renal-insufficiency"),
    ("conditions", "sct|431855005", "renal-insufficiency"),
    ("conditions", "icd-10-cm|H40.1110", "angle-closure-glaucoma"),
    ("conditions", "icd-10-cm|C61", "prostatic-hyperplasia"),
    ("conditions", "icd-10-cm|O24.03", "pregnancy"),
    ("conditions", "icd-10-cm|O80", "pregnancy"),
    ("conditions", "icd-10-cm|Z33.2", "pregnancy"),
    ("conditions", "icd-10-cm|Z32.02", "pregnancy"),
    ("conditions", "sct|289083006", "breast-feeding"),
    ("conditions", "sct|169643005", "breast-feeding"),
    ("conditions", "icd-10-cm|F10.21", "alcohol-use"),
    ("conditions", "sct|290919007", "hypersensitivity"),
    ("symptoms", "icd-10|R17.9", "jaundice"),
    ("symptoms", "icd-10-cm|B90.9", "infection"),
    ("drugs", "atc|N06AB10", "citalopram"),
    ("drugs", "atc|N05CF04", "zopiclone"),
    ("drugs", "atc|G04BE07", "morphine"),
    ("drugs", "atc|C07AB02", "mianserin"),
    ("observations", "loinc|770-8", "neutrophils"),
    ("observations", "loinc|51383-8", "leukocytes"),
    ("observations", "loinc|32207-3", "platelets"),
    ("observations", "loinc|786-4", "haemoglobin"),
    ("observations", "loinc|44261-6", "hamd17"),
    ("observations", "loinc|2160-0", "leukocytes"),
]


@pytest.mark.parametrize(("section", "code", "concept"), NOT)
def test_not(section: Section, code: str, concept: str) -> None:
    found = vocabulary().meaning(section, code)
    assert found.concept != concept
    assert concept not in found.perhaps


def test_where_the_lists_are_complete() -> None:
    complete = {
        system: {
            name
            for concepts in (terms.drugs, terms.conditions, terms.symptoms, terms.observations)
            for name, coded in concepts.items()
            if system in coded.codes and coded.codes[system].complete
        }
        for terms in [book().terminology]
        for system in terms.systems
    }
    terms = book().terminology
    assert complete["atc"] == set(terms.drugs)
    assert complete["loinc"] == set(terms.observations)
    assert complete["icd-10-cm"] == {*terms.conditions, "hypomania"} - {"breast-feeding", "alcohol-use"}
    assert complete["icd-10"] == complete["icd-10-cm"] - {
        "treatment-resistant-depression",
        "hypersensitivity",
        "long-qt",
        "pregnancy",
    }
    assert complete["snomed-ct"] == complete["rxnorm"] == set()


def test_haemoglobin_as_amount_of_substance() -> None:
    haemoglobin = vocabulary().quantities["haemoglobin"]
    assert haemoglobin.scale.to_canonical(Decimal("8.0"), "mmol/L") == Decimal("128.88")
    assert haemoglobin.scale.to_canonical(Decimal("1.611"), "g/dL") == Decimal("16.11")


@pytest.mark.parametrize("name", ["neutrophils", "leukocytes", "platelets"])
@pytest.mark.parametrize(
    ("value", "unit"),
    [
        ("1500", "/\N{MICRO SIGN}L"),
        ("1500", "/\N{GREEK SMALL LETTER MU}L"),
        ("1.5", "G/L"),
        ("1.5", "10⁹/L"),
        ("1.5", "\N{MULTIPLICATION SIGN}10⁹/L"),
        ("1.5", "\N{MULTIPLICATION SIGN}10^9/L"),
        ("1.5", "x10E9/L"),
        ("1.5", "10E3/\N{MICRO SIGN}L"),
        ("1.5", " K/\N{MICRO SIGN}L"),
    ],
)
def test_counts_as_laboratories_write_them(name: str, value: str, unit: str) -> None:
    assert vocabulary().quantities[name].scale.to_canonical(Decimal(value), unit) == Decimal("1.5")
