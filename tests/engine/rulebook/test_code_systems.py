"""How codes are written: form, check digits, and the plain notation of ICD."""

from __future__ import annotations

import pytest
from cds_engine.rulebook.code_systems import (
    ATC,
    ICD_10,
    ICD_10_CM,
    LOINC,
    OTHER,
    RXNORM,
    SNOMED_CT,
    Notation,
    notation,
)
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("written", "code"),
    [
        (LOINC, "751-8"),
        (LOINC, "804-5"),
        (LOINC, "26499-4"),
        (LOINC, " 718-7 "),
        (SNOMED_CT, "84757009"),
        (SNOMED_CT, "22298006"),
        (SNOMED_CT, "16265951000119109"),
        (RXNORM, "6929"),
        (ATC, "N06AX03"),
        (ATC, "n06ax03"),
        (ATC, "N06AX"),
        (ATC, "N"),
        (ICD_10_CM, "F32.A"),
        (ICD_10_CM, "g40.909"),
        (ICD_10_CM, "O9A"),
        (ICD_10_CM, "T43.021A"),
        (ICD_10, "F32"),
        (ICD_10, "F32.11"),
        (ICD_10, "G63.2*"),
        (ICD_10, "E10.4†"),
        (OTHER, "anything at all"),
    ],
)
def test_codes(written: Notation, code: str) -> None:
    assert written.problem(code) is None


@pytest.mark.parametrize(
    ("written", "code", "message"),
    [
        (LOINC, "751-7", "LOINC would accept 751-8"),
        (LOINC, "7518", "not a code of LOINC; expected one such as 751-8"),
        (LOINC, "LP14267-5", "not a code of LOINC"),
        (SNOMED_CT, "84757008", "SNOMED CT would accept 84757009"),
        (SNOMED_CT, "84757090", "wrong check digit"),
        (SNOMED_CT, "12345", "not a code of SNOMED CT"),
        (SNOMED_CT, "084757009", "not a code of SNOMED CT"),
        (RXNORM, "6929a", "not a code of RxNorm"),
        (ATC, "N06A3", "not a code of ATC"),
        (ICD_10_CM, "F3", "not a code of ICD-10-CM"),
        (ICD_10_CM, "depression", "not a code of ICD-10-CM"),
        (ICD_10, "F32.A", "not a code of ICD-10"),
        (ICD_10, "F32.-", "not a code of ICD-10"),
        (OTHER, "", "not a code"),
    ],
)
def test_what_is_no_code(written: Notation, code: str, message: str) -> None:
    assert message in (written.problem(code) or "")


@given(st.integers(10**5, 10**17 - 1), st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(number: int, place: int, more: int) -> None:
    assert SNOMED_CT.check_digit is not None
    digits = str(number)
    code = digits + SNOMED_CT.check_digit(digits)
    assert SNOMED_CT.is_code(code)
    place %= len(code)
    wrong = code[:place] + str((int(code[place]) + more) % 10) + code[place + 1 :]
    assert not SNOMED_CT.is_code(wrong)


@given(st.integers(1, 9_999_999), st.integers(0, 6), st.integers(1, 9))
def test_one_wrong_digit_of_loinc_is_always_found(number: int, place: int, more: int) -> None:
    assert LOINC.check_digit is not None
    digits = str(number)
    code = f"{digits}-{LOINC.check_digit(digits + '-')}"
    assert LOINC.is_code(code)
    place %= len(digits)
    wrong = code[:place] + str((int(code[place]) + more) % 10) + code[place + 1 :]
    assert not LOINC.is_code(wrong)


def test_only_known_systems_have_a_notation() -> None:
    assert notation("http://loinc.org") is LOINC
    assert notation("http://hl7.org/fhir/sid/icd-10") is ICD_10
    assert notation("http://example.org") is OTHER
