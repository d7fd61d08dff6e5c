"""What reading a Bundle leaves behind: notices, few however long it is, and where everything came from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from cds_engine.notices import Notice

MOST_NOTICES = 200
MOST_EXAMPLES = 3
LONGEST_EXAMPLE = 60
ENTRIES = "/entry"
"""The pointer for what rests on the whole Bundle, such as that something is not in it."""


class Notes:
    """Collects notices; those that would recur by the thousand are counted and given one line."""

    def __init__(self) -> None:
        self._notices: list[Notice | str] = []
        self._groups: dict[str, list[tuple[str, str]]] = {}

    def say(self, pointer: str, message: str) -> None:
        """Give notice of something about one place of the Bundle."""
        self._notices.append(Notice(pointer=pointer, message=message))

    def count(self, message: str, pointer: str, example: str = "") -> None:
        """Give notice together with all others that have the same ``message``."""
        if message not in self._groups:
            self._groups[message] = []
            self._notices.append(message)
        self._groups[message].append((pointer, example))

    def notices(self) -> tuple[Notice, ...]:
        """Return the notices in the order in which they were first given."""
        shown = [
            notice if isinstance(notice, Notice) else self._grouped(notice)
            for notice in self._notices[:MOST_NOTICES]
        ]
        left = len(self._notices) - len(shown)
        if left:
            shown.append(Notice(pointer=ENTRIES, message=f"and {left} more notices about this Bundle"))
        return tuple(shown)

    def _grouped(self, message: str) -> Notice:
        """Return one notice for a group: it points at the first, and names the first few."""
        group = self._groups[message]
        examples = list(dict.fromkeys(example for _, example in group if example))
        text = message
        if examples:
            shown = ", ".join(_short(example) for example in examples[:MOST_EXAMPLES])
            rest = len(examples) - MOST_EXAMPLES
            text += f": {shown}" + (f" and {rest} more" if rest > 0 else "")
        if len(group) > 1:
            others = [pointer for pointer, _ in group[1 : 1 + MOST_EXAMPLES]]
            ellipsis = ", ..." if len(group) > 1 + MOST_EXAMPLES else ""
            text += f" ({len(group)} resources, also {', '.join(others)}{ellipsis})"
        return Notice(pointer=group[0][0], message=text)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_EXAMPLE else text[:LONGEST_EXAMPLE].rstrip() + "..."


@dataclass(frozen=True, slots=True)
class Origin:
    """A resource of the Bundle: its type, and the reference by which others may point to it."""

    kind: str
    reference: str | None


@dataclass(slots=True)
class References:
    """From places of the native record back to places of the Bundle, and on to its resources."""

    pointers: dict[str, str] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    patient: str | None = None

    def pointer(self, native: str) -> str:
        """Return where in the Bundle that stands to which ``native`` points in the record.

        What has no place of its own gets that of what it is part of, and in the end that of the entries.
        """
        at = native
        while at:
            if at in self.pointers:
                return self.pointers[at]
            at = at.rpartition("/")[0]
        return ENTRIES

    def origin(self, pointer: str) -> Origin | None:
        """Return the resource in which ``pointer`` (into the Bundle) lies."""
        at = pointer
        while at:
            if at in self.origins:
                return self.origins[at]
            at = at.rpartition("/")[0]
        return None

    def resources(self, pointers: Iterable[str]) -> Mapping[str, Origin]:
        """Return the resources in which ``pointers`` lie and to which one can refer, by reference."""
        found = (self.origin(pointer) for pointer in pointers)
        return {origin.reference: origin for origin in found if origin is not None and origin.reference}
