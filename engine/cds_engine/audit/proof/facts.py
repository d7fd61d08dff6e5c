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
from cds_engine.language.queries import Computed, HistoryValue, PatientValue, Query
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
    """

    def __init__(
        self, facts: Mapping[str, Fact], parameters: Parameters, chart: SymbolicChart, free: FreeNumbers
    ) -> None:
        self._facts = facts
        self._parameters = parameters
        self._chart = chart
        self._free = free
        self._derived: dict[str, Variable] = {}

    def variable(self, name: str) -> Variable:
        """Return a fact."""
        if name not in self._derived:
            self._derived[name] = self._derive(self._facts[name])
        return self._derived[name]

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
