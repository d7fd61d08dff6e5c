"""Concepts with their codes and units, and what a code means."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from cds_engine.rulebook.files import (
    CodedConcept,
    CodeLists,
    DrugConcept,
    ObservationConcept,
    PlausibleRange,
    QuantityDefinition,
)
from cds_engine.rulebook.text import format_value
from cds_engine.rulebook.vocabulary import SECTIONS, Section, Vocabulary, folded

from cds_api.workbench.views.book import Book, Link
from cds_api.workbench.views.rule import CitedClaim, cited_claims

SECTION_TITLES: Mapping[Section, str] = {
    "drugs": "Drugs",
    "conditions": "Conditions",
    "symptoms": "Symptoms",
    "observations": "Observations",
}
FOUND_AT_MOST = 60
"""How many codes a search lists."""


@dataclass(frozen=True, slots=True)
class ConceptRow:
    """One concept of the list."""

    section: Section
    name: str
    title: str
    codes: tuple[tuple[str, int], ...]
    """The number of codes that are the concept, by code system."""
    unit: str


@dataclass(frozen=True, slots=True)
class SystemCodes:
    """The codes of one system: those that are the concept, may be it, and are near it but something else."""

    system: str
    uri: str
    lists: CodeLists
    claims: tuple[CitedClaim, ...]


@dataclass(frozen=True)
class ConceptDetails:
    """What the page of one concept shows."""

    section: Section
    name: str
    coded: CodedConcept
    codes: tuple[SystemCodes, ...]
    claims: tuple[CitedClaim, ...]
    quantity: QuantityDefinition | None
    plausible: PlausibleRange | None
    groups: tuple[str, ...]
    uses: tuple[Link, ...]
    used_by: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class CodeMeaning:
    """What a code is in one section of a record."""

    section: Section
    certainty: Literal["certain", "perhaps", "nothing", "not understood"]
    concepts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ListedCode:
    """A code in the lists of a concept."""

    section: Section
    concept: str
    title: str
    system: str
    code: str
    list: str


@dataclass(frozen=True)
class CodeSearch:
    """What a search for a code or a name found."""

    text: str
    meanings: tuple[CodeMeaning, ...]
    """What it means as it stands, in each section of a record; only for ``system|code``, names and titles."""
    listed: tuple[ListedCode, ...]
    more: bool
    """Whether there are more than are listed."""


def concept_rows(book: Book) -> dict[Section, list[ConceptRow]]:
    """Return every concept by section."""
    return {section: [_row(section, *item) for item in _concepts(book, section)] for section in SECTIONS}


def _concepts(book: Book, section: Section) -> Iterator[tuple[str, CodedConcept]]:
    concepts: Mapping[str, CodedConcept] = getattr(book.rulebook.terminology, section)
    yield from concepts.items()


def _row(section: Section, name: str, coded: CodedConcept) -> ConceptRow:
    codes = tuple((system, len(lists.is_)) for system, lists in coded.codes.items() if lists.is_)
    unit = coded.unit if isinstance(coded, ObservationConcept) else ""
    return ConceptRow(section, name, coded.title, codes, unit)


def concept_details(book: Book, section: Section, name: str) -> ConceptDetails:
    """Return everything about one concept.

    Raises:
        KeyError: if there is no such concept.
    """
    terms = book.rulebook.terminology
    coded: CodedConcept = getattr(terms, section)[name]
    groups = {"drugs": terms.drug_groups, "observations": terms.observation_groups}.get(section, {})
    quantity = coded if isinstance(coded, ObservationConcept) else None
    plausible = coded.plausible_dose if isinstance(coded, DrugConcept) else None
    return ConceptDetails(
        section=section,
        name=name,
        coded=coded,
        codes=tuple(
            SystemCodes(
                system,
                terms.systems[system].uri,
                lists,
                tuple(cited_claims(book, lists.source or ())),
            )
            for system, lists in coded.codes.items()
        ),
        claims=tuple(cited_claims(book, coded.source or ())),
        quantity=quantity or (terms.dose if section == "drugs" else None),
        plausible=plausible or (quantity or terms.dose).plausible if quantity or section == "drugs" else None,
        groups=tuple(group.title for group in groups.values() if name in group.members),
        uses=tuple(link for link in book.uses(section, name) if link.part.kind != "claim"),
        used_by=tuple(book.used_by(section, name)),
    )


def range_text(plausible: PlausibleRange, unit: str) -> str:
    """Return a plausible range in words."""
    return f"{format_value(plausible.minimum)} to {format_value(plausible.maximum, unit)}"


def search_code(book: Book, text: str) -> CodeSearch:
    """Return what a code, a name or a title means, and where its letters occur in the lists of codes."""
    text = " ".join(text.split())
    found = list(_listed(book, text)) if text else []
    return CodeSearch(
        text, tuple(_meanings(book, text)), tuple(found[:FOUND_AT_MOST]), len(found) > FOUND_AT_MOST
    )


def _meanings(book: Book, text: str) -> Iterator[CodeMeaning]:
    vocabulary = book.vocabulary
    named = any(vocabulary.concept(section, text) for section in SECTIONS)
    if "|" not in text and not named:
        return
    for section in SECTIONS:
        yield _meaning(book, vocabulary, section, text)


def _meaning(book: Book, vocabulary: Vocabulary, section: Section, text: str) -> CodeMeaning:
    meaning = vocabulary.meaning(section, text)
    if meaning.concept is not None:
        return CodeMeaning(section, "certain", (meaning.concept, *sorted(meaning.perhaps)))
    if meaning.is_something_else:
        return CodeMeaning(section, "nothing", ())
    everything = frozenset(getattr(book.rulebook.terminology, section))
    if meaning.perhaps == everything and len(everything) > 1:
        return CodeMeaning(section, "not understood", ())
    return CodeMeaning(section, "perhaps", tuple(sorted(meaning.perhaps)))


def _listed(book: Book, text: str) -> Iterator[ListedCode]:
    """Yield the codes that begin with the text, and those of concepts whose name or title has it."""
    wanted = folded(text.rpartition("|")[2])
    plain = wanted.replace(".", "")
    for section in SECTIONS:
        for name, coded in _concepts(book, section):
            whole = wanted in name or wanted in folded(coded.title)
            for system, lists in coded.codes.items():
                for label in ("is", "perhaps", "not"):
                    for code in lists.named(label):
                        if (whole and label == "is") or _begins(code, plain):
                            yield ListedCode(section, name, coded.title, system, code, label)


def _begins(code: str, wanted: str) -> bool:
    """Return whether a listed code begins with the text, or stands for codes that do."""
    listed = code.casefold().replace(".", "")
    if listed.endswith("*"):
        prefix = listed.removesuffix("*")
        return prefix.startswith(wanted) or wanted.startswith(prefix)
    return listed.startswith(wanted)
