"""The summary as one HTML file with plots that the template draws: for screen, paper and ear."""

from __future__ import annotations

from cds_engine.cohort.report.page import render
from cds_engine.cohort.report.summary import Summary

SHOWN = 20
"""How many missing facts are in sight; the others are folded up below them."""
_FAINTEST = 0.08


def to_html(summary: Summary) -> str:
    """Return the page."""
    return render(
        "summary.html.j2",
        summary=summary,
        bands=[band for band, count in summary.ages.items() if count],
        shown=SHOWN,
        shade=shade,
    )


def shade(count: int, of: int) -> str:
    """Return how opaque the cell of a share is, from 0 to 1.

    It rises with the square root: most shares are small, and would all look alike.
    """
    strength = (count / of) ** 0.5 if of else 0
    return f"{_FAINTEST + (1 - _FAINTEST) * strength:.2f}" if count else "0"
