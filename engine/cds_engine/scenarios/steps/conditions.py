"""Conditions: present, absent or unknown."""

from __future__ import annotations

from cds_engine.scenarios.case import Case
from cds_engine.scenarios.draft import parse_day
from cds_engine.scenarios.step_list import given


@given(
    "the patient has {condition}( since {onset:time})(,)( resolved {resolved:time})",
    synonyms=(
        "the patient suffers from {condition}( since {onset:time})(,)( resolved {resolved:time})",
        "the patient is/was diagnosed with {condition}( since {onset:time})(,)( resolved {resolved:time})",
        "the patient is known to have {condition}( since {onset:time})(,)( resolved {resolved:time})",
    ),
    example="the patient has {condition} since 3 weeks ago",
)
def has(case: Case, condition: str, onset: str | None, resolved: str | None) -> None:
    """A condition that is present, or was present until the day on which it resolved."""
    entry = {
        "code": case.names.concept("conditions", condition),
        "present": True,
        "onset": onset and parse_day(onset),
        "resolved": resolved and parse_day(resolved),
    }
    case.draft.add("conditions", entry)


@given(
    "the patient does not have {condition}",
    synonyms=("the patient has no {condition}", "the patient does not suffer from {condition}"),
    example="the patient does not have {condition}",
)
def has_not(case: Case, condition: str) -> None:
    """A condition that is absent. Conditions that no step names are absent as well."""
    case.draft.add("conditions", {"code": case.names.concept("conditions", condition), "present": False})


@given(
    "it is not known whether the patient has {condition}",
    synonyms=("it is unknown whether the patient has {condition}", "the patient may have {condition}"),
    example="it is not known whether the patient has {condition}",
)
def may_have(case: Case, condition: str) -> None:
    """A condition that is unknown, while other conditions are known."""
    entry = {"code": case.names.concept("conditions", condition)}
    case.draft.add("conditions", entry)
    case.draft.sections["conditions"][-1]["present"] = None
