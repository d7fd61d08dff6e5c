"""The evaluation of the record that the Given steps describe."""

from __future__ import annotations

from cds_engine.scenarios.case import HTTP, Case
from cds_engine.scenarios.draft import parse_date
from cds_engine.scenarios.step_list import when


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
