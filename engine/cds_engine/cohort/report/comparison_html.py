"""The comparison as one HTML file with plots, for screens, printers and screen readers."""

from __future__ import annotations

from cds_engine.cohort.report.comparison import Comparison
from cds_engine.cohort.report.page import render


def to_html(comparison: Comparison) -> str:
    """Return the page."""
    most = max((max(found.gains, found.losses) for found in comparison.changed), default=0)
    return render("comparison.html.j2", comparison=comparison, most=most)
