"""Tells rows that were moved from rows that were changed, by looking for the place that their link fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cds_api.ledger.canonical import canonical
from cds_api.ledger.chains import link
from cds_api.ledger.findings import Finding

MOST = 20
"""The most rows for which places are looked for: each is tried at the place of every other."""


@dataclass(frozen=True, slots=True)
class _Suspect:
    kind: str
    row: Mapping[str, Any]
    place: str


class MovedRows:
    """The rows whose link does not fit their place, from all chains."""

    def __init__(self) -> None:
        self._suspects: list[_Suspect] = []
        self._links: set[str] = set()
        """Links that may be the ones before the suspects."""

    def add(self, kind: str, row: Mapping[str, Any], previous: str, place: str) -> None:
        """Add a row whose link does not follow ``previous``."""
        self._suspects.append(_Suspect(kind, row, place))
        if len(self._suspects) <= MOST:
            self._links |= {previous, row["link"]}

    def add_unconnected(self, kind: str, row: Mapping[str, Any]) -> None:
        """Add a row before which others are missing, so that its link cannot be verified."""
        if len(self._suspects) <= MOST:
            self._links.add(row["link"])

    def findings(self) -> list[Finding]:
        """Return what became of the rows.

        A row whose link fits its own place behind another link is in order: what is before it is not.
        """
        if len(self._suspects) > MOST:
            first = self._suspects[0].place
            message = f"{len(self._suspects)} links from here on do not fit their places"
            return [Finding("reordered", first, message)]
        places = [(found.row["chain"], found.row["sequence"]) for found in self._suspects]
        findings = []
        for suspect in self._suspects:
            own = (suspect.row["chain"], suspect.row["sequence"])
            fitting = self._fitting(suspect, [own, *places, *self._neighbours(places)])
            if fitting is None:
                message = "its link does not cover its digest, its place and the link before it"
                findings.append(Finding("changed", suspect.place, message))
            elif fitting != own:
                message = f"it belongs in chain {fitting[0]}, {fitting[1]}"
                findings.append(Finding("reordered", suspect.place, message))
        return findings

    def _fitting(self, suspect: _Suspect, places: list[tuple[int, int]]) -> tuple[int, int] | None:
        """Return the first of ``places`` that the link of a row fits."""
        for chain, sequence in dict.fromkeys(places):
            moved = {**suspect.row, "chain": chain, "sequence": sequence}
            if any(link(moved, before, canonical) == suspect.row["link"] for before in self._links):
                return chain, sequence
        return None

    @staticmethod
    def _neighbours(places: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Return the places beside others: where a row was before one was put in or taken out."""
        return [(chain, sequence + step) for chain, sequence in places for step in (-1, 1)]
