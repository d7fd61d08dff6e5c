"""The record as a whole: its date, empty and unknown sections, or all of it as JSON."""

from __future__ import annotations

from cds_engine.record.json_text import parse_json
from cds_engine.scenarios.case import Case
from cds_engine.scenarios.draft import parse_date
from cds_engine.scenarios.problems import StepError
from cds_engine.scenarios.step_list import given

EMPTY: dict[str, type[list[object]] | type[dict[str, object]]] = {"history": dict}


@given(
    "as of {day:date}",
    synonyms=("today is {day:date}", "the date is {day:date}", "it is {day:date}"),
    example="as of 2026-11-23",
)
def as_of(case: Case, day: str) -> None:
    """The day of the evaluation, from which '3 days ago' counts; today if there is no such step."""
    case.draft.as_of = parse_date(day)


@given(
    "nothing is known about {section}",
    synonyms=("nothing is known about the {section}", "(the ){section} is/are unknown"),
    example="nothing is known about symptoms",
)
def unknown(case: Case, section: str) -> None:
    """The whole section is unknown, as it is if no step mentions it; earlier steps about it are dropped."""
    case.draft.sections.pop(section, None)


@given("no {section}", example="no symptoms")
def none(case: Case, section: str) -> None:
    """The section is known to be empty: everything that it could name is absent."""
    case.draft.sections[section] = EMPTY.get(section, list)()


@given("the list of {section} may be incomplete", example="the list of medications may be incomplete")
def incomplete(case: Case, section: str) -> None:
    """The section may have more entries than the steps name; what they do not name is unknown, not absent."""
    case.draft.sections.setdefault("incomplete", []).append(section)
    case.draft.sections.setdefault(section, [])


@given(
    "the record:",
    example='''the record:
  """
  {{"patient": {{"age_years": 78}}, "as_of": "2026-11-23", "symptoms": []}}
  """''',
)
def record(case: Case, docstring: str) -> None:
    """A whole record as JSON, for data that no other step can state; later steps add to it."""
    document = parse_json(docstring.encode(), "record")
    if not isinstance(document, dict):
        raise StepError("expected a JSON object")
    as_of = document.pop("as_of", None)
    if not isinstance(as_of, str | None):
        raise StepError(f"expected a date in quotes as as_of, found {as_of}")
    case.draft.as_of = parse_date(as_of) if as_of is not None else case.draft.as_of
    case.draft.patient = document.pop("patient", {})
    case.draft.sections = document
