"""Observations: single results, or several in a table."""

from __future__ import annotations

from typing import Any

from cds_engine.scenarios.case import Case
from cds_engine.scenarios.draft import parse_day
from cds_engine.scenarios.names import convert, parse_number
from cds_engine.scenarios.problems import StepError
from cds_engine.scenarios.step_list import given
from cds_engine.scenarios.tables import optional, rows

UNKNOWN = "unknown"


@given(
    "{observation} of {quantity}, {when:time}(, {status})",
    synonyms=(
        "a/an/the {observation} of {quantity}(,) {when:time}(, {status})",
        "(the ){observation} is/was/are/were {quantity}(,) {when:time}(, {status})",
    ),
    example="{observation} of {quantity}, 3 days ago",
)
def result(case: Case, observation: str, quantity: str, when: str, status: str | None) -> None:
    """One result with its unit and day, and with its status if it is not final."""
    case.draft.add("observations", entry(case, observation, quantity, when, status))


@given(
    "{observation} taken {when:time}, result unknown",
    synonyms=("{observation} measured {when:time}, result unknown",),
    example="{observation} taken 3 days ago, result unknown",
)
def taken(case: Case, observation: str, when: str) -> None:
    """An observation that was made, with an unknown result."""
    case.draft.add("observations", entry(case, observation, UNKNOWN, when, None))


@given("{observation} of {quantity}, undated", example="{observation} of {quantity}, undated")
def undated(case: Case, observation: str, quantity: str) -> None:
    """A result of an unknown day, so it is not known whether it is the latest."""
    case.draft.add("observations", entry(case, observation, quantity, None, None))


@given(
    "{observation} over time:",
    example="""{observation} over time:
  | when        | result     |
  | 3 days ago  | {quantity} |
  | 2026-10-01  | {quantity} |""",
)
def series(case: Case, observation: str, datatable: list[list[str]]) -> None:
    """Several results of one kind, in any order; the column status is optional."""
    for row in rows(datatable, required=("when", "result"), optional=("status",)):
        status = optional(row, "status")
        case.draft.add("observations", entry(case, observation, row["result"], row["when"], status))


@given(
    "these results:",
    example="""these results:
  | observation   | result     | when        | status      |
  | {observation} | {quantity} | 3 days ago  | preliminary |
  | {observation} | unknown    | 40 days ago |             |""",
)
def results(case: Case, datatable: list[list[str]]) -> None:
    """Results of several kinds; the column status is optional and may be empty."""
    for row in rows(datatable, required=("observation", "result", "when"), optional=("status",)):
        status = optional(row, "status")
        case.draft.add("observations", entry(case, row["observation"], row["result"], row["when"], status))


def entry(case: Case, observation: str, result: str, when: str | None, status: str | None) -> dict[str, Any]:
    """Return the record's entry for one result, with the unit of the step."""
    code = case.names.concept("observations", observation)
    fields: dict[str, Any] = {"code": code, "date": when and parse_day(when), "status": status}
    if result == UNKNOWN:
        return fields
    value, _, unit = result.partition(" ")
    quantity = case.names.quantity(code)
    if not unit:
        raise StepError(f"a result needs a unit: {value} {quantity.unit}?")
    convert(quantity, parse_number(value), unit)
    return {**fields, "value": parse_number(value), "unit": unit}
