"""Any content anywhere in a Bundle gives an evaluation, or errors that point into the Bundle."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from cds_engine import RecordError
from cds_engine.fhir import Drafts, evaluate_bundle
from cds_engine.fhir.notes import MOST_NOTICES
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.engine.fhir.bundles import (
    AS_OF,
    ENGINE,
    FEVER,
    MDD,
    MIANSERIN,
    NEUTROPHILS,
    SNOMED,
    bundle,
    concept,
    dosage,
    evaluate,
    every,
    order,
    patient,
    problem,
    result,
    statement,
)

WHOLE = bundle(
    patient(deceasedDateTime="2027-01-01", identifier=[{"value": "1"}]),
    order(
        id="a",
        dosageInstruction=[
            dosage(30, every(2, 1, "d", boundsPeriod={"start": "2026"}, dayOfWeek=["mon"]), sequence=1),
            dosage(20, {"code": {"coding": [{"code": "BID"}]}}),
        ],
        reasonReference=[{"reference": "Condition/c"}],
    ),
    order(
        None,
        id="b",
        medicationReference={"reference": "#m"},
        contained=[{"resourceType": "Medication", "id": "m", "code": concept(MIANSERIN)}],
        priorPrescription={"reference": "MedicationRequest/a"},
    ),
    statement(effectivePeriod={"start": "2020", "end": "2026-11-01"}, dosage=[dosage(30)]),
    problem(MDD, id="c", onsetDateTime="2020", abatementDateTime="2026"),
    problem(FEVER, severity=concept((SNOMED, "24484000"))),
    result(NEUTROPHILS, 0.4, component=[{"code": concept(NEUTROPHILS), "valueInteger": 3}]),
    result(FEVER, None, valueBoolean=True, effectiveDateTime="2026-11-23"),
    {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/p"}, "code": concept(MIANSERIN)},
    {
        "resourceType": "Bundle",
        "type": "searchset",
        "entry": [{"fullUrl": "urn:uuid:1", "resource": result()}],
    },
)
NASTY = st.sampled_from(
    [
        "",
        "\u200b",
        "2026-02-30",
        "0001",
        "9999-12-31",
        "2026-11-23T23:59:60Z",
        "#",
        "#m",
        "a|b",
        "stopped",
        "draft",
    ]
)
ATOMS = (
    st.none()
    | st.booleans()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | NASTY
)
VALUES = st.recursive(
    ATOMS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["value", "coding", "code", "reference", "repeat", "start"]), inner)
    ),
    max_leaves=6,
)


def places(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of everything in a document."""
    if at:
        yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inner:
        yield from places(child, (*at, key))


@given(
    st.lists(st.tuples(st.sampled_from(list(places(WHOLE))), VALUES), min_size=1, max_size=3), st.booleans()
)
@settings(max_examples=150)
def test_anything_anywhere(changes: list[tuple[tuple[str | int, ...], Any]], drafts: bool) -> None:
    value = copy.deepcopy(WHOLE)
    places_of_drafts = Drafts({"/entry/1/resource", "/entry/2/resource"} if drafts else ())
    for path, new in changes:
        holder: Any = value
        try:
            for key in path[:-1]:
                holder = holder[key]
            holder[path[-1]] = new
        except (KeyError, IndexError, TypeError):
            continue  # an earlier change has removed the place
    try:
        answer = evaluate_bundle(ENGINE, value, AS_OF, drafts=places_of_drafts)
    except RecordError as error:
        pointers = [problem.pointer for problem in error.problems]
    else:
        pointers = [notice.pointer for notice in answer.evaluation.notices]
        answer.to_fhir()
    assert all(pointer == "" or pointer.startswith("/entry") for pointer in pointers)


def test_number_outside_the_supported_range() -> None:
    huge = order(dosageInstruction=[dosage(60, every(1, 1))])
    value = bundle(patient(), huge)
    repeat = value["entry"][1]["resource"]["dosageInstruction"][0]["timing"]["repeat"]
    repeat["period"] = Decimal("1e999999")
    answer = evaluate_bundle(ENGINE, value, AS_OF).evaluation
    assert any("an invalid period" in notice.message for notice in answer.notices)


def test_notices_do_not_grow_with_the_bundle() -> None:
    wrong = [order(status="active", **{f"field{index}": 1}) for index in range(500)]
    notices = evaluate(patient(), *wrong).evaluation.notices
    assert notices[MOST_NOTICES].message == "and 300 more notices about this Bundle"
