"""Looks up the names in steps in the rulebook, by id or title; case does not matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation

from cds_engine.errors import nearest
from cds_engine.evaluate import Engine
from cds_engine.language.expressions import Scalar
from cds_engine.quantities.units import UnitError
from cds_engine.rulebook.files import CodedConcept
from cds_engine.rulebook.text import unit_label
from cds_engine.rulebook.vocabulary import Quantity, Section
from cds_engine.scenarios.problems import StepError

OF = " of "
"""What stands between a rule and its rulebook in a step."""
YES_NO: Mapping[str, bool] = {"yes": True, "true": True, "no": False, "false": False}


class NameLookup:
    """Finds what the names, values and units in steps mean in one rulebook."""

    def __init__(self, engine: Engine) -> None:
        self.rulebook = engine.rulebook
        self.vocabulary = engine.vocabulary
        self.history_fields = engine.history_fields
        edition = engine.edition(self.rulebook.first_day)
        self._fact_names = (*(fact.name for fact in edition.asked), *edition.findings)
        terms = self.rulebook.terminology
        sections: dict[Section, Mapping[str, CodedConcept]] = {
            "drugs": terms.drugs,
            "conditions": terms.conditions,
            "symptoms": terms.symptoms,
            "observations": terms.observations,
        }
        self._titles = {
            section: {_normalised(coded.title): concept for concept, coded in concepts.items()}
            for section, concepts in sections.items()
        }

    def concept(self, section: Section, text: str) -> str:
        """Return the concept that ``text`` (its id, its title or ``system|code``) means."""
        found = self.vocabulary.concept(section, text)
        found = found or self.vocabulary.concept(section, text.lower().replace(" ", "-"))
        found = found or self._titles[section].get(_normalised(text))
        if found is None:
            known = {name: name for name in self.vocabulary.names(section)} | self._titles[section]
            what = section.removesuffix("s")
            hint = nearest(_normalised(text), known) or self._elsewhere(section, text)
            raise StepError(f"the rulebook has no {what} '{text}'{hint}")
        return found

    def _elsewhere(self, section: Section, text: str) -> str:
        """Return a hint if ``text`` is a concept of another section."""
        for other in self._titles:
            if other != section and _normalised(text) in {name.casefold() for name in self.known(other)}:
                return f"; it is one of the {other}"
        return ""

    def known(self, section: Section) -> list[str]:
        """Return the ids and titles of the concepts of ``section``."""
        return [*self.vocabulary.names(section), *self._titles[section]]

    @property
    def first(self) -> NameLookup:
        """The names of the only rulebook."""
        return self

    def quantity(self, observation: str) -> Quantity:
        """Return the units of an observation, given by its id."""
        if observation not in self.vocabulary.quantities:
            raise StepError(f"the rulebook has no observation '{observation}'")
        return self.vocabulary.quantities[observation]

    def dose(self, drug: str) -> Quantity:
        """Return the units of doses; the rulebook must have the drug."""
        self.concept("drugs", drug)
        return self.vocabulary.dose

    def rule(self, text: str) -> str:
        """Return the id of the active rule that ``text`` names; other rules are never evaluated."""
        rule, separator, rulebook = text.partition(OF)
        if separator and rulebook != self.rulebook.id:
            raise StepError(f"the scenario is not evaluated with a rulebook '{rulebook}'")
        return _lookup(
            "the rulebook has no active rule", rule, (rule.id for rule in self.rulebook.active_rules)
        )

    def fact(self, text: str) -> str:
        """Return the fact that ``text`` names; only facts that a rule uses are derived."""
        return _lookup("no rule uses a fact", text, self._fact_names)

    def facts(self, text: str) -> tuple[str, ...]:
        """Return the facts in a list such as ``a, b and c``."""
        return tuple(self.fact(part) for part in split_list(text))

    def family(self, text: str) -> str:
        """Return the family of rules that ``text`` names, by id or title."""
        families = self.rulebook.file.families
        titles = {family.title.casefold(): name for name, family in families.items()}
        title = titles.get(text.strip("`").casefold())
        return title or _lookup("the rulebook has no family", text, families)

    def claim(self, text: str) -> str:
        """Return the claim that ``text`` names."""
        return _lookup("the rulebook has no claim", text, self.rulebook.evidence.claims)

    def conflict(self, text: str) -> str:
        """Return the conflict that ``text`` names."""
        return _lookup("the rulebook has no conflict", text, self.rulebook.evidence.conflicts)

    def target(self, text: str) -> str:
        """Return the molecular target that ``text`` names."""
        return _lookup("the rulebook has no target", text, self.rulebook.pharmacology.targets)

    def field(self, text: str) -> str:
        """Return the field of the history that ``text`` names, in the singular or the plural."""
        wanted = text.strip("`").casefold().replace(" ", "_")
        for name in (wanted, f"{wanted}s"):
            if name in self.history_fields:
                return name
        raise StepError(f"the history has no field '{text}'{nearest(wanted, self.history_fields)}")

    def value(self, fact: str, text: str) -> Scalar:
        """Return ``text`` as a value of ``fact``, in the fact's unit."""
        declared = self.rulebook.facts[fact]
        match declared.kind:
            case "boolean":
                return YES_NO[_lookup("expected yes or no, found", text.casefold(), YES_NO)]
            case "code":
                return _lookup(f"{fact} cannot be", text.casefold().replace(" ", "-"), declared.codes)
        value, _, unit = text.partition(" ")
        labels = {
            declared.unit or "1",
            unit_label(declared.unit),
            unit_label(declared.unit).removesuffix("s"),
        }
        if value.endswith("%"):
            value, unit = value[:-1], "%"
        if unit in labels:
            return parse_number(value)
        quantity = self._quantity_of(fact)
        if quantity is None:
            wanted = f"a number in {declared.unit}" if declared.unit else "a number without a unit"
            raise StepError(f"expected {wanted}, found '{text}'")
        return convert(quantity, parse_number(value), unit)

    def _quantity_of(self, fact: str) -> Quantity | None:
        unit = self.rulebook.facts[fact].unit
        quantities = (self.vocabulary.dose, *self.vocabulary.quantities.values())
        return next((quantity for quantity in quantities if quantity.unit == unit), None)


def convert(quantity: Quantity, value: Decimal, unit: str) -> Decimal:
    """Return ``value`` in the canonical unit.

    Raises:
        StepError: if ``unit`` does not convert to it, with the nearest valid unit.
    """
    try:
        return quantity.scale.to_canonical(value, unit)
    except UnitError as error:
        others = [*quantity.scale.units, *quantity.scale.aliases]
        close = nearest(unit, [quantity.unit]) or nearest(unit, others)
        hint = "" if "did you mean" in str(error) else close
        raise StepError(f"{error}{hint}") from None


def parse_number(text: str) -> Decimal:
    """Return the number that ``text`` states."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise StepError(f"expected a number, found '{text}'") from None


def split_list(text: str) -> list[str]:
    """Return the parts of a list such as ``a, b and c``."""
    return re.split(r", and |, | and ", text)


def _normalised(text: str) -> str:
    return text.strip("`").casefold()


def _lookup(problem: str, text: str, valid: Iterable[str]) -> str:
    names = list(valid)
    bare = text.strip("`")
    if bare in names:
        return bare
    lower = {name.casefold(): name for name in names}
    if bare.casefold() in lower:
        return lower[bare.casefold()]
    raise StepError(f"{problem} '{bare}'{nearest(bare.casefold(), lower)}")
