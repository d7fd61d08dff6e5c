"""All rules of a rulebook as Rete networks: as many as the limits of durable-rules require."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cds_engine.errors import EngineError
from cds_engine.inference.durable import MAX_PROPERTIES
from cds_engine.inference.rete import MAX_GATES, ReteNetwork
from cds_engine.language.expressions import Any, Comparison, Expression, Not, leaves
from cds_engine.language.kleene import Facts

MAX_RULES = 120
"""The most rules of one network. Compiling takes longer per rule the more rules a network has."""
MAX_COMPARISONS = 300
"""The most comparisons of one rule, its findings included."""
MAX_CHOICES = 12
"""The most ``any`` expressions of one rule: durable-rules refuses a pattern with many of them (error 113)."""
MAX_BRANCHES_TOGETHER = 400
"""About how many branches the rules of one network may have; see :func:`cds_engine.inference.rete.gated`."""


MOST_FACTS = MAX_PROPERTIES - MAX_GATES
"""The most facts that the rules of one network may ask about; a record's fact also has the gates."""


class Rete:
    """Rules and findings compiled into networks; safe to call from many threads.

    Raises:
        EngineError: if a rule is too large for durable-rules; the message names it.
    """

    def __init__(self, rules: Mapping[str, Expression], findings: Mapping[str, Expression]) -> None:
        self.networks = [
            ReteNetwork(group, {name: findings[name] for name in sorted(_findings_in(group, findings))})
            for group in _groups(rules, findings)
        ]

    def fired(self, facts: Facts) -> frozenset[str]:
        """Return the rules that fire for ``facts``; a fact that is not in the mapping is unknown."""
        if len(self.networks) == 1:
            return self.networks[0].fired(facts)
        return frozenset().union(*(network.fired(facts) for network in self.networks))


def _groups(
    rules: Mapping[str, Expression], findings: Mapping[str, Expression]
) -> Iterator[dict[str, Expression]]:
    """Yield the rules of each network."""
    group: dict[str, Expression] = {}
    asked: set[str] = set()
    branches = 0
    for name, expression in rules.items():
        facts = _checked_facts(name, expression, findings)
        more = _branches(expression)
        full = len(group) == MAX_RULES or len(asked | facts) > MOST_FACTS
        if group and (full or branches + more > MAX_BRANCHES_TOGETHER):
            yield group
            group, asked, branches = {}, set(), 0
        group[name] = expression
        asked |= facts
        branches += more
    yield group


def _branches(expression: Expression, *, negated: bool = False) -> int:
    """Return how many branches of a network an expression becomes."""
    match expression:
        case Comparison(operand=tuple(codes)):
            return len(codes)
        case Comparison():
            return 1
        case Not(child):
            return _branches(child, negated=not negated)
    children = [_branches(child, negated=negated) for child in expression.children]
    if isinstance(expression, Any) is not negated:
        return sum(children)
    return 1 + sum(number - 1 for number in children)


def _checked_facts(name: str, expression: Expression, findings: Mapping[str, Expression]) -> set[str]:
    """Return the facts that a rule asks about, through its findings too.

    Raises:
        EngineError: if the rule is too large for durable-rules.
    """
    used = _findings_in({name: expression}, findings)
    parts = [expression, *(findings[finding] for finding in used)]
    comparisons = [leaf for part in parts for leaf in leaves(part)]
    choices = sum(_choices(part) for part in parts)
    facts = {leaf.fact for leaf in comparisons} - findings.keys()
    for number, what, most in (
        (len(comparisons), "comparisons", MAX_COMPARISONS),
        (choices, "'any' expressions", MAX_CHOICES),
        (len(facts), "facts", MOST_FACTS),
    ):
        if number > most:
            raise EngineError(f"rule '{name}' has {number} {what}; at most {most} are possible")
    return facts


def _findings_in(rules: Mapping[str, Expression], findings: Mapping[str, Expression]) -> set[str]:
    """Return the findings that some rules use, directly or through other findings."""
    used: set[str] = set()
    waiting = list(rules.values())
    while waiting:
        for leaf in leaves(waiting.pop()):
            if leaf.fact in findings and leaf.fact not in used:
                used.add(leaf.fact)
                waiting.append(findings[leaf.fact])
    return used


def _choices(expression: Expression, *, negated: bool = False) -> int:
    """Return how many ``any`` expressions there are once each ``not`` is moved to the comparisons."""
    match expression:
        case Comparison():
            return 0
        case Not(child):
            return _choices(child, negated=not negated)
    is_choice = isinstance(expression, Any) is not negated and len(expression.children) > 1
    return int(is_choice) + sum(_choices(child, negated=negated) for child in expression.children)
