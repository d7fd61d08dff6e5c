"""Units are converted exactly as UCUM and the rulebook define them, or refused."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from fractions import Fraction

import pytest
from cds_engine.quantities.numbers import SIGNIFICANT_DIGITS, canonical
from cds_engine.quantities.units import (
    MAX_LENGTH,
    Scale,
    UnitError,
    conversion_factor,
    same_dimension,
    ucum_factor,
    ucum_spelling,
)
from hypothesis import given
from hypothesis import strategies as st

COUNTS = Scale(
    "10*9/L",
    {
        "10*3/uL": Decimal(1),
        "10*6/L": Decimal("0.001"),
        "/uL": Decimal("0.001"),
        "{cells}/uL": Decimal("0.001"),
    },
    {"K/uL": "10*3/uL", "cells/uL": "{cells}/uL", "10e9/L": "10*9/L", "lakh/uL": "10*5/uL"},
)
DOSES = Scale("mg/d", {"g/d": Decimal(1000), "ug/d": Decimal("0.001")}, {"mg/day": "mg/d"})
WEIGHTS = Scale("kg", {"[lb_av]": Decimal("0.45359237")}, {"lb": "[lb_av]"})
SCORES = Scale("{score}", {"1": Decimal(1)}, {"points": "{score}"})


# A quantity as a record writes it


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        ("1.5", "10*9/L"),
        ("1.5", "10*3/uL"),
        ("1500", "/uL"),
        ("1500", "10*6/L"),
        ("1500", "{cells}/uL"),
        ("1500", "cells/uL"),
        ("1.5", "K/uL"),
        ("1.5", "10e9/L"),
        ("0.015", "lakh/uL"),
        # Declared by nobody
        ("1.5", "10^9/L"),
        ("1.5", "10^3/uL"),
        ("1.5", "10*3/mm3"),
        ("1.5", "1000/uL"),
        ("1.5", "/nL"),
        ("1500", "/mm3"),
        ("1500", "{cells}/mm3"),
        ("1500", "{#}/uL"),
        ("1500000", "/mL"),
        ("1500000000", "/L"),
        ("1.5", "10*9/l"),
        ("0.0015", "10*12/L"),
        ("1.5", "10*3.uL-1"),
        # As they come out of other programs
        ("1.5", " 10*9/L "),
        ("1.5", "\u200b10*9/L\ufeff"),
        ("1.5", "10*3\u200b/uL"),
        ("1.5", "\u00a0K/uL"),
        ("1.5", "/nL\n"),
    ],
)
def test_one_and_a_half_is_the_same_number_in_every_unit(value: str, unit: str) -> None:
    assert COUNTS.to_canonical(Decimal(value), unit) == Decimal("1.5")


@pytest.mark.parametrize(
    ("scale", "value", "unit", "expected"),
    [
        (DOSES, "0.06", "g/d", "60"),
        (DOSES, "60000", "ug/d", "60"),
        (DOSES, "60", "mg/(24.h)", "60"),
        (DOSES, "60", "mg/(1.d)", "60"),
        (DOSES, "2.5", "mg/h", "60"),
        (DOSES, "20", "mg/(8.h)", "60"),
        (DOSES, "60", "mg{base}/d", "60"),
        (WEIGHTS, "150", "lb", "68.0388555"),
        (WEIGHTS, "68000", "g", "68"),
        (WEIGHTS, "0", "[lb_av]", "0"),
        (WEIGHTS, "-1", "g", "-0.001"),
        (SCORES, "7", "1", "7"),
        (SCORES, "7", "points", "7"),
        (SCORES, "7", "{score}", "7"),
    ],
)
def test_conversion(scale: Scale, value: str, unit: str, expected: str) -> None:
    assert scale.to_canonical(Decimal(value), unit) == Decimal(expected)


def test_a_rounded_result_stays_on_its_side_of_a_threshold() -> None:
    assert DOSES.to_canonical(Decimal(420), "mg/wk") == 60
    assert DOSES.to_canonical(Decimal("420.000000000001"), "mg/wk") > 60
    assert DOSES.to_canonical(Decimal("419.999999999999"), "mg/wk") < 60
    assert DOSES.to_canonical(Decimal(100), "mg/wk") == Decimal("14.2857142857142")


def test_the_canonical_unit_changes_nothing() -> None:
    value = Decimal("1.50")
    assert COUNTS.convert(value, "10*9/L") is value
    assert str(COUNTS.to_canonical(value, "10*9/L")) == "1.50"


@given(st.decimals(min_value=0, max_value=10**6, places=6), st.sampled_from(["lb", "g", "[oz_av]"]))
def test_finite_decimals_are_converted_exactly(value: Decimal, unit: str) -> None:
    assert Fraction(WEIGHTS.convert(value, unit)) == Fraction(value) * WEIGHTS.factor(unit)


def test_the_factor_of_a_unit() -> None:
    assert DOSES.factor("mg/wk") == Fraction(1, 7)
    assert COUNTS.factor(" K/uL") == 1
    with pytest.raises(UnitError):
        COUNTS.factor("kg")


def test_a_declared_factor_overrides_ucum() -> None:
    scale = Scale("10*9/L", {"K/uL": Decimal(1)}, {})
    assert scale.to_canonical(Decimal("1.5"), "K/uL") == Decimal("1.5")


numbers = st.decimals(min_value=0, max_value=10**6, places=6).map(canonical)


@given(numbers, st.sampled_from(["10*3/uL", "/uL", "{cells}/uL", "K/uL", "/nL", "10*12/L", "1000/uL"]))
def test_there_and_back(value: Decimal, unit: str) -> None:
    there = COUNTS.to_canonical(value, unit)
    written = Fraction(value) * Fraction(COUNTS.to_canonical(Decimal(1), unit))
    assert Fraction(there) == written
    assert there / COUNTS.to_canonical(Decimal(1), unit) == value


@given(numbers, numbers, st.sampled_from(["lb", "g", "[oz_av]", "[stone_av]", "[lb_tr]"]))
def test_order_is_kept(value: Decimal, other: Decimal, unit: str) -> None:
    ours, theirs = WEIGHTS.to_canonical(value, unit), WEIGHTS.to_canonical(other, unit)
    assert (ours <= theirs) if value <= other else (ours >= theirs)
    assert len(ours.as_tuple().digits) <= SIGNIFICANT_DIGITS


# What is refused


@pytest.mark.parametrize(
    ("scale", "unit", "message"),
    [
        (COUNTS, "G/L", "expected 10*9/L or a unit that converts to it, but 'G/L' does not"),  # gauss
        (COUNTS, "mmol/L", "expected 10*9/L or a unit that converts to it, but 'mmol/L' does not"),
        (COUNTS, "[iU]/uL", "expected 10*9/L or a unit that converts to it, but '[iU]/uL' does not"),
        (COUNTS, "%", "expected 10*9/L or a unit that converts to it, but '%' does not"),
        (COUNTS, "{cells}", "expected 10*9/L or a unit that converts to it, but '{cells}' does not"),
        (
            DOSES,
            "mg",
            "expected mg/d or a unit that converts to it, but 'mg' does not",
        ),
        (DOSES, "K/uL", "expected mg/d or a unit that converts to it, but 'K/uL' does not"),  # kelvin
        (SCORES, "%", "expected {score} or a unit that converts to it, but '%' does not"),
        (
            SCORES,
            "{points}",
            "expected {score} or a unit that converts to it, but '{points}' does not",
        ),
        (
            COUNTS,
            "10*9/K",
            "expected 10*9/L or a unit that converts to it, but '10*9/K' does not",
        ),
        (COUNTS, "", "expected 10*9/L or another UCUM unit, found none"),
        (COUNTS, " \u200b ", "expected 10*9/L or another UCUM unit, found none"),
        (
            COUNTS,
            "cels/uL",
            "expected 10*9/L or a unit that converts to it, but 'cels/uL' is not a UCUM unit",
        ),
        (
            DOSES,
            "MG/DAY",
            "expected mg/d or a unit that converts to it, but 'MG/DAY' is not a UCUM unit"
            " (did you mean 'mg/day'?)",
        ),
        (DOSES, "furlongs", "expected mg/d or a unit that converts to it, but 'furlongs' is not a UCUM unit"),
        (
            DOSES,
            "10*999999999/d",
            "expected mg/d or a unit that converts to it, but '10*999999999/d' has a power of more than two"
            " digits",
        ),
    ],
)
def test_refused(scale: Scale, unit: str, message: str) -> None:
    with pytest.raises(UnitError) as caught:
        scale.to_canonical(Decimal(1), unit)
    assert str(caught.value) == message


def test_a_very_long_unit_is_not_parsed() -> None:
    with pytest.raises(UnitError, match=f"longer than the {MAX_LENGTH} characters") as caught:
        DOSES.to_canonical(Decimal(1), "(" * 1_000_000)
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "unit",
    [
        "(" * 20 + "m" + ")" * 19,
        "m" + ".m" * 20,
        "/" * 40,
        "{",
        "}",
        "{}}",
        "m{a",
        "10*",
        "1e9",
        "µg",
        "0",
        "-",
    ],
)
def test_strange_units_are_refused(unit: str) -> None:
    with pytest.raises(UnitError):
        DOSES.to_canonical(Decimal(1), unit)


@given(st.text(alphabet="10*9/L.umg{}()[]-+^%'dKs", max_size=12) | st.text(max_size=8))
def test_any_text_is_converted_or_refused(unit: str) -> None:
    with suppress(UnitError):
        assert DOSES.to_canonical(Decimal(1), unit) > 0


# Units as people write them


AS_WRITTEN = [
    ("1500", "/\N{MICRO SIGN}L"),
    ("1500", "/\N{GREEK SMALL LETTER MU}L"),
    ("1500", " / \N{MICRO SIGN}L"),
    ("1500", "cells/\N{MICRO SIGN}L"),
    *(
        ("1.5", f"{times}{ten}{per}")
        for times in ("", "x", "X", "\N{MULTIPLICATION SIGN}", "x ")
        for tens, units in (
            (("10⁹", "10^9", "10*9", "10E9", "10e9", "10**9"), ("/L", " / L")),
            (("10³", "10^3", "10*3", "10E3"), ("/uL", "/\N{MICRO SIGN}L", "/\N{GREEK SMALL LETTER MU}L")),
        )
        for ten in tens
        for per in units
    ),
    ("1.5", " K/uL"),
    ("1.5", "K/\N{MICRO SIGN}L"),
    ("1.5", "K / \N{GREEK SMALL LETTER MU}L"),
]


@pytest.mark.parametrize(("value", "unit"), AS_WRITTEN)
def test_counts_as_people_write_them(value: str, unit: str) -> None:
    assert COUNTS.to_canonical(Decimal(value), unit) == Decimal("1.5")
    assert COUNTS.factor(unit) == Fraction("1.5") / Fraction(value)


@pytest.mark.parametrize(
    ("unit", "spelling"),
    [
        ("10*9/L", "10*9/L"),
        ("m²", "m2"),
        ("10⁻³.g", "10*-3.g"),
        ("\N{MICRO SIGN}g·kg⁻¹", "ug.kg-1"),
        ("mg\N{FRACTION SLASH}d", "mg/d"),
        ("mg/24 h", "mg/24 h"),
        ("max10^9", "max10^9"),
        ("110^9/L", "110^9/L"),
    ],
)
def test_a_spelling_in_the_characters_of_ucum(unit: str, spelling: str) -> None:
    assert ucum_spelling(unit) == spelling


@given(st.text(alphabet="10*^9/LugdkmK.xXeE⁹µ ", max_size=12))
def test_a_spelling_keeps_the_meaning_of_what_is_ucum(unit: str) -> None:
    with suppress(UnitError):
        assert ucum_factor(unit, unit) == 1
        assert same_dimension(ucum_spelling(unit), unit)
        assert conversion_factor(ucum_spelling(unit), unit) == 1


def suggested(scale: Scale, unit: str) -> str | None:
    found = re.search(r"did you mean '(.*)'", scale.suggestion(unit))
    return found.group(1) if found else None


SCALES = (COUNTS, DOSES, WEIGHTS, SCORES)
DECLARED = [(scale, unit) for scale in SCALES for unit in (scale.unit, *scale.units, *scale.aliases)]
NEAR: list[Callable[[str], str]] = [
    lambda unit: unit,
    str.upper,
    str.lower,
    str.swapcase,
    str.title,
    lambda unit: f" {unit} ",
    lambda unit: unit.replace("/", " / "),
    lambda unit: unit.replace("u", "\N{MICRO SIGN}"),
]


@pytest.mark.parametrize(("scale", "unit"), DECLARED)
def test_no_suggestion_differs_in_magnitude(scale: Scale, unit: str) -> None:
    for change in NEAR:
        found = suggested(scale, change(unit))
        assert found is None or scale.factor(found) == scale.factor(unit)


@given(st.sampled_from(DECLARED), st.integers(0, 8), st.sampled_from("numkdLg9 36/"))
def test_a_changed_letter_is_never_corrected(declared: tuple[Scale, str], at: int, letter: str) -> None:
    scale, unit = declared
    changed = unit[:at] + letter + unit[at + 1 :]
    found = suggested(scale, changed)
    assert found is None or found.casefold() == "".join(ucum_spelling(changed).casefold().split())


def test_no_suggestion_where_capitals_change_the_magnitude() -> None:
    scale = Scale("mg/d", {"Mg/d": Decimal(10**9)}, {})
    assert suggested(scale, "MG/D") is None


# UCUM


@pytest.mark.parametrize(
    ("unit", "canonical_unit", "factor"),
    [
        ("10*3/uL", "10*9/L", "1"),
        ("mg/mL", "g/L", "1"),
        ("g/dL", "g/L", "10"),
        ("g%", "g/L", "10"),
        ("mg/dL", "g/L", "0.01"),
        ("[lb_av]", "kg", "0.45359237"),
        ("[in_i]", "cm", "2.54"),
        ("wk", "d", "7"),
        ("mo", "d", "30.4375"),
        ("a", "d", "365.25"),
        ("%", "1", "0.01"),
        ("[ppm]", "%", "0.0001"),
        ("1", "{score}", "1"),
        ("{points}", "{score}", "1"),
        ("m[iU]/mL", "[iU]/L", "1"),
        ("[iU]", "[IU]", "1"),
        ("[Cal]", "kJ", "4.184"),
        ("meq/L", "mmol/L", "1"),
        ("KiBy", "By", "1024"),
        ("Cel", "Cel", "1"),
        ("[pH]", "[pH]", "1"),
    ],
)
def test_ucum_factor(unit: str, canonical_unit: str, factor: str) -> None:
    assert ucum_factor(unit, canonical_unit) == Decimal(factor)


@pytest.mark.parametrize(
    ("unit", "canonical_unit", "message"),
    [
        ("K/uL", "10*9/L", "'K/uL' does not convert to '10*9/L'"),
        ("mol", "1", "'mol' does not convert to '1'"),
        ("[iU]", "1", "'[iU]' does not convert to '1'"),
        ("[iU]", "/[iU]", "'[iU]' does not convert to '/[iU]'"),
        ("Cel", "K", "'Cel' does not convert to 'K'"),
        ("Cel", "[degF]", "'Cel' does not convert to '[degF]'"),
        ("dB", "B", "'dB' does not convert to 'B'"),
        ("mg/wk", "mg/d", "no finite decimal converts 'mg/wk' to 'mg/d' exactly"),
        ("points", "{score}", "'points' is not a UCUM unit"),
        ("d", "day", "'day' is not a UCUM unit"),
        ("", "", "'' is not a UCUM unit"),
    ],
)
def test_no_ucum_factor(unit: str, canonical_unit: str, message: str) -> None:
    with pytest.raises(UnitError) as caught:
        ucum_factor(unit, canonical_unit)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("mg/d", "g/(24.h)", True),
        ("d", "a", True),
        ("d", "d", True),
        ("%", "1", True),
        ("%", "%", True),
        ("{cells}/uL", "10*9/L", True),
        ("{score}", "{score}", True),
        ("Cel", "Cel", True),
        ("{score}", "{points}", False),
        ("{score}", "1", False),
        ("{score}", "%", False),
        ("1", "{score}", False),
        ("mg/d", "mg", False),
        ("a", "%", False),
        ("Cel", "K", False),
    ],
)
def test_same_dimension(first: str, second: str, same: bool) -> None:
    assert same_dimension(first, second) is same


def test_an_invalid_unit_has_no_dimension() -> None:
    with pytest.raises(UnitError, match="'points' is not a UCUM unit"):
        same_dimension("points", "points")


# How it is loaded


def test_declared_units_do_not_load_the_library() -> None:
    code = (
        "import sys; from decimal import Decimal; from cds_engine.quantities.units import Scale;"
        "scale = Scale('mg/d', {'g/d': Decimal(1000)}, {'mg/day': 'mg/d'});"
        "[scale.to_canonical(Decimal(1), unit) for unit in ('mg/d', 'g/d', 'mg/day', ' g/d')];"
        "sys.exit(any(name.partition('.')[0] in {'pint', 'ucumvert'} for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_first_use_from_many_threads() -> None:
    code = (
        "from concurrent.futures import ThreadPoolExecutor;"
        "from cds_engine.quantities.units import ucum_factor;"
        "units = ['g/d', 'ug/d', 'mg/h', 'mg/(8.h)', 'kg/d'] * 8;"
        "print(*ThreadPoolExecutor(8).map(lambda unit: ucum_factor(unit, 'mg/d'), units))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["1000", "0.001", "24", "3", "1000000"] * 8


@pytest.mark.parametrize("value", ["0", "4.62", "-0.7741936", "123456789012345", "60.0"])
def test_a_number_that_needs_no_rounding_stays_itself(value: str) -> None:
    number = Decimal(value)
    assert canonical(number) is number


@pytest.mark.parametrize(
    ("value", "stored"),
    [("-0", "0"), ("1.2345678901234567", "1.23456789012346"), ("1.00000000000000001", "1.00000000000001")],
)
def test_another_number_is_rounded(value: str, stored: str) -> None:
    assert str(canonical(Decimal(value))) == stored
