"""The condition trees as a durable-rules definition: the reader that decides what fires.

Conditions are put into negation normal form, so that a comparison with an unknown fact, which the network
never matches, makes exactly those rules silent that are not true in Kleene's logic. The facts of a record
travel in one fact of the network. A finding that is a plain conjunction stands in the conditions that ask
for it; any other is asserted, while the network runs, by a rule of its own for each truth value that some
condition asks for. What no pattern could match is not sent at all: most of a record says what is absent, and
the network is the faster the smaller the fact, and the fewer the facts that it has to join.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from cds_engine.errors import EngineError
from cds_engine.inference.durable import (
    MAX_PROPERTIES,
    RECORD,
    Definition,
    EncodedProperty,
    Network,
    Property,
    encode_property,
)
from cds_engine.language.expressions import COMPLEMENT, All, Any, Comparison, Expression, Not, Scalar, leaves
from cds_engine.language.kleene import Facts

MAX_ALTERNATIVES = 64
_ALPHA = {"less_than": "$lt", "at_most": "$lte", "more_than": "$gt", "at_least": "$gte", "is_not": "$neq"}


@dataclass(frozen=True, slots=True)
class _Product:
    """One way for a condition to hold: patterns on the record's fact, and findings that must be asserted."""

    record: tuple[Definition, ...] = ()
    findings: frozenset[tuple[str, bool]] = frozenset()

    @property
    def is_plain(self) -> bool:
        """Whether no pattern holds alternatives of its own."""
        return not any("$or" in pattern for pattern in self.record)

    def __and__(self, other: _Product) -> _Product:
        return _Product(self.record + other.record, self.findings | other.findings)


class Rete:
    """Rules and findings compiled into one network; safe to call from many threads.

    Raises:
        EngineError: where a condition has too many alternatives, or more facts are named than one fact of
            the network can safely hold.
    """

    def __init__(self, rules: Mapping[str, Expression], findings: Mapping[str, Expression]) -> None:
        self._findings = findings
        conditions = [*rules.values(), *findings.values()]
        asked = sorted({leaf.fact for condition in conditions for leaf in leaves(condition)} - set(findings))
        if len(asked) > MAX_PROPERTIES:
            raise EngineError(
                f"the rules ask about {len(asked)} facts; at most {MAX_PROPERTIES} are possible"
            )
        self.names = {fact: f"f{index}" for index, fact in enumerate(asked)}
        self._asked_known = {
            leaf.fact: f"k{self.names[leaf.fact][1:]}"
            for condition in conditions
            for leaf in leaves(condition)
            if leaf.operator == "known"
        }
        self._assertions = {fact: f"x{index}" for index, fact in enumerate(sorted(findings))}
        self._codes: dict[str, int] = {}
        self._equal: dict[str, dict[Scalar | None, Property]] = {}
        self._ordered: set[str] = set()
        self._rule_of: dict[str, str] = {}
        self._finding_of: dict[str, tuple[EncodedProperty, ...]] = {}
        self.network = Network(self._definition(rules))
        sent = {
            fact: {value: encode_property(self.names[fact], encoded) for value, encoded in values.items()}
            for fact, values in self._equal.items()
            if fact not in self._ordered  # what is held against a threshold is sent whatever it is
        }
        # Most facts are matched only where they are true, which few of them are. (A number 1 equals True.)
        flags = {fact for fact, values in sent.items() if [*map(type, values)] == [bool] and True in values}
        self._flags = [(fact, sent[fact][True]) for fact in flags]
        self._matched = [(fact, values) for fact, values in sent.items() if fact not in flags]
        self._measured = [(fact, self.names[fact]) for fact in self._ordered]

    def fired(self, facts: Facts) -> frozenset[str]:
        """Return the rules that fire for ``facts``; what is not in the mapping is unknown."""
        return self.rules_behind(self.network.run(self.properties(facts), self.consequences))

    def properties(self, facts: Facts) -> list[EncodedProperty]:
        """Return the properties of the network's fact for ``facts``: those that some pattern could match."""
        properties = [flag for fact, flag in self._flags if facts.get(fact)]
        for fact, values in self._matched:
            found = values.get(facts.get(fact))
            if found is not None:
                properties.append(found)
        for fact, name in self._measured:
            value = facts.get(fact)
            if value is not None:
                properties.append(encode_property(name, self._encode(value)))
        properties += [encode_property(name, int(fact in facts)) for fact, name in self._asked_known.items()]
        return properties

    def consequences(self, name: str) -> tuple[EncodedProperty, ...]:
        """Return the findings to assert when the network's rule ``name`` fires."""
        return self._finding_of.get(name, ())

    def rules_behind(self, names: Iterable[str]) -> frozenset[str]:
        """Return the rules that the network's rules ``names`` stand for."""
        return frozenset(self._rule_of[name] for name in names if name in self._rule_of)

    def _encode(self, value: Scalar | None) -> Property:
        """Only numbers enter the network: true is 1, false 0, a code its own number, any other code -1."""
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, Decimal):
            return value
        if isinstance(value, str):
            return self._codes.get(value, -1)
        raise EngineError(f"a comparison without a value: {value!r}")

    def _definition(self, rules: Mapping[str, Expression]) -> dict[str, list[Definition]]:
        definition: dict[str, list[Definition]] = {}
        pending: list[tuple[str, bool]] = []
        for index, (rule, condition) in enumerate(rules.items()):
            for alternative, product in enumerate(self._products(negation_normal(condition))):
                name = f"r{index}a{alternative}"
                self._rule_of[name] = rule
                definition[name] = self._patterns(product)
                pending += sorted(product.findings)
        defined: set[tuple[str, bool]] = set()
        while pending:
            finding, wanted = pending.pop()
            if (finding, wanted) in defined:
                continue
            defined.add((finding, wanted))
            assertion = self._assertions[finding]
            for alternative, product in enumerate(self._ways(finding, wanted)):
                name = f"{assertion}{'t' if wanted else 'f'}{alternative}"
                self._finding_of[name] = (encode_property(assertion, int(wanted)),)
                definition[name] = self._patterns(product)
                pending += sorted(product.findings)
        return definition

    def _ways(self, finding: str, wanted: bool) -> list[_Product]:
        """Return the alternatives of a finding's being ``wanted``."""
        return self._products(negation_normal(self._findings[finding], negated=not wanted))

    def _patterns(self, product: _Product) -> list[Definition]:
        record = product.record if product.record or product.findings else (RECORD,)
        patterns: list[Definition] = []
        if record:
            patterns.append(record[0] if len(record) == 1 else {"$and": list(record)})
        for finding, wanted in sorted(product.findings):
            patterns.append({self._assertions[finding]: int(wanted)})
        return patterns

    def _products(self, condition: Expression) -> list[_Product]:
        """Return the alternatives of a condition in negation normal form."""
        match condition:
            case Comparison() if condition.fact in self._findings:
                wanted = condition.operand is (condition.operator == "is")
                ways = self._ways(condition.fact, wanted)
                if len(ways) == 1 and ways[0].is_plain:
                    return ways
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
        match leaf.operator, leaf.operand:
            case "known", wanted:
                return {self._asked_known[leaf.fact]: int(bool(wanted))}
            case "one_of", tuple(codes):
                return {"$or": [self._equals(leaf.fact, code) for code in codes]}
            case ("is" | "is_not") as operator, bool(value):
                return self._equals(leaf.fact, value is (operator == "is"))
            case "is", str() | Decimal() as value:
                return self._equals(leaf.fact, value)
            case operator, str() | Decimal() as value:
                self._ordered.add(leaf.fact)
                return {_ALPHA[operator]: {self.names[leaf.fact]: self._operand(value)}}
            case operator, value:
                raise EngineError(f"a comparison '{operator}' without a value: {value!r}")

    def _equals(self, fact: str, value: Scalar | None) -> Definition:
        """Return the pattern for one value of a fact, and note that this value must be sent."""
        encoded = self._equal.setdefault(fact, {})[value] = self._operand(value)
        return {self.names[fact]: encoded}

    def _operand(self, value: Scalar | tuple[str, ...] | None) -> Property:
        assert not isinstance(value, tuple)
        return self._code(value) if isinstance(value, str) else self._encode(value)

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


def negation_normal(condition: Expression, negated: bool = False) -> Expression:
    """Push every ``not`` down to the comparisons, and each of these into its complement."""
    match condition:
        case Not(child):
            return negation_normal(child, not negated)
        case All(children) | Any(children):
            normal = tuple(negation_normal(child, negated) for child in children)
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
