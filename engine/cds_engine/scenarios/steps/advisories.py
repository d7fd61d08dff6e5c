"""The content of advisories, notices about the record, and records that are refused."""

from __future__ import annotations

from cds_engine.scenarios.case import Case
from cds_engine.scenarios.step_list import then


@then("rule {rule} rests on claim {claim:id}", example="rule {rule} rests on claim {claim}")
def rests_on(case: Case, rule: str, claim: str) -> None:
    """The rule fired, and its advisory cites the claim as evidence."""
    case.expect("evidence", case.names.rule(rule), case.names.claim(claim))


@then("rule {rule} shows conflict {conflict:id}", example="rule {rule} shows conflict {conflict}")
def shows_conflict(case: Case, rule: str, conflict: str) -> None:
    """The rule fired, and its advisory shows the conflict, where sources disagree or say nothing."""
    case.expect("conflict", case.names.rule(rule), case.names.conflict(conflict))


@then("rule {rule} names target {target:id}", example="rule {rule} names target {target}")
def names_target(case: Case, rule: str, target: str) -> None:
    """The rule fired, and its advisory names the molecular target of the mechanism."""
    case.expect("mechanism", case.names.rule(rule), case.names.target(target))


@then("rule {rule} says {text}", example='rule {rule} says "the record shows"')
def says(case: Case, rule: str, text: str) -> None:
    """The rule fired, and the summary or detail of its advisory contains the text; case does not matter."""
    case.expect("says", case.names.rule(rule), text.strip('"'))


@then(
    "a notice( at {pointer}) mentions {text}",
    example='a notice at /observations/0/value mentions "plausible"',
)
def notice(case: Case, pointer: str | None, text: str) -> None:
    """A notice says that data in the record were ignored or changed."""
    case.expect("notice", None, text.strip('"'), pointer.strip("`") if pointer else None)


@then("there is no notice", example="there is no notice")
def no_notice(case: Case) -> None:
    """No data in the record were ignored or changed."""
    case.expect("no_notice")


@then("the record is refused at {pointer}", example="the record is refused at /observations/0/unit")
def refused(case: Case, pointer: str) -> None:
    """The record has an error at this place, so it is not evaluated."""
    case.expect("refused", None, pointer.strip("`"))
