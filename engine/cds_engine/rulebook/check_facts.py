"""Checks of facts that need the whole rulebook: names, kinds, units, cycles and pointless queries."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from graphlib import CycleError, TopologicalSorter

from cds_engine.errors import nearest
from cds_engine.language.expressions import ORDERED, Comparison, leaves
from cds_engine.language.formulas import (
    FORMULA_TYPES,
    INVALID,
    Binary,
    Call,
    Choice,
    Formula,
    Input,
    Negative,
    Number,
    Parameter,
    nodes,
)
from cds_engine.language.queries import (
    ATTRIBUTES,
    COUNTING,
    EXTREMES,
    LONGEST,
    ORDER,
    ORDERING,
    PATIENT_ATTRIBUTES,
    Attribute,
    Computed,
    FactName,
    HistoryValue,
    PatientValue,
    Query,
    facts_read,
)
from cds_engine.quantities.numbers import plain
from cds_engine.rulebook.model import Fact, Rulebook

Found = tuple[str, str, str]
"""JSON pointer in facts.yaml, message and code of a problem."""
_NUMERIC = frozenset({"sum", "mean"})


def check_facts(book: Rulebook) -> Iterator[Found]:
    """Yield what is wrong with the facts of ``book``."""
    for fact in book.facts.values():
        match fact.derivation:
            case Query() as query:
                yield from _QueryCheck(book, fact, query).problems()
            case Computed(formula):
                yield from _check_formula(book, fact, formula, f"{fact.place}/compute")
            case PatientValue(attribute) if attribute not in PATIENT_ATTRIBUTES:
                hint = nearest(attribute, PATIENT_ATTRIBUTES)
                known = ", ".join(PATIENT_ATTRIBUTES)
                yield (
                    fact.place + "/give",
                    f"unknown attribute '{attribute}' of the patient{hint}; expected one of {known}",
                    "unknown-attribute",
                )
        yield from _check_domain(fact)
    yield from _cycles(book)


def _check_domain(fact: Fact) -> Iterator[Found]:
    """Yield a problem if the domain of a number is neither stated nor implied by its query."""
    match fact.derivation:
        case Query(of=of, take=take, give=give):
            implied = take != "mean" or not of.members or give not in ATTRIBUTES[of.kind]
        case Computed() | HistoryValue():
            implied = False
        case _:
            implied = True
    missing = [
        name
        for name, absent in (
            ("unit", fact.unit is None),
            ("minimum and maximum", fact.minimum == fact.maximum),
        )
        if absent
    ]
    if missing and not implied:
        needed = " and ".join(missing)
        yield fact.place, f"'{fact.name}' is a number: state its {needed}", "missing-key"


def _cycles(book: Rulebook) -> Iterator[Found]:
    """Yield a problem if some fact is derived from itself."""
    graph = {
        name: [other for other in facts_read(fact.derivation) if other in book.facts]
        for name, fact in book.facts.items()
        if fact.derivation is not None
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        yield book.facts[circle[0]].place, f"circular fact: {' > '.join(circle)}", "cycle"


class _QueryCheck:
    """The problems of one query."""

    def __init__(self, book: Rulebook, fact: Fact, query: Query) -> None:
        self.book = book
        self.fact = fact
        self.query = query
        self.at = fact.place
        self.attributes = ATTRIBUTES[query.of.kind]

    def problems(self) -> Iterator[Found]:
        yield from self.give()
        yield from self.where()
        yield from self.fallbacks()
        yield from self.weights()
        if self.query.of.gap is not None:
            yield from _days(self.book, self.query.of.gap, f"{self.at}/of/gap")

    def give(self) -> Iterator[Found]:
        query, kind, take, give = self.query, self.query.of.kind, self.query.take, self.query.give
        if take in COUNTING:
            if give is not None:
                yield self.at + "/give", f"'take: {take}' gives no attribute: leave out 'give'", "misuse"
            if take == "every" and query.where is None:
                yield self.at + "/take", "'take: every' needs 'where': what holds for every entry", "misuse"
            return
        if give is None:
            yield self.at, f"'take: {take}' needs 'give', one of {', '.join(self.attributes)}", "missing-key"
            return
        attribute = self.attributes.get(give)
        if attribute is None:
            yield self.at + "/give", self._unknown(give), "unknown-attribute"
            return
        if give == "value" and len(query.of.members) > 1 and not self._one_unit():
            named = ", ".join(query.of.named)
            message = f"'{named}' has members in different units; 'give: value' needs a single observation"
            yield self.at + "/give", message, "misuse"
        numeric = attribute.kind == "number"
        if take in _NUMERIC and not numeric:
            yield self.at + "/take", f"'take: {take}' needs a number, but '{give}' is no number", "misuse"
        if take in EXTREMES and not (numeric or give == "severity"):
            yield (
                self.at + "/take",
                f"'take: {take}' needs values with an order, but '{give}' has none",
                "misuse",
            )
        if take in ORDERING and kind not in ORDER:
            yield self.at + "/take", f"'take: {take}' needs entries with dates; a {kind} has none", "misuse"

    def _one_unit(self) -> bool:
        observations = self.book.terminology.observations
        return len({observations[name].unit for name in self.query.of.members}) == 1

    def _unknown(self, name: str) -> str:
        hint = nearest(name, self.attributes)
        known = ", ".join(self.attributes)
        return f"unknown attribute '{name}' of the {self.query.of.kind}{hint}; expected one of {known}"

    def where(self) -> Iterator[Found]:
        for leaf in leaves(self.query.where) if self.query.where is not None else ():
            attribute = self.attributes.get(leaf.fact)
            if attribute is None:
                yield (
                    leaf.pointer.rpartition("/")[0].removesuffix("/between"),
                    self._unknown(leaf.fact),
                    "unknown-attribute",
                )
                continue
            yield from self.comparison(leaf, attribute)

    def comparison(self, leaf: Comparison, attribute: Attribute) -> Iterator[Found]:
        operand, at = leaf.operand, leaf.pointer
        if leaf.operator == "known" or (operand is None and leaf.parameter is None):
            return
        if attribute.kind == "boolean":
            if not (leaf.operator in ("is", "is_not") and isinstance(operand, bool)):
                yield at, f"'{leaf.fact}' is true or false: use 'is: true' or 'is: false'", "misfit"
        elif attribute.kind == "code":
            yield from self.codes(leaf, attribute)
        elif leaf.parameter is not None:
            yield from self._parameter(leaf.parameter, self._unit(leaf.fact, attribute), at)
        elif isinstance(operand, FORMULA_TYPES):
            yield from _check_formula(self.book, self.fact, operand, at, self._unit(leaf.fact, attribute))
        elif isinstance(operand, Decimal):
            if leaf.fact != "rank":
                message = f"found the number {plain(operand)}; define it in parameters.yaml and write $name"
                yield at, message, "misfit"
        else:
            yield at, f"'{leaf.fact}' is a number: compare it with a $parameter or a formula", "misfit"

    def codes(self, leaf: Comparison, attribute: Attribute) -> Iterator[Found]:
        codes = leaf.operand if isinstance(leaf.operand, tuple) else (leaf.operand,)
        if leaf.operator in ORDERED or not all(isinstance(code, str) for code in codes):
            message = f"'{leaf.fact}' is a code: use 'is', 'is_not' or 'one_of' with codes"
            yield leaf.pointer, message, "misfit"
            return
        valid = self._codes(leaf.fact, attribute)
        for code in codes:
            if code not in valid:
                hint = nearest(str(code), valid)
                yield leaf.pointer, f"unknown code '{code}' for '{leaf.fact}'{hint}", "misfit"

    def _codes(self, name: str, attribute: Attribute) -> tuple[str, ...]:
        if name == "indication":
            return tuple(self.book.terminology.conditions)
        return self.query.of.members if name == self.query.of.kind else attribute.codes

    def _unit(self, name: str, attribute: Attribute) -> str | None:
        if name == "dose":
            return self.book.terminology.dose.unit
        if name == "value" and self._one_unit() and self.query.of.members:
            return self.book.terminology.observations[self.query.of.members[0]].unit
        return attribute.unit

    def _parameter(self, name: str, unit: str | None, at: str) -> Iterator[Found]:
        parameter = self.book.parameters.get(name)
        if parameter is None:
            yield at, f"unknown parameter '{name}'{nearest(name, self.book.parameters)}", "unknown-parameter"
        elif unit is None:
            yield at, "members in different units cannot be compared with one parameter", "misfit"
        elif parameter.unit != unit:
            yield at, f"parameter '{name}' is in {parameter.unit}, but {unit} is needed here", "misfit"
        elif unit == "d":
            yield from _days(self.book, name, at)

    def fallbacks(self) -> Iterator[Found]:
        query = self.query
        if query.if_none is not None and query.take in ("any", "number"):
            message = f"'take: {query.take}' has an answer where nothing counts: leave out 'if_none'"
            yield self.at + "/if_none", message, "misuse"
        if query.unstated is not None and query.take != "only":
            yield self.at + "/unstated", "'unstated' goes with 'take: only'", "misuse"
        for key, value in (("if_none", query.if_none), ("unstated", query.unstated)):
            if isinstance(value, FactName | str):
                name = value.name if isinstance(value, FactName) else value
                yield from self._same(f"{self.at}/{key}", name)

    def _same(self, at: str, name: str) -> Iterator[Found]:
        other = self.book.facts.get(name)
        if other is None:
            yield at, f"unknown fact '{name}'{nearest(name, self.book.facts)}", "unknown-fact"
        elif other.finding is not None:
            yield at, f"'{name}' is a finding; a fact can only use other facts", "misuse"
        elif (other.kind, other.unit) != (self.fact.kind, self.fact.unit):
            wanted, found = (f"a {f.kind}{f' in {f.unit}' if f.unit else ''}" for f in (self.fact, other))
            yield at, f"'{name}' is {found}, but {wanted} is needed here", "misfit"

    def weights(self) -> Iterator[Found]:
        query = self.query
        if not query.weights:
            return
        if query.take != "sum":
            yield self.at + "/weights", "'weights' goes with 'take: sum'", "misuse"
        weighted = dict(query.weights)
        for member in query.of.members:
            if member not in weighted:
                yield self.at + "/weights", f"'{member}' has no weight", "missing-key"
        for member, name in query.weights:
            at = f"{self.at}/weights/{member}"
            if member not in query.of.members:
                hint = nearest(member, query.of.members)
                yield at, f"'{member}' is not among the selected entries{hint}", "unknown-concept"
            if name not in self.book.parameters:
                yield (
                    at,
                    f"unknown parameter '{name}'{nearest(name, self.book.parameters)}",
                    "unknown-parameter",
                )


def _check_formula(
    book: Rulebook, fact: Fact, formula: Formula, at: str, unit: str | None = None
) -> Iterator[Found]:
    """Yield what is wrong with the names in a formula, and with its unit if that must be ``unit``."""
    for part in nodes(formula):
        match part:
            case Input(name) | Choice(name):
                other = book.facts.get(name)
                if other is None:
                    yield at, f"unknown fact '{name}'{nearest(name, book.facts)}", "unknown-fact"
                elif other.finding is not None:
                    yield at, f"'{name}' is a finding; a fact can only use other facts", "misuse"
                elif isinstance(part, Choice):
                    yield from _choice(part, other, at)
                elif other.kind == "code":
                    yield at, f"'{name}' is a code; choose a number by it with 'case'", "misfit"
            case Parameter(name) if name not in book.parameters:
                yield at, f"unknown parameter '{name}'{nearest(name, book.parameters)}", "unknown-parameter"
    if unit is not None and (found := _unit_of(book, formula)) not in (None, unit):
        yield at, f"the formula is in {found}, but {unit} is needed here", "misfit"
    parts = list(nodes(formula))
    if unit is None and INVALID not in parts and not any(isinstance(part, Input | Choice) for part in parts):
        yield at, f"'{fact.name}' reads no fact", "misuse"


def _choice(choice: Choice, fact: Fact, at: str) -> Iterator[Found]:
    if fact.kind != "code":
        yield at, f"'{fact.name}' is no code; 'case' chooses by a code", "misfit"
        return
    for code, _ in choice.values:
        if code not in fact.codes:
            yield at, f"unknown code '{code}' for '{fact.name}'{nearest(code, fact.codes)}", "misfit"


def _unit_of(book: Rulebook, formula: Formula) -> str | None:
    """Return the one unit in which all terms of a formula are; None where there is none or several."""
    match formula:
        case Input(name, unit):
            return unit or (book.facts[name].unit if name in book.facts else None)
        case Parameter(name):
            return book.parameters[name].unit if name in book.parameters else None
        case Negative(value):
            return _unit_of(book, value)
        case Binary("+" | "-", left, right):
            units = {_unit_of(book, left), _unit_of(book, right)} - {None}
            return units.pop() if len(units) == 1 else "several units" if units else None
        case Binary("*", left, right):
            return _unit_of(book, left) if isinstance(right, Number) else _unit_of(book, right)
        case Binary("/", left, Number()):
            return _unit_of(book, left)
        case Call("min" | "max", arguments):
            units = {_unit_of(book, argument) for argument in arguments} - {None}
            return units.pop() if len(units) == 1 else "several units" if units else None
    return None


def _days(book: Rulebook, name: str, at: str) -> Iterator[Found]:
    """Yield a problem unless the values of parameter ``name`` are whole days."""
    parameter = book.parameters.get(name)
    if parameter is None:
        yield at, f"unknown parameter '{name}'{nearest(name, book.parameters)}", "unknown-parameter"
    elif parameter.unit != "d":
        yield at, f"parameter '{name}' is in {parameter.unit}, but days (d) are needed here", "misfit"
    elif not all(
        0 <= dated.value <= LONGEST and dated.value == dated.value.to_integral_value()
        for dated in parameter.values
    ):
        yield at, f"parameter '{name}' must be a whole number of days from 0 to {LONGEST}", "misfit"
