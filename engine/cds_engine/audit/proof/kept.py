"""Entries of a real record that may not change, as constants of the solver."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

import z3

from cds_engine.audit.proof.entries import OTHER, SymbolicEntry, Terms
from cds_engine.audit.proof.logic import NO, YES, Formula
from cds_engine.audit.proof.variables import UNKNOWN, Variable, number
from cds_engine.language.expressions import Scalar
from cds_engine.language.queries import unclear
from cds_engine.record.chart import Entry


class Kept(SymbolicEntry):
    """An entry that is just what it is in the record."""

    def __init__(self, terms: Terms, concept: str, kind: str, real: Entry, *, denied: bool) -> None:
        self.kind = kind
        self.terms = terms
        self.concept = concept
        self.exists = YES
        self.certain = YES if real.certain else NO
        self.denied = YES if denied and real.certain else NO
        self.attributes = {name: _constant(value, terms.codes) for name, value in real.attributes.items()}

    def attribute(self, name: str) -> Variable:
        """Return an attribute; what the record does not state is unknown."""
        return self.attributes.get(name, UNKNOWN)

    def is_unclear(self, name: str) -> Formula:
        """Return whether the entry states an attribute, but not understandably."""
        return YES if unclear(name) in self.attributes else NO


def _constant(value: Scalar, codes: Mapping[str, int]) -> Variable:
    """Return a value as a variable that is known and has no other."""
    if isinstance(value, bool):
        return Variable(YES, YES if value else NO)
    if isinstance(value, Decimal):
        return number(Fraction(value))
    code = value if value in codes else OTHER
    return Variable(YES, z3.IntVal(codes[code]), codes={code: codes[code]})
