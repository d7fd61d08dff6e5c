"""The values because of which a rule fired, and the values of facts."""

from __future__ import annotations

import re

from cds_engine.scenarios.case import Case
from cds_engine.scenarios.step_list import then

UNKNOWN = "unknown"
_ONE_DECIMAL = re.compile(r"[-+]?\d+\.\d ?%")
"""A percentage as it is reported: it means every value that is rounded to it."""


@then("rule {rule} fires because {fact} is {value}", example="rule {rule} fires because {fact} is {value}")
def because(case: Case, rule: str, fact: str, value: str) -> None:
    """The rule fired, and its reasons include this value, in any unit of the fact.

    A percentage with one decimal means the value rounded to it.
    """
    name, subject = case.names.rule(rule), case.names.fact(fact)
    case.expect("fired", name)
    rounded = bool(_ONE_DECIMAL.fullmatch(value))
    case.expect("because", name, case.names.value(subject, value), subject, rounded=rounded)


@then("fact {fact} is {value}", example="fact {fact} is {value}")
def fact_is(case: Case, fact: str, value: str) -> None:
    """A fact that a rule uses has this value, or is unknown; a percentage may be rounded to one decimal."""
    subject = case.names.fact(fact)
    expected = None if value == UNKNOWN else case.names.value(subject, value)
    case.expect("fact", None, expected, subject, rounded=bool(_ONE_DECIMAL.fullmatch(value)))
