"""Rules that may contradict each other: one only informs and the other warns about the same number.

Two active rules may contradict each other if a record exists for which both fire, both compare the same
number in ``when`` (in findings as well), one of them is ``info`` and the other is not. Rules of one
partition, which divide the values among them, and rules declared as opposed are proved not to fire together
anyway. A rule that is more serious than another one that warns as well says more of the same, so it does not
contradict it. An age or a time on a drug is what rules depend on, not what they judge, so only times since an
observation count.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from cds_engine.audit.audit_file import AuditFile
from cds_engine.audit.program import Decision, Program
from cds_engine.language.queries import Query
from cds_engine.rulebook.model import Rulebook

TIMES = frozenset({"a", "mo", "wk", "d", "h", "min", "s"})
"""The units of times."""


def candidates(program: Program, file: AuditFile) -> Iterator[tuple[tuple[str, str], list[str]]]:
    """Yield each pair of rules that may contradict each other, with the numbers that both compare."""
    divided = [set(partition.rules) for partition in program.rulebook.partitions.values()]
    numbers = {name: _numbers(program, rule) for name, rule in program.rules.items()}
    informs = {name: program.rulebook.rules[name].file.advisory.indicator == "info" for name in program.rules}
    opposed = file.opposed
    for pair in combinations(program.rules, 2):
        one, other = pair
        common = [name for name in numbers[one] if name in numbers[other]]
        together = any({one, other} <= rules for rules in divided) or frozenset(pair) in opposed
        if common and informs[one] != informs[other] and not together:
            yield pair, common


def _numbers(program: Program, rule: Decision) -> list[str]:
    """Return the numbers that a rule compares with thresholds to decide whether it fires."""
    found: dict[str, None] = {}

    def visit(decision: Decision) -> None:
        for leaf in decision.leaves:
            fact = leaf.comparison.fact
            if decision.is_rule and not leaf.pointer.startswith("/when"):
                continue
            if fact in program.findings:
                visit(program.findings[fact])
            elif leaf.threshold is not None and _is_judged(program.rulebook, fact):
                found[fact] = None

    visit(rule)
    return list(found)


def _is_judged(rulebook: Rulebook, fact: str) -> bool:
    """Return whether rules judge a number, instead of depending on it: it is no age and no time on a drug."""
    if rulebook.facts[fact].unit not in TIMES:
        return True
    derivations = (needed.derivation for needed in rulebook.needed_facts([fact]))
    return any(isinstance(each, Query) and each.of.section == "observations" for each in derivations)
