"""The summary as one HTML file with plots, for screens, printers and screen readers."""

from __future__ import annotations

from cds_engine.cohort.report.page import render
from cds_engine.cohort.report.summary import Summary

MOST_LISTED = 20
"""How many missing facts are visible at first; the others are in a collapsed section."""
_FAINTEST = 0.08


def to_html(summary: Summary) -> str:
    """Return the page."""
    return render(
        "summary.html.j2",
        summary=summary,
        bands=[band for band, count in summary.ages.items() if count],
        most_listed=MOST_LISTED,
        shade=shade,
    )


def shade(count: int, of: int) -> str:
    """Return the opacity of the cell of a percentage, from 0 to 1.

    It is the square root of the fraction, since most are small and would all look the same.
    """
    strength = (count / of) ** 0.5 if of else 0
    return f"{_FAINTEST + (1 - _FAINTEST) * strength:.2f}" if count else "0"
