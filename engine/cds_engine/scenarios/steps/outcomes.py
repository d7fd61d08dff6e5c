"""Outcomes of rules: fires, does not fire, does not apply, is not evaluable."""

from __future__ import annotations

from cds_engine.errors import nearest
from cds_engine.scenarios.case import Case
from cds_engine.scenarios.problems import StepError
from cds_engine.scenarios.recording import OUTCOME_TEXTS
from cds_engine.scenarios.step_list import then
from cds_engine.scenarios.tables import optional, rows


@then(
    "rule {rule} fires( as {indicator})",
    synonyms=(
        "the rule {rule} fires( as {indicator})",
        "{rule} fires( as {indicator})",
        "(the )(rule ){rule} should fire( as {indicator})",
    ),
    example="rule {rule} fires as warning",
)
def fires(case: Case, rule: str, indicator: str | None) -> None:
    """The rule applies and its condition is true; with this indicator, if one is given."""
    name = case.names.rule(rule)
    case.expect("fired", name)
    if indicator is not None:
        case.expect("indicator", name, indicator)


@then(
    "rule {rule} does not fire",
    synonyms=(
        "the rule {rule} does not fire",
        "{rule} does not fire",
        "(the )(rule ){rule} should not fire",
        "(the )(rule ){rule} stays silent",
    ),
    example="rule {rule} does not fire",
)
def does_not_fire(case: Case, rule: str) -> None:
    """The condition of the rule is false. The rule applies, or it is unknown whether it applies."""
    case.expect("not_met", case.names.rule(rule))


@then(
    "rule {rule} does not apply",
    synonyms=(
        "the rule {rule} does not apply",
        "{rule} does not apply",
        "(the )(rule ){rule} should not apply",
        "(the )(rule ){rule} is not applicable",
    ),
    example="rule {rule} does not apply",
)
def does_not_apply(case: Case, rule: str) -> None:
    """The rule is not about such a patient."""
    case.expect("not_applicable", case.names.rule(rule))


@then(
    "rule {rule} is not evaluable",
    synonyms=(
        "the rule {rule} is not evaluable",
        "{rule} is not evaluable",
        "(the )(rule ){rule} cannot be evaluated",
    ),
    example="rule {rule} is not evaluable",
)
def is_not_evaluable(case: Case, rule: str) -> None:
    """The rule could still fire: facts that it needs are unknown."""
    case.expect("not_evaluable", case.names.rule(rule))


@then(
    "rule {rule} is not evaluable because {facts} is/are unknown",
    synonyms=("(the )(rule ){rule} cannot be evaluated because {facts} is/are unknown",),
    example="rule {rule} is not evaluable because {fact} is unknown",
)
def misses(case: Case, rule: str, facts: str) -> None:
    """The rule could still fire: exactly these facts are missing."""
    name = case.names.rule(rule)
    case.expect("not_evaluable", name)
    case.expect("missing", name, case.names.facts(facts))


@then(
    "rule {rule} is not evaluable because {facts} is/are unknown among others",
    example="rule {rule} is not evaluable because {fact} is unknown among others",
)
def misses_among_others(case: Case, rule: str, facts: str) -> None:
    """The rule could still fire: these facts are missing, and perhaps others."""
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
    """Several rules with one outcome each: fires, does not fire, does not apply, is not evaluable."""
    for row in rows(datatable, required=("rule", "outcome"), optional=("indicator",)):
        name, outcome, indicator = case.names.rule(row["rule"]), row["outcome"], optional(row, "indicator")
        if outcome not in OUTCOME_TEXTS:
            raise StepError(f"unknown outcome '{outcome}'{nearest(outcome, OUTCOME_TEXTS)}")
        case.expect(OUTCOME_TEXTS[outcome], name)
        if indicator is not None:
            case.expect("indicator", name, indicator)


@then(
    "of these rules only {band:rule} fires:",
    example="""of these rules only {rule} fires:
  | {rule} |
  | {rule} |""",
)
def band(case: Case, band: str, datatable: list[list[str]]) -> None:
    """This rule of the table fires and the others do not fire; with 'none', no rule of the table fires.

    Use it for rules about ranges of one value, of which at most one may fire.
    """
    rules = [case.names.rule(cell) for row in datatable for cell in row]
    chosen = None if band.strip("`") == "none" else case.names.rule(band)
    if chosen is not None and chosen not in rules:
        raise StepError(f"'{band}' is not among the rules of the table")
    for name in rules:
        case.expect("fired" if name == chosen else "not_met", name)
