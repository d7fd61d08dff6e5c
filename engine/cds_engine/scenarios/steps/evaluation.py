"""The evaluation of the record that the Given steps describe, and the rulebooks that evaluate it."""

from __future__ import annotations

from cds_engine.scenarios.case import HTTP, Case
from cds_engine.scenarios.draft import parse_date
from cds_engine.scenarios.names import split_list
from cds_engine.scenarios.step_list import given, when


@given(
    "the rulebook/rulebooks {rulebooks}",
    example="the rulebook {rulebook}",
)
def rulebooks(case: Case, rulebooks: str) -> None:
    """The rulebooks that evaluate the record; this step comes before every step about the patient.

    A rule that several of them have is named with its rulebook: 'rule one.rule of my-rulebook fires'. An
    audit does not count a scenario with other rulebooks than its own.
    """
    case.use_rulebooks(split_list(rulebooks))


@when(
    "the record is evaluated",
    synonyms=("the patient is evaluated", "the record is checked", "the rules are evaluated/applied"),
    example="the record is evaluated",
)
def evaluated(case: Case) -> None:
    """Evaluate the record; through the API if the scenario has the tag @http."""
    case.evaluate()


@when("the record is evaluated over HTTP", example="the record is evaluated over HTTP")
def evaluated_over_http(case: Case) -> None:
    """Evaluate the record through the API, also without the tag @http."""
    case.evaluate(HTTP)


@when("the record is evaluated as of {day:date}", example="the record is evaluated as of 2027-01-01")
def evaluated_as_of(case: Case, day: str) -> None:
    """Evaluate the record for this day, for instance again for a later day."""
    case.draft.as_of = parse_date(day)
    case.evaluate()
