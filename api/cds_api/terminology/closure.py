"""From the codes that a rulebook lists to all codes of a code system, by its hierarchy."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from cds_engine.rulebook.files.terminology import ListName

Listed = Mapping[str, ListName]
"""The codes that a concept lists itself, and what they are to it."""


NONE: Mapping[str, frozenset[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ClosedLists:
    """The codes of a concept, with everything below the codes that it lists."""

    concept: str
    codes: Mapping[str, ListName]

    def named(self, name: ListName) -> list[str]:
        """Return one of the lists, sorted as numbers."""
        return sorted((code for code, of in self.codes.items() if of == name), key=_as_number)


def close(
    listed: Mapping[str, Listed],
    below: Mapping[str, frozenset[str]],
    possible: Mapping[str, frozenset[str]] = NONE,
) -> list[ClosedLists]:
    """Return the closed lists of every concept of a section.

    A code takes the list of the nearest listed codes above it. If these disagree it is a perhaps, as it is
    for all concepts but one if several would have it: first the one that lists it, then the order of the
    section decides.

    Args:
        listed: by concept, the codes that it lists.
        below: by listed code, the codes below it; codes that the vocabulary does not have are missing.
        possible: by listed code, the codes that may be below it.
    """
    closed = {concept: _closed(codes, below, possible) for concept, codes in listed.items()}
    owner: dict[str, str] = {}
    for concept, codes in listed.items():
        owner.update((code, concept) for code, name in codes.items() if name == "is")
    for concept, codes in closed.items():
        for code, name in codes.items():
            if name == "is" and owner.setdefault(code, concept) != concept:
                codes[code] = "perhaps"
    return [ClosedLists(concept, codes) for concept, codes in closed.items()]


def _closed(
    listed: Listed, below: Mapping[str, frozenset[str]], possible: Mapping[str, frozenset[str]]
) -> dict[str, ListName]:
    above: dict[str, list[str]] = defaultdict(list)
    for code in listed:
        for lower in below.get(code, ()):
            above[lower].append(code)
    closed: dict[str, ListName] = {}
    for code, uppers in above.items():
        found = {listed[upper] for upper in _nearest(uppers, below)}
        closed[code] = found.pop() if len(found) == 1 else "perhaps"
    for code, name in listed.items():
        for lower in possible.get(code, ()) if name != "not" else ():
            closed.setdefault(lower, "perhaps")
    # What a concept lists itself stays as it is.
    return closed | dict(listed)


def _nearest(uppers: list[str], below: Mapping[str, frozenset[str]]) -> list[str]:
    """Return those of ``uppers`` that have no other one below them."""
    if len(uppers) == 1:
        return uppers
    return [
        upper
        for upper in uppers
        if not any(other in below[upper] and upper not in below[other] for other in uppers)
    ]


def _as_number(code: str) -> tuple[int, str]:
    return len(code), code
