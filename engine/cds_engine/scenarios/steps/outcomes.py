"""What became of a rule: it fires, does not fire, does not apply, or cannot be evaluated."""

from __future__ import annotations

from cds_engine.errors import nearest
from cds_engine.scenarios.case import Case
from cds_engine.scenarios.names import listed
from cds_engine.scenarios.problems import StepError
from cds_engine.scenarios.recording import Kind
from cds_engine.scenarios.step_list import then
from cds_engine.scenarios.tables import optional, rows

SPOKEN: dict[str, Kind] = {
    "fires": "fired",
    "does not fire": "not_met",
    "does not apply": "not_applicable",
    "is not evaluable": "not_evaluable",
}


@then("rule {rule} fires( as {indicator})", example="rule {rule} fires as warning")
def fires(case: Case, rule: str, indicator: str | None) -> None:
    """The rule applies and its condition is true; with the indicator, if said."""
    name = case.names.rule(rule)
    case.expect("fired", name)
    if indicator is not None:
        case.expect("indicator", name, indicator)


@then("rule {rule} does not fire", example="rule {rule} does not fire")
def does_not_fire(case: Case, rule: str) -> None:
    """The rule may apply, and its condition is false. It is neither inapplicable nor left open."""
    case.expect("not_met", case.names.rule(rule))


@then("rule {rule} does not apply", example="rule {rule} does not apply")
def does_not_apply(case: Case, rule: str) -> None:
    """The record is not one that the rule is about."""
    case.expect("not_applicable", case.names.rule(rule))


@then("rule {rule} is not evaluable", example="rule {rule} is not evaluable")
def is_not_evaluable(case: Case, rule: str) -> None:
    """The rule could still fire: something that matters is not known."""
    case.expect("not_evaluable", case.names.rule(rule))


@then(
    "rule {rule} is not evaluable because {facts} is/are unknown",
    example="rule {rule} is not evaluable because {fact} is unknown",
)
def misses(case: Case, rule: str, facts: str) -> None:
    """The rule could still fire, and just these facts are missing, no other."""
    name = case.names.rule(rule)
    case.expect("not_evaluable", name)
    case.expect("missing", name, case.names.facts(facts))


@then(
    "rule {rule} is not evaluable because {facts} is/are unknown among others",
    example="rule {rule} is not evaluable because {fact} is unknown among others",
)
def misses_among_others(case: Case, rule: str, facts: str) -> None:
    """The rule could still fire; these facts are missing, and perhaps more."""
    name = case.names.rule(rule)
    case.expect("not_evaluable", name)
    case.expect("missing_among", name, case.names.facts(facts))


@then(
    "the rules come out as follows:",
    example="""the rules come out as follows:
  | rule   | outcome       | indicator |
  | {rule} | fires         | warning   |
  | {rule} | does not fire |           |""",
)
def come_out(case: Case, datatable: list[list[str]]) -> None:
    """Several rules at once: fires, does not fire, does not apply, is not evaluable."""
    for row in rows(datatable, required=("rule", "outcome"), optional=("indicator",)):
        name, spoken, indicator = case.names.rule(row["rule"]), row["outcome"], optional(row, "indicator")
        if spoken not in SPOKEN:
            raise StepError(f"unknown outcome '{spoken}'{nearest(spoken, SPOKEN)}")
        case.expect(SPOKEN[spoken], name)
        if indicator is not None:
            case.expect("indicator", name, indicator)


@then(
    "of these rules only {band:rule} fires:",
    example="""of these rules only {rule} fires:
  | {rule} |
  | {rule} |""",
)
def band(case: Case, band: str, datatable: list[list[str]]) -> None:
    """One of several rules fires and the others, which apply, do not; 'none' for the one: none of them.

    Made for bands of a value, of which at most one rule may speak: the neighbours are looked at as well.
    """
    rules = [case.names.rule(cell) for row in datatable for cell in row]
    chosen = set(_chosen(case, band))
    if not chosen <= set(rules):
        raise StepError(f"'{band}' is not among the rules of the table")
    for name in rules:
        case.expect("fired" if name in chosen else "not_met", name)


def _chosen(case: Case, text: str) -> list[str]:
    bare = text.strip("`")
    return [] if bare == "none" else [case.names.rule(part) for part in listed(bare)]
