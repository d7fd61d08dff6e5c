"""What one terminology case states, one check for each code or value, with the names of a rulebook."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, TypeAlias

from cds_engine.quantities.numbers import canonical, plain
from cds_engine.quantities.units import UnitError
from cds_engine.rulebook.vocabulary import SECTIONS, Meaning, Quantity, Section, Vocabulary

Relation = Literal["is", "may be", "is not", "is something else", "is not understood", "is implausible"]


@dataclass(frozen=True, slots=True)
class CodeCheck:
    """What one code is in one section; ``concept`` is None where the relation names none.

    ``system`` is the code system as the case spells it. A ``code`` such as ``G40*`` stands for G40 and for
    the codes below it about which no longer entry of the terminology decides.
    """

    system: str
    code: str
    section: Section
    relation: Relation
    concept: str | None
    line: int

    def problem(self, vocabulary: Vocabulary) -> str | None:
        """Return what the terminology says instead; None if the case holds."""
        for code in self.codes(vocabulary):
            found = vocabulary.meaning(self.section, f"{self.system}|{code}")
            if not self._holds(found, vocabulary):
                return f"{self.system}|{code} {self._found_text(code, found, vocabulary)}"
        return None

    def codes(self, vocabulary: Vocabulary) -> list[str]:
        """Return the codes to look up: the one that is written, or examples of those that begin so."""
        system = vocabulary.system(self.system)
        if system is None or not self.code.endswith("*"):
            return [self.code]
        return vocabulary.codes(self.section, system).examples(self.code)

    def _found_text(self, code: str, found: Meaning, vocabulary: Vocabulary) -> str:
        """Return what a code is, or may be, in words."""
        perhaps = sorted(found.perhaps)
        if len(perhaps) == len(list(vocabulary.names(self.section))):
            return f"is not understood among the {self.section}: it may be any of them"
        parts = [f"is {found.concept}"] if found.concept is not None else []
        parts += [f"may be {', '.join(perhaps)}"] if perhaps else []
        if not parts:
            elsewhere = [(other, vocabulary.concept(other, f"{self.system}|{code}")) for other in SECTIONS]
            parts = [f"is {name}, one of the {other}" for other, name in elsewhere if name is not None]
        return " and ".join(parts) or f"is something else than the {self.section}"

    def _holds(self, found: Meaning, vocabulary: Vocabulary) -> bool:
        match self.relation:
            case "is":
                return found.concept == self.concept
            case "may be":
                return found.concept != self.concept and self.concept in found.perhaps
            case "is not":
                return found.concept != self.concept and self.concept not in found.perhaps
            case "is something else":
                return found.is_something_else
        return found.concept is None and len(found.perhaps) == len(list(vocabulary.names(self.section)))


@dataclass(frozen=True, slots=True)
class QuantityCheck:
    """What a value with its unit is: ``expected`` in the canonical unit, implausible, or not understood.

    ``concept`` is an observation, a drug whose daily dose it is, or None for a daily dose of any drug. Unless
    ``in_range``, a value outside of the plausible range is compared as well.
    """

    section: Section
    concept: str | None
    value: Decimal
    unit: str
    relation: Relation
    expected: Decimal | None
    line: int
    in_range: bool = True

    def problem(self, vocabulary: Vocabulary) -> str | None:
        """Return what the terminology says instead; None if the case holds."""
        quantity = quantity_of(vocabulary, self.section, self.concept)
        try:
            value = quantity.scale.convert(self.value, self.unit)
        except UnitError as error:
            return None if self.relation == "is not understood" else str(error)
        shown = f"{plain(canonical(value))} {quantity.unit}"
        if self.in_range and not quantity.plausible(value):
            return None if self.relation == "is implausible" else f"{shown} is implausible"
        if self.relation == "is" and canonical(value) == self.expected:
            return None
        return f"{plain(self.value)} {self.unit} is {shown}"


@dataclass(frozen=True, slots=True)
class AllergyCheck:
    """Whether an allergy to a drug is a condition."""

    drug: str
    condition: str
    relation: Relation
    line: int

    def problem(self, vocabulary: Vocabulary) -> str | None:
        """Return what the terminology says instead; None if the case holds."""
        found = self.condition in vocabulary.allergies.get(self.drug, ())
        if found == (self.relation == "is"):
            return None
        return f"an allergy to {self.drug} is {'' if found else 'not '}{self.condition}"


@dataclass(frozen=True, slots=True)
class SystemCheck:
    """A name of the code system with a canonical URI."""

    name: str
    uri: str
    line: int

    def problem(self, vocabulary: Vocabulary) -> str | None:
        """Return what the terminology says instead; None if the case holds."""
        found, meant = vocabulary.system(self.name), vocabulary.system(self.uri)
        if found is not None and found == meant:
            return None
        unknown = self.name if found is None else self.uri if meant is None else None
        return f"{self.name} is {found}" if unknown is None else f"{unknown} is no name of a code system"


Check: TypeAlias = CodeCheck | QuantityCheck | AllergyCheck | SystemCheck


def quantity_of(vocabulary: Vocabulary, section: Section, concept: str | None) -> Quantity:
    """Return the quantity of an observation, or of the daily dose of a drug."""
    if section == "observations" and concept is not None:
        return vocabulary.quantities[concept]
    return vocabulary.doses.get(concept or "", vocabulary.dose)
