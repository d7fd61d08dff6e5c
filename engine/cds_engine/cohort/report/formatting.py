"""Formats numbers and texts in the same way for every report."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping

from cds_engine.errors import printable
from cds_engine.rulebook.model import Rulebook

TITLES: Mapping[str, str] = {
    "fired": "fired",
    "not_met": "not met",
    "not_evaluable": "not evaluable",
    "not_applicable": "not applicable",
    "absent": "absent",
}
"""The outcomes in English; ``absent`` stands for a rulebook without the rule."""
_DIGEST_SHOWN = len("sha256:") + 12


def patient(name: str) -> str:
    """Return a patient's id for display, or a text if there is none."""
    return printable(name) or "no patient id"


def number(count: int) -> str:
    """Return ``count`` with thousands separators."""
    return f"{count:,}"


def percent(count: int, of: int) -> str:
    """Return the percentage without a sign; ``0`` and ``100`` mean exactly none and all."""
    if of == 0:
        return "-"
    if count in (0, of):
        return "0" if count == 0 else "100"
    if count * 1000 < of:
        return "<0.1"
    if (of - count) * 1000 < of:
        return ">99.9"
    return f"{100 * count / of:.1f}"


def shade(count: int, of: int) -> int:
    """Return the shade of the cell of a percentage, from 0 for none to 10 for all.

    It grows with the square root of the fraction, since most are small and would all look the same.
    """
    return max(1, round(10 * (count / of) ** 0.5)) if count and of else 0


def share(count: int, of: int) -> str:
    """Return the percentage with a sign."""
    return f"{percent(count, of)} %" if of else "-"


def quantity(count: int, one: str, many: str | None = None) -> str:
    """Return ``count`` with a noun: ``1 patient``, ``2 patients``."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def identity(rulebook: Rulebook) -> str:
    """Return id, version and short digest of a rulebook."""
    return f"{rulebook.id} {rulebook.version} ({rulebook.digest[:_DIGEST_SHOWN]})"


def shorten(text: str, width: int) -> str:
    """Return ``text`` in at most ``width`` characters, ending in dots if it was cut."""
    return text if len(text) <= width else text[: width - 3].rstrip() + "..."


def one_line(text: str) -> str:
    """Return ``text`` without its line breaks."""
    return " ".join(text.split())


def wrapped(text: str, width: int, indent: str = "", hanging: str | None = None) -> Iterator[str]:
    """Yield ``text`` in lines of at most ``width``; those after the first begin with ``hanging``."""
    after = indent if hanging is None else hanging
    yield from textwrap.wrap(
        one_line(text),
        width,
        initial_indent=indent,
        subsequent_indent=after,
        break_long_words=False,  # ids and paths must stay whole to be searchable
        break_on_hyphens=False,
    )


def listed(title: str, items: Iterable[str], width: int) -> Iterator[str]:
    """Yield a title and a list below it; nothing if there are no items."""
    lines = [line for item in items for line in wrapped(f"- {item}", width, "  ", "    ")]
    if lines:
        yield from ("", title, *lines)
