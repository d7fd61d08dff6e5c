"""The facts of a rulebook as formulas over one symbolic chart."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from cds_engine.audit.proof.chart import SymbolicChart
from cds_engine.audit.proof.formulas import FreeNumbers, fold, linear_value
from cds_engine.audit.proof.logic import every
from cds_engine.audit.proof.queries import SymbolicQuery
from cds_engine.audit.proof.variables import Variable, compared_with_number
from cds_engine.language.formulas import Formula as Arithmetic
from cds_engine.language.formulas import is_linear, resolve_formula
from cds_engine.language.queries import (
    Computed,
    HistoryValue,
    PatientValue,
    Query,
    facts_read,
    parameters_read,
)
from cds_engine.rulebook.model import Fact

Parameters = Mapping[str, Decimal]
_ANY_RESOLUTION = Decimal(1)


class SymbolicFacts:
    """Facts derived from a symbolic chart with some values of the parameters, each when it is asked for.

    Args:
        facts: the facts of the rulebook.
        parameters: the values of the parameters.
        chart: the chart.
        free: the numbers whose formulas are not linear.
        original: the facts of which these are a variant, with which they share all that is not changed.
    """

    def __init__(
        self,
        facts: Mapping[str, Fact],
        parameters: Parameters,
        chart: SymbolicChart,
        free: FreeNumbers,
        original: SymbolicFacts | None = None,
    ) -> None:
        self._facts = facts
        self._parameters = parameters
        self._chart = chart
        self._free = free
        self._original = original
        self._derived: dict[str, Variable] = {}

    def variable(self, name: str) -> Variable:
        """Return a fact."""
        if name not in self._derived:
            same = self._original is not None and not self._is_changed(name, self._original)
            derived = self._original.variable(name) if same else self._derive(self._facts[name])  # type: ignore[union-attr]
            self._derived[name] = derived
        return self._derived[name]

    def _is_changed(self, name: str, original: SymbolicFacts) -> bool:
        """Return whether a fact is not derived as in the original."""
        fact, derivation = self._facts[name], self._facts[name].derivation
        if fact is not original._facts[name]:
            return True
        if derivation is None:
            return False
        parameters = parameters_read(derivation)
        if any(self._parameters[each] != original._parameters[each] for each in parameters):
            return True
        return any(self._is_changed(other, original) for other in facts_read(derivation))

    def _derive(self, fact: Fact) -> Variable:
        match fact.derivation:
            case PatientValue(attribute):
                return self._chart.patient(attribute)
            case HistoryValue(name):
                return _within(fact, self._chart.history(name))
            case Query() as query:
                chart, parameters = self._chart, self._parameters
                return SymbolicQuery(query, chart, parameters, self.variable, self._operand).answer()
            case Computed(formula):
                return _within(fact, self._value(formula, fact.resolution))
        raise AssertionError(f"no derivation of {fact.name}: {fact.derivation!r}")

    def _operand(self, formula: Arithmetic) -> Variable:
        return self._value(formula, _ANY_RESOLUTION)

    def _value(self, formula: Arithmetic, resolution: Decimal) -> Variable:
        folded = fold(resolve_formula(formula, self._parameters))
        if is_linear(folded):
            return linear_value(folded, self.variable)
        return self._free.value(folded, self.variable, resolution)


def _within(fact: Fact, variable: Variable) -> Variable:
    """Return a number that is unknown outside the domain of its fact."""
    low = compared_with_number("at_least", variable, Fraction(fact.minimum))
    high = compared_with_number("at_most", variable, Fraction(fact.maximum))
    return variable.where(every(low, high))
