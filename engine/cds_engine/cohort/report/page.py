"""Renders the templates of this package as self-contained HTML files."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape

from cds_engine.cohort.report import formatting
from cds_engine.errors import printable
from cds_engine.language.kleene import OUTCOMES


def _template(name: str) -> str:
    return files("cds_engine.cohort.report").joinpath(name).read_text(encoding="utf-8")


def render(template: str, **values: Any) -> str:
    """Return the page of ``template`` with ``values``, which are escaped."""
    environment = Environment(
        loader=FunctionLoader(_template),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(number=formatting.number, patient=formatting.patient, printable=printable)
    environment.globals.update(
        outcomes=OUTCOMES,
        percent=formatting.percent,
        quantity=formatting.quantity,
        share=formatting.share,
        titles=formatting.TITLES,
    )
    return environment.get_template(template).render(values)
