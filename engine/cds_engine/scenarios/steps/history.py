"""The history: numbers of past events."""

from __future__ import annotations

from decimal import Decimal

from cds_engine.scenarios.case import Case
from cds_engine.scenarios.step_list import given


@given("a history of {count} {field}", example="a history of 2 {field}")
def history(case: Case, count: str, field: str) -> None:
    """A number in the history, by the name of its field; 0 means known to be none."""
    case.draft.sections.setdefault("history", {})[case.names.field(field)] = Decimal(count)
