"""Maps FHIR CodeableConcepts to the rulebook's concepts, using nothing but its terminology."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from cds_engine.fhir.bundle import Item, Resources
from cds_engine.fhir.notes import Notes
from cds_engine.fhir.values import Json, objects, text
from cds_engine.rulebook.vocabulary import Section, Vocabulary

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a section of the native record, and where in the Bundle it came from.

    ``parts`` maps fields of the entry to more precise places.
    """

    body: Json
    pointer: str
    parts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reader:
    """What every resource is read with: the terminology, the day, the other resources, and the notes."""

    vocabulary: Vocabulary
    as_of: datetime.date
    resources: Resources
    notes: Notes
    perhaps_taken: dict[str, str] = field(default_factory=dict)
    """Drugs that may be taken, such as those named in words only, and where the Bundle says so."""

    def concept(self, section: Section, concept: object, at: str) -> str | None:
        """Return the rulebook's concept for a CodeableConcept; None if its codes disagree."""
        found = {
            meaning
            for system, code in codings(concept)
            if (meaning := self._meaning(section, system, code)) is not None
        }
        if len(found) > 1:
            names = " and ".join(sorted(found))
            self.notes.add(at, f"its codes have different meanings ({names}); not used")
            return None
        return found.pop() if found else None

    def _meaning(self, section: Section, system: str | None, code: str) -> str | None:
        if system is not None:
            return self.vocabulary.concept(section, f"{system}|{code}")
        return None if "|" in code else self.vocabulary.concept(section, code)


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


def report_unknown(reader: Reader, item: Item, concept: object, *sections: Section) -> list[str]:
    """Add a notice about a resource that has no code, or none that the rulebook knows.

    Text is not a code, so nothing is derived from it. But a concept that the text names must not be assumed
    absent.

    Returns:
        The concepts of ``sections`` that its text names.
    """
    words = _words(*_texts(concept))
    named = [
        name for section in sections for name in reader.vocabulary.names(section) if _words(name) in words
    ]
    if named:
        names = ", ".join(named)
        message = f"{item.kind} names {names} in its text but has no code that the rulebook knows; not used"
    elif next(codings(concept), None) is None:
        message = f"{item.kind} has no code; not used"
    else:
        message = f"{item.kind} has no code that the rulebook knows; not used"
    reader.notes.add_grouped(message, item.pointer, label(concept))
    return named


def _texts(concept: object) -> list[str]:
    if not isinstance(concept, dict):
        return []
    texts = [concept.get("text"), *(coding.get("display") for coding in objects(concept.get("coding")))]
    return [found for entry in texts if (found := text(entry)) is not None]


def _words(*texts: str) -> str:
    """Return texts as words between single spaces, so that ``in`` finds whole words."""
    return " " + " ".join(word for entry in texts for word in _WORD.findall(entry.casefold())) + " "
