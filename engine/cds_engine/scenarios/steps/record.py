"""The record as a whole: as of when, which sections are empty, which unknown, or all of it as JSON."""

from __future__ import annotations

from cds_engine.record.json_text import parse_json
from cds_engine.scenarios.case import Case
from cds_engine.scenarios.draft import date
from cds_engine.scenarios.problems import StepError
from cds_engine.scenarios.step_list import given

EMPTY: dict[str, type[list[object]] | type[dict[str, object]]] = {"history": dict}


@given("as of {day:date}", example="as of 2026-11-23")
def as_of(case: Case, day: str) -> None:
    """The day for which the record is evaluated, to which '3 days ago' refers; today, if not said."""
    case.draft.as_of = date(day)


@given("nothing is known about {section}", example="nothing is known about symptoms")
def unknown(case: Case, section: str) -> None:
    """A whole section is unknown, as it is if no step speaks of it; steps before this one are forgotten."""
    case.draft.sections.pop(section, None)


@given("no {section}", example="no symptoms")
def none(case: Case, section: str) -> None:
    """A section was looked through and is empty: all that it could name is absent."""
    case.draft.sections[section] = EMPTY.get(section, list)()


@given(
    "the record:",
    example='''the record:
  """
  {{"patient": {{"age_years": 78}}, "as_of": "2026-11-23", "symptoms": []}}
  """''',
)
def record(case: Case, docstring: str) -> None:
    """A whole record as JSON, for what no other step can say; further steps add to it."""
    document = parse_json(docstring.encode(), "record")
    if not isinstance(document, dict):
        raise StepError("expected a JSON object")
    as_of = document.pop("as_of", None)
    case.draft.as_of = date(as_of) if as_of is not None else case.draft.as_of
    case.draft.patient = document.pop("patient", {})
    case.draft.sections = document
