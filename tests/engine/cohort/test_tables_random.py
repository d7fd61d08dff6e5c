"""Random rows have the same facts as records with the same content."""

from __future__ import annotations

import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from cds_engine.errors import RecordError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.engine.cohort.derived import close
from tests.engine.cohort.test_tables import AS_OF, COUNT, Case, alone, engine, evaluate, population, write
from tests.patients.records import records

pytestmark = pytest.mark.slow

Row = dict[str, Any]


def days(*ago: int) -> st.SearchStrategy[datetime.date | None]:
    """Return few days, so that often two rows have the same one."""
    dates = [AS_OF - datetime.timedelta(days=number) for number in ago]
    return st.sampled_from([*dates, *dates, None])


def rows(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[list[Row]]:
    return st.lists(st.fixed_dictionaries(columns), max_size=6)


TRUTH = st.sampled_from([True, True, False, None])
PATIENT = st.fixed_dictionaries(
    {},
    optional={
        "birth_date": days(0, 18 * 365, 7000, 30_000),
        "deceased_date": days(0, 1, 20_000),
        "sex": st.sampled_from(["male", "unknown", None]),
        "as_of": st.sampled_from([AS_OF, AS_OF - datetime.timedelta(days=20)]),
        **{f"{name}s_recorded": TRUTH for name in ("condition", "medication", "observation", "symptom")},
    },
)
CONDITION = rows(
    code=st.sampled_from(["major-depressive-disorder", "insomnia", "diabetes", "flu"]),
    present=TRUTH,
    onset=days(-5, 0, 30),
    resolved=days(-5, 0, 10, 30),
)
MEDICATION = rows(
    drug=st.sampled_from(["mianserin", "mianserin", "phenelzine", "moclobemide", "ramipril"]),
    dose_value=st.sampled_from([30, 60.5, 420, 0.1, None]),
    dose_unit=st.sampled_from(["mg/d", "mg/wk", "g/d", None]),
    start=days(-5, 0, 20, 40),
    stop=days(-5, 0, 10, 20),
    indication=st.sampled_from(["insomnia", "ICD-10-CM|F32.0", "pain", None]),
)
OBSERVATION = rows(
    code=st.sampled_from(["neutrophils", "neutrophils", "leukocytes", "zinc"]),
    value=st.sampled_from([1.5, 3, 1500, 0, 1e6, None]),
    unit=st.sampled_from([COUNT, COUNT, "/uL", "mmol/L"]),
    date=days(-5, 0, 1, 30, 100),
    status=st.sampled_from([None, "final", "preliminary", "amended", "corrected", "cancelled"]),
)
WEIGHT = rows(
    code=st.sampled_from(["body-weight", "hamd17"]),
    value=st.sampled_from([20, 40, 50, 53.5]),
    unit=st.just("kg"),
    date=days(0, 20, 30, 40, 50),
    status=st.sampled_from([None, None, "corrected"]),
)
SYMPTOM = rows(
    code=st.sampled_from(["drowsiness", "fever"]),
    present=TRUTH,
    severity=st.sampled_from(["mild", "moderate", "severe", None]),
)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    patient = draw(PATIENT)
    weights = [{**row, "unit": "{score}"} if row["code"] == "hamd17" else row for row in draw(WEIGHT)]
    sections = {
        "condition": draw(CONDITION),
        "medication": draw(MEDICATION),
        "observation": draw(OBSERVATION) + weights,
        "symptom": draw(SYMPTOM),
    }
    recorded = {
        name: of if patient.get(f"{name}s_recorded") is not False else [] for name, of in sections.items()
    }
    return Case({}, patient, **recorded)


@pytest.mark.ci
@settings(max_examples=2, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(cases(), min_size=20, max_size=60))
def test_random_patients(drawn: list[Case]) -> None:
    written = population({str(number): case for number, case in enumerate(drawn)})
    with TemporaryDirectory() as folder:
        found = evaluate(write(Path(folder, "tables"), written), engine(), partitions=1)
    for record in records(written):
        key = record["patient"]["id"]
        try:
            expected = alone(record)
        except RecordError:
            assert key in found.rejects
            assert key not in found.facts
        else:
            assert close(found.facts[key], expected[0])
            assert found.deceased[key] == expected[1]
