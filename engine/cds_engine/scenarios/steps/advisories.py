"""What an advisory says and rests on; notices about the record; a record that is refused."""

from __future__ import annotations

from cds_engine.scenarios.case import Case
from cds_engine.scenarios.step_list import then


@then("rule {rule} rests on claim {claim:id}", example="rule {rule} rests on claim {claim}")
def rests_on(case: Case, rule: str, claim: str) -> None:
    """The rule fired, and its advisory cites the claim as evidence."""
    case.expect("evidence", case.names.rule(rule), case.names.claim(claim))


@then("rule {rule} shows conflict {conflict:id}", example="rule {rule} shows conflict {conflict}")
def shows_conflict(case: Case, rule: str, conflict: str) -> None:
    """The rule fired, and its advisory shows where sources disagree or are silent."""
    case.expect("conflict", case.names.rule(rule), case.names.conflict(conflict))


@then("rule {rule} names target {target:id}", example="rule {rule} names target {target}")
def names_target(case: Case, rule: str, target: str) -> None:
    """The rule fired, and its advisory names the molecular target held responsible."""
    case.expect("mechanism", case.names.rule(rule), case.names.target(target))


@then("rule {rule} says {text}", example='rule {rule} says "the record shows"')
def says(case: Case, rule: str, text: str) -> None:
    """The rule fired, and the text stands in the summary or the detail of its advisory; case is ignored."""
    case.expect("says", case.names.rule(rule), text.strip('"'))


@then(
    "a notice( at {pointer}) mentions {text}",
    example='a notice at /observations/0/value mentions "plausible"',
)
def notice(case: Case, pointer: str | None, text: str) -> None:
    """Something in the record was not used as it stands, and a notice says so."""
    case.expect("notice", None, text.strip('"'), pointer.strip("`") if pointer else None)


@then("there is no notice", example="there is no notice")
def no_notice(case: Case) -> None:
    """Everything in the record was used as it stands."""
    case.expect("no_notice")


@then("the record is refused at {pointer}", example="the record is refused at /observations/0/unit")
def refused(case: Case, pointer: str) -> None:
    """The record is in error at this place, so that it is not evaluated at all."""
    case.expect("refused", None, pointer.strip("`"))
