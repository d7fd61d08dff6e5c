"""What differs between two rulebooks, as its page shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cds_api.workbench.views.approvals import Section
from cds_api.workbench.views.audit import Place, place_of
from cds_api.workbench.views.book import Book

VERDICTS: Mapping[str, str] = {
    "different": "different",
    "narrower": "narrower",
    "wider": "wider",
    "added": "added",
    "removed": "removed",
    "undecided": "undecided",
    "text": "same meaning, other text",
    "equal": "equal",
}
"""The verdicts in words, in the order of the page."""
KINDS: Mapping[str, str] = {"rules": "Rules", "facts": "Facts", "parameters": "Parameters"}


@dataclass(frozen=True, slots=True)
class WitnessView:
    """A record that the engine treats differently: as JSON text, with what each rulebook makes of it."""

    record: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """A rule, fact or parameter that differs."""

    name: str
    verdict: str
    reason: str
    witnesses: tuple[WitnessView, ...]
    changes: tuple[Section, ...]
    known: bool
    """Whether the first rulebook, whose pages can be opened, has it."""

    @property
    def text(self) -> str:
        """The verdict in words."""
        return VERDICTS[self.verdict]


@dataclass(frozen=True, slots=True)
class KindView:
    """The rules, facts or parameters: how many have which verdict, and those that differ."""

    kind: str
    title: str
    counts: Mapping[str, int]
    items: tuple[ItemView, ...]

    @property
    def path(self) -> str:
        """The address of the pages of its parts, up to the name."""
        return f"/{self.kind}/"

    @property
    def differing(self) -> int:
        """How many differ in meaning or text."""
        return len(self.items)


@dataclass(frozen=True, slots=True)
class ScenarioView:
    """A scenario that gives another result."""

    place: Place
    name: str
    rules: tuple[tuple[str, str, str], ...]
    failure: str


@dataclass(frozen=True, slots=True)
class DifferenceView:
    """What differs between two rulebooks."""

    equal: bool
    disclaimer: str
    kinds: tuple[KindView, ...]
    data: tuple[Section, ...]
    scenarios_ran: int | None
    """How many scenarios ran with both; None if none should."""
    scenarios: tuple[ScenarioView, ...]
    markdown: str


def difference_view(book: Book, answer: Mapping[str, Any]) -> DifferenceView:
    """Return the answer of :mod:`cds_api.workbench.difference_process` for its page.

    Args:
        book: the first rulebook.
        answer: what differs, as data and as Markdown.
    """
    data = answer["difference"]
    scenarios = data["scenarios"]
    return DifferenceView(
        equal=data["equal"],
        disclaimer=data["disclaimer"],
        kinds=tuple(_kind(book, kind, data[kind]) for kind in KINDS),
        data=tuple(_change(change, with_file=True) for change in data["data"]),
        scenarios_ran=None if scenarios is None else scenarios["ran"],
        scenarios=() if scenarios is None else tuple(_scenarios(book, scenarios["changed"])),
        markdown=answer["markdown"],
    )


def _kind(book: Book, kind: str, items: list[Mapping[str, Any]]) -> KindView:
    counts = dict.fromkeys(VERDICTS, 0)
    for item in items:
        counts[_verdict(item)] += 1
    known: Mapping[str, object] = getattr(book.rulebook, kind)
    differing = (_item(item, known=item["id"] in known) for item in items if _verdict(item) != "equal")
    order = list(VERDICTS)
    return KindView(
        kind,
        KINDS[kind],
        {verdict: count for verdict, count in counts.items() if count},
        tuple(sorted(differing, key=lambda view: (order.index(view.verdict), view.name))),
    )


def _verdict(item: Mapping[str, Any]) -> str:
    return "text" if item["verdict"] == "equal" and item["changes"] else str(item["verdict"])


def _item(item: Mapping[str, Any], *, known: bool) -> ItemView:
    return ItemView(
        item["id"],
        _verdict(item),
        item["reason"] or "",
        tuple(
            WitnessView(
                json.dumps(witness["record"], indent=2, ensure_ascii=False),
                str(witness["before"]).replace("_", " "),
                str(witness["after"]).replace("_", " "),
            )
            for witness in item["witnesses"]
        ),
        tuple(_change(change) for change in item["changes"]),
        known,
    )


def _change(change: Mapping[str, Any], *, with_file: bool = False) -> Section:
    place = f"{change['file']}{change['pointer']}" if with_file else change["pointer"]
    return Section(place or change["file"], change["before"] or "", change["after"] or "")


def _scenarios(book: Book, changed: list[Mapping[str, Any]]) -> Iterator[ScenarioView]:
    for each in changed:
        rules = tuple((item["rule"], item["before"], item["after"]) for item in each["rules"])
        yield ScenarioView(place_of(book, each["at"]), each["scenario"], rules, each["failure"] or "")
