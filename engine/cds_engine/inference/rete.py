"""Expressions as a durable-rules definition: the Rete network that decides which rules fire.

Expressions are put into negation normal form. The network never matches a comparison with an unknown fact, so
in this form exactly those rules fire that are true in Kleene's logic.

All facts of a record are sent as one fact of the network. A finding that is a plain conjunction is inlined
into the expressions that use it. Any other finding is asserted while the network runs: it gets one network
rule for each truth value that some expression asks about.

A value that no pattern could match is not sent. Most of a record says what is absent, and the network is
faster when a fact has few properties and few facts have to be joined.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
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
MAX_BRANCHES = 36
"""The most branches behind one gate; see :func:`gated`."""
MAX_GATES = 24
_OPERATORS = {
    "less_than": "$lt",
    "at_most": "$lte",
    "more_than": "$gt",
    "at_least": "$gte",
    "is_not": "$neq",
}
_UNUSED_CODE = -1
"""Stands for every code that no comparison names."""


@dataclass(frozen=True, slots=True)
class _Alternative:
    """One way for an expression to be true: patterns on the record, and findings that must be asserted."""

    patterns: tuple[Definition, ...] = ()
    findings: frozenset[tuple[str, bool]] = frozenset()

    @property
    def is_conjunction(self) -> bool:
        """Whether no pattern contains alternatives of its own."""
        return not any("$or" in pattern for pattern in self.patterns)

    def __and__(self, other: _Alternative) -> _Alternative:
        return _Alternative(self.patterns + other.patterns, self.findings | other.findings)


class ReteNetwork:
    """Rules and findings compiled into one network; safe to call from many threads.

    See :class:`cds_engine.inference.networks.Rete` for rules that do not fit into one network.

    Raises:
        EngineError: if an expression has too many alternatives, or the rules ask about more facts than one
            fact of the network can safely hold.
    """

    def __init__(self, rules: Mapping[str, Expression], findings: Mapping[str, Expression]) -> None:
        self._findings = findings
        comparisons = [leaf for part in (*rules.values(), *findings.values()) for leaf in leaves(part)]
        asked = sorted({leaf.fact for leaf in comparisons} - set(findings))
        if len(asked) > MAX_PROPERTIES:
            raise EngineError(
                f"the rules ask about {len(asked)} facts; at most {MAX_PROPERTIES} are possible"
            )
        self.property_names = {fact: f"f{index}" for index, fact in enumerate(asked)}
        self._known_names = {
            leaf.fact: f"k{self.property_names[leaf.fact][1:]}"
            for leaf in comparisons
            if leaf.operator == "known"
        }
        self._finding_names = {fact: f"x{index}" for index, fact in enumerate(sorted(findings))}
        self._codes: dict[str, int] = {}
        self._equal: dict[str, dict[Scalar | None, Property]] = {}
        self._ordered: set[str] = set()
        self._rule_ids: dict[str, str] = {}
        self._asserted: dict[str, tuple[EncodedProperty, ...]] = {}
        definition, gates = gated(self._definition(rules), self._finding_names.values())
        self.network = Network(definition)
        self._gates = [encode_property(gate, 1) for gate in gates]
        matched = {
            fact: {
                value: encode_property(self.property_names[fact], number) for value, number in values.items()
            }
            for fact, values in self._equal.items()
            if fact not in self._ordered  # a fact with a threshold is sent whatever its value is
        }
        # Most facts are matched only where they are true, which few of them are. (A number 1 equals True.)
        flags = {
            fact for fact, values in matched.items() if [*map(type, values)] == [bool] and True in values
        }
        self._sent_if_true = [(fact, matched[fact][True]) for fact in flags]
        self._sent_if_matched = [(fact, values) for fact, values in matched.items() if fact not in flags]
        self._sent_always = [(fact, self.property_names[fact]) for fact in self._ordered]

    def fired(self, facts: Facts) -> frozenset[str]:
        """Return the rules that fire for ``facts``; a fact that is not in the mapping is unknown."""
        return self.rule_ids(self.network.run(self.properties(facts), self.findings_of))

    def properties(self, facts: Facts) -> list[EncodedProperty]:
        """Return the properties of the record's fact in the network: those that some pattern could match."""
        properties = [*self._gates, *[flag for fact, flag in self._sent_if_true if facts.get(fact)]]
        for fact, values in self._sent_if_matched:
            encoded = values.get(facts.get(fact))
            if encoded is not None:
                properties.append(encoded)
        for fact, name in self._sent_always:
            value = facts.get(fact)
            if value is not None:
                number = value if isinstance(value, Decimal) else self._number(value)
                properties.append(encode_property(name, number))
        properties += [encode_property(name, int(fact in facts)) for fact, name in self._known_names.items()]
        return properties

    def findings_of(self, name: str) -> tuple[EncodedProperty, ...]:
        """Return the findings to assert when the network's rule ``name`` fires."""
        return self._asserted.get(name, ())

    def rule_ids(self, names: Iterable[str]) -> frozenset[str]:
        """Return the ids of the rules to which the network's rules ``names`` belong."""
        return frozenset(self._rule_ids[name] for name in names if name in self._rule_ids)

    def _number(self, value: Scalar | None) -> Property:
        """Return ``value`` as a number: 1 for true, 0 for false, and a number of its own for each code."""
        if isinstance(value, bool):
            return int(value)
        if isinstance(value, Decimal):
            return value
        if isinstance(value, str):
            return self._codes.get(value, _UNUSED_CODE)
        raise EngineError(f"a comparison without a value: {value!r}")

    def _definition(self, rules: Mapping[str, Expression]) -> dict[str, list[Definition]]:
        definition: dict[str, list[Definition]] = {}
        pending: list[tuple[str, bool]] = []
        for index, (rule, expression) in enumerate(rules.items()):
            for number, alternative in enumerate(self._alternatives(negation_normal_form(expression))):
                name = f"r{index}a{number}"
                self._rule_ids[name] = rule
                definition[name] = self._patterns(alternative)
                pending += sorted(alternative.findings)
        defined: set[tuple[str, bool]] = set()
        while pending:
            finding, wanted = pending.pop()
            if (finding, wanted) in defined:
                continue
            defined.add((finding, wanted))
            property_name = self._finding_names[finding]
            for number, alternative in enumerate(self._finding_alternatives(finding, wanted)):
                name = f"{property_name}{'t' if wanted else 'f'}{number}"
                self._asserted[name] = (encode_property(property_name, int(wanted)),)
                definition[name] = self._patterns(alternative)
                pending += sorted(alternative.findings)
        return definition

    def _finding_alternatives(self, finding: str, wanted: bool) -> list[_Alternative]:
        """Return the alternatives in which the truth of ``finding`` is ``wanted``."""
        return self._alternatives(negation_normal_form(self._findings[finding], negated=not wanted))

    def _patterns(self, alternative: _Alternative) -> list[Definition]:
        on_record = alternative.patterns if alternative.patterns or alternative.findings else (RECORD,)
        patterns: list[Definition] = []
        if on_record:
            patterns.append(on_record[0] if len(on_record) == 1 else {"$and": list(on_record)})
        for finding, wanted in sorted(alternative.findings):
            patterns.append({self._finding_names[finding]: int(wanted)})
        return patterns

    def _alternatives(self, expression: Expression) -> list[_Alternative]:
        """Return the alternatives of an expression in negation normal form."""
        match expression:
            case Comparison() if expression.fact in self._findings:
                wanted = expression.operand is (expression.operator == "is")
                alternatives = self._finding_alternatives(expression.fact, wanted)
                if len(alternatives) == 1 and alternatives[0].is_conjunction:
                    return alternatives
                return [_Alternative(findings=frozenset({(expression.fact, wanted)}))]
            case Comparison():
                return [_Alternative((self._pattern(expression),))]
            case All(children):
                alternatives = [_Alternative()]
                for child in children:
                    options = self._alternatives(child)
                    alternatives = [left & right for left in alternatives for right in options]
                    _check_count(alternatives)
                return alternatives
            case Any(children):
                options = [alternative for child in children for alternative in self._alternatives(child)]
                return _check_count(_merge(options))
        raise AssertionError("negation normal form has no 'not'")

    def _pattern(self, leaf: Comparison) -> Definition:
        match leaf.operator, leaf.operand:
            case "known", wanted:
                return {self._known_names[leaf.fact]: int(bool(wanted))}
            case "one_of", tuple(codes):
                return {"$or": [self._equals(leaf.fact, code) for code in codes]}
            case ("is" | "is_not") as operator, bool(value):
                return self._equals(leaf.fact, value is (operator == "is"))
            case "is", str() | Decimal() as value:
                return self._equals(leaf.fact, value)
            case operator, str() | Decimal() as value:
                self._ordered.add(leaf.fact)
                return {_OPERATORS[operator]: {self.property_names[leaf.fact]: self._operand(value)}}
            case operator, value:
                raise EngineError(f"a comparison '{operator}' without a value: {value!r}")

    def _equals(self, fact: str, value: Scalar | None) -> Definition:
        """Return the pattern for one value of a fact, and note that this value must be sent."""
        number = self._equal.setdefault(fact, {})[value] = self._operand(value)
        return {self.property_names[fact]: number}

    def _operand(self, value: Scalar | None) -> Property:
        """Return an operand as a number; a code that is new gets the next number."""
        return (
            self._codes.setdefault(value, len(self._codes)) if isinstance(value, str) else self._number(value)
        )


def gated(
    definition: dict[str, list[Definition]], findings: Collection[str]
) -> tuple[dict[str, list[Definition]], list[str]]:
    """Return a definition that never follows too many branches at once, and the gates it needs.

    For one fact durable-rules follows all matching branches of a node together, 64 at most, and crashes
    beyond that. So rules with many branches are put behind gates, properties that every record has: the
    network then follows the gates and the branches of one gate. A rule whose first pattern is for one of the
    ``findings``, which have no gates, stays as it is.

    Raises:
        EngineError: if one rule, or all together, have too many branches.
    """
    sizes = {
        name: _branches(patterns[0])
        for name, patterns in definition.items()
        if patterns[0].keys().isdisjoint(findings)
    }
    if sum(sizes.values()) <= MAX_BRANCHES:
        return definition, []
    result: dict[str, list[Definition]] = {}
    gate, filled = 0, 0
    for name, (first, *others) in definition.items():
        if name not in sizes:
            result[name] = [first, *others]
            continue
        if sizes[name] > MAX_BRANCHES:
            raise EngineError(f"a rule has {sizes[name]} branches; at most {MAX_BRANCHES} are possible")
        if filled + sizes[name] > MAX_BRANCHES:
            gate, filled = gate + 1, 0
        filled += sizes[name]
        result[name] = [{"$and": [{f"g{gate}": 1}, *first.get("$and", [first])]}, *others]
    if gate >= MAX_GATES:
        raise EngineError(f"the rules need {gate + 1} gates; at most {MAX_GATES} are possible")
    return result, [f"g{number}" for number in range(gate + 1)]


def _branches(pattern: Definition) -> int:
    """Return how many branches of the network are followed at once for a pattern, at most."""
    if "$and" in pattern:
        return 1 + sum(_branches(part) - 1 for part in pattern["$and"])
    return sum(map(_branches, pattern["$or"])) if "$or" in pattern else 1


def _merge(alternatives: list[_Alternative]) -> list[_Alternative]:
    """Merge the alternatives that need no finding into one pattern: the network evaluates ``$or`` itself."""
    plain = [alternative for alternative in alternatives if not alternative.findings]
    if len(plain) < 2 or not all(alternative.patterns for alternative in plain):
        return alternatives
    branches = [one.patterns[0] if len(one.patterns) == 1 else {"$and": list(one.patterns)} for one in plain]
    merged = [_Alternative(({"$or": part},)) for part in _parts(branches)]
    return [*merged, *(alternative for alternative in alternatives if alternative.findings)]


def _parts(branches: list[Definition]) -> Iterator[list[Definition]]:
    """Yield ``branches`` in parts that are small enough for one rule of the network."""
    part: list[Definition] = []
    for branch in branches:
        if part and sum(map(_branches, part)) + _branches(branch) > MAX_BRANCHES:
            yield part
            part = []
        part.append(branch)
    yield part


def _check_count(alternatives: list[_Alternative]) -> list[_Alternative]:
    if len(alternatives) > MAX_ALTERNATIVES:
        raise EngineError(
            f"an expression has over {MAX_ALTERNATIVES} alternatives; write some of them as a finding"
        )
    return alternatives


def negation_normal_form(expression: Expression, negated: bool = False) -> Expression:
    """Return ``expression`` without ``not``: each is moved down to comparisons, which are then inverted."""
    match expression:
        case Not(child):
            return negation_normal_form(child, not negated)
        case All(children) | Any(children):
            normal = tuple(negation_normal_form(child, negated) for child in children)
            return All(normal) if isinstance(expression, All) is not negated else Any(normal)
        case Comparison(operator="known", fact=fact, operand=operand):
            return Comparison(fact, "known", operand is not negated)
        case Comparison(operator="one_of", fact=fact, operand=operand):
            assert isinstance(operand, tuple)
            if not negated:
                return expression
            return All(tuple(Comparison(fact, "is_not", code) for code in operand))
        case Comparison(fact, operator, operand):
            return Comparison(fact, COMPLEMENT[operator], operand) if negated else expression
