"""A record is valid, or all of its errors are reported at once."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from cds_engine.errors import Problem, RecordError
from cds_engine.record.json_text import MAX_PROBLEMS
from cds_engine.record.models import MAX_ENTRIES, MAX_TEXT, Record
from cds_engine.record.validation import read_record
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

FIELDS = ("failed_trials", "hospital_stays")


def read(value: object) -> Record:
    return read_record(value, "record", history_fields=FIELDS)


def problems(value: object) -> tuple[Problem, ...]:
    with pytest.raises(RecordError) as caught:
        read(value)
    for problem in caught.value.problems:
        assert problem.message.startswith("expected ")
        assert "\n" not in problem.message
        assert len(problem.message) < 300
    return caught.value.problems


def messages_of(value: object) -> dict[str, str]:
    found = problems(value)
    messages = {problem.pointer: problem.message for problem in found}
    assert len(messages) == len(found)
    return messages


def message_for_value(value: object) -> str:
    messages = messages_of({"observations": [{"code": "weight", "value": value, "unit": "kg"}]})
    assert list(messages) == ["/observations/0/value"]
    return messages["/observations/0/value"]


def value_of(value: object) -> Decimal | None:
    [entry] = read({"observations": [{"code": "weight", "value": value, "unit": "kg"}]}).observations or ()
    return entry.value


def message_for_date(day: object) -> str:
    messages = messages_of({"as_of": day})
    assert list(messages) == ["/as_of"]
    return messages["/as_of"]


# What is read


def test_every_field() -> None:
    record = read(
        {
            "patient": {
                "id": "p-001",
                "birth_date": "1948-03-02",
                "age_years": None,
                "sex": "female",
                "deceased_date": None,
            },
            "as_of": "2026-11-23",
            "conditions": [{"code": "asthma", "present": True, "onset": "2019-01-01", "resolved": None}],
            "medications": [
                {
                    "drug": "salbutamol",
                    "daily_dose": {"value": Decimal(60), "unit": "mg/d"},
                    "start": "2026-10-01",
                    "stop": None,
                    "indication": "asthma",
                }
            ],
            "observations": [
                {
                    "code": "eosinophils",
                    "value": Decimal("1.2"),
                    "unit": "10*9/L",
                    "date": "2026-11-01",
                    "status": "final",
                }
            ],
            "symptoms": [{"code": "cough", "present": True, "severity": "moderate"}],
            "history": {"failed_trials": Decimal(2), "hospital_stays": None},
        }
    )
    assert record.patient is not None
    assert record.patient.birth_date == datetime.date(1948, 3, 2)
    assert record.as_of == datetime.date(2026, 11, 23)
    [condition] = record.conditions or ()
    assert (condition.code, condition.present, condition.resolved) == ("asthma", True, None)
    [medication] = record.medications or ()
    assert medication.daily_dose is not None
    assert (medication.daily_dose.value, medication.daily_dose.unit) == (Decimal(60), "mg/d")
    [observation] = record.observations or ()
    assert (observation.value, observation.date) == (Decimal("1.2"), datetime.date(2026, 11, 1))
    [symptom] = record.symptoms or ()
    assert symptom.severity == "moderate"
    assert record.history == {"failed_trials": 2, "hospital_stays": None}


SECTIONS = ("conditions", "medications", "observations", "symptoms")


@pytest.mark.parametrize("section", SECTIONS)
def test_omitted_differs_from_empty(section: str) -> None:
    assert getattr(read({}), section) is None
    assert getattr(read({section: None}), section) is None
    assert getattr(read({section: []}), section) == ()


def test_everything_is_optional() -> None:
    assert read({}) == Record()
    assert read({"patient": {}, "history": {}}).history == {}


def test_defaults_of_an_entry() -> None:
    record = read(
        {
            "conditions": [{"code": "asthma"}],
            "medications": [{"drug": "salbutamol"}],
            "observations": [{"code": "eosinophils"}],
            "symptoms": [{"code": "cough"}],
        }
    )
    assert record.conditions is not None
    assert record.conditions[0].present is True
    assert record.observations is not None
    assert (record.observations[0].value, record.observations[0].status) == (None, "final")
    assert record.symptoms is not None
    assert (record.symptoms[0].present, record.symptoms[0].severity) == (True, None)


@pytest.mark.parametrize("section", ["conditions", "symptoms"])
@pytest.mark.parametrize("present", [True, False, None])
def test_present_absent_or_unknown(section: str, present: bool | None) -> None:
    [entry] = getattr(read({section: [{"code": "cough", "present": present}]}), section)
    assert entry.present is present


@pytest.mark.parametrize("quantity", [{"value": None, "unit": None}, {"unit": "kg"}, {"value": None}, {}])
def test_an_unknown_value(quantity: dict[str, Any]) -> None:
    read({"observations": [{"code": "weight", **quantity}]})
    read({"medications": [{"drug": "salbutamol", "daily_dose": quantity}]})


def test_a_record_cannot_be_changed() -> None:
    record = read({"conditions": [{"code": "asthma"}]})
    with pytest.raises(ValidationError):
        record.as_of = datetime.date(2026, 11, 23)
    assert isinstance(record.conditions, tuple)


def test_a_tuple_is_a_list() -> None:
    assert read({"symptoms": ({"code": "cough"},)}) == read({"symptoms": [{"code": "cough"}]})


# Numbers


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (Decimal("1.2"), "1.2"),
        (1.2, "1.2"),
        (0.1 + 0.2 - 0.3 + 60, "60"),
        (60, "60"),
        (60.0, "60"),
        (0, "0"),
        (-0.0, "0"),
        (Decimal("-0"), "0"),
        (Decimal("0E-20"), "0"),
        (Decimal("0E+20"), "0"),
        (-5, "-5"),
        (Decimal("0.000001"), "0.000001"),
        (1e-6, "0.000001"),
        (999_999_999_999, "999999999999"),
        (Decimal("999999999999.999"), "999999999999.999"),
        (Decimal("-999999999999.999"), "-999999999999.999"),
        (Decimal("0.123456789012345"), "0.123456789012345"),
        (Decimal("1." + "0" * 1000), "1"),
        (Decimal("6E+1"), "60"),
    ],
)
def test_numbers(written: object, value: str) -> None:
    assert value_of(written) == Decimal(value)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (Decimal("1E-7"), "1E-7"),
        (1e-7, "1E-7"),
        (Decimal("9.99999E-7"), "9.99999E-7"),
        (Decimal("-1E-7"), "-1E-7"),
        (Decimal("1E+12"), "1E+12"),
        (10**12, "1000000000000"),
        (-(10**12), "-1000000000000"),
        (Decimal("1E+400"), "1E+400"),
        (Decimal("1E-999999999999999999"), "1E-999999999999999999"),
        (Decimal("1E+999999999999999999"), "1E+999999999999999999"),
        (Decimal("1" * 1000), "11111111111111111...111111111111111111"),
        pytest.param(10**10_000, "a longer number", id="10**10000"),
    ],
)
def test_numbers_out_of_range(written: object, shown: str) -> None:
    accepted = "0, or a number of magnitude 0.000001 to below 1,000,000,000,000"
    assert message_for_value(written) == f"expected {accepted}, found {shown}"


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        (Decimal("NaN"), "NaN"),
        (Decimal("sNaN"), "sNaN"),
        (Decimal("Infinity"), "Infinity"),
        (Decimal("-Infinity"), "-Infinity"),
        (float("nan"), "NaN"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (1e400, "Infinity"),
    ],
)
def test_not_a_finite_number(written: object, shown: str) -> None:
    assert message_for_value(written) == f"expected a finite number, found {shown}"


@pytest.mark.parametrize("written", [Decimal("0.1234567890123456"), 0.1 + 0.2, 123_456_789_012.3456])
def test_too_many_digits(written: object) -> None:
    assert message_for_value(written) == (
        f"expected a number of at most 15 significant digits, found {written}"
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("60", "'60'"),
        ("", "''"),
        pytest.param("x" * 10_000_000, "'xxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxx'", id="10 MB"),
        (True, "true"),
        (False, "false"),
        ([60], "a list"),
        ((60,), "a list"),
        ({"value": 60}, "an object"),
        (60j, "a Python complex"),
        (b"60", "a Python bytes"),
    ],
)
def test_not_a_number(written: object, shown: str) -> None:
    assert message_for_value(written) == f"expected a number, found {shown}"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_no_number_is_changed(number: Decimal) -> None:
    assert value_of(number) == number
    assert value_of(float(number)) == number


@pytest.mark.parametrize("age", [0, 150, Decimal("65.0"), 65.0])
def test_age(age: object) -> None:
    patient = read({"patient": {"age_years": age}}).patient
    assert patient is not None
    assert patient.age_years == age


@pytest.mark.parametrize(
    ("age", "shown"), [(-1, "-1"), (151, "151"), (64.5, "64.5"), (Decimal("64.999999"), "64.999999")]
)
def test_not_an_age(age: object, shown: str) -> None:
    expected = f"expected a whole number from 0 to 150, found {shown}"
    assert messages_of({"patient": {"age_years": age}}) == {"/patient/age_years": expected}


# Dates


@pytest.mark.parametrize("day", ["1850-01-01", "2000-02-29", "2026-11-23", "2200-12-31"])
def test_dates(day: str) -> None:
    assert read({"as_of": day}).as_of == datetime.date.fromisoformat(day)


@pytest.mark.parametrize(
    ("text", "offset"),
    [("2026-11-23T08:15:30Z", 0), ("2026-11-23T08:15:30+10:00", 10), ("2026-11-23T08:15:30.250-03:00", -3)],
)
def test_timestamps(text: str, offset: int) -> None:
    moment = read({"as_of": text}).as_of
    assert isinstance(moment, datetime.datetime)
    assert (moment.hour, moment.minute, moment.utcoffset()) == (8, 15, datetime.timedelta(hours=offset))


def test_only_results_and_the_evaluation_have_a_time() -> None:
    (problem,) = problems({"medications": [{"drug": "x", "start": "2026-11-23T08:15:30Z"}]})
    assert problem.message == "expected a date written YYYY-MM-DD, found '2026-11-23T08:15:30Z'"


def test_fields_for_uncertain_data() -> None:
    entries = [{"drug": "a"}, {"drug": "b", "taken": None, "stopped": True}, {"drug": "c", "taken": False}]
    record = read({"medications": entries, "incomplete": ["conditions", "medications"]})
    assert record.medications is not None
    assert [(entry.taken, entry.stopped) for entry in record.medications] == [
        (True, False),
        (None, True),
        (False, False),
    ]
    assert record.incomplete == ("conditions", "medications")
    assert read({}).incomplete == ()


def test_an_unknown_section_is_not_incomplete() -> None:
    (problem,) = problems({"incomplete": ["allergies"]})
    assert problem.pointer == "/incomplete/0"
    assert "'conditions'" in problem.message


@pytest.mark.parametrize(
    ("day", "message"),
    [
        ("2026-2-3", "expected a date written YYYY-MM-DD, or a timestamp with an offset, found '2026-2-3'"),
        ("20260203", "expected a date written YYYY-MM-DD, or a timestamp with an offset, found '20260203'"),
        (
            "2026-W05-2",
            "expected a date written YYYY-MM-DD, or a timestamp with an offset, found '2026-W05-2'",
        ),
        ("2026-02", "expected a date written YYYY-MM-DD, or a timestamp with an offset, found '2026-02'"),
        (
            "03.02.2026",
            "expected a date written YYYY-MM-DD, or a timestamp with an offset, found '03.02.2026'",
        ),
        (
            "2026-02-03T00:00:00",
            "expected a date written YYYY-MM-DD, or a timestamp with an offset, found '2026-02-03T00:00:00'",
        ),
        (
            " 2026-02-03",
            "expected a date written YYYY-MM-DD, or a timestamp with an offset, found ' 2026-02-03'",
        ),
        (
            "2026-02-03\n",
            r"expected a date written YYYY-MM-DD, or a timestamp with an offset, found '2026-02-03\n'",
        ),
        (
            "\uff12026-02-03",
            "expected a date written YYYY-MM-DD, or a timestamp with an offset, found '\uff12026-02-03'",
        ),
        ("", "expected a date written YYYY-MM-DD, or a timestamp with an offset, found ''"),
        (
            Decimal(20260203),
            "expected a date written YYYY-MM-DD, or a timestamp with an offset, found 20260203",
        ),
        (1770076800, "expected a date written YYYY-MM-DD, or a timestamp with an offset, found 1770076800"),
        (
            datetime.date(2026, 2, 3),
            "expected a date written YYYY-MM-DD, or a timestamp with an offset, found a Python date",
        ),
        (
            datetime.datetime(2026, 2, 3),
            "expected a date written YYYY-MM-DD, or a timestamp with an offset, found a Python datetime",
        ),
        (True, "expected a date written YYYY-MM-DD, or a timestamp with an offset, found true"),
        ("2026-02-30", "expected a valid calendar date, found '2026-02-30'"),
        ("2025-02-29", "expected a valid calendar date, found '2025-02-29'"),
        ("2026-13-01", "expected a valid calendar date, found '2026-13-01'"),
        ("0000-01-01", "expected a valid calendar date, found '0000-01-01'"),
        ("1849-12-31", "expected a date from 1850 to 2200, found '1849-12-31'"),
        ("2201-01-01", "expected a date from 1850 to 2200, found '2201-01-01'"),
    ],
)
def test_not_a_date(day: object, message: str) -> None:
    assert message_for_date(day) == message


@given(st.dates(datetime.date(1850, 1, 1), datetime.date(2200, 12, 31)))
def test_any_date(day: datetime.date) -> None:
    assert read({"as_of": day.isoformat()}).as_of == day


# Other types


@pytest.mark.parametrize(
    ("record", "pointer", "message"),
    [
        ({"patient": {"id": 5}}, "/patient/id", "expected a text, found 5"),
        ({"patient": {"id": "\ud800"}}, "/patient/id", r"expected a text in Unicode, found '\ud800'"),
        (
            {"patient": {"sex": "f"}},
            "/patient/sex",
            "expected 'male', 'female', 'other' or 'unknown', found 'f'",
        ),
        ({"patient": []}, "/patient", "expected an object, found a list"),
        ({"patient": "p-001"}, "/patient", "expected an object, found 'p-001'"),
        ({"symptoms": {}}, "/symptoms", "expected a list, found an object"),
        ({"symptoms": "cough"}, "/symptoms", "expected a list, found 'cough'"),
        ({"symptoms": ["cough"]}, "/symptoms/0", "expected an object, found 'cough'"),
        ({"symptoms": [None]}, "/symptoms/0", "expected an object, found null"),
        ({"symptoms": [{}]}, "/symptoms/0/code", "expected the field 'code', found none"),
        ({"medications": [{}]}, "/medications/0/drug", "expected the field 'drug', found none"),
        ({"symptoms": [{"code": None}]}, "/symptoms/0/code", "expected a text, found null"),
        ({"symptoms": [{"code": ""}]}, "/symptoms/0/code", "expected a text that is not empty, found ''"),
        (
            {"symptoms": [{"code": "cough", "present": 1}]},
            "/symptoms/0/present",
            "expected true, false or null, found 1",
        ),
        (
            {"symptoms": [{"code": "cough", "present": "true"}]},
            "/symptoms/0/present",
            "expected true, false or null, found 'true'",
        ),
        (
            {"symptoms": [{"code": "cough", "severity": "Severe"}]},
            "/symptoms/0/severity",
            "expected 'mild', 'moderate' or 'severe', found 'Severe'",
        ),
        (
            {"observations": [{"code": "weight", "status": None}]},
            "/observations/0/status",
            "expected 'final', 'amended', 'corrected', 'preliminary', 'entered-in-error' or 'cancelled',"
            " found null",
        ),
        (
            {"medications": [{"drug": "salbutamol", "daily_dose": 60}]},
            "/medications/0/daily_dose",
            "expected an object, found 60",
        ),
        ({"history": []}, "/history", "expected an object, found a list"),
    ],
)
def test_wrong_types(record: object, pointer: str, message: str) -> None:
    assert messages_of(record) == {pointer: message}


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        ([], "a list"),
        ("{}", "'{}'"),
        (None, "null"),
        (Decimal(5), "5"),
        (True, "true"),
        (b"{}", "a Python bytes"),
    ],
)
def test_a_record_is_an_object(record: object, shown: str) -> None:
    assert messages_of(record) == {"": f"expected an object, found {shown}"}


def test_longest_text() -> None:
    longest = "x" * MAX_TEXT
    read({"patient": {"id": longest}, "symptoms": [{"code": longest}]})
    messages = messages_of({"patient": {"id": longest + "x"}, "symptoms": [{"code": "x" * 10_000_000}]})
    assert messages == {
        "/patient/id": "expected at most 200 characters, found 201",
        "/symptoms/0/code": "expected at most 200 characters, found 10,000,000",
    }


@pytest.mark.parametrize("section", SECTIONS)
def test_longest_list(section: str) -> None:
    entry = {"drug" if section == "medications" else "code": "any"}
    assert len(getattr(read({section: [entry] * MAX_ENTRIES}), section)) == MAX_ENTRIES
    found = {f"/{section}": "expected at most 5,000 entries, found 5,001"}
    assert messages_of({section: [entry] * (MAX_ENTRIES + 1)}) == found


def test_ten_thousand_observations() -> None:
    record = {"observations": [{"code": "weight", "value": 60, "unit": "kg"}] * 10_000}
    assert messages_of(record) == {"/observations": "expected at most 5,000 entries, found 10,000"}


# Unknown fields


@pytest.mark.parametrize(
    ("record", "pointer", "ending"),
    [
        ({"medcations": []}, "/medcations", "found 'medcations' (did you mean 'medications'?)"),
        ({"patient": {"birthdate": None}}, "/patient/birthdate", "(did you mean 'birth_date'?)"),
        ({"conditions": [{"code": "x", "onsett": 1}]}, "/conditions/0/onsett", "(did you mean 'onset'?)"),
        (
            {"medications": [{"drug": "x", "daily_dose": {"units": "mg/d"}}]},
            "/medications/0/daily_dose/units",
            "expected one of the fields value, unit, found 'units' (did you mean 'unit'?)",
        ),
        ({"observations": [{"code": "x", "vlaue": 1}]}, "/observations/0/vlaue", "(did you mean 'value'?)"),
        (
            {"symptoms": [{"code": "x", "grade": 1}]},
            "/symptoms/0/grade",
            "expected one of the fields code, present, severity, found 'grade'",
        ),
        (
            {"history": {"failed_trails": 1}},
            "/history/failed_trails",
            "expected one of the fields failed_trials, hospital_stays, found 'failed_trails'"
            " (did you mean 'failed_trials'?)",
        ),
        ({"a/b~c": 1}, "/a~1b~0c", "found 'a/b~c'"),
        ({"": 1}, "/", "found ''"),
        ({5: 1}, "/5", "expected the name of a field, found 5"),
    ],
)
def test_unknown_fields(record: object, pointer: str, ending: str) -> None:
    messages = messages_of(record)
    assert list(messages) == [pointer]
    assert messages[pointer].endswith(ending)


def test_only_declared_history_is_accepted() -> None:
    with pytest.raises(RecordError, match="/history/failed_trials: expected no field, found 'failed_trials'"):
        read_record({"history": {"failed_trials": 1}}, "record", history_fields=())


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (-1, "expected a whole number, 0 or more, found -1"),
        (1.5, "expected a whole number, 0 or more, found 1.5"),
        (True, "expected a number, found true"),
        ("1", "expected a number, found '1'"),
    ],
)
def test_history_values(value: object, message: str) -> None:
    assert messages_of({"history": {"failed_trials": value}}) == {"/history/failed_trials": message}


# Contradictions


def test_birth_date_or_age() -> None:
    messages = messages_of({"patient": {"birth_date": "1948-03-02", "age_years": 78}})
    assert messages == {"/patient/age_years": "expected birth_date or age_years, found both"}


@pytest.mark.parametrize(
    ("record", "pointer", "message"),
    [
        (
            {"as_of": "2026-11-23", "patient": {"birth_date": "{}"}},
            "/patient/birth_date",
            "expected a date on or before as_of 2026-11-23, found '2026-11-24'",
        ),
        (
            {"patient": {"birth_date": "{}", "deceased_date": "2026-11-23"}},
            "/patient/deceased_date",
            "expected a date on or after birth_date 2026-11-24, found '2026-11-23'",
        ),
        (
            {"conditions": [{"code": "asthma", "onset": "{}", "resolved": "2026-11-23"}]},
            "/conditions/0/resolved",
            "expected a date on or after onset 2026-11-24, found '2026-11-23'",
        ),
        (
            {"medications": [{"drug": "salbutamol", "start": "{}", "stop": "2026-11-23"}]},
            "/medications/0/stop",
            "expected a date on or after start 2026-11-24, found '2026-11-23'",
        ),
    ],
)
def test_order_of_dates(record: dict[str, Any], pointer: str, message: str) -> None:
    read(_filled(record, "2026-11-22"))
    read(_filled(record, "2026-11-23"))
    assert messages_of(_filled(record, "2026-11-24")) == {pointer: message}


def _filled(value: Any, day: str) -> Any:
    """Return ``value`` with ``day`` in every placeholder."""
    if isinstance(value, dict):
        return {key: _filled(part, day) for key, part in value.items()}
    if isinstance(value, list):
        return [_filled(part, day) for part in value]
    return day if value == "{}" else value


@pytest.mark.parametrize("quantity", [{"value": 60}, {"value": 0, "unit": None}])
def test_a_value_needs_a_unit(quantity: dict[str, Any]) -> None:
    record = {
        "medications": [{"drug": "salbutamol", "daily_dose": quantity}],
        "observations": [{"code": "weight", **quantity}],
    }
    message = "expected a UCUM unit, because there is a value; found none"
    assert messages_of(record) == {"/medications/0/daily_dose/unit": message, "/observations/0/unit": message}


def test_all_errors_at_once() -> None:
    record = {
        "patient": {"id": 5, "birth_date": "2027-01-01", "deceased_date": "2026-01-01", "age_years": "old"},
        "as_of": "2026-11-23",
        "conditions": [
            5,
            {"code": "asthma", "onset": "2020-01-01", "resolved": "2019-01-01", "present": "no"},
            {"onset": "2026-02-30", "resolved": "2019-01-01"},
        ],
        "medications": {"drug": "salbutamol"},
        "observations": [
            {"code": "weight", "value": float("nan")},
            {"code": "weight", "value": 1, "unit": 5, "date": "today"},
        ],
        "symptom": [],
        "history": {"failed_trials": -1, "failures": 1},
    }
    assert sorted((problem.pointer, problem.code) for problem in problems(record)) == [
        ("/conditions/0", "invalid"),
        ("/conditions/1/present", "invalid"),
        ("/conditions/1/resolved", "conflict"),
        ("/conditions/2/code", "missing"),
        ("/conditions/2/onset", "invalid"),
        ("/history/failed_trials", "invalid"),
        ("/history/failures", "unknown-field"),
        ("/medications", "invalid"),
        ("/observations/0/unit", "missing"),
        ("/observations/0/value", "invalid"),
        ("/observations/1/date", "invalid"),
        ("/observations/1/unit", "invalid"),
        ("/patient/age_years", "conflict"),
        ("/patient/age_years", "invalid"),
        ("/patient/birth_date", "conflict"),
        ("/patient/deceased_date", "conflict"),
        ("/patient/id", "invalid"),
        ("/symptom", "unknown-field"),
    ]


def test_the_number_of_problems_is_limited() -> None:
    record = {"symptoms": [{"code": "cough", f"field{i}": 1} for i in range(MAX_ENTRIES)]}
    assert len(problems(record)) == MAX_PROBLEMS


# Any value

junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.decimals(),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(max_size=5), parts, max_size=3),
    max_leaves=8,
)
NAMES = ("id", "code", "drug", "value", "unit", "date", "onset", "resolved", "start", "stop", "daily_dose")


@given(
    st.dictionaries(
        st.sampled_from(sorted(Record.model_fields)),
        junk
        | st.lists(st.dictionaries(st.sampled_from(NAMES), junk))
        | st.dictionaries(st.sampled_from([*NAMES, "birth_date", "age_years", *FIELDS]), junk),
    )
)
def test_any_value_is_a_record_or_refused_in_plain_words(value: object) -> None:
    try:
        read(value)
    except RecordError:
        problems(value)


# JSON Schema


def test_json_schema() -> None:
    schema = Record.model_json_schema()
    assert schema["additionalProperties"] is False
    assert schema["properties"]["as_of"]["anyOf"][0] == {"type": "string", "format": "date"}
    assert schema["properties"]["symptoms"]["anyOf"][0]["maxItems"] == MAX_ENTRIES
    shapes = schema["$defs"]
    assert shapes["ValueWithUnit"]["properties"]["value"]["anyOf"][0] == {"type": "number"}
    assert shapes["ConditionEntry"]["required"] == ["code"]
    for shape in (schema, *shapes.values()):
        assert all(field["description"] for field in shape["properties"].values())
