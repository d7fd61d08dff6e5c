"""Facts in English: how a fact follows from a record, for ``cds rules show`` and the documentation."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from decimal import Decimal

from cds_engine.language.expressions import All, Any, Comparison, Expression, Not, resolve
from cds_engine.language.formulas import (
    FORMULA_TYPES,
    Binary,
    Call,
    Choice,
    Compare,
    Formula,
    Input,
    Negative,
    Number,
    Parameter,
    facts_in,
    parameters_in,
)
from cds_engine.language.queries import (
    Computed,
    FactName,
    HistoryValue,
    PatientValue,
    Query,
    Selection,
    facts_read,
    parameters_read,
)
from cds_engine.rulebook.fact_list import concepts_of
from cds_engine.rulebook.model import Fact, Rulebook
from cds_engine.rulebook.prose import lines
from cds_engine.rulebook.text import format_value

_ENTRIES = {
    "observation": "result",
    "drug": "course",
    "treatment": "treatment",
    "condition": "entry",
    "symptom": "entry",
}
_FLAGS = {
    ("active", True): "that continues",
    ("active", False): "that has ended",
    ("present", True): "that is present",
    ("present", False): "that is stated to be absent",
}
_GIVEN = {
    "value": "value",
    "ago": "age in days",
    "time": "time of day",
    "rank": "rank",
    "dose": "daily dose",
    "begun": "days since the start",
    "ended": "days since the end",
    "dose_changed": "days since the dose changed",
    "indication": "indication",
    "severity": "severity",
    "active": "state",
    "present": "presence",
}
_SUBJECTS = {
    "value": "with a value {}",
    "ago": "{} old",
    "time": "taken {} after midnight",
    "rank": "of rank {}",
    "dose": "with a daily dose {}",
    "begun": "that began {} ago",
    "ended": "that ended {} ago",
    "dose_changed": "whose dose changed {} ago",
}
_LIMITS = {
    "less_than": "less than",
    "at_most": "at most",
    "more_than": "more than",
    "at_least": "at least",
    "is": "exactly",
    "is_not": "other than",
}


def fact_page(rulebook: Rulebook, fact: Fact, as_of: datetime.date | None = None) -> str:
    """Return one fact in English with the numbers that hold on ``as_of`` (the latest if not given)."""
    return "\n".join(_page(rulebook, fact, as_of or datetime.date.max))


def _page(rulebook: Rulebook, fact: Fact, as_of: datetime.date) -> Iterator[str]:
    values = rulebook.values_at(as_of)
    kind = {"boolean": "true or false", "code": "a code", "number": f"a number in {fact.unit}"}[fact.kind]
    yield f"{fact.name}  {kind}"
    yield fact.title
    yield ""
    if fact.finding is not None:
        yield "Holds when"
        yield from (f"  - {line}" for line in lines(resolve(fact.finding, values), rulebook.facts_at(as_of)))
        return
    yield "Meaning"
    yield f"  {definition(rulebook, fact, values)}"
    if fact.question is not None:
        yield ""
        yield "Question"
        yield f"  {fact.question}"
    assert fact.derivation is not None
    parameters = parameters_read(fact.derivation)
    if parameters:
        yield ""
        yield "Numbers"
        for name in parameters:
            parameter = rulebook.parameters[name]
            yield f"  - {name} = {format_value(values[name], parameter.unit)} ({parameter.basis})"
    read = facts_read(fact.derivation)
    if read:
        yield ""
        yield "Uses"
        yield from (f"  - {name}: {rulebook.facts[name].title}" for name in read)
    if fact.evidence:
        yield ""
        yield "Evidence"
        yield from (f"  - {name}: {rulebook.evidence.claims[name].statement}" for name in fact.evidence)


def definition(rulebook: Rulebook, fact: Fact, values: Mapping[str, Decimal]) -> str:
    """Return how ``fact`` follows from a record, as one or two sentences."""
    return _Definition(rulebook, values).of(fact)


class _Definition:
    def __init__(self, rulebook: Rulebook, values: Mapping[str, Decimal]) -> None:
        self.rulebook = rulebook
        self.values = values

    def of(self, fact: Fact) -> str:
        match fact.derivation:
            case PatientValue("age_years"):
                return "The patient's age in completed years."
            case PatientValue(attribute):
                return f"The patient's {attribute}."
            case HistoryValue(name):
                return f"The number that the history states as '{name}'."
            case Computed(formula):
                return self.computed(fact, formula)
            case Query() as query:
                return self.query(query)
        raise AssertionError(f"{fact.name} is no derived fact")

    def computed(self, fact: Fact, formula: Formula) -> str:
        """Return a formula as it is declared, and what its names stand for."""
        named = fact.declared.get("with", {})
        assert isinstance(named, Mapping)
        names = {name: self.named(raw) for name, raw in named.items()}
        used = set(named.values()) if all(isinstance(raw, str) for raw in named.values()) else set()
        names |= {
            name: self.title(name) for name in facts_in(formula) if name not in used | self.inputs(named)
        }
        names |= {f"${name}": self.value(name) for name in parameters_in(formula)}
        where = "; ".join(f"{name} is {meaning}" for name, meaning in names.items())
        return f"{fact.declared['compute']}, in {fact.unit}, where {where}."

    def inputs(self, named: Mapping[str, object]) -> set[str]:
        """Return the facts that the names of a formula stand for."""
        found: set[str] = set()
        for raw in named.values():
            if isinstance(raw, Mapping):
                found |= {str(raw.get("fact", raw.get("case")))}
        return found

    def named(self, raw: object) -> str:
        match raw:
            case str() if raw.startswith("$"):
                return self.value(raw[1:])
            case str():
                return self.title(raw)
            case {"fact": str(name), "unit": str(unit)}:
                return f"{self.title(name)} in {unit}"
            case {"case": str(name), **choices}:
                chosen = ", ".join(f"{value} for {code}" for code, value in choices.items())
                return f"by {self.title(name)} {chosen}"
        raise AssertionError(f"no input of a formula: {raw!r}")

    def title(self, name: str) -> str:
        return self.rulebook.facts[name].title

    def query(self, query: Query) -> str:
        entry, about = _ENTRIES[query.of.kind], self.selected(query.of)
        noun = f"{entry} {about}{self.where(query.where)}"
        given = _GIVEN.get(query.give or "", "name")
        match query.take:
            case "any":
                text = f"Whether there is any {noun}"
            case "every":
                text = f"Whether every {entry} {about} is one{self.where(query.where)}"
            case "number":
                text = f"The number of entries that are a {noun}"
            case "sum":
                text = f"The sum of the {given} of every {noun}"
                if query.weights:
                    text += ", each multiplied by " + ", ".join(
                        f"{self.value(name)} for {member}" for member, name in query.weights
                    )
            case "mean":
                text = f"The mean {given} of every {noun}"
            case "only":
                text = f"The {given} of the {noun}, if all of them have the same one"
            case "lowest" | "highest":
                text = f"The {query.take} {given} of any {noun}"
            case "previous":
                text = f"The {given} of the latest {noun} but one"
            case _:
                text = f"The {given} of the {query.take} {noun}"
        if query.unstated is not None:
            text += f"; where it is not stated, {self.rulebook.facts[query.unstated].title}"
        if query.if_none is not None:
            text += f"; if there is none, {self.otherwise(query.if_none)}"
        return text + "."

    def otherwise(self, if_none: object) -> str:
        if isinstance(if_none, FactName):
            return self.rulebook.facts[if_none.name].title
        return format_value(if_none)  # type: ignore[arg-type]  # a value

    def selected(self, of: Selection) -> str:
        concepts, groups = concepts_of(of.kind, self.rulebook.terminology)
        titles = [str((concepts.get(name) or groups[name]).title) for name in of.named]
        word = {"drug": "of", "treatment": "with"}.get(of.kind, "for")
        text = f"{word} {' or '.join(titles)}"
        if of.gap is not None:
            text += f" (courses with gaps of at most {self.value(of.gap)} count as one)"
        return text

    def where(self, where: Expression | None) -> str:
        return "" if where is None else " " + self.phrase(where)

    def phrase(self, expression: Expression) -> str:
        match expression:
            case Comparison():
                return self.comparison(expression)
            case Not(child):
                return f"not ({self.phrase(child)})"
            case All((Comparison(name, "at_least"), Comparison(other, "at_most"))) if name == other:
                low, high = (self.limit(child) for child in expression.children)  # type: ignore[arg-type]
                return _SUBJECTS[name].format(f"from {low} to {high}")
            case All(children):
                return " and ".join(map(self.phrase, children))
            case Any(children):
                return "(" + " or ".join(map(self.phrase, children)) + ")"

    def comparison(self, leaf: Comparison) -> str:
        operand = leaf.operand
        if leaf.operator == "known":
            return f"whose {_GIVEN[leaf.fact]} is {'' if operand else 'not '}stated"
        if isinstance(operand, bool):
            return _FLAGS[(leaf.fact, operand is (leaf.operator == "is"))]
        if isinstance(operand, str | tuple):
            codes = operand if isinstance(operand, str) else " or ".join(operand)
            return f"whose {_GIVEN.get(leaf.fact, leaf.fact)} is {codes}"
        return _SUBJECTS[leaf.fact].format(f"{_LIMITS[leaf.operator]} {self.limit(leaf)}")

    def limit(self, leaf: Comparison) -> str:
        """Return what a comparison of numbers compares with."""
        if leaf.parameter is not None:
            return self.value(leaf.parameter)
        if isinstance(leaf.operand, FORMULA_TYPES):
            return self.formula(leaf.operand)
        assert isinstance(leaf.operand, Decimal)
        return format_value(leaf.operand)

    def value(self, parameter: str) -> str:
        return format_value(self.values[parameter], self.rulebook.parameters[parameter].unit)

    def formula(self, formula: Formula) -> str:
        """Return a formula with the titles of its facts and the values of its parameters."""
        match formula:
            case Number(value):
                return format_value(value)
            case Parameter(name):
                return self.value(name)
            case Input(name, unit):
                title = self.rulebook.facts[name].title
                return f"[{title} in {unit}]" if unit else f"[{title}]"
            case Binary(operator, left, right):
                return f"{self.operand(left)} {operator} {self.operand(right)}"
            case Negative(value):
                return f"-{self.operand(value)}"
            case Compare(operator, left, right):
                return f"({self.formula(left)} {operator} {self.formula(right)})"
            case Call(function, arguments):
                return f"{function}({', '.join(map(self.formula, arguments))})"
            case Choice(fact, values):
                choices = ", ".join(f"{code}: {self.formula(value)}" for code, value in values)
                return f"[by {self.rulebook.facts[fact].title}: {choices}]"

    def operand(self, formula: Formula) -> str:
        text = self.formula(formula)
        return f"({text})" if isinstance(formula, Binary) else text
