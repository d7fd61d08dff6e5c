"""Checks of a rulebook's code lists: how codes are written, and that none means two things."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from cds_engine.errors import Problem
from cds_engine.rulebook.code_lists import ConceptCodes, Entry, read_entry
from cds_engine.rulebook.code_systems import HIERARCHIES, PREFIX, Notation, notation
from cds_engine.rulebook.files import TerminologyFile
from cds_engine.rulebook.listed_codes import ListedCode, coded_concepts


def check_codes(terminology: TerminologyFile, listed: Iterable[ListedCode]) -> Iterator[Problem]:
    """Yield every problem of the codes in ``listed``, which are those of ``terminology``."""
    known = []
    for code in listed:
        if code.system not in terminology.systems:
            continue  # reported once for all codes of the system
        if message := _spelling(code, _notation(terminology, code)):
            yield code.problem(message, "code")
        else:
            known.append(code)
    yield from _repeated(terminology, known)
    yield from _two_concepts(terminology, known)


def _notation(terminology: TerminologyFile, code: ListedCode) -> Notation:
    return notation(terminology.systems[code.system].uri)


def _spelling(code: ListedCode, written: Notation) -> str:
    """Return why an entry cannot be a code of its system, or an empty text."""
    if code.text.endswith(PREFIX):
        if not written.hierarchy:
            return f"'{code.text}': only codes of {HIERARCHIES} may end in '{PREFIX}'"
        beginning = code.text.removesuffix(PREFIX)
        if beginning.isalnum() and len(beginning) == 1:
            return ""  # a whole chapter
        # A beginning such as J0 is no code, but can be continued to one.
        if any(written.is_code(beginning + more) for more in ("", "0", "00")):
            return ""
        return written.problem(beginning) or ""
    return written.problem(code.text) or ""


def _repeated(terminology: TerminologyFile, listed: Iterable[ListedCode]) -> Iterator[Problem]:
    """Yield a problem for each entry that a concept has twice, in one list or in different ones."""
    seen: dict[tuple[str, str, str, Entry], ListedCode] = {}
    for code in listed:
        entry = read_entry(code.text, _notation(terminology, code))
        earlier = seen.setdefault((code.section, code.concept, code.system, entry), code)
        if earlier is code:
            continue
        if earlier.list != code.list:
            message = f"{code.system} {code.text} is in '{code.list}' and in '{earlier.list}' of the concept"
            yield code.problem(message, "duplicate-code")
        elif earlier.document is code.document:
            message = f"{code.system} {code.text} is in '{code.list}' twice"
            yield code.problem(message, "duplicate-code")


def _two_concepts(terminology: TerminologyFile, listed: Iterable[ListedCode]) -> Iterator[Problem]:
    """Yield a problem for each entry that would be two concepts of one section."""
    lists: dict[tuple[str, str], dict[str, ConceptCodes]] = defaultdict(dict)
    for section, concept, coded in coded_concepts(terminology):
        for system, found in coded.codes.items():
            if system in terminology.systems:
                written = notation(terminology.systems[system].uri)
                lists[section, system][concept] = ConceptCodes(found, written)
    certain: dict[tuple[str, str, Entry], str] = {}
    for code in listed:
        if code.list != "is":
            continue
        written = _notation(terminology, code)
        entry = read_entry(code.text, written)
        other: str | None = certain.setdefault((code.section, code.system, entry), code.concept)
        if other == code.concept:
            concepts = lists[code.section, code.system] if written.hierarchy else {}
            other = _also_certain(code.concept, entry, concepts)
        if other is not None:
            message = (
                f"{code.system} {code.text} already means '{other}'; list it as 'perhaps' of one of them"
            )
            yield code.problem(message, "duplicate-code")


def _also_certain(concept: str, entry: Entry, lists: Mapping[str, ConceptCodes]) -> str | None:
    """Return another concept that a broader entry also makes of codes that ``entry`` matches."""
    example = entry.example()
    for other, codes in lists.items():
        both = codes.listed(example) == "is" and lists[concept].listed(example) == "is"
        if other != concept and both and not codes.lists_entry(entry):
            return other
    return None
