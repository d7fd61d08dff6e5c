"""Exact conversion of UCUM units.

What a rulebook declares is converted with its own factors. Any other unit is read with ucumvert's grammar and
worked out, in fractions, from UCUM's own table of units: a value that is equal to a threshold stays equal to
it. (pint, ucumvert's usual partner, divides in floats and gives some units other sizes than UCUM does.) The
library takes a third of a second to start and is imported only for a unit that nobody declared.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import cache, cached_property, lru_cache, partial
from reprlib import Repr
from typing import Any

from cds_engine.errors import nearest
from cds_engine.quantities.numbers import WORKING, canonical

MAX_LENGTH = 40
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
_ANNOTATION = re.compile(r"\{[^{}]*\}")
_HUGE_POWER = re.compile(r"[^\d./(][+-]?\d{3}")
"""A power of three digits or more (a number after anything but an operator): beyond all that is measured,
and long enough in the making to keep a server busy."""
_EXACT = Context(prec=WORKING.prec, traps=[Inexact])
_QUOTE = Repr()
_QUOTE.maxstring = MAX_LENGTH


class UnitError(Exception):
    """A unit that cannot be used: what was found and what is accepted."""


class DimensionError(UnitError):
    """A unit that is understood but measures something else than is expected."""


@dataclass(frozen=True)
class Scale:
    """How a quantity may be written, and what it is in its canonical unit.

    ``units`` maps UCUM units to the exact factor that converts them to ``unit``; ``aliases`` maps spellings
    that are not UCUM, or that mean something else there, to the UCUM unit that their writers mean.
    """

    unit: str
    units: Mapping[str, Decimal]
    aliases: Mapping[str, str]
    molar_mass: Decimal | None = None
    """Grams in a mole, where the quantity may be written as mass or as amount of substance."""

    def to_canonical(self, value: Decimal, unit: str) -> Decimal:
        """Return ``value``, written in ``unit``, in the canonical unit and at most 15 significant digits.

        Raises:
            UnitError: if ``unit`` is not understood or measures something else.
        """
        return canonical(self.convert(value, unit))

    def convert(self, value: Decimal, unit: str) -> Decimal:
        """Return ``value`` in the canonical unit, exactly, or in 60 digits if no finite decimal is exact.

        Sums and ratios are worked out of this; a fact has the 15 digits of :meth:`to_canonical`.

        Raises:
            UnitError: if ``unit`` is not understood or measures something else.
        """
        if unit == self.unit:
            return value
        factor = self._factors.get(unit)
        if factor is None:
            unit = unit.translate(_INVISIBLE).strip()
            factor = self._factors.get(unit)
        if factor is None:
            exact = Fraction(value) * self._looked_up(self.aliases.get(unit, unit))
            return WORKING.divide(Decimal(exact.numerator), Decimal(exact.denominator))
        return value if factor == 1 else WORKING.multiply(value, factor)

    def factor(self, unit: str) -> Fraction:
        """Return how many of the canonical unit one ``unit`` is, exactly.

        Raises:
            UnitError: if ``unit`` is not understood or measures something else.
        """
        unit = unit.translate(_INVISIBLE).strip()
        factor = self._factors.get(unit)
        return self._looked_up(self.aliases.get(unit, unit)) if factor is None else Fraction(factor)

    @cached_property
    def _factors(self) -> Mapping[str, Decimal]:
        """The factor of every spelling that needs no looking up."""
        factors = {**self.units, self.unit: Decimal(1)}
        meant = {alias: factors[unit] for alias, unit in self.aliases.items() if unit in factors}
        return factors | meant

    def _looked_up(self, unit: str) -> Fraction:
        if not unit:
            raise UnitError(f"expected {self.unit} or another UCUM unit, found none")
        expected = f"expected {self.unit} or a unit that converts to it"
        try:
            if same_dimension(unit, self.unit) or self.molar_mass is not None:
                return conversion_factor(unit, self.unit, self.molar_mass)
        except DimensionError:
            pass
        except UnitError as error:
            hint = _hint(unit, (*self._factors, *self.aliases))
            raise UnitError(f"{expected}, but {error}{hint}") from None
        # Whoever wrote a real unit is shown no other that would change the number.
        hint = _hint(unit, (spelling for spelling, factor in self._factors.items() if factor == 1))
        raise DimensionError(f"{expected}, but {_quoted(unit)} does not{hint}")


def ucum_factor(unit: str, canonical: str) -> Decimal:
    """Return how many of the unit ``canonical`` one ``unit`` is, exactly, as UCUM has it.

    An annotation counts nothing here: ``{score}`` is ``1``.

    Raises:
        UnitError: if either is not UCUM, if they measure different things, or if no finite decimal is exact.
    """
    ratio = conversion_factor(unit, canonical)
    try:
        return _EXACT.divide(_EXACT.create_decimal(ratio.numerator), _EXACT.create_decimal(ratio.denominator))
    except Inexact:
        raise UnitError(f"one {_quoted(unit)} is no finite decimal of {_quoted(canonical)}") from None


def conversion_factor(unit: str, target: str, molar_mass: Decimal | None = None) -> Fraction:
    """Return how many ``target`` one ``unit`` is, exactly; ``molar_mass`` in g/mol converts mass to moles.

    Raises:
        UnitError: if either is not UCUM, or if they measure different things.
    """
    one, other = _measure(unit), _measure(target)
    if one.kind != other.kind and molar_mass is not None:
        one, other = (_as_mass(measure, Fraction(molar_mass)) for measure in (one, other))
    if one.kind != other.kind:
        raise DimensionError(f"{_quoted(unit)} does not convert to {_quoted(target)}")
    return one.size / other.size


def _as_mass(measure: _Measure, molar_mass: Fraction) -> _Measure:
    """Return ``measure`` with every mole replaced by its mass."""
    moles = dict(measure.kind).get("mol", 0)
    return measure.times(_measure("mol"), -moles).times(_Measure(molar_mass).times(_measure("g")), moles)


def same_dimension(first: str, second: str) -> bool:
    """Return whether two UCUM units measure the same kind of thing.

    UCUM lets ``{score}`` stand for any pure number. Here a unit that is nothing but an annotation is of a
    kind of its own, so that no percentage passes for a score.

    Raises:
        UnitError: if either is not UCUM.
    """
    alike = _measure(first).kind == _measure(second).kind
    return first == second or (alike and not _is_annotation(first) and not _is_annotation(second))


def _hint(unit: str, spellings: Iterable[str]) -> str:
    """Return the spelling most likely meant; capitals matter in UCUM, but not to those who guess."""
    known = {spelling.casefold(): spelling for spelling in spellings}
    same = known.get(unit.casefold())
    return f" (did you mean '{same}'?)" if same else nearest(unit[:MAX_LENGTH], known.values())


def _is_annotation(unit: str) -> bool:
    return not _ANNOTATION.sub("", unit).strip("./()")


def _quoted(unit: str) -> str:
    return _QUOTE.repr(unit)


@dataclass(frozen=True, slots=True)
class _Measure:
    """How much of what: a size, and the powers of the base units it is a size in."""

    size: Fraction = Fraction(1)
    kind: frozenset[tuple[str, int]] = frozenset()

    def times(self, other: _Measure, power: int = 1) -> _Measure:
        """Return this multiplied by a power of ``other``."""
        powers = Counter(dict(self.kind))
        for base, exponent in other.kind:
            powers[base] += exponent * power
        kind = frozenset((base, exponent) for base, exponent in powers.items() if exponent)
        return _Measure(self.size * other.size**power, kind)


_ONE = _Measure()


def _measure(unit: str) -> _Measure:
    if len(unit) > MAX_LENGTH:
        raise UnitError(f"{_quoted(unit)} is longer than the {MAX_LENGTH} characters that a unit may have")
    if _HUGE_POWER.search(_ANNOTATION.sub("", unit)):
        raise UnitError(f"{_quoted(unit)} has a power of more than two digits")
    found = _understood(unit)
    if found is None:
        raise UnitError(f"{_quoted(unit)} is not a UCUM unit")
    return found


@lru_cache(maxsize=4096)
def _understood(unit: str) -> _Measure | None:
    """Return what ``unit`` means; None, which is remembered too, if it is not UCUM."""
    with _looking_up:
        return _ucum().measure(unit)


_looking_up = threading.Lock()
"""The grammar is read once, and nothing says that its parser serves two threads at a time."""


@cache
def _ucum() -> _Ucum:
    return _Ucum()


class _Ucum:
    """UCUM's grammar and its table of prefixes and units."""

    def __init__(self) -> None:
        from ucumvert import InvalidUcumError, get_ucum_parser, parse_ucum, xml_util

        self._parse = partial(parse_ucum, parser=get_ucum_parser())
        self._invalid: type[Exception] = InvalidUcumError
        self._prefixes = {
            prefix.get("Code"): Fraction(prefix.find("{*}value").get("value"))
            for prefix in xml_util.root.iterfind("{*}prefix")
        }
        self._units = {entry.code_cs: entry for entry in xml_util.get_units_with_full_definition()}

    def measure(self, unit: str) -> _Measure | None:
        try:
            tree = self._parse(unit)
        except self._invalid:
            return None
        atoms = (self._units.get(token) for token in tree.scan_values(lambda token: True))
        if any(entry is not None and entry.is_special for entry in atoms):
            # A scale with a zero of its own or a logarithm: no factor leads to or from it.
            return _Measure(kind=frozenset({(unit, 1)}))
        return self._evaluated(tree)

    def _evaluated(self, part: Any) -> _Measure:
        """Return the measure of a part of the grammar's tree; annotations count nothing."""
        if isinstance(part, str):
            return _ONE
        match part.data, part.children:
            case "simple_unit", [*prefix, atom]:
                size = self._prefixes[prefix[0]] if prefix else Fraction(1)
                return _Measure(size).times(self._atom(str(atom)))
            case "annotatable", [unit, power]:
                return _ONE.times(self._evaluated(unit), int(power))
            case "term", [left, operator, right]:
                return self._evaluated(left).times(self._evaluated(right), -1 if operator == "/" else 1)
            case "main_term", [_, divisor]:
                return _ONE.times(self._evaluated(divisor), -1)
        return self._evaluated(part.children[0])

    def _atom(self, atom: str) -> _Measure:
        if atom.isdecimal():
            return _Measure(Fraction(atom))
        entry = self._units.get(atom)
        # Arbitrary units, such as [iU], are by UCUM commensurable with nothing but themselves. The mole is a
        # number to UCUM; here it is not, because who writes mmol/L does not mean to count cells.
        arbitrary = entry is not None and entry.is_arbitrary and entry.defining_unit == "1"
        if entry is None or arbitrary or atom == "mol":
            return _Measure(kind=frozenset({(atom, 1)}))
        size = _Measure(Fraction(entry.conversion_factor))
        return size.times(self._evaluated(self._parse(entry.defining_unit)))
