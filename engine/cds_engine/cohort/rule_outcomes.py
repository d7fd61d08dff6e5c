"""The outcome of every rule for every row of facts, as table expressions.

Everything that rules share is a column, computed once: first the findings, each after those that it uses,
then every expression and its parts, then the outcomes.
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

from cds_engine.cohort.expressions import ColumnCompiler
from cds_engine.inference.edition import CompiledRule, Edition
from cds_engine.language.expressions import Comparison, Expression
from cds_engine.language.kleene import CompiledExpression, Outcome

KEYS = ("patient_id", "as_of")
AGE_BAND = "age_band"
"""The column with the age band of a patient, beside the outcomes; no rule has a name without a dot."""
DECEASED = "deceased"

Label: TypeAlias = Callable[[Outcome], ir.StringValue]
"""Returns an outcome as a value of the backend: a text, or a type that is faster to write."""


@dataclass(frozen=True)
class EvaluatedRules:
    """Rows with a column for the truth of every expression of ``edition`` and of each of its parts."""

    edition: Edition
    table: ir.Table
    _names: Mapping[Expression, str]

    def truth(self, part: CompiledExpression) -> ir.BooleanValue:
        """Return the truth of an expression or of a part of one."""
        return self.table[self._names[part.expression]]

    def outcomes(self, label: Label) -> dict[str, ir.StringValue]:
        """Return the outcome of every rule; no rule applies to a patient who had died."""
        return {name: self._outcome(rule, label) for name, rule in self.edition.compiled_rules.items()}

    def _outcome(self, rule: CompiledRule, label: Label) -> ir.StringValue:
        applies_to, when = (self.truth(part) for part in rule.parts)
        return ibis.cases(
            (self.table[DECEASED] | ~applies_to, label("not_applicable")),
            (~when, label("not_met")),
            (applies_to & when, label("fired")),
            else_=label("not_evaluable"),
        )

    @cached_property
    def missing(self) -> dict[str, ir.BooleanValue]:
        """For each fact, whether it is unknown and some rule could fire if it were known.

        This is :func:`cds_engine.language.kleene.missing_facts`, asked of all rules together.
        """
        waiting: dict[str, list[ir.BooleanValue]] = defaultdict(list)
        for root, rules in self._by_root().items():
            wanted = reduce(operator.or_, map(self._open, rules))
            for fact, unknown in self._missing_in(self._compiled_by_expression[root]):
                waiting[fact].append(wanted & unknown)
        return {fact: reduce(operator.or_, found).fill_null(False) for fact, found in sorted(waiting.items())}

    def _open(self, rule: CompiledRule) -> ir.BooleanValue:
        """Return whether a rule could still fire."""
        applies_to, when = (self.truth(part) for part in rule.parts)
        return ~self.table[DECEASED] & (applies_to & when).isnull()

    def _missing_in(self, part: CompiledExpression) -> Iterator[tuple[str, ir.BooleanValue]]:
        unknown = self.truth(part).isnull()
        if isinstance(part.expression, Comparison):
            finding = self.edition.findings.get(part.expression.fact)
            if finding is None:
                yield part.expression.fact, unknown
            else:
                yield from ((fact, unknown & below) for fact, below in self._missing_in(finding))
        for child in part.children:
            yield from ((fact, unknown & below) for fact, below in self._missing_in(child))

    @cached_property
    def _compiled_by_expression(self) -> dict[Expression, CompiledExpression]:
        compiled_rules = self.edition.compiled_rules.values()
        return {part.expression: part for rule in compiled_rules for part in rule.parts}

    def _by_root(self) -> dict[Expression, list[CompiledRule]]:
        rules: dict[Expression, list[CompiledRule]] = defaultdict(list)
        for rule in self.edition.compiled_rules.values():
            for part in rule.parts:
                rules[part.expression].append(rule)
        return rules


def evaluate_rules(facts: ir.Table, edition: Edition, keep: Iterable[str] = ()) -> EvaluatedRules:
    """Return the truth of every expression for every row of ``facts``.

    ``facts`` has the columns ``patient_id``, ``as_of`` and ``deceased``, the last without NULL, and one for
    each fact: a number is a double, a decimal or an integer. The result also has the columns ``keep``.
    """
    table = facts
    for name, finding in edition.findings.items():
        table = table.mutate(**{name: ColumnCompiler(_columns(table)).truth(finding.expression)})
    compiler = ColumnCompiler(_columns(table))
    names: dict[Expression, str] = {}
    roots = [part for rule in edition.compiled_rules.values() for part in rule.parts]
    for part in _with_parts([*roots, *edition.findings.values()]):
        names.setdefault(part.expression, f"expression {len(names)}")
    truths = {name: compiler.truth(expression) for expression, name in names.items()}
    return EvaluatedRules(edition, table.select(*KEYS, DECEASED, *keep, **truths), names)


def _with_parts(parts: Iterable[CompiledExpression]) -> Iterator[CompiledExpression]:
    for part in parts:
        yield part
        yield from _with_parts(part.children)


def _columns(table: ir.Table) -> dict[str, ir.Value]:
    return {name: table[name] for name in table.columns}
