"""The summary as one HTML file with plots, for screens, printers and screen readers."""

from __future__ import annotations

from cds_engine.cohort.report.page import render
from cds_engine.cohort.report.summary import Summary

MOST_LISTED = 20
"""How many missing facts are visible at first; the others are in a collapsed section."""


def to_html(summary: Summary) -> str:
    """Return the page."""
    return render(
        "summary.html.j2",
        summary=summary,
        bands=[band for band, count in summary.ages.items() if count],
        most_listed=MOST_LISTED,
    )
