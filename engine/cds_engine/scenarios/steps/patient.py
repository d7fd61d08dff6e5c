"""The patient: age, sex, death."""

from __future__ import annotations

from decimal import Decimal

from cds_engine.scenarios.case import Case
from cds_engine.scenarios.draft import parse_date, parse_day
from cds_engine.scenarios.step_list import given

SEX = {"woman": "female", "girl": "female", "man": "male", "boy": "male"}


@given(
    "a {person} of {age:count}",
    synonyms=(
        "(the patient is )a/an {age:count}-year-old {person}",
        "(the patient is )a/an {age:count} year old {person}",
        "the patient is a {person} of {age:count}",
    ),
    example="a woman of 78",
)
@given("a {person} aged {age:count}( years)", example="a patient aged 78 years")
def aged(case: Case, person: str, age: str) -> None:
    """The age in completed years; woman, man, girl and boy also state the sex."""
    who(case, person)
    case.draft.patient.pop("birth_date", None)
    case.draft.patient["age_years"] = Decimal(age)


@given("the patient is {age:count} years old", example="the patient is 78 years old")
def of_age(case: Case, age: str) -> None:
    """The age in completed years; it leaves the sex as it is."""
    aged(case, "patient", age)


@given("a {person} born on {birth:date}", example="a man born on 1948-03-02")
def born(case: Case, person: str, birth: str) -> None:
    """The date of birth, from which the age is calculated."""
    who(case, person)
    case.draft.patient.pop("age_years", None)
    case.draft.patient["birth_date"] = parse_date(birth).isoformat()


@given("a {person} of unknown age", example="a patient of unknown age")
def ageless(case: Case, person: str) -> None:
    """The age is unknown."""
    who(case, person)
    case.draft.patient.pop("birth_date", None)
    case.draft.patient.pop("age_years", None)


@given("the patient's age is unknown", example="the patient's age is unknown")
def age_unknown(case: Case) -> None:
    """The age is unknown; it leaves the sex as it is."""
    ageless(case, "patient")


@given("the patient is {sex}", synonyms=("the patient's sex is {sex}",), example="the patient is female")
def of_sex(case: Case, sex: str) -> None:
    """The patient's sex."""
    case.draft.patient["sex"] = sex


@given(
    "the patient died {died:time}",
    synonyms=("the patient has died {died:time}",),
    example="the patient died 2 days ago",
)
def died(case: Case, died: str) -> None:
    """The day of death; no rule applies to a patient who died before the day of the evaluation."""
    case.draft.patient["deceased_date"] = parse_day(died)


def who(case: Case, person: str) -> None:
    """Set the sex if the word for the patient states it."""
    if person in SEX:
        case.draft.patient["sex"] = SEX[person]
