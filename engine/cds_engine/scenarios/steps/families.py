"""Rules that do not fire, in a family or at all."""

from __future__ import annotations

from cds_engine.scenarios.case import Case
from cds_engine.scenarios.step_list import then
from cds_engine.scenarios.tables import optional, rows


@then("no rule of family {family} fires", example="no rule of family {family} fires")
def silent(case: Case, family: str) -> None:
    """No rule of the family fires."""
    case.expect("none_of_family", None, (), case.names.family(family))


@then("no other rule of family {family} fires", example="no other rule of family {family} fires")
def no_other(case: Case, family: str) -> None:
    """No rule of the family fires, except rules whose outcome earlier steps of the scenario state."""
    case.expect("none_of_family", None, case.named(), case.names.family(family))


@then(
    "no rule fires",
    synonyms=("no rules fire", "there is no advisory", "there are no advisories"),
    example="no rule fires",
)
def none(case: Case) -> None:
    """There are no advisories."""
    case.expect("only", None, ())


@then(
    "only these rules fire:",
    example="""only these rules fire:
  | rule   | indicator |
  | {rule} | warning   |""",
)
def only(case: Case, datatable: list[list[str]]) -> None:
    """These rules fire and no other; the column indicator is optional and may be empty."""
    table = rows(datatable, required=("rule",), optional=("indicator",))
    names = [case.names.rule(row["rule"]) for row in table]
    case.expect("only", None, tuple(sorted(names)))
    for name, row in zip(names, table, strict=True):
        indicator = optional(row, "indicator")
        if indicator is not None:
            case.expect("indicator", name, indicator)
