"""Renders the templates of this package as self-contained HTML files."""

from __future__ import annotations

from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader

from cds_engine.cohort.report import formatting
from cds_engine.design import report_environment
from cds_engine.errors import printable
from cds_engine.language.kleene import OUTCOMES


def render(template: str, **values: Any) -> str:
    """Return the page of ``template`` with ``values``, which are escaped."""
    return _templates().get_template(template).render(values)


@cache
def _templates() -> Environment:
    templates = report_environment(PackageLoader("cds_engine.cohort.report", "."))
    templates.filters.update(number=formatting.number, patient=formatting.patient, printable=printable)
    templates.globals.update(
        outcomes=OUTCOMES,
        percent=formatting.percent,
        quantity=formatting.quantity,
        share=formatting.share,
        shade=formatting.shade,
        titles=formatting.TITLES,
    )
    return templates
