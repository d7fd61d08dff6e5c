"""How far a changed record is from the record: what changes, and by how much."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction

import z3

from cds_engine.audit.proof.entries import OTHER, SymbolicEntry
from cds_engine.audit.proof.logic import NO, YES, Formula, choose, no, some
from cds_engine.audit.proof.parts import Model
from cds_engine.audit.proof.variables import Variable
from cds_engine.language.expressions import Scalar
from cds_engine.language.queries import Section
from cds_engine.record.chart import Entry

WHOLE_CHANGE = 1000
"""The distance of a change that is none of a number; a number that doubles changes as much."""
WITHOUT = 2 * WHOLE_CHANGE
ONE_MORE = 3 * WHOLE_CHANGE
"""The distances of leaving an entry out, and of a new entry beside others of its concept: an entry that
changes explains more."""
PATIENT = 5
"""How much more a change of the patient's age or sex counts: other changes explain more."""
DAYS = frozenset({"ago", "begun", "ended"})
STATED = 1
"""The distance of each thing that a new entry states: it states only what matters."""


@dataclass(frozen=True, slots=True)
class ChangedAttribute:
    """An attribute of an entry, of the patient or of the history before and after; None is unknown."""

    name: str
    before: Scalar | None
    after: Scalar | None


@dataclass(frozen=True, slots=True)
class ChangedItem:
    """One changed thing of a record.

    ``section`` and ``concept`` name an entry; ``pointer`` is that of an entry of the record, and None for a
    new one. An entry that is left out is ``removed``. For a section that becomes complete, ``concept`` is
    None. For the patient and the history, the attributes are values of theirs.
    """

    section: Section | str
    concept: str | None = None
    pointer: str | None = None
    removed: bool = False
    attributes: tuple[ChangedAttribute, ...] = ()


@dataclass(slots=True)
class Item:
    """Something that may change: whether it does, and how far."""

    changed: Formula
    distance: list[Formula]
    section: str
    entry: SymbolicEntry | None = None
    real: Entry | None = None
    values: Mapping[str, Variable] = field(default_factory=dict)
    before: Mapping[str, Scalar] = field(default_factory=dict)


def weigh(condition: Formula, weight: int = WHOLE_CHANGE) -> Formula:
    """Return ``weight`` where a condition is true, else 0."""
    return choose(condition, z3.IntVal(weight), z3.IntVal(0))


def _symbolic(variable: Variable, value: Scalar) -> Formula:
    """Return a value of the record as the solver counts it."""
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, Decimal):
        steps = Fraction(value) / variable.step
        assert steps.denominator == 1
        return z3.IntVal(steps.numerator)
    return z3.IntVal(variable.codes.get(value, variable.codes.get(OTHER, -1)))


def differs(variable: Variable, before: Scalar | None) -> Formula:
    """Return whether a value is not what it is in the record."""
    if before is None:
        return variable.known
    return some(no(variable.known), variable.value != _symbolic(variable, before))


def distance_from(variable: Variable, before: Scalar | None) -> Formula:
    """Return how far a value is from that of the record, in thousandths of it."""
    if before is None or not isinstance(before, Decimal):
        return weigh(differs(variable, before))
    now = _symbolic(variable, before)
    weight = max(1, round(WHOLE_CHANGE / max(1, abs(now.as_long()))))
    apart = z3.If(variable.value >= now, variable.value - now, now - variable.value)
    return choose(variable.known, apart * weight, z3.IntVal(WHOLE_CHANGE))


def changed_attributes(item: Item, model: Model) -> Iterator[ChangedAttribute]:
    """Yield the attributes of an item that a model changes."""
    for name, variable in item.values.items():
        before = item.before.get(name)
        after = value_of(variable, model)
        if after != before:
            yield ChangedAttribute(name, before, after)


def value_of(variable: Variable, model: Model) -> Scalar | None:
    """Return the value that a model gives; None if it is not known."""
    if not model.truth(variable.known):
        return None
    if variable.is_boolean:
        return model.truth(variable.value)
    if variable.codes:
        return model.code(variable.value, variable.codes)
    count = model.number(variable.value) * variable.step
    return Decimal(count.numerator) / Decimal(count.denominator)
