"""Bundles: their structure, their patient, and the resources that are read."""

from __future__ import annotations

from typing import Any

import pytest
from cds_engine import RecordError, parse_json
from cds_engine.fhir import bundle_to_record, evaluate_document, is_fhir

from tests.engine.fhir.bundles import (
    AS_OF,
    ENGINE,
    FLUOXETINE,
    MIANSERIN,
    RXNORM,
    bundle,
    concept,
    dosage,
    evaluate,
    order,
    patient,
    problem,
    read,
    result,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"resourceType": "Bundle"}, True),
        ({"resourceType": 5}, True),
        ({}, False),
        ([], False),
        (None, False),
    ],
)
def test_a_bundle_is_told_from_a_record(value: object, expected: bool) -> None:
    assert is_fhir(value) is expected


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({"resourceType": "Patient"}, ""),
        ([], ""),
        ({"resourceType": "Bundle", "entry": {}}, "/entry"),
        ({"resourceType": "Bundle", "entry": [5]}, "/entry/0"),
        ({"resourceType": "Bundle", "entry": [{"resource": []}]}, "/entry/0/resource"),
        ({"resourceType": "Bundle", "entry": [{"resource": {"id": "x"}}]}, "/entry/0/resource"),
    ],
)
def test_impossible_structure(value: Any, place: str) -> None:
    with pytest.raises(RecordError) as caught:
        bundle_to_record(value, "b.json", ENGINE.vocabulary, AS_OF)
    assert [problem.pointer for problem in caught.value.problems] == [place]


@pytest.mark.parametrize("empty", [{"resourceType": "Bundle", "type": "searchset", "total": 0}, bundle()])
def test_empty_bundle_is_an_unknown_patient(empty: Any) -> None:
    record, notices, _ = bundle_to_record(empty, "b.json", ENGINE.vocabulary, AS_OF)
    assert record == {}
    assert [notice.pointer for notice in notices] == ["/entry"]
    assert evaluate_document(ENGINE, empty, AS_OF).evaluation.outcomes.fired == 0


def test_sections_that_are_there_are_complete_and_others_unknown() -> None:
    record, _, _ = read(patient(), problem())
    assert set(record) == {"patient", "conditions"}
    record, _, _ = read(patient(), problem(), searched={"MedicationRequest", "Observation"})
    assert record["medications"] == []
    assert record["observations"] == []


def test_results_that_do_not_count_are_few_notices() -> None:
    waiting = result(status="registered", text={"status": "empty"})
    _, notices, _ = read(patient(), *(waiting for _ in range(500)))
    [notice] = notices
    assert notice.startswith("/entry/1/resource: leukocytes with status 'registered' is not a result yet")
    assert "500 resources, also /entry/2/resource" in notice


@pytest.mark.parametrize(
    ("resource", "section", "code"),
    [
        (order(dosageInstruction={}), "medications", "text|Mianserin (MedicationRequest not understood)"),
        (
            order(authoredOn="2026-08-15T10:00:00"),
            "medications",
            "text|Mianserin (MedicationRequest not understood)",
        ),
        (order(implicitRules="http://x"), "medications", "text|Mianserin (MedicationRequest not understood)"),
        (
            order(modifierExtension=[{"url": "http://x"}]),
            "medications",
            "text|Mianserin (MedicationRequest not understood)",
        ),
        (
            problem(recordedDate="2026-08-15T10:00:00"),
            "conditions",
            "text|Depression (Condition not understood)",
        ),
        (
            problem(modifierExtension=[{"url": "http://x"}]),
            "conditions",
            "text|Depression (Condition not understood)",
        ),
        (
            result(effectiveDateTime="2026-08-15T10:00:00"),
            "observations",
            "text|Leukocytes (Observation not understood)",
        ),
        (
            result(modifierExtension=[{"url": "http://x"}]),
            "observations",
            "text|Leukocytes (Observation not understood)",
        ),
    ],
)
def test_a_resource_that_is_not_understood_may_mean_anything(
    resource: dict[str, Any], section: str, code: str
) -> None:
    name = "medicationCodeableConcept" if section == "medications" else "code"
    display = code.removeprefix("text|").partition(" (")[0]
    record, notices, references = read(patient(), {**resource, name: {**resource[name], "text": display}})
    entry = record[section][0]
    assert entry.pop("drug" if section == "medications" else "code") == code
    assert set(entry.values()) <= {None}
    assert record["incomplete"] == [section]
    assert references.pointer(f"/{section}/0") == "/entry/1/resource"
    assert notices[0].startswith("/entry/1/resource: this ")
    assert "what it means is not known" in notices[0]


def test_an_invalid_resource_does_not_hide_the_others() -> None:
    record, notices, _ = read(patient(), order(dosageInstruction={}), order(), problem())
    assert [entry["drug"] for entry in record["medications"]][1:] == ["mianserin"]
    assert any(line.startswith("/entry/1/resource: this MedicationRequest is not valid") for line in notices)


def test_nothing_in_a_bundle_with_implicit_rules_is_understood() -> None:
    value = bundle(patient(), problem(), implicitRules="http://x")
    record, _, _ = bundle_to_record(value, "b", ENGINE.vocabulary, AS_OF)
    assert record["patient"] == {"id": "p"}
    assert record["conditions"][0]["code"].startswith("text|")


@pytest.mark.parametrize(
    "field", [{"id": "not_an_id"}, {"text": 5}, {"contained": [{"resourceType": "Foo"}]}]
)
def test_an_error_in_an_unread_element_drops_nothing(field: dict[str, Any]) -> None:
    record, _, _ = read(patient(), order(dosageInstruction=[dosage()], **field))
    assert record["medications"][0]["drug"] == "mianserin"


def test_same_resource_twice_counts_once() -> None:
    one = order(id="m", dosageInstruction=[dosage(30)])
    record, notices, _ = read(patient(), one, one)
    assert len(record["medications"]) == 1
    assert notices == []
    record, notices, _ = read(patient(), one, {**one, "status": "stopped"})
    assert len(record["medications"]) == 1
    assert notices[0].startswith("/entry/2/resource: an earlier entry has the same resource")


def test_history_gives_the_newest_and_nothing_deleted() -> None:
    entries = [
        {"request": {"method": "DELETE", "url": "Condition/c"}},
        {"resource": problem(id="c")},
        {"resource": order(id="m", dosageInstruction=[dosage(30)])},
        {"resource": order(id="m", dosageInstruction=[dosage(90)])},
    ]
    value = bundle(type="history", entry=entries)
    record, _, _ = bundle_to_record(value, "b", ENGINE.vocabulary, AS_OF)
    assert "conditions" not in record
    assert [entry["daily_dose"]["value"] for entry in record["medications"]] == [30]


def test_bundles_within_a_bundle() -> None:
    inner = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": problem()}]}
    record, _, references = read(patient(), inner)
    assert record["conditions"][0]["code"] == "major-depressive-disorder"
    assert references.pointer("/conditions/0") == "/entry/1/resource/entry/0/resource"


def test_notice_about_one_page_of_several() -> None:
    value = bundle(patient(), type="searchset", link=[{"relation": "next", "url": "http://x"}])
    _, notices, _ = bundle_to_record(value, "b", ENGINE.vocabulary, AS_OF)
    assert notices[0].pointer == "/link"


# Whom it is about


def test_several_patients_are_an_error_at_each() -> None:
    with pytest.raises(RecordError) as caught:
        read(patient(), patient(id="q"))
    assert [problem.pointer for problem in caught.value.problems] == [
        "/entry/0/resource",
        "/entry/1/resource",
    ]


def test_patient_that_the_resources_are_about() -> None:
    record, _, _ = read(patient(id="q"), patient(), problem())
    assert record["patient"]["id"] == "p"


@pytest.mark.parametrize("wanted", ["p", "Patient/p"])
def test_patient_that_is_asked_for(wanted: str) -> None:
    other = problem(subject={"reference": "Patient/q"})
    record, notices, _ = read(patient(id="q"), patient(), problem(), other, patient=wanted)
    assert record["patient"]["id"] == "p"
    assert [entry["present"] for entry in record["conditions"]] == [True, None]
    assert notices == ["/entry/3/resource/subject: about another patient; not used"]


def test_without_patient_all_must_be_about_one() -> None:
    record, notices, _ = read(problem(), result())
    assert record["patient"] == {"id": "p"}
    assert notices == ["/entry: no Patient; age and sex are not known"]
    with pytest.raises(RecordError) as caught:
        read(problem(), problem(subject={"reference": "Patient/q"}))
    places = [problem.pointer for problem in caught.value.problems]
    assert places == ["/entry/0/resource/subject", "/entry/1/resource/subject"]


@pytest.mark.parametrize(
    ("url", "reference", "same"),
    [
        ("urn:uuid:1", "urn:uuid:1", True),
        ("urn:uuid:1", "Patient/p", True),
        ("http://a/Patient/p", "Patient/p", True),
        ("http://a/Patient/p", "http://a/Patient/p/_history/2", True),
        ("http://a/Patient/p", "http://b/Patient/p", False),
        (None, "http://b/Patient/p", True),
        (None, "Patient/pp", False),
    ],
)
def test_forms_of_reference(url: str | None, reference: str, same: bool) -> None:
    first: dict[str, Any] = {"resource": patient()}
    if url is not None:
        first["fullUrl"] = url
    value = bundle(entry=[first, {"resource": problem(subject={"reference": reference})}])
    record, _, _ = bundle_to_record(value, "b", ENGINE.vocabulary, AS_OF)
    assert ("conditions" in record) is same


def test_a_reference_to_nobody_may_be_to_the_patient() -> None:
    record, notices, _ = read(patient(), problem(subject={"reference": "urn:uuid:2"}))
    assert record["conditions"][0]["code"].startswith("text|")
    assert "in a way that may mean another one" in notices[0]


@pytest.mark.parametrize(
    ("identifier", "expected"),
    [
        ({"system": "http://mrn", "value": "1"}, "major-depressive-disorder"),
        ({"value": "1"}, "major-depressive-disorder"),
        ({"system": "http://mrn"}, "major-depressive-disorder"),
        ({"system": "http://mrn", "value": "2"}, None),
        ({"system": "http://insurance", "value": "2"}, "text|"),
        ({"value": "2"}, "text|"),
    ],
)
def test_a_patient_by_identifier(identifier: dict[str, Any], expected: str | None) -> None:
    known = patient(identifier=[{"system": "http://mrn", "value": "1"}])
    record, _, _ = read(known, problem(subject={"identifier": identifier}))
    if expected is None:
        assert "conditions" not in record
    else:
        assert record["conditions"][0]["code"].startswith(expected)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"birthDate": "1950-05-05"}, {"birth_date": "1950-05-05"}),
        ({"birthDate": "1950"}, {}),
        ({"birthDate": "1950-11"}, {}),
        ({"birthDate": "1950-10"}, {"age_years": 76}),
        ({"birthDate": "1950-12"}, {"age_years": 75}),
        ({"deceasedBoolean": True}, {"birth_date": "1950-05-05", "deceased_date": "2026-11-22"}),
        ({"deceasedBoolean": False}, {"birth_date": "1950-05-05"}),
        (
            {"deceasedDateTime": "2026-11-23T10:00:00Z"},
            {"birth_date": "1950-05-05", "deceased_date": "2026-11-23"},
        ),
        ({"deceasedDateTime": "2020"}, {"birth_date": "1950-05-05", "deceased_date": "2020-12-31"}),
        ({"deceasedDateTime": "2026"}, {"birth_date": "1950-05-05", "deceased_date": "2026-11-22"}),
        ({"gender": "unknown"}, {"birth_date": "1950-05-05", "sex": "unknown"}),
    ],
)
def test_patient(written: dict[str, Any], expected: dict[str, Any]) -> None:
    record, _, _ = read(patient(**written))
    assert record["patient"] == {"id": "p", "sex": "female", **expected}


@pytest.mark.parametrize("died", [{"deceasedBoolean": True}, {"deceasedDateTime": "2020-01-01"}])
def test_the_dead_are_not_advised(died: dict[str, Any]) -> None:
    answer = evaluate(patient(**died), order(dosageInstruction=[dosage(400)])).evaluation
    assert answer.outcomes.fired == answer.outcomes.not_evaluable == 0
    assert any(notice.pointer.startswith("/entry/0/resource/deceased") for notice in answer.notices)


def test_birth_after_as_of_is_an_error_in_the_bundle() -> None:
    with pytest.raises(RecordError) as caught:
        evaluate(patient(birthDate="2027-01-01"))
    assert [problem.pointer for problem in caught.value.problems] == ["/entry/0/resource/birthDate"]


# Where drugs stand


@pytest.mark.parametrize(
    ("reference", "url"), [("Medication/x", None), ("urn:uuid:7", "urn:uuid:7"), ("#x", "contained")]
)
def test_drug_by_reference(reference: str, url: str | None) -> None:
    drug = {"resourceType": "Medication", "id": "x", "code": concept(MIANSERIN)}
    made = order(None, medicationReference={"reference": reference})
    entries: list[dict[str, Any]] = [{"resource": made}, {"resource": patient()}]
    if url == "contained":
        made["contained"] = [drug]
    else:
        entries.append({"resource": drug, **({"fullUrl": url} if url else {})})
    record, _, _ = bundle_to_record(bundle(entry=entries), "b", ENGINE.vocabulary, AS_OF)
    assert record["medications"][0]["drug"] == "mianserin"


@pytest.mark.parametrize(
    ("drug", "code"),
    [
        ({"medicationCodeableConcept": {"text": "mianserin 30 mg"}}, "text|mianserin 30 mg"),
        (
            {
                "medicationCodeableConcept": {
                    "coding": [{"system": "http://x", "code": "1", "display": "Mianserin 30 MG"}]
                }
            },
            "http://x|1",
        ),
        ({"medicationReference": {"reference": "Medication/nowhere"}}, "text|Medication/nowhere"),
        ({"medicationReference": {"display": "mianserin"}}, "text|mianserin"),
        ({"medicationReference": {"identifier": {"value": "7"}}}, "text|(no code)"),
        ({"medicationCodeableConcept": {"text": "x" * 300}}, "text|" + "x" * 192 + "..."),
    ],
)
def test_drug_without_a_known_code_is_unknown_not_absent(drug: dict[str, Any], code: str) -> None:
    record, _, references = read(patient(), order(None, **drug, dosageInstruction=[dosage(30)]))
    [entry] = record["medications"]
    assert (entry["drug"], entry["start"], entry["daily_dose"]["value"]) == (code, "2026-08-15", 30)
    assert references.pointer("/medications/0/drug") == f"/entry/1/resource/{next(iter(drug))}"
    record, _, _ = read(patient(), order(None, **drug, status="cancelled"))
    assert record["medications"] == []
    record, _, _ = read(patient(), order(None, **drug), order(FLUOXETINE))
    assert [entry["drug"] for entry in record["medications"]] == [code, "fluoxetine"]


@pytest.mark.parametrize(
    "flaw",
    [
        {"modifierExtension": [{"url": "http://x"}]},
        {"implicitRules": "http://x"},
        {"status": "entered-in-error"},
        {"status": 5},
    ],
)
@pytest.mark.parametrize("contained", [True, False])
def test_drug_in_a_medication_that_is_not_understood(flaw: dict[str, Any], contained: bool) -> None:
    drug = {"resourceType": "Medication", "id": "x", "code": concept(MIANSERIN), **flaw}
    if contained:
        record, _, _ = read(patient(), order(None, medicationReference={"reference": "#x"}, contained=[drug]))
    else:
        record, _, _ = read(patient(), drug, order(None, medicationReference={"reference": "Medication/x"}))
    [entry] = record["medications"]
    assert entry["drug"].startswith("text|")


def test_product_of_one_ingredient_and_of_several() -> None:
    ingredient = {"itemCodeableConcept": concept(MIANSERIN)}
    other = {"itemCodeableConcept": concept(("http://x", "1"))}
    for ingredients, dose in (([ingredient], 60), ([ingredient, other], None)):
        drug = {"resourceType": "Medication", "id": "x", "ingredient": ingredients}
        made = order(None, medicationReference={"reference": "#x"}, contained=[drug])
        record, _, _ = read(patient(), {**made, "dosageInstruction": [dosage(60)]})
        entry = record["medications"][0]
        assert entry["drug"] == "mianserin"
        assert entry.get("daily_dose", {}).get("value") == dose


def test_codes_that_disagree_may_mean_anything() -> None:
    both = {"medicationCodeableConcept": concept(MIANSERIN, FLUOXETINE)}
    record, _, _ = read(patient(), order(None, **both))
    [entry] = record["medications"]
    assert entry["drug"] == f"text|codes that disagree: {RXNORM}|6929, {RXNORM}|4493"


@pytest.mark.parametrize(
    "other", [("http://x", "1"), (RXNORM, "999999999"), ("http://www.whocc.no/atc", "N06AX03")]
)
def test_codes_that_may_mean_the_same_agree(other: tuple[str, str]) -> None:
    for codes in ((MIANSERIN, other), (other, MIANSERIN)):
        record, _, _ = read(patient(), order(None, medicationCodeableConcept=concept(*codes)))
        assert [entry["drug"] for entry in record["medications"]] == ["mianserin"]


def test_more_entries_than_a_record_may_have(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cds_engine.fhir.read.MAX_ENTRIES", 2)
    words = problem(None, code={"text": "something"})
    record, notices, references = read(patient(), words, words, problem())
    assert [entry["code"] for entry in record["conditions"]] == [
        "major-depressive-disorder",
        "hypersensitivity",
    ]
    assert record["incomplete"] == ["conditions"]
    assert references.pointer("/conditions/0") == "/entry/3/resource"
    assert any("more than 2 conditions" in line for line in notices)


def test_floats_and_integers_are_read_as_well() -> None:
    value = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient()}]}
    value["entry"].append({"resource": result(value=1.2)})
    record, _, _ = bundle_to_record(value, "b", ENGINE.vocabulary, AS_OF)
    assert str(record["observations"][0]["value"]) == "1.2"


def test_document_that_is_a_record() -> None:
    answer = evaluate_document(ENGINE, parse_json(b'{"as_of": "2020-01-01"}', "r"), AS_OF)
    assert answer.references is None
    assert answer.evaluation.as_of.isoformat() == "2020-01-01"
