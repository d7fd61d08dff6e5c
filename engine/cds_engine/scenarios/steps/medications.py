"""Medications: dose, indication, start and stop."""

from __future__ import annotations

import re
from typing import Any

from cds_engine.scenarios.case import Case
from cds_engine.scenarios.draft import parse_day
from cds_engine.scenarios.names import convert, parse_number
from cds_engine.scenarios.problems import StepError
from cds_engine.scenarios.step_list import given
from cds_engine.scenarios.tables import optional, rows

_COURSE = (
    "{drug}(,)( {dose:quantity})( for {duration})( for {indication:condition})"
    "(,)( started {start:time})( since {since:time})(,)( stopped {stop:time})"
)
_DAILY = re.compile(r"(?: daily| (?:a|per|every) day|/day)$")


@given(
    f"the patient takes/took {_COURSE}",
    synonyms=(
        f"the patient receives/received/uses/used {_COURSE}",
        f"the patient is/was taking/receiving/using/on {_COURSE}",
        f"the patient is/was treated with {_COURSE}",
    ),
    example="the patient takes {drug} 60 mg/d for {condition} started 30 days ago",
)
def takes(
    case: Case,
    drug: str,
    dose: str | None,
    duration: str | None,
    indication: str | None,
    start: str | None,
    since: str | None,
    stop: str | None,
) -> None:
    """A drug with its daily dose, indication, start and stop; parts that are left out are unknown.

    'stopped 5 days ago': the first day without the drug was 5 days ago. Without a stop, it is still taken.
    'for 53 days' is the same as 'started 53 days ago'.
    """
    begun = start or since or (duration and f"{duration} ago")
    case.draft.add("medications", medication(case, drug, dose, indication, begun, stop))


@given(
    "the patient takes these medications:",
    example="""the patient takes these medications:
  | drug   | dose    | for         | started     | stopped    |
  | {drug} | 60 mg/d | {condition} | 30 days ago |            |
  | {drug} | 30 mg/d |             | 90 days ago | 2 days ago |""",
)
def takes_all(case: Case, datatable: list[list[str]]) -> None:
    """Several drugs; the columns dose, for, started and stopped are optional and may be empty."""
    for row in rows(datatable, required=("drug",), optional=("dose", "for", "started", "stopped")):
        dose, indication, start, stop = (
            optional(row, column) for column in ("dose", "for", "started", "stopped")
        )
        case.draft.add("medications", medication(case, row["drug"], dose, indication, start, stop))


@given(
    "it is not known whether the patient takes/took {drug}( {dose:quantity})(,)( started {start:time})"
    "(,)( stopped {stop:time})",
    synonyms=(
        "it is unknown whether the patient takes/took {drug}( {dose:quantity})(,)( started {start:time})"
        "(,)( stopped {stop:time})",
        "the patient may take {drug}( {dose:quantity})(,)( started {start:time})(,)( stopped {stop:time})",
    ),
    example="it is not known whether the patient takes {drug} 60 mg/d",
)
def perhaps_takes(case: Case, drug: str, dose: str | None, start: str | None, stop: str | None) -> None:
    """A drug that may have been taken: it is not known whether it was."""
    case.draft.add("medications", medication(case, drug, dose, None, start, stop), unknown=["taken"])


@given(
    "the patient stopped {drug}( {dose:quantity}) on an unknown day(, started {start:time})",
    example="the patient stopped {drug} on an unknown day",
)
def stopped(case: Case, drug: str, dose: str | None, start: str | None) -> None:
    """A drug that is no longer taken, and no one knows since when."""
    entry = medication(case, drug, dose, None, start, None)
    case.draft.add("medications", {**entry, "stopped": True})


@given(
    "the patient stopped {drug}(,)( {dose:quantity}) {stop:time}(, started {start:time})",
    synonyms=("{drug} was stopped {stop:time}(, started {start:time})( at {dose:quantity})",),
    example="the patient stopped {drug} 5 days ago",
)
def stopped_on(case: Case, drug: str, dose: str | None, stop: str, start: str | None) -> None:
    """A drug that is no longer taken: the first day without it."""
    case.draft.add("medications", medication(case, drug, dose, None, start, stop))


@given("the patient takes no medication/medications/drugs", example="the patient takes no medication")
def takes_nothing(case: Case) -> None:
    """The patient takes nothing; the same as 'no medications'."""
    case.draft.sections["medications"] = []


@given(
    "the patient does not take {drug}",
    synonyms=(
        "the patient does not receive/use {drug}",
        "the patient is not taking/receiving/using/on {drug}",
    ),
    example="the patient does not take {drug}",
)
def takes_not(case: Case, drug: str) -> None:
    """A drug that is not taken. Drugs that no step names are not taken either."""
    case.names.concept("drugs", drug)
    case.draft.sections.setdefault("medications", [])


def medication(
    case: Case, drug: str, dose: str | None, indication: str | None, start: str | None, stop: str | None
) -> dict[str, Any]:
    """Return the record's entry for one drug."""
    return {
        "drug": case.names.concept("drugs", drug),
        "daily_dose": dose and quantity(case, drug, dose),
        "indication": indication and case.names.concept("conditions", indication),
        "start": start and parse_day(start),
        "stop": stop and parse_day(stop),
    }


def quantity(case: Case, drug: str, dose: str) -> dict[str, Any]:
    """Return a daily dose as the record writes it, with the unit of the step; ``mg daily`` is ``mg/d``."""
    value, _, unit = _DAILY.sub("/d", dose).partition(" ")
    if not unit:
        raise StepError(f"a dose needs a unit: {dose} {case.names.dose(drug).unit}?")
    convert(case.names.dose(drug), parse_number(value), unit)
    return {"value": parse_number(value), "unit": unit}
