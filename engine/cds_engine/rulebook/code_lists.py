"""The code lists of a rulebook's concepts, resolved: what a code is to each concept of a section."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass

from cds_engine.rulebook.code_systems import PREFIX, Notation, notation
from cds_engine.rulebook.files import CodedConcept, CodeLists, TerminologyFile
from cds_engine.rulebook.files.terminology import LIST_NAMES, ListName

_NEXT_CHARACTERS = "0123456789AX"
"""The characters with which codes of hierarchies continue most often."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of a code list: a code, or the beginning of codes."""

    code: str
    """In the plain notation of the system: an ICD code without its dot."""
    is_prefix: bool

    def example(self) -> str:
        """Return what stands for the codes that the entry matches and that no longer entry matches."""
        return self.code + "\N{REPLACEMENT CHARACTER}" if self.is_prefix else self.code


def read_entry(text: str, written: Notation) -> Entry:
    """Return an entry as it is written: ``G40*`` in a system with a hierarchy is a beginning of codes."""
    is_prefix = written.hierarchy and text.endswith(PREFIX)
    return Entry(written.plain(text.removesuffix(PREFIX) if is_prefix else text), is_prefix)


class ConceptCodes:
    """The lists of one concept in one code system, indexed."""

    __slots__ = ("_broader", "_codes", "_hierarchy", "_lengths", "_prefixes", "complete")

    def __init__(self, lists: CodeLists, written: Notation) -> None:
        self.complete = lists.complete
        self._codes: dict[str, ListName] = {}
        self._prefixes: dict[str, ListName] = {}
        for name in LIST_NAMES:
            for text in lists.named(name):
                entry = read_entry(text, written)
                (self._prefixes if entry.is_prefix else self._codes)[entry.code] = name
        self._hierarchy = written.hierarchy
        self._index()

    def _index(self) -> None:
        """Prepare the look-up of longer and broader codes."""
        self._lengths = sorted({len(prefix) for prefix in self._prefixes}, reverse=True)
        self._broader: set[str] = set()
        for entries in (self._codes, self._prefixes) if self._hierarchy else ():
            for code, name in entries.items():
                if name != "not":
                    self._broader.update(code[:end] for end in range(1, len(code)))

    def edited(self, entry: Entry, name: ListName | None) -> ConceptCodes:
        """Return the lists with an entry in the list ``name`` only, or in none of them."""
        other = self._copy()
        entries = other._prefixes if entry.is_prefix else other._codes
        entries.pop(entry.code, None)
        if name is not None:
            entries[entry.code] = name
        other._index()
        return other

    def with_complete(self, complete: bool) -> ConceptCodes:
        """Return the lists, complete or not."""
        other = self._copy()
        other.complete = complete
        return other

    def _copy(self) -> ConceptCodes:
        other = copy.copy(self)
        other._codes, other._prefixes = dict(self._codes), dict(self._prefixes)
        return other

    def listed(self, code: str) -> ListName | None:
        """Return the list that ``code``, in plain notation, is in; the longest match counts."""
        found = self._codes.get(code)
        for length in self._lengths if found is None else ():
            if length <= len(code) and (found := self._prefixes.get(code[:length])) is not None:
                # A broader code than one of the concept may stand for it: R17 for R17.0.
                return None if found == "not" and code in self._broader else found
        return found

    def deciding_length(self, code: str) -> int:
        """Return the length of the entry that decides about ``code``, in plain notation; 0 if none does."""
        if code in self._codes:
            return len(code)
        lengths = (length for length in self._lengths if length <= len(code))
        return next((length for length in lengths if code[:length] in self._prefixes), 0)

    def lists_entry(self, entry: Entry) -> bool:
        """Return whether ``entry`` itself is in one of the lists."""
        return entry.code in (self._prefixes if entry.is_prefix else self._codes)

    def is_broader(self, code: str) -> bool:
        """Return whether ``code``, which is in no list, is broader than one that is or may be the concept."""
        return code in self._broader


class SystemCodes:
    """The lists of every concept of a section in one code system."""

    def __init__(self, uri: str, concepts: Mapping[str, CodedConcept], name: str) -> None:
        self.notation = notation(uri)
        self._unlisted = frozenset(concept for concept, coded in concepts.items() if name not in coded.codes)
        self._concepts = {
            concept: ConceptCodes(coded.codes[name], self.notation)
            for concept, coded in concepts.items()
            if name in coded.codes
        }

    def edited(self, concept: str, entry: Entry, name: ListName | None) -> SystemCodes:
        """Return the lists with an entry of a concept in the list ``name`` only, or in none."""
        codes = self._concepts.get(concept) or ConceptCodes(CodeLists.model_validate({}), self.notation)
        return self._with(concept, codes.edited(entry, name))

    def with_complete(self, concept: str, complete: bool) -> SystemCodes:
        """Return the lists with those of a concept complete or not."""
        return self._with(concept, self._concepts[concept].with_complete(complete))

    def _with(self, concept: str, codes: ConceptCodes) -> SystemCodes:
        other = copy.copy(self)
        other._concepts = {**self._concepts, concept: codes}
        other._unlisted = self._unlisted - {concept}
        return other

    def certain(self, entry: Entry) -> str | None:
        """Return the concept that the codes of an entry certainly mean; None if they mean none."""
        example = entry.example()
        found = (concept for concept, codes in self._concepts.items() if codes.listed(example) == "is")
        return next(found, None)

    @property
    def is_used(self) -> bool:
        """Whether some concept of the section has lists in the system."""
        return bool(self._concepts)

    def examples(self, text: str) -> list[str]:
        """Return codes that an entry stands for and that no longer entry decides about.

        Of ``G40*`` these are G40 and one code for each next character, if the notation allows it.
        """
        entry = read_entry(text, self.notation)
        if not entry.is_prefix:
            return [text]
        longer = (entry.code + character for character in _NEXT_CHARACTERS)
        codes = [self._completed(code) for code in (entry.code, *longer)]
        return [
            code
            for code in dict.fromkeys(codes)
            if code and all(of.deciding_length(code) <= len(entry.code) for of in self._concepts.values())
        ]

    def _completed(self, beginning: str) -> str:
        """Return a code that begins so; an empty text if the notation has none."""
        codes = (beginning + more for more in ("", "0", "00"))
        return next((code for code in codes if self.notation.is_code(code)), "")

    def meaning(self, code: str, *, elsewhere: bool = False) -> tuple[str | None, frozenset[str]] | None:
        """Return the concept that ``code`` is and those that it may be; None if it is no code at all.

        A code that means a concept of another section (``elsewhere``) may be only what the lists say.
        """
        if not self.notation.is_code(code):
            return None
        plain = self.notation.plain(code)
        certain: str | None = None
        stated, possible = set(), set()
        for concept, codes in self._concepts.items():
            listed = codes.listed(plain)
            if listed == "is":
                certain = concept
            elif listed == "perhaps" or (listed is None and codes.is_broader(plain)):
                stated.add(concept)
            elif listed is None and not codes.complete:
                possible.add(concept)
        # What is certainly one concept may be another one only if that one says so.
        settled = certain is not None or elsewhere
        return certain, frozenset(stated if settled else stated | possible | self._unlisted)


def section_codes(
    terminology: TerminologyFile, concepts: Mapping[str, CodedConcept]
) -> dict[str, SystemCodes]:
    """Return the lists of a section's concepts by the name of the code system."""
    return {name: SystemCodes(system.uri, concepts, name) for name, system in terminology.systems.items()}
