"""Checks that numbers are those of their sources: of parameters and of affinities.

Only ``cds rules check`` runs these checks. A claim that does not mention the number that rests on it is a
sign of a slip: a digit in one of the two, or another claim. They find no number that is wrong in both.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from cds_engine.errors import Problem, pointer
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.text import format_value
from cds_engine.rulebook.yaml_document import read_yaml

_NUMBER = re.compile(r"\d+(?:,\d{3})*(?:\.\d+)?")
_NUMERALS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "half")
_WORDS = dict(zip(_NUMERALS, (*map(Decimal, range(11)), Decimal(50)), strict=True))
_TRIVIAL = frozenset({Decimal(0), Decimal(1)})
"""Numbers that no statement need mention: nothing, and one."""
_DAYS = {
    "hour": (Decimal(1) / 24,),
    "week": (Decimal(7),),
    "month": (Decimal(30), Decimal("30.4375")),
    "year": (Decimal(365),),
}
"""The number of days in a unit of time; months are counted in either way."""
_INTERVALS = {
    "weekly": 7,
    "every week": 7,
    "fortnightly": 14,
    "every month": 30,
    "monthly": 30,
    "every year": 365,
}


def check_numbers(rulebook: Rulebook) -> list[Problem]:
    """Return a problem for each number that no claim it rests on mentions."""
    return [*_of_parameters(rulebook), *_of_affinities(rulebook)]


def _of_parameters(rulebook: Rulebook) -> Iterator[Problem]:
    """Yield a problem for each parameter whose newest value is not in its claim."""
    path = rulebook.root / "parameters.yaml"
    document = read_yaml(path, path.as_posix(), []) if rulebook.parameters else None
    if document is None:
        return
    for name, parameter in rulebook.parameters.items():
        value = parameter.values[-1].value
        statement = rulebook.evidence.claims[parameter.claim].statement
        if value not in _TRIVIAL and value not in _mentioned(statement, parameter.unit):
            shown = format_value(value, parameter.unit)
            message = f"the claim '{parameter.claim}' does not mention {shown}, which rests on it"
            at = pointer("parameters", name, "values", str(len(parameter.values) - 1), "value")
            yield document.problem(at, message, "number")


def _of_affinities(rulebook: Rulebook) -> Iterator[Problem]:
    """Yield a problem for each affinity that is in none of the claims of its target."""
    path = rulebook.root / "pharmacology.yaml"
    document = read_yaml(path, path.as_posix(), []) if rulebook.pharmacology.targets else None
    if document is None:
        return
    for name, target in rulebook.pharmacology.targets.items():
        statements = [rulebook.evidence.claims[claim].statement for claim in target.claims]
        mentioned = {number for statement in statements for number in _numbers(statement)}
        for index, affinity in enumerate(target.affinities):
            for key in ("low", "high"):
                if (value := getattr(affinity, key)) not in mentioned:
                    message = f"no claim of '{name}' mentions {value} {affinity.unit}"
                    at = pointer("targets", name, "affinities", str(index), key)
                    yield document.problem(at, message, "number")


def _numbers(text: str) -> set[Decimal]:
    numbers = {Decimal(number.replace(",", "")) for number in _NUMBER.findall(text)}
    words = re.findall(r"[a-z]+", text.casefold())
    return numbers | {_WORDS[word] for word in words if word in _WORDS}


def _mentioned(text: str, unit: str) -> set[Decimal]:
    """Return the numbers of a text in ``unit``; days also from weeks, months, years and hours."""
    numbers = _numbers(text)
    if unit != "d":
        return numbers
    lower = text.casefold()
    days = set(numbers)
    for word, lengths in _DAYS.items():
        if word in lower:
            days |= {Decimal(round(number * length)) for number in numbers for length in lengths}
    days |= {Decimal(length) for word, length in _INTERVALS.items() if word in lower}
    # At most 29 days is less than 30 days.
    return days | {day - 1 for day in days}
