"""The condition trees as a durable-rules definition: the reader that decides what fires.

Conditions are put into negation normal form, so that a comparison with an unknown fact, which the network
never matches, makes exactly those rules silent that are not true in Kleene's logic. The facts of a record
travel in one fact of the network; a finding is asserted, while the network runs, by a rule of its own for
each truth value that some condition asks for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from engine.durable import MAX_PROPERTIES, RECORD, Definition, Network, Property
from engine.errors import EngineError
from engine.logic import Facts
from engine.rulebook.tree import COMPLEMENT, All, Any, Comparison, Condition, Not, Scalar, leaves

MAX_ALTERNATIVES = 64
_ALPHA = {"less_than": "$lt", "at_most": "$lte", "more_than": "$gt", "at_least": "$gte", "is_not": "$neq"}


@dataclass(frozen=True, slots=True)
class _Product:
    """One way for a condition to hold: patterns on the record's fact, and findings that must be asserted."""

    record: tuple[Definition, ...] = ()
    findings: frozenset[tuple[str, bool]] = frozenset()

    def __and__(self, other: _Product) -> _Product:
        return _Product(self.record + other.record, self.findings | other.findings)


class Rete:
    """Rules and findings compiled into one network; safe to call from many threads.

    Raises:
        EngineError: where a condition has too many alternatives, or more facts are named than one fact of
            the network can safely hold.
    """

    def __init__(self, rules: Mapping[str, Condition], findings: Mapping[str, Condition]) -> None:
        self._findings = findings
        conditions = [*rules.values(), *findings.values()]
        asked = sorted({leaf.fact for condition in conditions for leaf in leaves(condition)} - set(findings))
        if len(asked) > MAX_PROPERTIES:
            raise EngineError(
                f"the rules ask about {len(asked)} facts; at most {MAX_PROPERTIES} are possible"
            )
        self._properties = {fact: f"f{index}" for index, fact in enumerate(asked)}
        self._asked_known = {
            leaf.fact: f"k{self._properties[leaf.fact][1:]}"
            for condition in conditions
            for leaf in leaves(condition)
            if leaf.operator == "known"
        }
        self._assertions = {fact: f"x{index}" for index, fact in enumerate(sorted(findings))}
        self._codes: dict[str, int] = {}
        self._rule_of: dict[str, str] = {}
        self._finding_of: dict[str, dict[str, int]] = {}
        self._network = Network(self._definition(rules))

    def fired(self, facts: Facts) -> frozenset[str]:
        """Return the rules that fire for ``facts``; what is not in the mapping is unknown."""
        properties: dict[str, Property] = {}
        for fact, name in self._properties.items():
            value = facts.get(fact)
            if value is True or value is False:
                properties[name] = int(value)
            elif value is not None:
                properties[name] = self._encode(value)
        for fact, name in self._asked_known.items():
            properties[name] = int(fact in facts)
        names = self._network.run(properties, self._consequences)
        return frozenset(self._rule_of[name] for name in names if name in self._rule_of)

    def _consequences(self, name: str) -> Iterable[Mapping[str, int]]:
        finding = self._finding_of.get(name)
        return () if finding is None else (finding,)

    def _encode(self, value: Scalar | None) -> Property:
        """Only numbers enter the network: true is 1, false 0, a code its own number, any other code -1."""
        match value:
            case bool():
                return int(value)
            case str():
                return self._codes.get(value, -1)
            case Decimal():
                return value
        raise EngineError(f"a comparison without a value: {value!r}")

    def _definition(self, rules: Mapping[str, Condition]) -> dict[str, list[Definition]]:
        definition: dict[str, list[Definition]] = {}
        for index, (rule, condition) in enumerate(rules.items()):
            for alternative, product in enumerate(self._products(_negation_normal(condition))):
                name = f"r{index}a{alternative}"
                self._rule_of[name] = rule
                definition[name] = self._patterns(product)
        pending = sorted(self._asked_findings(rules.values()))
        written: set[tuple[str, bool]] = set()
        while pending:
            finding, wanted = pending.pop()
            if (finding, wanted) in written:
                continue
            written.add((finding, wanted))
            assertion = self._assertions[finding]
            normal = _negation_normal(self._findings[finding], negated=not wanted)
            for alternative, product in enumerate(self._products(normal)):
                name = f"{assertion}{'t' if wanted else 'f'}{alternative}"
                self._finding_of[name] = {assertion: int(wanted)}
                definition[name] = self._patterns(product)
            pending += sorted(self._asked_findings([normal]))
        return definition

    def _asked_findings(self, conditions: Iterable[Condition]) -> set[tuple[str, bool]]:
        """Return the findings, each with the truth value, that some condition asks for."""
        return {
            (leaf.fact, leaf.operand is (leaf.operator == "is"))
            for condition in conditions
            for leaf in leaves(_negation_normal(condition))
            if leaf.fact in self._findings
        }

    def _patterns(self, product: _Product) -> list[Definition]:
        record = product.record if product.record or product.findings else (RECORD,)
        patterns: list[Definition] = []
        if record:
            patterns.append(record[0] if len(record) == 1 else {"$and": list(record)})
        for finding, wanted in sorted(product.findings):
            patterns.append({self._assertions[finding]: int(wanted)})
        return patterns

    def _products(self, condition: Condition) -> list[_Product]:
        """Return the alternatives of a condition in negation normal form."""
        match condition:
            case Comparison() if condition.fact in self._findings:
                wanted = condition.operand is (condition.operator == "is")
                return [_Product(findings=frozenset({(condition.fact, wanted)}))]
            case Comparison():
                return [_Product((self._pattern(condition),))]
            case All(children):
                products = [_Product()]
                for child in children:
                    options = self._products(child)
                    products = [left & right for left in products for right in options]
                    _bound(products)
                return products
            case Any(children):
                options = [product for child in children for product in self._products(child)]
                return _bound(_join(options))
        raise AssertionError("negation normal form has no 'not'")

    def _pattern(self, leaf: Comparison) -> Definition:
        name = self._properties[leaf.fact]
        match leaf.operator:
            case "known":
                return {self._asked_known[leaf.fact]: int(bool(leaf.operand))}
            case "one_of":
                assert isinstance(leaf.operand, tuple)
                return {"$or": [{name: self._code(code)} for code in leaf.operand]}
            case "is":
                return {name: self._operand(leaf)}
            case "is_not":
                return {"$neq": {name: self._operand(leaf)}}
            case operator:
                return {_ALPHA[operator]: {name: self._operand(leaf)}}

    def _operand(self, leaf: Comparison) -> Property:
        assert not isinstance(leaf.operand, tuple)
        return self._code(leaf.operand) if isinstance(leaf.operand, str) else self._encode(leaf.operand)

    def _code(self, code: str) -> int:
        return self._codes.setdefault(code, len(self._codes))


def _join(options: list[_Product]) -> list[_Product]:
    """Fold the alternatives that need no finding into one pattern; the network reads ``$or`` itself."""
    plain = [product for product in options if not product.findings]
    if len(plain) < 2 or not all(product.record for product in plain):
        return options
    branches = [p.record[0] if len(p.record) == 1 else {"$and": list(p.record)} for p in plain]
    return [_Product(({"$or": branches},)), *(product for product in options if product.findings)]


def _bound(products: list[_Product]) -> list[_Product]:
    if len(products) > MAX_ALTERNATIVES:
        raise EngineError(f"a condition has over {MAX_ALTERNATIVES} alternatives; write some as a finding")
    return products


def _negation_normal(condition: Condition, negated: bool = False) -> Condition:
    """Push every ``not`` down to the comparisons, and each of these into its complement."""
    match condition:
        case Not(child):
            return _negation_normal(child, not negated)
        case All(children) | Any(children):
            normal = tuple(_negation_normal(child, negated) for child in children)
            return All(normal) if isinstance(condition, All) is not negated else Any(normal)
        case Comparison(operator="known", fact=fact, operand=operand):
            return Comparison(fact, "known", operand is not negated)
        case Comparison(operator="one_of", fact=fact, operand=operand):
            assert isinstance(operand, tuple)
            if not negated:
                return condition
            return All(tuple(Comparison(fact, "is_not", code) for code in operand))
        case Comparison(fact, operator, operand):
            return Comparison(fact, COMPLEMENT[operator], operand) if negated else condition
