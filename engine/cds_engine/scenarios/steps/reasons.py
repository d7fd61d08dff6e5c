"""The values because of which a rule fired, and the values of facts."""

from __future__ import annotations

from cds_engine.scenarios.case import Case
from cds_engine.scenarios.step_list import then

UNKNOWN = "unknown"


@then("rule {rule} fires because {fact} is {value}", example="rule {rule} fires because {fact} is {value}")
def because(case: Case, rule: str, fact: str, value: str) -> None:
    """The rule fired, and its reasons include this value, in any unit of the fact."""
    name, subject = case.names.rule(rule), case.names.fact(fact)
    case.expect("fired", name)
    case.expect("because", name, case.names.value(subject, value), subject)


@then("fact {fact} is {value}", example="fact {fact} is {value}")
def fact_is(case: Case, fact: str, value: str) -> None:
    """A fact that a rule uses has this value, or is unknown."""
    subject = case.names.fact(fact)
    case.expect("fact", None, None if value == UNKNOWN else case.names.value(subject, value), subject)
