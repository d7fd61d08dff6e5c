"""Reads FHIR CodeableConcepts with nothing but the rulebook's terminology."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field

from cds_engine.fhir.bundle import Item, Resources
from cds_engine.fhir.notes import Notes
from cds_engine.fhir.values import Json, objects, text
from cds_engine.record.models import MAX_TEXT
from cds_engine.rulebook.vocabulary import SECTIONS, TEXT, Meaning, Section, Vocabulary

NO_CODE = "(no code)"


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a section of the native record, and where in the Bundle it came from.

    ``parts`` maps fields of the entry to more precise places. An ``unclear`` entry may say more than its body
    has, so its section may contain more than it lists.
    """

    body: Json
    pointer: str
    parts: dict[str, str] = field(default_factory=dict)
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class Coded:
    """What a CodeableConcept means in one section, and the code that says so in a native record."""

    code: str
    meaning: Meaning

    @property
    def concept(self) -> str | None:
        """The concept that it certainly is."""
        return self.meaning.concept

    @property
    def is_something_else(self) -> bool:
        """Whether it is certainly none of the section's concepts."""
        return self.meaning.is_something_else


@dataclass(frozen=True, slots=True)
class Reader:
    """What every resource is read with: the terminology, the day, the other resources, and the notes."""

    vocabulary: Vocabulary
    as_of: datetime.date
    resources: Resources
    notes: Notes

    def read(self, section: Section, concept: object) -> Coded:
        """Return what a CodeableConcept means.

        Its codings are names of one thing. If one of them is certainly a concept and none contradicts this,
        that is what it means. Otherwise it is what all codings allow it to be; if they contradict each other,
        it is not understood.
        """
        meanings = dict(self._meanings(section, concept))
        if not meanings:
            return self.unreadable(section, label(concept))
        certain = {code: found for code, found in meanings.items() if found.concept is not None}
        for code, meaning in sorted((certain or meanings).items(), key=lambda item: len(item[1].perhaps)):
            if all(_agrees(meaning, other) for other in meanings.values()):
                return self._coded(code, meaning)
        return self.unreadable(section, f"codes that disagree: {', '.join(meanings)}")

    def unreadable(self, section: Section, words: str) -> Coded:
        """Return what is only known in words, or not at all: it may be any concept."""
        code = f"{TEXT}{words or NO_CODE}"
        code = code if len(code) <= MAX_TEXT else code[: MAX_TEXT - 3].rstrip() + "..."
        return Coded(code, self.vocabulary.meaning(section, code))

    def flawed(self, section: Section, item: Item) -> Coded:
        """Return what a resource means that is not understood: any concept."""
        stated = item.body.get("code") or item.body.get("medicationCodeableConcept")
        named = label(stated)
        return self.unreadable(section, f"{named} ({item.kind} not understood)" if named else item.kind)

    def _coded(self, code: str, meaning: Meaning) -> Coded:
        name = meaning.concept if meaning.concept is not None and not meaning.perhaps else code
        return Coded(name, meaning)

    def _meanings(self, section: Section, concept: object) -> Iterator[tuple[str, Meaning]]:
        """Yield the native code and the meaning of every coding, and of words that are a concept's name.

        A code without a system may be a name, too. The words of a measurement are no name: they do not say
        whether a number or a share was measured.
        """
        for words in _texts(concept) if section != "observations" else ():
            if self._is_name(words):
                yield words, self.vocabulary.meaning(section, words)
        for system, code in codings(concept):
            native = f"{TEXT}{code}" if system is None else f"{system}|{code}"
            if system is None and self._is_name(code):
                native = code
            if len(native) > MAX_TEXT:
                native = self.unreadable(section, code).code
            yield native, self.vocabulary.meaning(section, native)

    def _is_name(self, words: str) -> bool:
        concepts = (self.vocabulary.concept(section, words) for section in SECTIONS)
        return "|" not in words and any(concept is not None for concept in concepts)


def _agrees(meaning: Meaning, other: Meaning) -> bool:
    """Return whether everything that ``meaning`` says is possible after what ``other`` says."""
    possible = other.perhaps | {other.concept}
    return meaning.concept in possible if meaning.concept is not None else meaning.perhaps <= possible


def codings(concept: object) -> Iterator[tuple[str | None, str]]:
    """Yield the system and code of every coding, without invisible characters."""
    for coding in objects(concept.get("coding")) if isinstance(concept, dict) else ():
        code = text(coding.get("code"))
        if code is not None:
            yield text(coding.get("system")), code


def codes(concept: object) -> frozenset[str]:
    """Return the codes of a CodeableConcept whose code system FHIR fixes, such as a status."""
    return frozenset(code for _, code in codings(concept))


def label(concept: object) -> str:
    """Return the name of a CodeableConcept for people: its text, a display text or a code."""
    names = (code if system is None else f"{system}|{code}" for system, code in codings(concept))
    return next(iter((*_texts(concept), *names)), "")


def report_something_else(reader: Reader, item: Item, concept: object) -> None:
    """Add a notice about a resource that certainly means none of the rulebook's concepts."""
    message = f"{item.kind} means nothing that the rulebook knows; not used"
    reader.notes.add_grouped(message, item.pointer, label(concept), unknown=True)


def _texts(concept: object) -> list[str]:
    if not isinstance(concept, dict):
        return []
    texts = [concept.get("text"), *(coding.get("display") for coding in objects(concept.get("coding")))]
    return [found for entry in texts if (found := text(entry)) is not None]
