"""Exact conversion of UCUM units.

Units that a rulebook declares are converted with the declared factors. Any other unit is parsed with
ucumvert's grammar and converted with fractions from UCUM's own table of units, so that a value equal to a
threshold stays equal to it. (pint, which ucumvert is usually combined with, divides floats and defines some
units differently than UCUM.) Importing ucumvert takes a third of a second, so it is imported only when an
undeclared unit occurs.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact
from fractions import Fraction
from functools import cache, cached_property, lru_cache, partial
from reprlib import Repr
from typing import Any

from cds_engine.quantities.numbers import WORKING, canonical

MAX_LENGTH = 40
_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff"))
_SIGNS = str.maketrans(
    {
        "\N{MICRO SIGN}": "u",
        "\N{GREEK SMALL LETTER MU}": "u",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{MIDDLE DOT}": ".",
        "\N{DOT OPERATOR}": ".",
        "\N{FRACTION SLASH}": "/",
        "\N{DIVISION SLASH}": "/",
        "\N{MINUS SIGN}": "-",
    }
)
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_RAISED = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_POWER_OF_TEN = re.compile(r"(?<![0-9A-Za-z.])(?:[xX]\s*)?10(?:\^|\*\*|\*|[eE])([+-]?[0-9]{1,2})(?![0-9])")
_BLANKS = re.compile(r"\s*([/*^])\s*")
_ANNOTATION = re.compile(r"\{[^{}]*\}")
_HUGE_POWER = re.compile(r"[^\d./(][+-]?\d{3}")
"""A power with three or more digits (a number that does not follow an operator). No real unit has one, and
computing it could keep a server busy."""
_EXACT = Context(prec=WORKING.prec, traps=[Inexact])
_QUOTE = Repr()
_QUOTE.maxstring = MAX_LENGTH


class UnitError(Exception):
    """A unit that cannot be used; the message says why and what is accepted."""


class DimensionError(UnitError):
    """A unit that is understood but measures something else than is expected."""


@dataclass(frozen=True)
class Scale:
    """The units of one quantity and their conversion to its canonical ``unit``.

    ``units`` maps UCUM units to the exact factor that converts them to ``unit``. ``aliases`` maps spellings
    that are not UCUM, or that mean something else in UCUM, to the intended UCUM unit.
    """

    unit: str
    units: Mapping[str, Decimal]
    aliases: Mapping[str, str]
    molar_mass: Decimal | None = None
    """Grams in a mole, where the quantity may be written as mass or as amount of substance."""

    def to_canonical(self, value: Decimal, unit: str) -> Decimal:
        """Return ``value`` converted from ``unit`` to the canonical unit, rounded to 15 significant digits.

        Raises:
            UnitError: if ``unit`` is not understood or measures something else.
        """
        return canonical(self.convert(value, unit))

    def convert(self, value: Decimal, unit: str) -> Decimal:
        """Return ``value`` converted from ``unit`` to the canonical unit, exactly or with 60 digits.

        Use this for sums and ratios; facts have the 15 digits of :meth:`to_canonical`.

        Raises:
            UnitError: if ``unit`` is not understood or measures something else.
        """
        if unit == self.unit:
            return value
        factor = self._factors.get(unit)
        if factor is None:
            exact = Fraction(value) * self.factor(unit)
            return WORKING.divide(Decimal(exact.numerator), Decimal(exact.denominator))
        return value if factor == 1 else WORKING.multiply(value, factor)

    def factor(self, unit: str) -> Fraction:
        """Return the exact factor that converts ``unit`` to the canonical unit.

        Raises:
            UnitError: if ``unit`` is not understood or measures something else.
        """
        unit = unit.translate(_INVISIBLE).strip()
        for spelling in (unit, ucum_spelling(unit)):
            factor = self._factors.get(spelling)
            if factor is not None:
                return Fraction(factor)
            if spelling in self.aliases:
                return self._ucum_factor(self.aliases[spelling])
        return self._ucum_factor(unit)

    @cached_property
    def _factors(self) -> Mapping[str, Decimal]:
        """The factor of every declared unit and alias."""
        factors = {**self.units, self.unit: Decimal(1)}
        return factors | {alias: factors[unit] for alias, unit in self.aliases.items() if unit in factors}

    @cached_property
    def _spellings(self) -> Mapping[str, str]:
        """A declared unit by its letters in any case, where these leave no doubt about the magnitude."""
        alike: dict[str, set[Decimal]] = {}
        for spelling, factor in self._factors.items():
            alike.setdefault(_letters(spelling), set()).add(factor)
        known: dict[str, str] = {}
        for spelling in self._factors:
            known.setdefault(_letters(spelling), spelling)
        return {letters: spelling for letters, spelling in known.items() if len(alike[letters]) == 1}

    def suggestion(self, unit: str) -> str:
        """Return ``" (did you mean 'x'?)"`` if ``unit`` is a declared unit in other capitals or blanks.

        Any other resemblance says nothing: ``/uL`` and ``/nL`` differ by one letter and a factor of 1000.
        """
        same = self._spellings.get(_letters(unit)) if len(unit) <= MAX_LENGTH else None
        return f" (did you mean '{same}'?)" if same else ""

    def _ucum_factor(self, unit: str) -> Fraction:
        if not unit:
            raise UnitError(f"expected {self.unit} or another UCUM unit, found none")
        expected = f"expected {self.unit} or a unit that converts to it"
        spelling = ucum_spelling(unit)
        try:
            if same_dimension(spelling, self.unit) or self.molar_mass is not None:
                return conversion_factor(spelling, self.unit, self.molar_mass)
        except DimensionError:
            pass
        except UnitError as error:
            raise UnitError(f"{expected}, but {error}{self.suggestion(unit)}") from None
        raise DimensionError(f"{expected}, but {_quoted(unit)} does not{self.suggestion(unit)}")


def ucum_factor(unit: str, canonical: str) -> Decimal:
    """Return the exact factor by which UCUM converts ``unit`` to ``canonical``.

    Annotations are ignored: ``{score}`` is ``1``.

    Raises:
        UnitError: if either is not UCUM, they measure different things, or the factor has no finite decimal.
    """
    ratio = conversion_factor(unit, canonical)
    try:
        return _EXACT.divide(_EXACT.create_decimal(ratio.numerator), _EXACT.create_decimal(ratio.denominator))
    except Inexact:
        raise UnitError(
            f"no finite decimal converts {_quoted(unit)} to {_quoted(canonical)} exactly"
        ) from None


def conversion_factor(unit: str, target: str, molar_mass: Decimal | None = None) -> Fraction:
    """Return how many ``target`` one ``unit`` is, exactly; ``molar_mass`` in g/mol converts mass to moles.

    Raises:
        UnitError: if either is not UCUM, or if they measure different things.
    """
    one, other = _parse(unit), _parse(target)
    if one.powers != other.powers and molar_mass is not None:
        one, other = (_as_mass(measure, Fraction(molar_mass)) for measure in (one, other))
    if one.powers != other.powers:
        raise DimensionError(f"{_quoted(unit)} does not convert to {_quoted(target)}")
    return one.size / other.size


def _as_mass(measure: _ParsedUnit, molar_mass: Fraction) -> _ParsedUnit:
    """Return ``measure`` with every mole replaced by its mass."""
    moles = dict(measure.powers).get("mol", 0)
    return measure.times(_parse("mol"), -moles).times(_ParsedUnit(molar_mass).times(_parse("g")), moles)


def same_dimension(first: str, second: str) -> bool:
    """Return whether two UCUM units measure the same kind of quantity.

    In UCUM ``{score}`` is a pure number. Here a unit that is only an annotation equals nothing but itself, so
    that a percentage is never taken for a score.

    Raises:
        UnitError: if either is not UCUM.
    """
    same = _parse(first).powers == _parse(second).powers
    return first == second or (same and not _is_annotation(first) and not _is_annotation(second))


def ucum_spelling(unit: str) -> str:
    """Return ``unit`` in the characters of UCUM: ``x10E9/L`` is ``10*9/L``.

    Micro signs, superscripts, multiplication signs and blanks around signs are written as UCUM does. Only the
    spelling changes; what is UCUM already keeps its meaning.
    """
    if len(unit) > MAX_LENGTH:
        return unit
    plain = _BLANKS.sub(r"\1", unit.translate(_SIGNS).strip())
    plain = re.sub(r"10(?=[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻])", "10*", plain)
    plain = _RAISED.sub(lambda found: found.group().translate(_SUPERSCRIPTS), plain)
    return _POWER_OF_TEN.sub(r"10*\1", plain)


def _letters(unit: str) -> str:
    """Return ``unit`` without its case and blanks."""
    return "".join(ucum_spelling(unit).casefold().split())


def _is_annotation(unit: str) -> bool:
    return not _ANNOTATION.sub("", unit).strip("./()")


def _quoted(unit: str) -> str:
    return _QUOTE.repr(unit)


@dataclass(frozen=True, slots=True)
class _ParsedUnit:
    """A unit as a multiple (``size``) of a product of powers of base units."""

    size: Fraction = Fraction(1)
    powers: frozenset[tuple[str, int]] = frozenset()

    def times(self, other: _ParsedUnit, power: int = 1) -> _ParsedUnit:
        """Return this multiplied by a power of ``other``."""
        exponents = Counter(dict(self.powers))
        for base, exponent in other.powers:
            exponents[base] += exponent * power
        powers = frozenset((base, exponent) for base, exponent in exponents.items() if exponent)
        return _ParsedUnit(self.size * other.size**power, powers)


_ONE = _ParsedUnit()


def _parse(unit: str) -> _ParsedUnit:
    if len(unit) > MAX_LENGTH:
        raise UnitError(f"{_quoted(unit)} is longer than the {MAX_LENGTH} characters that a unit may have")
    if _HUGE_POWER.search(_ANNOTATION.sub("", unit)):
        raise UnitError(f"{_quoted(unit)} has a power of more than two digits")
    parsed = _parse_ucum(unit)
    if parsed is None:
        raise UnitError(f"{_quoted(unit)} is not a UCUM unit")
    return parsed


@lru_cache(maxsize=4096)
def _parse_ucum(unit: str) -> _ParsedUnit | None:
    """Return ``unit`` parsed, or None if it is not UCUM; both are cached."""
    with _parser_lock:
        return _parser().parse(unit)


_parser_lock = threading.Lock()
"""The grammar is read only once, and its parser is not documented to be thread-safe."""


@cache
def _parser() -> _UcumParser:
    return _UcumParser()


class _UcumParser:
    """UCUM's grammar with its table of prefixes and units."""

    def __init__(self) -> None:
        from ucumvert import InvalidUcumError, get_ucum_parser, parse_ucum, xml_util

        self._parse_tree = partial(parse_ucum, parser=get_ucum_parser())
        self._invalid: type[Exception] = InvalidUcumError
        self._prefixes = {
            prefix.get("Code"): Fraction(prefix.find("{*}value").get("value"))
            for prefix in xml_util.root.iterfind("{*}prefix")
        }
        self._units = {entry.code_cs: entry for entry in xml_util.get_units_with_full_definition()}

    def parse(self, unit: str) -> _ParsedUnit | None:
        try:
            tree = self._parse_tree(unit)
        except self._invalid:
            return None
        atoms = (self._units.get(token) for token in tree.scan_values(lambda token: True))
        if any(entry is not None and entry.is_special for entry in atoms):
            # Degrees Celsius, pH and the like have their own zero or a logarithm: no factor converts them.
            return _ParsedUnit(powers=frozenset({(unit, 1)}))
        return self._evaluate(tree)

    def _evaluate(self, part: Any) -> _ParsedUnit:
        """Return the unit of a part of the syntax tree; annotations are ignored."""
        if isinstance(part, str):
            return _ONE
        match part.data, part.children:
            case "simple_unit", [*prefix, atom]:
                size = self._prefixes[prefix[0]] if prefix else Fraction(1)
                return _ParsedUnit(size).times(self._atom(str(atom)))
            case "annotatable", [unit, power]:
                return _ONE.times(self._evaluate(unit), int(power))
            case "term", [left, operator, right]:
                return self._evaluate(left).times(self._evaluate(right), -1 if operator == "/" else 1)
            case "main_term", [_, divisor]:
                return _ONE.times(self._evaluate(divisor), -1)
        return self._evaluate(part.children[0])

    def _atom(self, atom: str) -> _ParsedUnit:
        if atom.isdecimal():
            return _ParsedUnit(Fraction(atom))
        entry = self._units.get(atom)
        # In UCUM an arbitrary unit, such as [iU], converts only to itself. The mole is a pure number in UCUM,
        # but not here: mmol/L must not be accepted for a count of cells.
        arbitrary = entry is not None and entry.is_arbitrary and entry.defining_unit == "1"
        if entry is None or arbitrary or atom == "mol":
            return _ParsedUnit(powers=frozenset({(atom, 1)}))
        size = _ParsedUnit(Fraction(entry.conversion_factor))
        return size.times(self._evaluate(self._parse_tree(entry.defining_unit)))
