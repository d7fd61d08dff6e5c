"""A condition as two formulas: when it is true, and when it is false; it is unknown where neither holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from cds_engine.audit.proof.logic import NO, Formula, every, no, some
from cds_engine.audit.proof.variables import Variable, compared, compared_with_number
from cds_engine.language.expressions import All, Any, Comparison, Expression, Not
from cds_engine.language.formulas import FORMULA_TYPES
from cds_engine.language.formulas import Formula as Arithmetic


@dataclass(frozen=True, slots=True)
class Pair:
    """The formulas under which a condition is true and false."""

    true: Formula
    false: Formula

    @property
    def known(self) -> Formula:
        """The formula under which the condition is not unknown."""
        return some(self.true, self.false)


class Trees:
    """Turns conditions into pairs of formulas over the facts (or attributes) that ``variable`` provides.

    ``value`` provides the value of a formula that a comparison compares with.
    """

    def __init__(
        self,
        variable: Callable[[str], Variable],
        findings: Mapping[str, Expression] | None = None,
        value: Callable[[Arithmetic], Variable] | None = None,
    ) -> None:
        self._variable = variable
        self._findings = {} if findings is None else findings
        self._value = value
        self._pairs: dict[Expression, Pair] = {}

    def pair(self, expression: Expression) -> Pair:
        """Return the formulas of ``condition``."""
        found = self._pairs.get(expression)
        if found is None:
            found = self._pairs[expression] = self._encode(expression)
        return found

    def _encode(self, expression: Expression) -> Pair:
        match expression:
            case Comparison():
                return self._comparison(expression)
            case Not(child):
                inner = self.pair(child)
                return Pair(inner.false, inner.true)
            case All(children):
                pairs = [self.pair(child) for child in children]
                return Pair(every(*(pair.true for pair in pairs)), some(*(pair.false for pair in pairs)))
            case Any(children):
                pairs = [self.pair(child) for child in children]
                return Pair(some(*(pair.true for pair in pairs)), every(*(pair.false for pair in pairs)))

    def _comparison(self, leaf: Comparison) -> Pair:
        if leaf.fact in self._findings:
            finding = self.pair(self._findings[leaf.fact])
            if leaf.operator == "known":
                return _known(finding.known, wanted=bool(leaf.operand))
            wanted = leaf.operand is (leaf.operator == "is")
            return finding if wanted else Pair(finding.false, finding.true)
        variable = self._variable(leaf.fact)
        if leaf.operator == "known":
            return _known(variable.known, wanted=bool(leaf.operand))
        if variable.known is NO:
            return Pair(NO, NO)
        if isinstance(leaf.operand, FORMULA_TYPES):
            assert self._value is not None
            limit = self._value(leaf.operand)
            known, holds = every(variable.known, limit.known), compared(leaf.operator, variable, limit)
        else:
            known, holds = variable.known, _test(leaf, variable)
        return Pair(every(known, holds), every(known, no(holds)))


def _known(known: Formula, *, wanted: bool) -> Pair:
    return Pair(known, no(known)) if wanted else Pair(no(known), known)


def _test(leaf: Comparison, variable: Variable) -> Formula:
    """Return the formula of a comparison of a known fact with a constant."""
    value, operand = variable.value, leaf.operand
    match operand:
        case bool():
            return value if operand is (leaf.operator == "is") else no(value)
        case Decimal():
            return compared_with_number(leaf.operator, variable, Fraction(operand))
        case str():
            same = _is_code(operand, variable)
            return same if leaf.operator == "is" else no(same)
        case tuple():
            return some(*(_is_code(code, variable) for code in operand))
        case None:
            raise AssertionError("a parameter without its value")
    raise AssertionError(f"no constant: {operand!r}")


def _is_code(code: str, variable: Variable) -> Formula:
    return variable.value == variable.codes[code] if code in variable.codes else NO
