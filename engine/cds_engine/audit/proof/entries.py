"""Entries of a symbolic record: results, courses and statements that may or may not be listed.

Each has the attributes that entries of a chart have, as variables that are created when a formula asks for
them, and the constraints that hold for every chart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

import z3

from cds_engine.audit.proof.logic import NO, YES, Formula, choose, every, implies, no
from cds_engine.audit.proof.parts import Model, Parts
from cds_engine.audit.proof.variables import Variable
from cds_engine.language.expressions import Scalar
from cds_engine.language.queries import LONGEST, SEVERITIES, EntryKind, unclear
from cds_engine.record.chart import Entry
from cds_engine.rulebook.vocabulary import Quantity, Vocabulary

SECONDS = 86_400
OTHER = "something else"
"""Stands for a code that the terminology does not name."""
_UNDERSTOOD, _KNOWN, _ABSENT, _WHOLE = 0, 2, 1000, 1001
"""The ranks of wishes: entries are understood, attributes known, entries few, and values round."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the entries of a symbolic chart share: its parts, the numbers of all codes, and the quantities.

    A measured value is a multiple of the resolution of its quantity divided by ``fineness``.
    """

    parts: Parts
    codes: Mapping[str, int]
    indications: Mapping[str, int]
    vocabulary: Vocabulary
    fineness: int


class SymbolicEntry:
    """One entry: whether it is listed, whether it certainly applies, and its attributes."""

    kind: str

    def __init__(self, terms: Terms, concept: str, number: int) -> None:
        self.terms = terms
        self.parts = terms.parts
        self.concept = concept
        self.name = (self.kind, concept, number)
        self.exists = self.flag("listed")
        self.certain: Formula = YES
        self.attributes: dict[str, Variable] = {
            self.kind: Variable(YES, z3.IntVal(terms.codes[concept]), codes={concept: terms.codes[concept]})
        }
        self.parts.wish(no(self.exists), _ABSENT - number)

    def flag(self, *name: str) -> Formula:
        """Return a part of this entry that is true or false."""
        return self.parts.flag(*self.name, *name)

    def follow(self, other: SymbolicEntry) -> None:
        """Let this entry be listed only if ``other`` is."""
        self.parts.require(implies(self.exists, other.exists))

    def attribute(self, name: str) -> Variable:
        """Return an attribute."""
        if name not in self.attributes:
            self.attributes[name] = self._create(name)
        return self.attributes[name]

    def _create(self, name: str) -> Variable:
        raise AssertionError(f"a {self.kind} has no {name}")

    def is_unclear(self, name: str) -> Formula:
        """Return whether the entry states an attribute, but not understandably."""
        self.attribute(name)
        found = self.attributes.get(unclear(name))
        return NO if found is None else found.value

    def _understood(self) -> Formula:
        """Return whether the entry certainly is of its concept."""
        understood = self.flag("understood")
        self.parts.wish(understood, _UNDERSTOOD)
        return understood

    def _known(self, name: str) -> Formula:
        known = self.flag(name, "known")
        self.parts.wish(known, _KNOWN)
        return known

    def _days(self, name: str, known: Formula) -> Variable:
        return Variable(known, self.parts.number(*self.name, name, low=0, high=LONGEST))

    def _measured(self, name: str, quantity: Quantity) -> Variable:
        """Return a plausible value of a quantity."""
        fineness = self.terms.fineness
        step = Fraction(quantity.resolution) / fineness
        low, high = Fraction(quantity.minimum) / step, Fraction(quantity.maximum) / step
        value = self.parts.number(*self.name, name, low=-int(-low // 1), high=int(high // 1))
        if fineness > 1:
            self.parts.require(z3.Or(value == 0, value >= fineness, value <= -fineness))
            self.parts.wish(value % fineness == 0, _WHOLE)
        return Variable(self._known(name), value, step)

    def _code(self, name: str, codes: Mapping[str, int]) -> Variable:
        value = self.parts.code(*self.name, name, among=codes)
        return Variable(self._known(name), value, codes=codes)

    def listed(self, model: Model) -> Entry | None:
        """Return the entry as the solver found it; None if it is not listed."""
        if not model.truth(self.exists):
            return None
        found: dict[str, Scalar] = {}
        for name, variable in self.attributes.items():
            if not model.truth(variable.known):
                continue
            if variable.is_boolean:
                found[name] = model.truth(variable.value)
            elif variable.codes:
                found[name] = model.code(variable.value, variable.codes)
            else:
                count = model.number(variable.value) * variable.step
                found[name] = Decimal(count.numerator) / Decimal(count.denominator)
        return Entry(found, "", model.truth(self.certain))


class Result(SymbolicEntry):
    """A result of an observation; of several, the dated ones come first, from the latest day on.

    A result that is not understood may be of the same day as another one.
    """

    kind = "observation"

    def __init__(self, terms: Terms, concept: str, number: int) -> None:
        super().__init__(terms, concept, number)
        self.certain = self._understood()
        self.attributes["ago"] = self._days("ago", self._known("ago"))

    def follow(self, other: SymbolicEntry) -> None:
        """Let this result be listed only if ``other`` is, which is later unless neither has a date."""
        super().follow(other)
        later, earlier = other.attribute("ago"), self.attribute("ago")
        self.parts.require(implies(every(self.exists, earlier.known), later.known))
        both = every(self.exists, earlier.known)
        alone = every(self.certain, other.certain)
        self.parts.require(
            implies(both, choose(alone, earlier.value > later.value, earlier.value >= later.value))
        )

    def rank(self, number: int, known: Formula) -> None:
        """Set the rank among the results of the observation."""
        self.attributes["rank"] = Variable(known, z3.IntVal(number))

    def _create(self, name: str) -> Variable:
        if name == "time":
            dated = self.attribute("ago").known
            seconds = self.parts.number(*self.name, name, low=0, high=SECONDS - 1)
            return Variable(every(dated, self._known(name)), seconds, Fraction(1, 3600))
        assert name == "value"
        return self._measured(name, self.terms.vocabulary.quantities[self.concept])


class Course(SymbolicEntry):
    """A course of a drug; it is uncertain if it is not known whether it was taken."""

    kind = "drug"

    def __init__(self, terms: Terms, concept: str, number: int) -> None:
        super().__init__(terms, concept, number)
        self.certain = self._known("taken")
        self.attributes["active"] = Variable(YES, self.flag("active"))

    def _create(self, name: str) -> Variable:
        match name:
            case "begun" | "ended":
                self._create_days()
                return self.attributes[name]
            case "dose":
                words = self.terms.vocabulary
                return self._measured(name, words.doses.get(self.concept, words.dose))
        assert name == "indication"
        self.attributes[unclear(name)] = Variable(YES, self.flag(unclear(name)))
        self.parts.wish(no(self.attributes[unclear(name)].value), _UNDERSTOOD)
        stated = self._code(name, self.terms.indications)
        known = every(stated.known, no(self.attributes[unclear(name)].value))
        return Variable(known, stated.value, codes=stated.codes)

    def _create_days(self) -> None:
        stopped = no(self.attribute("active").value)
        begun = self._days("begun", self._known("begun"))
        ended = self._days("ended", every(stopped, self._known("ended")))
        self.parts.require(implies(every(begun.known, ended.known), begun.value >= ended.value))
        self.attributes |= {"begun": begun, "ended": ended}


class Statement(SymbolicEntry):
    """A statement about a condition or a symptom, which is present, absent or neither."""

    def __init__(self, kind: EntryKind, terms: Terms, concept: str, number: int) -> None:
        self.kind = kind
        super().__init__(terms, concept, number)
        self.certain = self._understood()
        known, present = self._known("present"), self.flag("present")
        self.denied = every(self.exists, self.certain, known, no(present))
        """Whether the record states that the patient does not have it."""
        self.over = NO
        if kind == "condition":
            self.over = self.flag("over")
            self.parts.wish(no(self.over), _KNOWN)
        self.attributes["present"] = Variable(known, every(present, no(self.over)))

    def _create(self, name: str) -> Variable:
        if name in ("begun", "ended"):
            self._create_days()
            return self.attributes[name]
        assert name == "severity"
        return self._code(name, {code: self.terms.codes[code] for code in SEVERITIES})

    def _create_days(self) -> None:
        """Create both days of a condition; one that is over without an end begins in the future."""
        ended = self._days("ended", every(self.over, self._known("ended")))
        future = every(self.over, no(ended.known))
        begun = self._days("begun", every(no(future), self._known("begun")))
        self.parts.require(implies(every(begun.known, ended.known), begun.value >= ended.value))
        self.attributes |= {"begun": begun, "ended": ended}
