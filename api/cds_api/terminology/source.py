"""What a vocabulary must tell: the descendants of codes, and which edition it is."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

SNOMED_CT = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
SUPPORTED: Mapping[str, str] = {"snomed-ct": SNOMED_CT, "rxnorm": RXNORM}
"""The code systems that can be imported: the name of each on the command line, and its URI."""
MAX_DESCENDANTS = 100_000
"""More descendants than this of one code mean that the code is far too general."""

Progress = Callable[[str, float | None], None]
"""Called with what is being done and, if known, the part of it that is done, from 0 to 1."""


class ImportFailedError(Exception):
    """A vocabulary that cannot be imported; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Edition:
    """One version of a code system: its version as the source writes it, and its date (YYYY-MM-DD)."""

    version: str | None
    date: str | None


@dataclass(frozen=True, slots=True)
class Descendants:
    """What a vocabulary says about some codes of one code system.

    ``below`` gives, for each code that the vocabulary has, the codes below it, without itself. ``possible``
    gives retired codes of which the vocabulary says only that they may have meant the code or one below it.
    ``displays`` names codes. ``ingredients`` are those of the codes that RxNorm has as an ingredient.
    """

    edition: Edition
    below: Mapping[str, frozenset[str]]
    displays: Mapping[str, str]
    ingredients: frozenset[str] = frozenset()
    possible: Mapping[str, frozenset[str]] = field(default_factory=dict)


class Vocabulary(Protocol):
    """A source of code systems."""

    @property
    def name(self) -> str:
        """What the source is, for people."""

    def descendants(
        self, uri: str, codes: Sequence[str], drugs: Collection[str], progress: Progress
    ) -> Descendants:
        """Return what the vocabulary says about ``codes`` of the code system with this URI.

        Below a code that is among ``drugs`` are also the products that contain it.

        Raises:
            ImportFailedError: if the vocabulary cannot be read or does not have the code system.
        """


def check_size(code: str, display: str, found: int) -> None:
    """Raise ``ImportFailedError`` if a code has so many descendants that it must be a mistake."""
    if found > MAX_DESCENDANTS:
        named = f"{code} {display}".strip()
        message = f"{named} has {found} codes below it, more than {MAX_DESCENDANTS}: it is too general"
        raise ImportFailedError(message)
