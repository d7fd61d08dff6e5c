"""How a record may write what it means: a concept by its name or a code, a quantity in many units.

All of it is read from the rulebook's terminology, so that what the patients say is what the engine knows;
beside that stand a few codes that nobody knows and a few units that only UCUM explains.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np
import numpy.typing as npt
from cds_engine.rulebook import Rulebook
from cds_engine.rulebook.vocabulary import Quantity, Section, Vocabulary

from tests.patients.draw import Draw, Ints

T = TypeVar("T")
UNKNOWN: Mapping[Section, Sequence[str]] = {
    "drugs": ("ramipril", "metformin", "lithium", "http://www.nlm.nih.gov/research/umls/rxnorm|29046"),
    "conditions": ("hypertension", "anxiety", "http://snomed.info/sct|38341003", "ICD-10-CM|I10"),
    "symptoms": ("headache", "nausea", "http://snomed.info/sct|25064002"),
    "observations": ("creatinine", "http://loinc.org|2160-0", "potassium"),
}
"""Codes that the rulebook does not know; the first of a section stands for all of them."""
UNDECLARED: Mapping[str, Sequence[str]] = {
    "mg/d": ("mg/wk", "mg/d "),
    "10*9/L": ("/L", "10*9{cells}/L", " 10*9/L"),
    "g/L": ("kg/m3",),
}
"""By canonical unit: spellings that no rulebook lists and only UCUM or the blanks around them explain."""
POUNDS = "pounds"
"""Body weight measured in pounds: a quantity of its own, since no pound is a round number of kilograms."""
UNKNOWN_RESULT = "unknown"
"""What is measured under a code that the rulebook does not know."""
WRONG_UNIT, NO_UNIT = "wrong unit", "no unit"
"""Neutrophils in a unit of something else, and in none: such records are refused."""
MOST_DECIMALS = 6


class Concepts:
    """The concepts of a section, by number, and all that may be written for each; the last one is unknown."""

    def __init__(self, rulebook: Rulebook, section: Section) -> None:
        systems = {
            name: (system.uri, name, *system.also) for name, system in rulebook.terminology.systems.items()
        }
        spelled: dict[str, list[str]] = {}
        for concept, coded in getattr(rulebook.terminology, section).items():
            codes = [
                (alias, code.removesuffix("*"))
                for name, of in coded.codes.items()
                for alias in systems[name]
                for code in of.is_
            ]
            spelled[concept] = [concept, *(f"{alias}|{code}" for alias, code in codes)]
        spelled["unknown"] = list(UNKNOWN[section])
        self.number = {concept: index for index, concept in enumerate(spelled)}
        self.texts, self._first, self._count = _flat(spelled.values())

    def written(self, draw: Draw, concepts: Ints, named: float) -> Ints:
        """Return an index into ``texts`` for each concept: its name, or one of its codes."""
        return _one_of(draw, self._first[concepts], self._count[concepts], named)


class Units:
    """The units in which quantities, by number, are written.

    A value is a whole number of steps of its quantity, each a decimal place of the canonical unit. In a unit
    that is listed here a step is ``times`` of the decimal place ``places``, so that what is written is exact.
    """

    def __init__(self, vocabulary: Vocabulary, decimals: Mapping[str, int]) -> None:
        quantities = {"dose": vocabulary.dose, **vocabulary.quantities}
        listed: dict[str, list[tuple[str | None, int, int]]] = {
            name: list(_spellings(quantities[name], places)) for name, places in decimals.items()
        }
        listed[POUNDS] = [(text, 1, 1) for text in ("[lb_av]", "lb", "lbs")]
        listed[UNKNOWN_RESULT] = [("mmol/L", 1, 1), ("umol/L", 1, 0), ("no such unit", 1, 0)]
        listed[WRONG_UNIT] = [("mmol/L", 1, 2)]
        listed[NO_UNIT] = [(None, 1, 2)]
        self.number = {name: index for index, name in enumerate(listed)}
        spelled, self._first, self._count = _flat(listed.values())
        self.texts = [text for text, _, _ in spelled]
        self._times = np.array([times for _, times, _ in spelled], np.int64)
        self._places = np.array([places for _, _, places in spelled], np.int64)

    def written(self, draw: Draw, quantities: Ints, canonical: float) -> Ints:
        """Return an index into ``texts`` for each quantity: its canonical unit, or another one."""
        return _one_of(draw, self._first[quantities], self._count[quantities], canonical)

    def canonical(self, quantities: Ints) -> Ints:
        """Return the index of the canonical unit of each quantity."""
        return self._first[quantities]

    def values(self, steps: Ints, units: Ints, slips: Ints) -> npt.NDArray[np.float64]:
        """Return what is written for ``steps``; a slip is the power of ten by which it is wrong.

        One division of whole numbers gives the very double whose shortest text is the decimal.
        """
        places = self._places[units] - slips
        whole = (steps * self._times[units]) * 10.0 ** np.maximum(-places, 0)
        written: npt.NDArray[np.float64] = whole / 10.0 ** np.maximum(places, 0)
        return written


def _spellings(quantity: Quantity, decimals: int) -> Iterator[tuple[str | None, int, int]]:
    """Yield the units, the canonical one first, in which every step of a quantity is a short decimal."""
    scale = quantity.scale
    for text in (scale.unit, *scale.units, *scale.aliases, *UNDECLARED.get(scale.unit, ())):
        per_canonical = 1 / scale.factor(text)
        for more in range(MOST_DECIMALS - decimals + 1):
            times = per_canonical * 10**more
            if times.denominator == 1:
                yield text, int(times), decimals + more
                break


def _flat(listed: Iterable[Sequence[T]]) -> tuple[list[T], Ints, Ints]:
    """Return lists end to end, with where each begins and how long it is."""
    lists = list(listed)
    count = np.array([len(of) for of in lists], np.int64)
    return [item for of in lists for item in of], np.cumsum(count) - count, count


def _one_of(draw: Draw, first: Ints, count: Ints, share: float) -> Ints:
    """Return the first of each list with a probability of ``share``, else any of it."""
    other = draw.between(0, count - 1, len(count))
    return first + np.where(draw.chance(share, len(count)), 0, other)
