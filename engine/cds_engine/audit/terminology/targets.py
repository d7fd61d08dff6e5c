"""What terminology cases should cover: each entry of the terminology, with the mistakes that it may be."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from cds_engine.rulebook.vocabulary import Vocabulary
from cds_engine.scenarios.terminology.checks import Check

Found: TypeAlias = tuple[str, Check]
"""A check of a case that held, and the place of the case."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A mistake in one entry; ``vocabulary`` returns the terminology with it."""

    operator: str
    text: str
    vocabulary: Callable[[], Vocabulary]


@dataclass(frozen=True, slots=True)
class Group:
    """Entries for which one case is enough, and how that case is written.

    ``case`` returns the text of a case from the entries that it should cover; None if nobody but a reader of
    the sources can write one, with ``advice``.
    """

    label: str
    case: Callable[[Iterable[str]], str] | None = None
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One entry of the terminology.

    ``text`` is the entry as it is written, ``checks`` returns the checks that may notice a mistake in it, and
    ``noticing`` returns a case that holds, and does not in a changed terminology: None if there is none, so
    that the change is no mistake; an empty text if it is the case of the group.
    """

    subject: str
    text: str
    label: str
    file: str
    line: int
    pointer: str
    group: Group
    mistakes: tuple[Mistake, ...]
    checks: Callable[[], Iterable[Found]]
    noticing: Callable[[Vocabulary], str | None]
