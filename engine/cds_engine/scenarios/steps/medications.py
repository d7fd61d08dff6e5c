"""Drugs: dose, indication, start and stop."""

from __future__ import annotations

from typing import Any

from cds_engine.scenarios.case import Case
from cds_engine.scenarios.draft import time
from cds_engine.scenarios.names import converted, number
from cds_engine.scenarios.problems import StepError
from cds_engine.scenarios.step_list import given
from cds_engine.scenarios.tables import optional, rows


@given(
    "the patient takes/took {drug}( {dose:quantity})( for {indication:condition})"
    "(,)( started {start:time})( since {since:time})(,)( stopped {stop:time})",
    example="the patient takes {drug} 60 mg/d for {condition} started 30 days ago",
)
def takes(
    case: Case,
    drug: str,
    dose: str | None,
    indication: str | None,
    start: str | None,
    since: str | None,
    stop: str | None,
) -> None:
    """A drug, its daily dose, what for, from when, until when; what is not said is unknown.

    Stopped 5 days ago: the first day without it is 5 days ago. Without a stop it is still taken.
    """
    case.draft.add("medications", medication(case, drug, dose, indication, start or since, stop))


@given(
    "the patient takes these medications:",
    example="""the patient takes these medications:
  | drug   | dose    | for         | started     | stopped    |
  | {drug} | 60 mg/d | {condition} | 30 days ago |            |
  | {drug} | 30 mg/d |             | 90 days ago | 2 days ago |""",
)
def takes_all(case: Case, datatable: list[list[str]]) -> None:
    """Several drugs at once; the columns dose, for, started and stopped may be left out or empty."""
    for row in rows(datatable, required=("drug",), optional=("dose", "for", "started", "stopped")):
        dose, indication, start, stop = (
            optional(row, column) for column in ("dose", "for", "started", "stopped")
        )
        case.draft.add("medications", medication(case, row["drug"], dose, indication, start, stop))


@given("the patient does not take {drug}", example="the patient does not take {drug}")
def takes_not(case: Case, drug: str) -> None:
    """The medications are known, and the drug is not among them; nor is any other that no step names."""
    case.names.concept("drugs", drug)
    case.draft.sections.setdefault("medications", [])


def medication(
    case: Case, drug: str, dose: str | None, indication: str | None, start: str | None, stop: str | None
) -> dict[str, Any]:
    """Return the entry of the record for one drug."""
    return {
        "drug": case.names.concept("drugs", drug),
        "daily_dose": dose and quantity(case, dose),
        "indication": indication and case.names.concept("conditions", indication),
        "start": start and time(start),
        "stop": stop and time(stop),
    }


def quantity(case: Case, dose: str) -> dict[str, Any]:
    """Return a daily dose as the record writes it, its unit as in the step."""
    value, _, unit = dose.partition(" ")
    if not unit:
        raise StepError(f"a dose needs a unit: {dose} {case.names.vocabulary.dose.unit}?")
    converted(case.names.vocabulary.dose, number(value), unit)
    return {"value": number(value), "unit": unit}
