"""The native record of a Bundle: it is evaluated like the Bundle, and names the source of each value."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cds_api.cli.main import run
from cds_engine import RecordError, parse_json
from cds_engine.fhir import evaluate_document, read_document
from cds_engine.record.moments import parse_moment
from cds_engine.rulebook.shipped import default_rulebook

from tests.engine.fhir.bundles import (
    AS_OF,
    ENGINE,
    MDD,
    NEUTROPHILS,
    bundle,
    concept,
    dosage,
    order,
    patient,
    problem,
    result,
)
from tests.engine.fhir.random_bundles import RandomBundles, unreadable

ROOT = Path(__file__).parents[3]
EXAMPLES = [ROOT / "docs" / "examples" / "bundle.json", *default_rulebook().glob("examples/*.json")]
MOMENT = parse_moment("2026-11-23T12:00:00+01:00")
Captured = pytest.CaptureFixture[str]


def said(evaluation: str) -> dict[str, Any]:
    """Return what an evaluation in JSON says, without notices and sources, which point into the input."""
    found: dict[str, Any] = json.loads(evaluation)
    del found["notices"]
    for advisory in found["advisories"]:
        for item in advisory["because"]:
            item.pop("sources", None)
    return found


def assert_same(document: Any) -> None:
    """Check that a document and the record that it is read as have the same evaluation."""
    native = read_document(ENGINE, document, MOMENT)
    again = parse_json(native.to_json().encode(), "record")
    first = evaluate_document(ENGINE, document, MOMENT, explain=True).evaluation
    second = evaluate_document(ENGINE, again, AS_OF, explain=True).evaluation
    assert said(first.to_json()) == said(second.to_json())
    assert read_document(ENGINE, again, AS_OF).record == native.record


@pytest.mark.parametrize("seed", range(30))
def test_a_bundle_and_its_record_have_the_same_evaluation(seed: int) -> None:
    assert_same(bundle(*RandomBundles(seed).resources()))


@pytest.mark.parametrize("seed", range(3))
def test_so_have_bundles_that_are_not_understood(seed: int) -> None:
    resources = RandomBundles(seed).resources()
    for index, resource in enumerate(resources):
        for _, changed in unreadable(resource):
            assert_same(bundle(*resources[:index], changed, *resources[index + 1 :]))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_so_have_the_examples(path: Path) -> None:
    assert_same(parse_json(path.read_bytes(), path.name))


WHOLE = bundle(
    patient(),
    order(dosageInstruction=[dosage(60)], reasonCode=[concept(MDD)]),
    problem(onsetDateTime="2020-01-01", abatementDateTime="2026-12-01"),
    result(NEUTROPHILS, 1200, "/uL", effectiveDateTime="2026-11-20T08:00:00+01:00"),
)


def test_every_value_has_its_source() -> None:
    native = read_document(ENGINE, WHOLE, MOMENT)
    assert native.record["as_of"] == "2026-11-23T12:00:00+01:00"
    assert native.record["observations"] == [
        {
            "code": "neutrophils",
            "value": 1.2,
            "unit": "10*9/L",
            "date": "2026-11-20T08:00:00+01:00",
            "status": "final",
        }
    ]
    found = dict(native.sources)
    # That nothing is known of allergies has no source but the Bundle.
    assert found.pop("/conditions/1/code") == found.pop("/conditions/1/present") == "/entry"
    assert found == {
        "/patient/id": "/entry/0/resource/id",
        "/patient/birth_date": "/entry/0/resource/birthDate",
        "/patient/sex": "/entry/0/resource/gender",
        "/conditions/0/code": "/entry/2/resource/code",
        "/conditions/0/present": "/entry/2/resource",
        "/conditions/0/onset": "/entry/2/resource/onsetDateTime",
        "/conditions/0/resolved": "/entry/2/resource/abatementDateTime",
        "/medications/0/drug": "/entry/1/resource/medicationCodeableConcept",
        "/medications/0/daily_dose/value": "/entry/1/resource/dosageInstruction",
        "/medications/0/daily_dose/unit": "/entry/1/resource/dosageInstruction",
        "/medications/0/start": "/entry/1/resource/authoredOn",
        "/medications/0/indication": "/entry/1/resource/reasonCode",
        "/observations/0/code": "/entry/3/resource/code",
        "/observations/0/value": "/entry/3/resource/valueQuantity",
        "/observations/0/unit": "/entry/3/resource/valueQuantity",
        "/observations/0/date": "/entry/3/resource/effectiveDateTime",
        "/observations/0/status": "/entry/3/resource/status",
    }


def test_a_record_is_its_own_source() -> None:
    native = read_document(ENGINE, {"conditions": [{"code": "epilepsy"}], "symptoms": []}, AS_OF)
    assert native.record == {"as_of": "2026-11-23", "conditions": [{"code": "epilepsy"}], "symptoms": []}
    assert native.sources == {"/conditions/0/code": "/conditions/0/code", "/symptoms": "/symptoms"}


def test_errors_are_those_of_the_evaluation() -> None:
    for document in (
        bundle(patient(birthDate="2027-01-01")),
        {"observations": [{"code": "neutrophils", "value": 1}]},
    ):
        with pytest.raises(RecordError) as read:
            read_document(ENGINE, document, AS_OF)
        with pytest.raises(RecordError) as evaluated:
            evaluate_document(ENGINE, document, AS_OF)
        assert [str(one) for one in read.value.problems] == [str(one) for one in evaluated.value.problems]


# The command line


def test_command_line(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "bundle.json"
    file.write_text(json.dumps(WHOLE, default=float), encoding="utf-8")
    arguments = ["evaluate", str(file), "--as-of", "2026-11-23"]
    assert run([*arguments, "--format", "record"]) == 0
    record = tmp_path / "record.json"
    record.write_text(capsys.readouterr().out, encoding="utf-8")
    assert run([*arguments, "--format", "record", "--map"]) == 0
    mapped = json.loads(capsys.readouterr().out)
    assert mapped["record"] == json.loads(record.read_text(encoding="utf-8"))
    assert mapped["map"]["/patient/id"] == "/entry/0/resource/id"
    assert run([*arguments, "--format", "json"]) == 0
    first = said(capsys.readouterr().out)
    assert run(["evaluate", str(record), "--format", "json"]) == 0
    assert said(capsys.readouterr().out) == first
    assert run([*arguments, str(record), "--format", "record"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [mapped["record"]] * 2


@pytest.mark.parametrize("format_", ["json", "text", "fhir"])
def test_a_map_is_of_a_record(format_: str, capsys: Captured) -> None:
    assert run(["evaluate", "x.json", "--format", format_, "--map"]) == 2
    assert "--map" in capsys.readouterr().err


def test_errors_on_the_command_line(tmp_path: Path, capsys: Captured) -> None:
    file = tmp_path / "bundle.json"
    file.write_text('{"resourceType": "Patient"}', encoding="utf-8")
    assert run(["evaluate", str(file), "--format", "record"]) == 2
    assert capsys.readouterr().err.strip().endswith("expected a FHIR R4 Bundle, found a resource 'Patient'")
