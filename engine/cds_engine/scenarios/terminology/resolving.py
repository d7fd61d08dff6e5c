"""Looks up the names of a terminology case in a rulebook."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from cds_engine.errors import nearest
from cds_engine.rulebook.vocabulary import SECTIONS, Section, Vocabulary, folded
from cds_engine.scenarios.names import NameLookup, parse_number
from cds_engine.scenarios.problems import ExpectationError, StepError
from cds_engine.scenarios.terminology.checks import (
    AllergyCheck,
    Check,
    CodeCheck,
    QuantityCheck,
    SystemCheck,
    quantity_of,
)
from cds_engine.scenarios.terminology.reading import (
    AllergyText,
    CodesText,
    QuantityText,
    SystemText,
    WrittenCase,
)

DOSE = frozenset({"dose", "a dose of", "a daily dose of"})
_SECTION = re.compile(r"the (drug|condition|symptom|observation) (.+)", re.IGNORECASE)


class UnknownConceptError(StepError):
    """A name that is no concept of the rulebook."""


def check_case(case: WrittenCase, names: NameLookup, *, shared: bool = False) -> tuple[Check, ...]:
    """Return the checks of a case that holds; the arguments are those of :func:`resolve_case`.

    Raises:
        StepError: if the rulebook does not have a name of the case.
        ExpectationError: if the terminology says something else, with the line of each code.
    """
    checks = resolve_case(case, names, shared=shared)
    found = [(check, check.problem(names.vocabulary)) for check in checks]
    failed = [f"line {check.line}: {problem}" for check, problem in found if problem is not None]
    if failed:
        raise ExpectationError("\n".join(failed))
    return checks


def resolve_case(case: WrittenCase, names: NameLookup, *, shared: bool = False) -> tuple[Check, ...]:
    """Return the checks of a case.

    Args:
        case: the case as it is written.
        names: the names of the rulebook.
        shared: whether the case belongs to a shared terminology, of which the rulebook takes only a part:
            where it lists concepts, those that the rulebook does not take are left out.

    Raises:
        UnknownConceptError: if the rulebook does not have a concept of the case, or none of those listed.
        StepError: if the rulebook does not have another name of the case.
    """
    match case.statement:
        case CodesText() as codes:
            return tuple(_codes(codes, names, shared))
        case QuantityText() as quantity:
            return tuple(_quantity(quantity, names, shared))
        case SystemText(systems, uri):
            return tuple(SystemCheck(name.text, uri, name.line) for name in systems)
        case AllergyText(drug, relation, condition):
            found = names.concept("drugs", drug), names.concept("conditions", condition)
            return (AllergyCheck(*found, relation, case.line),)


def _codes(case: CodesText, names: NameLookup, shared: bool) -> Iterator[CodeCheck]:
    vocabulary = names.vocabulary
    system = vocabulary.system(case.system)
    if system is None and case.relation != "is not understood":
        hint = nearest(case.system.casefold(), vocabulary.system_names)
        raise StepError(f"the rulebook has no code system '{case.system}'{hint}")
    meant: Sequence[tuple[Section, str | None]]
    if case.names:
        meant = _concepts(case.names, names, several=case.relation != "is", shared=shared)
    else:
        sections = SECTIONS if system is None else vocabulary.sections_of(system) or SECTIONS
        meant = [(section, None) for section in sections]
    for code in case.codes:
        for section, concept in meant:
            yield CodeCheck(case.system, code.text, section, case.relation, concept, code.line)


def _concepts(
    text: str, names: NameLookup, *, several: bool, shared: bool
) -> list[tuple[Section, str | None]]:
    """Return the concepts that a text names: one, or several separated by commas and 'or'."""
    parts = [text]
    if several and not _named(text, names.vocabulary):
        parts = re.split(r", or |, | or ", text)
    found: list[tuple[Section, str | None]] = []
    unknown: UnknownConceptError | None = None
    for part in parts:
        try:
            found.append(_concept(part, names))
        except UnknownConceptError as error:
            unknown = error
    if unknown is not None and not (shared and found):
        raise unknown
    return found


def _concept(text: str, names: NameLookup) -> tuple[Section, str]:
    if (stated := _SECTION.fullmatch(text)) is not None:
        section: Section = f"{stated[1].lower()}s"  # type: ignore[assignment]
        return section, names.concept(section, stated[2])
    found = _named(text, names.vocabulary)
    if len(found) == 1:
        return found[0]
    if not found:
        known = [name for section in SECTIONS for name in names.known(section)]
        hint = nearest(text.casefold(), known)
        raise UnknownConceptError(f"the rulebook has no concept '{text}'{hint}")
    ways = " or ".join(f"'the {section.removesuffix('s')} {text}'" for section, _ in found)
    raise StepError(f"'{text}' means several concepts; write {ways}")


def _named(text: str, vocabulary: Vocabulary) -> list[tuple[Section, str]]:
    """Return the concepts with this name or title, by section."""
    plain = folded(text)
    found = ((section, vocabulary.concept(section, plain)) for section in SECTIONS)
    return [(section, concept) for section, concept in found if concept is not None]


def _quantity(case: QuantityText, names: NameLookup, shared: bool) -> Iterator[Check]:
    expected: Decimal | None = None
    coded = "|" in case.subject
    if case.relation == "is":
        name, number, unit = _result(case.result)
        if coded != bool(name):
            expects = "a concept, a value and a unit" if coded else "a value and a unit, and no name"
            raise StepError(f"expected {expects} after 'is', found '{case.result}'")
        section, concept = _subject(name or case.subject, names)
        canonical_unit = quantity_of(names.vocabulary, section, concept).unit
        if unit != canonical_unit:
            raise StepError(
                f"write the result in {canonical_unit}, the unit of the rulebook, not in '{unit}'"
            )
        expected = parse_number(number)
    else:
        section, concept = _subject(case.subject, names)
    if coded:
        system, _, code = case.subject.partition("|")
        yield CodeCheck(system, code, section, "is", concept, case.values[0].line)
    # The range of doses in general is the rulebook's own; that of a shared drug is shared.
    in_range = not (shared and section == "drugs" and concept not in names.vocabulary.doses)
    for stated in case.values:
        yield QuantityCheck(
            section, concept, stated.value, stated.unit, case.relation, expected, stated.line, in_range
        )


def _subject(text: str, names: NameLookup) -> tuple[Section, str | None]:
    """Return the concept that a value belongs to; None for a daily dose of any drug."""
    if text.casefold() in DOSE:
        return "drugs", None
    measured: tuple[Section, ...] = ("observations", "drugs")
    if "|" in text:
        found = [(section, names.vocabulary.concept(section, text)) for section in measured]
        if not any(concept for _, concept in found):
            raise StepError(f"{text} is neither an observation nor a drug of the rulebook")
        return next((section, concept) for section, concept in found if concept is not None)
    section, named = _concept(text, names)
    if section not in measured:
        raise StepError(f"'{text}' is one of the {section}, which have no values")
    return section, named


def _result(text: str) -> tuple[str, str, str]:
    """Return the name, number and unit of a result such as ``CONCEPT 132 g/L``."""
    found = re.fullmatch(r"(?:(.+?) )?([-+]?\d+(?:\.\d+)?) (.+)", text)
    if found is None:
        raise StepError(f"expected a value and a unit after 'is', found '{text}'")
    return found[1] or "", found[2], found[3]
