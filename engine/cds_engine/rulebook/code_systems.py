"""What is known of the public code systems: how their codes are written, and which have a hierarchy."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

PREFIX = "*"
"""Ends an entry of a code list that stands for every code that begins with it."""


@dataclass(frozen=True, slots=True)
class Notation:
    """How the codes of a system are written.

    ``pattern`` matches a whole code after ``plain``. Only in a system with a ``hierarchy`` do longer codes
    mean narrower things. ``check_digit`` returns the last digit that the digits before it require.
    """

    name: str
    pattern: re.Pattern[str]
    example: str
    plain: Callable[[str], str] = str.strip
    hierarchy: bool = False
    check_digit: Callable[[str], str] | None = None

    def is_code(self, code: str) -> bool:
        """Return whether ``code`` can be a code of the system: form and check digit."""
        return self.problem(code) is None

    def problem(self, code: str) -> str | None:
        """Return why ``code`` cannot be a code of the system, or None."""
        plain = self.plain(code)
        if not self.pattern.fullmatch(plain):
            return f"'{code}' is not a code of {self.name}; expected one such as {self.example}"
        if self.check_digit is not None:
            expected = plain[:-1] + self.check_digit(plain[:-1])
            if expected != plain:
                message = f"'{code}' has a wrong check digit, so some digit is wrong"
                return f"{message}; {self.name} would accept {expected}"
        return None


def _without_dot(code: str) -> str:
    """Return an ICD code in capitals, without its dot and the marks of WHO's double coding."""
    return code.strip().upper().replace(".", "").rstrip("†*+!")


def _capitals(code: str) -> str:
    return code.strip().upper()


def modulus_10(digits: str) -> str:
    """Return the check digit that LOINC requires after ``digits`` and a hyphen."""
    total = 0
    for index, digit in enumerate(reversed(digits.rstrip("-"))):
        value = int(digit) * (2 if index % 2 == 0 else 1)
        total += value // 10 + value % 10
    return str(-total % 10)


def verhoeff(digits: str) -> str:
    """Return the check digit that SNOMED CT requires after ``digits`` (Verhoeff's dihedral check)."""
    check = 0
    for index, digit in enumerate(reversed(digits), start=1):
        check = _PRODUCTS[check][_PERMUTED[index % 8][int(digit)]]
    return str(_PRODUCTS[check].index(0))


def _product(left: int, right: int) -> int:
    """Return the product in the dihedral group of the pentagon: 0 to 4 are turns, 5 to 9 reflections."""
    turn = (left - right if left >= 5 else left + right) % 5
    return turn + 5 * ((left >= 5) != (right >= 5))


def _permuted(digit: int, times: int) -> int:
    for _ in range(times):
        digit = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)[digit]
    return digit


_PRODUCTS = [[_product(left, right) for right in range(10)] for left in range(10)]
_PERMUTED = [[_permuted(digit, times) for digit in range(10)] for times in range(8)]


LOINC = Notation("LOINC", re.compile(r"[0-9]{1,7}-[0-9]"), "751-8", check_digit=modulus_10)
SNOMED_CT = Notation("SNOMED CT", re.compile(r"[1-9][0-9]{5,17}"), "84757009", check_digit=verhoeff)
RXNORM = Notation("RxNorm", re.compile(r"[1-9][0-9]{0,7}"), "6929")
ATC = Notation(
    "ATC",
    re.compile(r"[A-Z]([0-9]{2}([A-Z]([A-Z]([0-9]{2})?)?)?)?"),
    "N06AX03",
    plain=_capitals,
    hierarchy=True,
)
ICD_10_CM = Notation(
    "ICD-10-CM",
    re.compile(r"[A-Z][0-9][0-9A-Z][0-9A-Z]{0,4}"),
    "F32.1",
    plain=_without_dot,
    hierarchy=True,
)
ICD_10 = Notation(
    "ICD-10", re.compile(r"[A-Z][0-9]{2}[0-9]{0,3}"), "F32.1", plain=_without_dot, hierarchy=True
)
OTHER = Notation("the code system", re.compile(r".+", re.DOTALL), "A-1")
"""The notation of a system that is not known here: any text."""

_BY_URI = {
    "http://loinc.org": LOINC,
    "http://snomed.info/sct": SNOMED_CT,
    "http://www.nlm.nih.gov/research/umls/rxnorm": RXNORM,
    "http://www.whocc.no/atc": ATC,
    "http://hl7.org/fhir/sid/icd-10-cm": ICD_10_CM,
    "http://hl7.org/fhir/sid/icd-10": ICD_10,
}
HIERARCHIES = ", ".join(notation.name for notation in _BY_URI.values() if notation.hierarchy)


def notation(uri: str) -> Notation:
    """Return how the codes of the system with this canonical URI are written."""
    return _BY_URI.get(uri, OTHER)
