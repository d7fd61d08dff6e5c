"""Every misuse of the fact language is reported where it is, with what was expected."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from cds_engine.errors import Problem, RulebookError
from cds_engine.rulebook.load import load_rulebook

from tests.spec.cases import HERE


def _parameter(name: str, unit: str, value: str) -> str:
    values = f"[{{since: 2020-01-01, value: {value}}}]"
    body = f"title: {name}, unit: {unit}, basis: operational, claim: spec.assumed, values: {values}"
    return f"  {name}: {{{body}}}\n"


PARAMETERS = "parameters:\n" + "".join(
    _parameter(name, unit, value)
    for name, unit, value in (("days", "d", "30"), ("half", "d", "0.5"), ("low", "mmol/L", "3"))
)


@dataclass(frozen=True)
class Misuse:
    """The body of a fact, and what is said about it; the mark is the place of the problem."""

    body: str
    message: str
    code: str = "misuse"

    def __str__(self) -> str:
        return self.message[:60]


SODIUM = "of: {observation: sodium}"
MISUSES = [
    Misuse(
        f"{SODIUM}, take: latest, §give: valeu",
        "unknown attribute 'valeu' of the observation (did you mean 'value'?)",
        "unknown-attribute",
    ),
    Misuse(
        f"{SODIUM}, where: {{§agoo: {{at_most: $days}}}}, take: any",
        "(did you mean 'ago'?)",
        "unknown-attribute",
    ),
    Misuse(f"{SODIUM}, take: any, §give: value", "'take: any' gives no attribute: leave out 'give'"),
    Misuse(f"{SODIUM}, §take: every", "'take: every' needs 'where'"),
    Misuse(
        f"{SODIUM}, take: latest", "'take: latest' needs 'give', one of value, ago, rank, time", "missing-key"
    ),
    Misuse(
        "of: {observation: electrolyte}, where: {value: {§less_than: $days}}, take: any",
        "parameter 'days' is in d, but mmol/L is needed here",
        "misfit",
    ),
    Misuse(
        "of: {observation: [sodium, body-weight]}, take: latest, §give: value",
        "has members in different units; 'give: value' needs a single observation",
    ),
    Misuse(
        "of: {§observation: electrolytes}, take: any",
        "unknown observation 'electrolytes' (did you mean 'electrolyte'?)",
        "unknown-observation",
    ),
    Misuse(
        "of: {§drug: morphin}, take: any", "unknown drug 'morphin' (did you mean 'morphine'?)", "unknown-drug"
    ),
    Misuse(
        "of: {§treatment: opioids, gap: $days}, take: any",
        "unknown drug 'opioids' (did you mean 'opioid'?)",
        "unknown-drug",
    ),
    Misuse(
        "of: {treatment: opioid, §gap: $low}, take: any",
        "parameter 'low' is in mmol/L, but days (d) are needed here",
        "misfit",
    ),
    Misuse(
        "of: {treatment: opioid, §gap: $half}, take: any", "'half' must be a whole number of days", "misfit"
    ),
    Misuse("§of: {treatment: opioid}, take: any", "'gap' belongs to 'treatment', which needs it", "shape"),
    Misuse(
        "§of: {drug: morphine, condition: asthma}, take: any",
        "expected one of observation, drug, treatment, condition and symptom",
        "shape",
    ),
    Misuse(
        "of: {drug: morphine}, §take: sum, give: indication",
        "'take: sum' needs a number, but 'indication' is no number",
    ),
    Misuse(
        "of: {drug: morphine}, §take: lowest, give: indication",
        "needs values with an order, but 'indication' has none",
    ),
    Misuse(
        "of: {symptom: cough}, §take: latest, give: severity",
        "'take: latest' needs entries with dates; a symptom has none",
    ),
    Misuse(
        "of: {drug: morphine}, where: {active: {§is: yes}}, take: any", "'active' is true or false", "misfit"
    ),
    Misuse(
        "of: {symptom: cough}, where: {severity: {§is: sever}}, take: any",
        "unknown code 'sever' for 'severity' (did you mean 'severe'?)",
        "misfit",
    ),
    Misuse(
        "of: {drug: morphine}, where: {indication: {§is: astma}}, take: any",
        "unknown code 'astma' for 'indication' (did you mean 'asthma'?)",
        "misfit",
    ),
    Misuse(
        f"{SODIUM}, where: {{ago: {{§at_most: 30}}}}, take: any",
        "found the number 30; define it in parameters.yaml",
        "misfit",
    ),
    Misuse(
        f"{SODIUM}, where: {{ago: {{§at_most: $dyas}}}}, take: any",
        "unknown parameter 'dyas' (did you mean 'days'?)",
        "unknown-parameter",
    ),
    Misuse(
        f"{SODIUM}, where: {{ago: {{§at_most: other.dyas + $days}}}}, take: any",
        "unknown fact 'other.dyas' (did you mean 'other.days'?)",
        "unknown-fact",
    ),
    Misuse(
        f"{SODIUM}, where: {{ago: {{§at_most: other.sodium + 1}}}}, take: any",
        "the formula is in mmol/L, but d is needed here",
        "misfit",
    ),
    Misuse(
        f"{SODIUM}, where: {{ago: {{§at_most: 1 +}}}}, take: any", "expected a formula, found '1 +'", "fact"
    ),
    Misuse(
        f"{SODIUM}, take: any, §if_none: true",
        "'take: any' has an answer where nothing counts: leave out 'if_none'",
    ),
    Misuse(
        f"{SODIUM}, take: latest, give: value, §if_none: other.days",
        "'other.days' is a number in d, but a number in mmol/L is needed here",
        "misfit",
    ),
    Misuse(
        f"{SODIUM}, take: latest, give: value, §unstated: other.sodium", "'unstated' goes with 'take: only'"
    ),
    Misuse(
        "of: {drug: opioid}, take: sum, give: dose, §weights: {morphine: $low, tramadol: $low}",
        "'oxycodone' has no weight",
        "missing-key",
    ),
    Misuse(
        "of: {drug: morphine}, take: sum, give: dose, weights: {morphine: $low, §codeine: $low}",
        "'codeine' is not among the selected entries",
        "unknown-concept",
    ),
    Misuse(
        "of: patient, §give: sexx",
        "unknown attribute 'sexx' of the patient (did you mean 'sex'?)",
        "unknown-attribute",
    ),
    Misuse(
        "§of: history, give: trials", "is a number: state its unit and minimum and maximum", "missing-key"
    ),
    Misuse(
        "§compute: other.sodium * 2", "is a number: state its unit and minimum and maximum", "missing-key"
    ),
    Misuse("§compute: 2 * 3, unit: d, minimum: 0, maximum: 9", "reads no fact"),
    Misuse(
        "§compute: other.sodum * 2, unit: d, minimum: 0, maximum: 9",
        "unknown fact 'other.sodum' (did you mean 'other.sodium'?)",
        "unknown-fact",
    ),
    Misuse(
        "§compute: exec(other.sodium), unit: d, minimum: 0, maximum: 9", "found 'exec(other.sodium)'", "fact"
    ),
    Misuse(
        "§compute: root(other.sodium), unit: d, minimum: 0, maximum: 9",
        "'root' needs a value and a degree, found 1",
        "fact",
    ),
    Misuse(
        "§compute: 1 + found, unit: d, minimum: 0, maximum: 9",
        "'found' is a finding; a fact can only use other facts",
    ),
    Misuse(
        "§compute: 1 + other.sex, unit: d, minimum: 0, maximum: 9",
        "'other.sex' is a code; choose a number by it with 'case'",
        "misfit",
    ),
    Misuse(
        "compute: x, §with: {x: {case: other.sex, femal: 1}}, unit: d, minimum: 0, maximum: 9",
        "unknown code 'femal' for 'other.sex' (did you mean 'female'?)",
        "misfit",
    ),
    Misuse(
        "compute: x, §with: {x: {fact: other.sodium, unit: kg}}, unit: d, minimum: 0, maximum: 9",
        "'other.sodium' is in mmol/L",
        "fact",
    ),
    Misuse(
        "compute: x, with: {§x: [1]}, unit: d, minimum: 0, maximum: 9",
        "expected a fact, a $parameter, {fact: NAME, unit: UNIT}",
        "fact",
    ),
    Misuse("compute: x, of: patient", "expected either 'of' (a query) or 'compute' (a formula)", "shape"),
    Misuse("§compute: tried + 1, unit: d, minimum: 0, maximum: 9", "circular fact: tried > tried", "cycle"),
]


def check(folder: Path, body: str) -> list[Problem]:
    """Return the problems of the base rulebook with a fact called ``tried``."""
    book = folder / "book"
    shutil.copytree(HERE / "rulebook", book)
    (book / "parameters.yaml").write_text(PARAMETERS)
    (book / "facts.yaml").write_text(
        "facts:\n"
        "  other.days: {title: a, of: {observation: sodium}, where: {ago: {at_most: $days}}, take: latest,"
        " give: ago}\n"
        "  other.sodium: {title: b, of: {observation: sodium}, take: latest, give: value}\n"
        "  other.sex: {title: c, of: patient, give: sex}\n"
        "  other.half: {title: d, compute: other.days + $half, unit: d, minimum: 0, maximum: 9}\n"
        "  other.low: {title: e, compute: other.sodium + $low, unit: mmol/L, minimum: 0, maximum: 9}\n"
        f"  tried: {{title: t, {body.replace('§', '')}}}\n"
        "findings:\n"
        "  found: {title: f, basis: operational, when: {other.days: {known: true}}}\n"
    )
    try:
        load_rulebook(book)
    except RulebookError as error:
        return list(error.problems)
    return []


@pytest.mark.parametrize("misuse", MISUSES, ids=str)
def test_a_misuse_is_reported(misuse: Misuse, tmp_path: Path) -> None:
    problems = check(tmp_path, misuse.body)
    (problem,) = [found for found in problems if misuse.message in found.message] or [None]
    assert problem is not None, [str(found) for found in problems]
    assert problem.code == misuse.code
    assert problem.source.endswith("facts.yaml")
    assert problem.line == 7
    assert len(problems) == 1, [str(found) for found in problems]


def test_what_is_right_is_not_reported(tmp_path: Path) -> None:
    assert (
        check(tmp_path, "of: {observation: electrolyte}, where: {value: {less_than: $low}}, take: any") == []
    )
