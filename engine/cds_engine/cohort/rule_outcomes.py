"""The outcome of every rule for every row of facts, as table expressions.

What many rules share is a column of its own, made once: first the findings, each after those it rests on,
then every condition and its parts, then the outcomes.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import TypeAlias

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.expressions import Reader
from cds_engine.inference.edition import CompiledRule, Edition
from cds_engine.language.expressions import Comparison, Expression
from cds_engine.language.kleene import CompiledExpression, Outcome

KEYS = ("patient_id", "as_of")
DECEASED = "deceased"

Label: TypeAlias = Callable[[Outcome], ir.StringValue]
"""How a backend writes an outcome: as text, or in a type of its own that is quicker to write."""


@dataclass(frozen=True)
class EvaluatedRules:
    """Rows with a column for the truth of every condition of ``edition`` and of every part of one."""

    edition: Edition
    table: ir.Table
    _names: Mapping[Expression, str]

    def truth(self, part: CompiledExpression) -> ir.BooleanValue:
        """Return the truth of a condition or of a part of one."""
        return self.table[self._names[part.expression]]

    def outcomes(self, label: Label) -> dict[str, ir.StringValue]:
        """Return the outcome of every rule; none applies to the dead."""
        return {
            name: self._outcome(compiled_rule, label)
            for name, compiled_rule in self.edition.compiled_rules.items()
        }

    def _outcome(self, compiled_rule: CompiledRule, label: Label) -> ir.StringValue:
        applies_to, when = (self.truth(part) for part in compiled_rule.parts)
        return ibis.cases(
            (self.table[DECEASED] | ~applies_to, label("not_applicable")),
            (~when, label("not_met")),
            (applies_to & when, label("fired")),
            else_=label("not_evaluable"),
        )

    @cached_property
    def missing(self) -> dict[str, ir.BooleanValue]:
        """Return for each fact where it is unknown and some rule could still fire because of it.

        This is :func:`cds_engine.language.kleene.missing_facts`, asked of all rules together.
        """
        waiting: dict[str, list[ir.BooleanValue]] = defaultdict(list)
        for root, rules in self._by_root().items():
            wanted = reduce(operator.or_, map(self._open, rules))
            for fact, unknown in self._unknowns(self._terms[root]):
                waiting[fact].append(wanted & unknown)
        return {fact: reduce(operator.or_, found).fill_null(False) for fact, found in sorted(waiting.items())}

    def _open(self, compiled_rule: CompiledRule) -> ir.BooleanValue:
        """Return where a rule could still fire."""
        applies_to, when = (self.truth(part) for part in compiled_rule.parts)
        return ~self.table[DECEASED] & (applies_to & when).isnull()

    def _unknowns(self, part: CompiledExpression) -> Iterator[tuple[str, ir.BooleanValue]]:
        unknown = self.truth(part).isnull()
        if isinstance(part.expression, Comparison):
            finding = self.edition.findings.get(part.expression.fact)
            if finding is None:
                yield part.expression.fact, unknown
            else:
                yield from ((fact, unknown & below) for fact, below in self._unknowns(finding))
        for child in part.children:
            yield from ((fact, unknown & below) for fact, below in self._unknowns(child))

    @cached_property
    def _terms(self) -> dict[Expression, CompiledExpression]:
        compiled_rules = self.edition.compiled_rules.values()
        return {part.expression: part for compiled_rule in compiled_rules for part in compiled_rule.parts}

    def _by_root(self) -> dict[Expression, list[CompiledRule]]:
        rules: dict[Expression, list[CompiledRule]] = defaultdict(list)
        for compiled_rule in self.edition.compiled_rules.values():
            for part in compiled_rule.parts:
                rules[part.expression].append(compiled_rule)
        return rules


def evaluate_rules(facts: ir.Table, edition: Edition, keep: Iterable[str] = ()) -> EvaluatedRules:
    """Return ``facts`` with the truth of every condition.

    ``facts`` has the columns ``patient_id``, ``as_of`` and ``deceased``, the last without NULL, and those of the
    facts: a number is a double, a decimal or an integer. The columns ``keep`` come along.
    """
    table = facts
    for name, finding in edition.findings.items():
        table = table.mutate(**{name: Reader(_columns(table)).truth(finding.expression)})
    reader = Reader(_columns(table))
    names: dict[Expression, str] = {}
    roots = [part for compiled_rule in edition.compiled_rules.values() for part in compiled_rule.parts]
    for part in _all_parts([*roots, *edition.findings.values()]):
        names.setdefault(part.expression, f"expression {len(names)}")
    truths = {name: reader.truth(expression) for expression, name in names.items()}
    return EvaluatedRules(edition, table.select(*KEYS, DECEASED, *keep, **truths), names)


def _all_parts(parts: Iterable[CompiledExpression]) -> Iterator[CompiledExpression]:
    for part in parts:
        yield part
        yield from _all_parts(part.children)


def _columns(table: ir.Table) -> dict[str, ir.Value]:
    return {name: table[name] for name in table.columns}
