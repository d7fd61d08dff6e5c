"""The answer of several rulebooks to one record."""

from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from cds_engine import Engine, RecordError, RulebookError, evaluate, load_rulebook
from cds_engine.combined import CombinedResult, engines_by_id, evaluate_with_all
from cds_engine.fhir import bundle as bundles
from cds_engine.fhir import evaluate_document

from tests.rulebook.tiny import AS_OF, FULL, OTHER, TINY, engine, engines

BOTH: dict[str, Any] = {
    **FULL,
    "medications": [
        *FULL["medications"],
        {"drug": "frobnitol", "daily_dose": {"value": 5, "unit": "mg/d"}},
    ],
}
TINY_CODE = "http://example.org/codes"


def both(record: object, *, explain: bool = False) -> CombinedResult:
    return evaluate_with_all(engines(), record, AS_OF, explain=explain)


def as_json(record: object, *, explain: bool = False) -> dict[str, Any]:
    printed: dict[str, Any] = json.loads(both(record, explain=explain).to_json())
    return printed


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    patient = {"resourceType": "Patient", "id": "p", "birthDate": "1990-01-01"}
    entries = [{"resource": {"subject": {"reference": "Patient/p"}, **each}} for each in resources]
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": patient}, *entries]}


def statement(system: str, code: str) -> dict[str, Any]:
    coding = {"system": system, "code": code, "display": code}
    return {
        "resourceType": "MedicationStatement",
        "status": "active",
        "medicationCodeableConcept": {"coding": [coding]},
    }


def test_each_rulebook_says_what_it_says_alone() -> None:
    result = both(BOTH, explain=True)
    for one in engines():
        history = {name: count for name, count in BOTH["history"].items() if name in one.history_fields}
        alone = evaluate_document(one, {**BOTH, "history": history}, AS_OF, explain=True).evaluation
        part = result.evaluation.of(one.rulebook.id).model_copy(update={"notices": alone.notices})
        assert part.to_json() == alone.to_json()


def test_advisories_name_their_rulebook_the_most_serious_first() -> None:
    found = as_json(BOTH)
    assert [(each["indicator"], each["rulebook"], each["rule"]) for each in found["advisories"]] == [
        ("critical", "tiny", "lab.zorbulin-lowest"),
        ("critical", "other", "lab.zorbulin-low"),
        ("warning", "tiny", "amounts.high"),
        ("info", "other", "lab.shaky"),
    ]
    assert next(iter(found["advisories"][0])) == "rulebook"


def test_the_whole_answer() -> None:
    found = as_json(BOTH)
    assert list(found) == [
        "research_use_only",
        "disclaimer",
        "as_of",
        "patient_id",
        "rulebooks",
        "advisories",
        "not_evaluable",
        "outcomes",
        "notices",
    ]
    assert found["research_use_only"] is True
    assert (
        found["disclaimer"] == "Invented for tests; research use only. Invented as well; research use only."
    )
    assert [book["id"] for book in found["rulebooks"]] == ["tiny", "other"]
    for outcome, count in found["outcomes"].items():
        assert count == sum(book["outcomes"][outcome] for book in found["rulebooks"])
    assert found["outcomes"]["fired"] == len(found["advisories"])
    assert found["notices"] == []
    missing = as_json({})["not_evaluable"]
    assert {entry["rulebook"] for entry in missing} == {"tiny", "other"}
    assert all(list(entry) == ["rule", "missing", "rulebook"] for entry in missing)


def test_it_is_the_same_with_and_without_indentation() -> None:
    result = both(BOTH, explain=True)
    assert json.loads(result.to_json(indent=2)) == json.loads(result.to_json())
    traced = json.loads(result.to_json())["trace"]
    assert len(traced) == 6 + 2
    assert {each["rulebook"] for each in traced} == {"tiny", "other"}


def test_a_code_that_another_rulebook_knows_has_no_notice() -> None:
    assert as_json(BOTH)["notices"] == []


def test_a_code_that_no_rulebook_knows_has_one_notice() -> None:
    found = as_json({**BOTH, "symptoms": [{"code": "itch"}]})
    message = "the rulebook does not know the symptom 'itch'; not used"
    assert found["notices"] == [{"pointer": "/symptoms/0/code", "message": message, "rulebooks": None}]


def test_a_notice_about_one_rulebook_names_it() -> None:
    found = as_json(
        {"medications": [{"drug": f"{TINY_CODE}|V-1"}, {"drug": f"{TINY_CODE}|X"}], "conditions": []}
    )
    named = {tuple(notice["rulebooks"] or ()): notice["message"] for notice in found["notices"]}
    assert "V-1" not in named[("tiny",)]
    assert "V-1" in named[("other",)], "not understood there, which leaves drugs unknown"
    high = {"code": "zorbulin", "value": 200, "unit": "umol/L", "date": "2026-11-20"}
    [notice] = as_json({**BOTH, "observations": [high]})["notices"]
    assert notice["rulebooks"] == ["other"]
    assert "outside the plausible range" in notice["message"]


def test_resources_that_only_another_rulebook_knows_are_left_out_of_the_notices_of_a_bundle() -> None:
    known = statement(TINY_CODE, "V-1")
    words = {"text": "itch"}
    unknown = {"resourceType": "Condition", "code": words, "clinicalStatus": {"coding": [{"code": "active"}]}}
    alone = evaluate_document(engines()[1], bundle(known, unknown), AS_OF).evaluation.notices
    together = both(bundle(known, unknown)).evaluation.notices
    assert together
    assert len({(notice.pointer, notice.message) for notice in together}) == len(together)
    assert {notice.pointer for notice in alone} >= {
        notice.pointer for notice in together if notice.rulebooks == ("other",)
    }


def test_a_record_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from cds_engine import combined

    reads = []
    read = combined.read_record
    monkeypatch.setattr(combined, "read_record", lambda *a, **k: reads.append(1) or read(*a, **k))
    both(BOTH)
    assert len(reads) == 1
    flaws = []
    flaw = bundles._flaw
    monkeypatch.setattr(bundles, "_flaw", lambda item: flaws.append(item) or flaw(item))
    both(bundle(statement(TINY_CODE, "V-1")))
    assert len(flaws) == 2, "the patient and the statement"


def test_the_history_may_have_the_fields_of_any_rulebook() -> None:
    record = {"history": {"earlier_courses": 1, "shakes": 2}, "medications": [{"drug": "frobnitol"}]}
    assert [each["rule"] for each in as_json(record)["advisories"]] == ["lab.shaky"]
    with pytest.raises(RecordError, match="/history/tremors"):
        both({"history": {"tremors": 2}})


def test_every_error_is_reported_once() -> None:
    wrong = {"code": "zorbulin", "value": 1, "unit": "kg", "date": "2026-11-20"}
    with pytest.raises(RecordError) as caught:
        both({"observations": [wrong], "patient": {"age_years": -1}})
    assert [problem.pointer for problem in caught.value.problems].count("/observations/0/unit") == 1
    with pytest.raises(RecordError) as caught:
        both({"observations": [wrong]})
    assert [problem.pointer for problem in caught.value.problems] == ["/observations/0/unit"]


def test_as_fhir_it_is_one_bundle() -> None:
    found = json.loads(both({**BOTH, "symptoms": [{"code": "hiccup-storm"}, {"code": "itch"}]}).to_fhir())
    resources = [entry["resource"] for entry in found["entry"]]
    issues = [resource for resource in resources if resource["resourceType"] == "DetectedIssue"]
    assert len(issues) == 4
    assert {issue["author"]["display"].split()[0] for issue in issues} == {"tiny", "other"}
    remarks = [resource for resource in resources if resource["resourceType"] == "OperationOutcome"]
    itches = [issue for remark in remarks for issue in remark["issue"] if "itch" in issue["diagnostics"]]
    assert len(itches) == 1
    assert len({entry["fullUrl"] for entry in found["entry"]}) == len(found["entry"])


def test_rulebooks_that_answer_together_have_different_ids() -> None:
    assert list(engines_by_id([*engines(), engine()])) == ["tiny", "other"]
    changed = load_rulebook(TINY)
    object.__setattr__(changed, "digest", "sha256:0")
    with pytest.raises(RulebookError, match="has the id 'tiny', like"):
        engines_by_id([engine(), Engine(changed)])


def test_from_python() -> None:
    result = evaluate({**BOTH, "as_of": "2026-11-23"}, [TINY, OTHER])
    assert repr(result) == (
        "<CombinedEvaluationResult: t-1, as of 2026-11-23, tiny, other: 4 fired, 3 not met, "
        "1 not evaluable, 0 not applicable>"
    )
    assert str(result).count("For research use only") == 2
    assert "Frobnitol" not in str(result.parts["tiny"])
    assert result.parts["other"].outcomes_by_rule == {"lab.shaky": "fired", "lab.zorbulin-low": "fired"}
    assert result._repr_html_().count('<div style="max-width') == 2
    with pytest.raises(ValueError, match="at least one rulebook"):
        evaluate({}, [])


def test_many_records_from_python() -> None:
    frame = evaluate([{**BOTH, "as_of": "2026-11-23"}, {}], [TINY, OTHER], as_of=datetime.date(2026, 11, 23))
    assert list(frame.columns)[-1] == "rulebook"
    assert frame.groupby("rulebook").size().to_dict() == {"tiny": 12, "other": 4}
    alone = evaluate([{**FULL, "as_of": "2026-11-23"}], TINY)
    assert "rulebook" not in alone.columns
