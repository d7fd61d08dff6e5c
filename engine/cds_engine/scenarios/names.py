"""From the names in a step to those of the rulebook: by id or title, whatever the case."""

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

YES_NO: Mapping[str, bool] = {"yes": True, "true": True, "no": False, "false": False}


class Names:
    """The names that the steps of a scenario may use with one rulebook."""

    def __init__(self, engine: Engine) -> None:
        self.rulebook = engine.rulebook
        self.vocabulary = engine.vocabulary
        self.history_fields = engine.history_fields
        edition = engine.edition(self.rulebook.first_day)
        self._asked = (*(fact.name for fact in edition.asked), *edition.findings)
        terms = self.rulebook.terminology
        sections: dict[Section, Mapping[str, CodedConcept]] = {
            "drugs": terms.drugs,
            "conditions": terms.conditions,
            "symptoms": terms.symptoms,
            "observations": terms.observations,
        }
        self._titles = {
            section: {_bare(coded.title): concept for concept, coded in concepts.items()}
            for section, concepts in sections.items()
        }

    def concept(self, section: Section, text: str) -> str:
        """Return the concept that ``text`` (its id, its title or ``system|code``) means."""
        found = self.vocabulary.concept(section, text)
        found = found or self.vocabulary.concept(section, text.lower().replace(" ", "-"))
        found = found or self._titles[section].get(_bare(text))
        if found is None:
            known = {name: name for name in self.vocabulary.names(section)} | self._titles[section]
            what = section.removesuffix("s")
            raise StepError(f"the rulebook knows no {what} '{text}'{nearest(_bare(text), known)}")
        return found

    def rule(self, text: str) -> str:
        """Return the id of the rule that ``text`` names; a draft or retired rule is never evaluated."""
        return _known("rule", text, [rule.id for rule in self.rulebook.active_rules])

    def rules(self, text: str) -> tuple[str, ...]:
        """Return the ids of the rules in a list such as ``a, b and c``."""
        return tuple(self.rule(part) for part in listed(text))

    def fact(self, text: str) -> str:
        """Return the fact that ``text`` names; one that no rule asks for is never derived."""
        return _known("fact that a rule asks for,", text, self._asked)

    def facts(self, text: str) -> tuple[str, ...]:
        """Return the facts in a list such as ``a, b and c``."""
        return tuple(self.fact(part) for part in listed(text))

    def family(self, text: str) -> str:
        """Return the family of rules that ``text`` names, by id or title."""
        families = self.rulebook.file.families
        titles = {family.title.casefold(): name for name, family in families.items()}
        return titles.get(text.strip("`").casefold()) or _known("family", text, families)

    def claim(self, text: str) -> str:
        """Return the claim that ``text`` names."""
        return _known("claim", text, self.rulebook.evidence.claims)

    def conflict(self, text: str) -> str:
        """Return the conflict that ``text`` names."""
        return _known("conflict", text, self.rulebook.evidence.conflicts)

    def target(self, text: str) -> str:
        """Return the molecular target that ``text`` names."""
        return _known("target", text, self.rulebook.pharmacology.targets)

    def field(self, text: str) -> str:
        """Return the field of the history that ``text`` names, in the singular or the plural."""
        wanted = text.strip("`").casefold().replace(" ", "_")
        for name in (wanted, f"{wanted}s"):
            if name in self.history_fields:
                return name
        raise StepError(f"a history has no '{text}'{nearest(wanted, self.history_fields)}")

    def value(self, fact: str, text: str) -> Scalar:
        """Return what ``text`` says as a value of ``fact``, in the fact's own unit."""
        declared = self.rulebook.facts[fact]
        match declared.kind:
            case "boolean":
                return YES_NO[_known("answer", text.casefold(), YES_NO)]
            case "code":
                return _known(f"value of {fact}", text.casefold().replace(" ", "-"), declared.codes)
        written, _, unit = text.partition(" ")
        labels = {
            declared.unit or "1",
            unit_label(declared.unit),
            unit_label(declared.unit).removesuffix("s"),
        }
        if written.endswith("%"):
            written, unit = written[:-1], "%"
        if unit in labels:
            return number(written)
        quantity = self._quantity_of(fact)
        if quantity is None:
            raise StepError(f"'{text}': expected a number in {declared.unit or 'no unit'}")
        return converted(quantity, number(written), unit)

    def _quantity_of(self, fact: str) -> Quantity | None:
        unit = self.rulebook.facts[fact].unit
        quantities = (self.vocabulary.dose, *self.vocabulary.quantities.values())
        return next((quantity for quantity in quantities if quantity.unit == unit), None)


def converted(quantity: Quantity, value: Decimal, unit: str) -> Decimal:
    """Return ``value`` in the canonical unit, or say which unit was meant perhaps."""
    try:
        return quantity.scale.to_canonical(value, unit)
    except UnitError as error:
        known = [quantity.unit, *quantity.scale.units, *quantity.scale.aliases]
        hint = "" if "did you mean" in str(error) else nearest(unit, known)
        raise StepError(f"{error}{hint}") from None


def number(text: str) -> Decimal:
    """Read a number as written in a step."""
    try:
        return Decimal(text)
    except InvalidOperation:
        raise StepError(f"expected a number, found '{text}'") from None


def listed(text: str) -> list[str]:
    """Split ``a, b and c``."""
    return re.split(r", and |, | and ", text)


def _bare(text: str) -> str:
    return text.strip("`").casefold()


def _known(what: str, text: str, valid: Iterable[str]) -> str:
    names = list(valid)
    bare = text.strip("`")
    if bare in names:
        return bare
    lower = {name.casefold(): name for name in names}
    if bare.casefold() in lower:
        return lower[bare.casefold()]
    raise StepError(f"the rulebook has no {what} '{bare}'{nearest(bare.casefold(), lower)}")
