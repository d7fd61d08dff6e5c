"""The notices about a Bundle, limited in number, and the way from the record back to the Bundle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from cds_engine.errors import RecordError
from cds_engine.notices import Notice, UnknownCode

MOST_NOTICES = 200
MOST_EXAMPLES = 3
LONGEST_EXAMPLE = 60
ENTRIES = "/entry"
"""The pointer for notices about the whole Bundle, for instance about something that it lacks."""


class Notes:
    """Collects notices; equal messages about many resources become one notice."""

    def __init__(self) -> None:
        self._notices: list[Notice | str] = []
        self._groups: dict[str, dict[str, str]] = {}
        self._unknown: set[str] = set()

    def copy(self) -> Notes:
        """Return notes with the same notices, to which others can be added."""
        copied = Notes()
        copied._notices = [*self._notices]
        copied._groups = {message: dict(group) for message, group in self._groups.items()}
        copied._unknown = {*self._unknown}
        return copied

    def add(self, pointer: str, message: str) -> None:
        """Add a notice about one place of the Bundle."""
        self._notices.append(Notice(pointer=pointer, message=message))

    def add_grouped(self, message: str, pointer: str, example: str = "", *, unknown: bool = False) -> None:
        """Add a notice that is shown as one with all others of the same ``message``.

        ``unknown`` says that the resource means nothing that the rulebook knows.
        """
        if unknown:
            self._unknown.add(message)
        if message not in self._groups:
            self._groups[message] = {}
            self._notices.append(message)
        self._groups[message].setdefault(pointer, example)

    def notices(self) -> tuple[Notice, ...]:
        """Return the notices in the order in which their messages were first added."""
        notices = [
            notice if isinstance(notice, Notice) else self._group(notice)
            for notice in self._notices[:MOST_NOTICES]
        ]
        left = len(self._notices) - len(notices)
        if left:
            notices.append(Notice(pointer=ENTRIES, message=f"and {left} more notices about this Bundle"))
        return tuple(notices)

    def _group(self, message: str) -> Notice:
        group = self._groups[message]
        notice = grouped_notice(message, group)
        if message not in self._unknown:
            return notice
        return UnknownCode.of(notice.pointer, notice.message, group, message)


def grouped_notice(message: str, group: Mapping[str, str]) -> Notice:
    """Return one notice for a group, which points to its first resource and names the first few.

    ``group`` has the places of the resources, each with its name or an empty text.
    """
    pointers = list(group)
    examples = list(dict.fromkeys(example for example in group.values() if example))
    text = message
    if examples:
        first = ", ".join(_short(example) for example in examples[:MOST_EXAMPLES])
        rest = len(examples) - MOST_EXAMPLES
        text += f": {first}" + (f" and {rest} more" if rest > 0 else "")
    if len(group) > 1:
        others = pointers[1 : 1 + MOST_EXAMPLES]
        ellipsis = ", ..." if len(group) > 1 + MOST_EXAMPLES else ""
        text += f" ({len(group)} resources, also {', '.join(others)}{ellipsis})"
    return Notice(pointer=pointers[0], message=text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_EXAMPLE else text[:LONGEST_EXAMPLE].rstrip() + "..."


@dataclass(frozen=True, slots=True)
class Origin:
    """A resource of the Bundle: its type, and the reference that other resources may use for it."""

    kind: str
    reference: str | None


@dataclass(slots=True)
class References:
    """From places of the native record back to places of the Bundle, and on to its resources."""

    pointers: dict[str, str] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    patient: str | None = None

    def pointer(self, native: str) -> str:
        """Return the place in the Bundle for the place ``native`` in the record.

        If it has none of its own, this is the place of what contains it, and at last of all entries.
        """
        return self.known_pointer(native) or ENTRIES

    def known_pointer(self, native: str) -> str | None:
        """Return the place in the Bundle as :meth:`pointer` does, but None instead of all entries."""
        at = native
        while at:
            if at in self.pointers:
                return self.pointers[at]
            at = at.rpartition("/")[0]
        return None

    def located(self, error: RecordError) -> RecordError:
        """Return an error of the native record as one of the Bundle."""
        return RecordError(replace(found, pointer=self.pointer(found.pointer)) for found in error.problems)

    def origin(self, pointer: str) -> Origin | None:
        """Return the resource that contains the place ``pointer`` of the Bundle."""
        at = pointer
        while at:
            if at in self.origins:
                return self.origins[at]
            at = at.rpartition("/")[0]
        return None

    def resources(self, pointers: Iterable[str]) -> Mapping[str, Origin]:
        """Return the resources that contain ``pointers``, by reference; without those that have none."""
        found = (self.origin(pointer) for pointer in pointers)
        return {origin.reference: origin for origin in found if origin is not None and origin.reference}
