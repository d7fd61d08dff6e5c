"""Queries over the entries of a record: the small frozen classes here are the grammar of the fact language.

A query selects entries (``of``), filters them by an expression over their attributes (``where``), picks or
aggregates (``take``), and returns an attribute (``give``). The readers of this tree compute facts from charts
(:mod:`cds_engine.facts`) and from tables, prove statements about them, and describe them in English.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from cds_engine.language.expressions import Expression, Scalar, leaves
from cds_engine.language.formulas import FORMULA_TYPES, Formula, facts_in, parameters_in

Kind: TypeAlias = Literal["number", "boolean", "code"]
EntryKind: TypeAlias = Literal["observation", "drug", "treatment", "condition", "symptom"]
Section: TypeAlias = Literal["observations", "medications", "conditions", "symptoms"]
Take: TypeAlias = Literal[
    "latest",
    "previous",
    "earliest",
    "only",
    "lowest",
    "highest",
    "sum",
    "mean",
    "number",
    "any",
    "every",
]
ORDERING: tuple[Take, ...] = ("latest", "previous", "earliest")
"""Pick entries by their place in time."""
EXTREMES: tuple[Take, ...] = ("lowest", "highest")
COUNTING: tuple[Take, ...] = ("number", "any", "every")
"""Return no attribute of an entry."""

SECTIONS: Mapping[EntryKind, Section] = {
    "observation": "observations",
    "drug": "medications",
    "treatment": "medications",
    "condition": "conditions",
    "symptom": "symptoms",
}
SEVERITIES = ("mild", "moderate", "severe")
SEXES = ("female", "male", "other")
LONGEST = 40_000
"""The most days that lie between an entry and the evaluation, in proofs and in the domains of facts."""
MOST_ENTRIES = 5_000
OLDEST = 150


@dataclass(frozen=True, slots=True)
class Attribute:
    """What an attribute of an entry is; ``unit`` is None where the concept decides it."""

    kind: Kind
    unit: str | None = None
    codes: tuple[str, ...] = ()
    meaning: str = ""


_DAYS = "d"
_BEGUN = Attribute("number", _DAYS, meaning="days since it began")
_ENDED = Attribute("number", _DAYS, meaning="days since it ended; unknown unless it ended")
_NAME = Attribute("code", meaning="the concept's name")

ATTRIBUTES: Mapping[EntryKind, Mapping[str, Attribute]] = {
    "observation": {
        "value": Attribute("number", meaning="the result in the concept's unit"),
        "ago": Attribute("number", _DAYS, meaning="days before the evaluation"),
        "rank": Attribute("number", "1", meaning="0 for the latest day with a result, 1 for the one before"),
        "time": Attribute("number", "h", meaning="hours after midnight, as written"),
        "observation": _NAME,
    },
    "drug": {
        "active": Attribute("boolean", meaning="whether it is being taken"),
        "dose": Attribute("number", meaning="the daily dose in the rulebook's unit"),
        "begun": _BEGUN,
        "ended": _ENDED,
        "indication": Attribute("code", meaning="what it is taken for"),
        "drug": _NAME,
    },
    "treatment": {
        "active": Attribute("boolean", meaning="whether it continues"),
        "begun": _BEGUN,
        "ended": _ENDED,
        "dose_changed": Attribute("number", _DAYS, meaning="days since the daily dose last changed"),
    },
    "condition": {
        "present": Attribute("boolean", meaning="whether the patient has it"),
        "begun": _BEGUN,
        "ended": _ENDED,
        "condition": _NAME,
    },
    "symptom": {
        "present": Attribute("boolean", meaning="whether the patient has it"),
        "severity": Attribute("code", codes=SEVERITIES, meaning="mild, moderate or severe"),
        "symptom": _NAME,
    },
}
ORDER: Mapping[EntryKind, str] = {
    "observation": "ago",
    "drug": "begun",
    "treatment": "begun",
    "condition": "begun",
}
"""The attribute by which entries are earlier or later: fewer days ago is later. Symptoms have no dates."""
PATIENT_ATTRIBUTES: Mapping[str, Attribute] = {
    "age_years": Attribute("number", "a", meaning="completed years of age"),
    "sex": Attribute("code", codes=SEXES, meaning="administrative sex"),
}


@dataclass(frozen=True, slots=True)
class Selection:
    """Entries of one kind that name one of ``members``; ``named`` is how the rulebook writes them.

    ``gap`` joins courses into a treatment: it is the parameter with the most days between two of them.
    """

    kind: EntryKind
    named: tuple[str, ...]
    members: tuple[str, ...]
    gap: str | None = None

    @property
    def section(self) -> Section:
        """The section of the record that has these entries."""
        return SECTIONS[self.kind]


@dataclass(frozen=True, slots=True)
class PatientValue:
    """An attribute of the patient."""

    attribute: str


@dataclass(frozen=True, slots=True)
class HistoryValue:
    """A field of the record's history."""

    name: str


@dataclass(frozen=True, slots=True)
class FactName:
    """The name of another fact."""

    name: str


@dataclass(frozen=True, slots=True)
class Query:
    """A question about the entries of a record.

    ``if_none`` (a value, or a fact's name as :class:`FactName`) is the answer if certainly no entry counts.
    ``unstated`` is the fact that stands in for ``give`` in entries that do not state it. ``weights`` are the
    parameters by which each member's values are multiplied in a sum.
    """

    of: Selection
    where: Expression | None
    take: Take
    give: str | None
    if_none: Scalar | FactName | None = None
    unstated: str | None = None
    weights: tuple[tuple[str, str], ...] = ()
    pointer: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Computed:
    """A formula over other facts."""

    formula: Formula
    pointer: str = field(default="", compare=False)


Derivation: TypeAlias = PatientValue | HistoryValue | Query | Computed


def unclear(attribute: str) -> str:
    """Return the name under which an entry says that it states an attribute, but not understandably.

    Nothing may stand in for what is stated: the fact ``unstated`` of a query does not.
    """
    return f"{attribute} unclear"


def operand_formulas(where: Expression | None) -> Iterator[Formula]:
    """Yield the formulas that the comparisons of a filter compare with."""
    for leaf in leaves(where) if where is not None else ():
        if isinstance(leaf.operand, FORMULA_TYPES):
            yield leaf.operand


def facts_read(derivation: Derivation) -> list[str]:
    """Return the other facts that a derivation reads, each once."""
    match derivation:
        case Computed(formula):
            return facts_in(formula)
        case Query():
            found = [name for formula in operand_formulas(derivation.where) for name in facts_in(formula)]
            if isinstance(derivation.if_none, FactName):
                found.append(derivation.if_none.name)
            if derivation.unstated is not None:
                found.append(derivation.unstated)
            return list(dict.fromkeys(found))
    return []


def parameters_read(derivation: Derivation) -> list[str]:
    """Return the parameters that a derivation reads, each once."""
    match derivation:
        case Computed(formula):
            return parameters_in(formula)
        case Query():
            found = [
                name for formula in operand_formulas(derivation.where) for name in parameters_in(formula)
            ]
            where = leaves(derivation.where) if derivation.where is not None else ()
            found += [leaf.parameter for leaf in where if leaf.parameter is not None]
            found += [parameter for _, parameter in derivation.weights]
            if derivation.of.gap is not None:
                found.append(derivation.of.gap)
            return list(dict.fromkeys(found))
    return []


def attributes_read(derivation: Derivation) -> set[str]:
    """Return the attributes of entries that a derivation asks for, in its filter or as its answer."""
    if not isinstance(derivation, Query):
        return set()
    asked = {leaf.fact for leaf in leaves(derivation.where)} if derivation.where is not None else set()
    return asked | ({derivation.give} if derivation.give is not None else set())
