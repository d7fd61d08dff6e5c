"""What a question asks for: the fields of a record's entry, with their kinds, units and choices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from cds_engine.language.queries import OLDEST, SEVERITIES, SEXES, Section
from cds_engine.quantities.numbers import to_json
from cds_engine.record.chart import CONCEPTS
from cds_engine.rulebook.model import Fact, Rulebook
from cds_engine.rulebook.text import unit_label
from cds_engine.rulebook.vocabulary import Quantity, Vocabulary

FieldKind = Literal["number", "date", "yes_no", "choice", "choices"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the possible answers: the value for the record, and what people read."""

    value: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One thing that a question asks for.

    A ``number`` has a UCUM ``unit`` and a plausible range, a ``date`` is written YYYY-MM-DD, ``yes_no`` is
    true or false, ``choice`` is the value of one of ``choices`` and ``choices`` is a list of their values.
    """

    name: str
    label: str
    kind: FieldKind
    unit: str | None = None
    minimum: int | float | None = None
    maximum: int | float | None = None
    whole: bool = False
    """Whether a number is a whole one."""
    choices: tuple[Choice, ...] = ()


SOMETHING_ELSE = "something else"
"""What an entry is, or is for, that is none of the rulebook's concepts."""
_OTHER = Choice(SOMETHING_ELSE, SOMETHING_ELSE)


class Fields:
    """The fields that entries of a rulebook's concepts have."""

    def __init__(self, rulebook: Rulebook, vocabulary: Vocabulary) -> None:
        self._terms = rulebook.terminology
        self._words = vocabulary

    def title(self, section: Section, concept: str) -> str:
        """Return what people call a concept."""
        title: str = getattr(self._terms, CONCEPTS[section])[concept].title
        return title

    def concepts(self, section: Section, names: Iterable[str]) -> tuple[Choice, ...]:
        """Return concepts as choices, by title."""
        found = [Choice(name, self.title(section, name)) for name in dict.fromkeys(names)]
        return tuple(sorted(found, key=lambda choice: choice.label.casefold()))

    def of_entry(self, section: Section, concept: str, name: str) -> Field:
        """Return the field ``name`` of an entry that is a concept."""
        match name:
            case "value":
                return _quantity(name, "result", self._words.quantities[concept])
            case "daily_dose":
                quantity = self._words.doses.get(concept, self._words.dose)
                return _quantity(name, "daily dose", quantity)
            case "indication":
                known = self.concepts("conditions", self._terms.conditions)
                return Field(name=name, label="taken for", kind="choice", choices=(*known, _OTHER))
            case "severity":
                choices = tuple(Choice(value, value) for value in SEVERITIES)
                return Field(name=name, label="severity", kind="choice", choices=choices)
            case "present" | "taken":
                return Field(name=name, label=name, kind="yes_no")
        return Field(name=name, label=_DATES[name], kind="date")

    def several(self, section: Section, name: str, label: str, concepts: Iterable[str]) -> Field:
        """Return a field that chooses any number of concepts."""
        return Field(name=name, label=label, kind="choices", choices=self.concepts(section, concepts))

    def one(self, section: Section, name: str, concepts: Iterable[str], *, or_other: bool = False) -> Field:
        """Return a field that chooses one concept or, if ``or_other``, something else."""
        choices = self.concepts(section, concepts) + ((_OTHER,) if or_other else ())
        return Field(name=name, label="which", kind="choice", choices=choices)


_DATES = {
    "date": "day of the result",
    "start": "first day",
    "stop": "first day on which it is no longer taken",
    "onset": "day on which it began",
    "resolved": "day on which it ended",
}

AGE = (
    Field(name="birth_date", label="date of birth", kind="date"),
    Field(name="age_years", label="or age", kind="number", unit="a", minimum=0, maximum=OLDEST, whole=True),
)
SEX = (Field(name="sex", label="sex", kind="choice", choices=tuple(Choice(value, value) for value in SEXES)),)


def history_field(fact: Fact, name: str) -> Field:
    """Return the field of a record's history that a fact is derived from."""
    return Field(
        name=name,
        label=unit_label(fact.unit) or "number",
        kind="number",
        unit=fact.unit,
        minimum=to_json(fact.minimum),
        maximum=to_json(fact.maximum),
        whole=True,
    )


def _quantity(name: str, label: str, quantity: Quantity) -> Field:
    return Field(
        name=name,
        label=label,
        kind="number",
        unit=quantity.unit,
        minimum=to_json(quantity.minimum),
        maximum=to_json(quantity.maximum),
    )
