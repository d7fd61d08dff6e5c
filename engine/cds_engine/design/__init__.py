"""The look of every HTML page: one stylesheet and one set of components, for the reports and the workbench.

The stylesheet names no address and no page. Pages need no inline styles, so that a strict
Content-Security-Policy allows them.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from jinja2.loaders import BaseLoader, ChoiceLoader
from markupsafe import Markup

COMPONENTS = "components.html.j2"
"""The template of the components: ``{% import "components.html.j2" as ui %}``."""
REPORT = "report.html.j2"
"""The frame of a report, a file that loads no other: ``{% extends "report.html.j2" %}``."""


@cache
def stylesheet() -> str:
    """Return the stylesheet."""
    return _read("stylesheet.css")


def environment(*loaders: BaseLoader) -> Environment:
    """Return a template environment that escapes every value, knows the components, and fails on a typo.

    Args:
        loaders: where the templates of the caller are.
    """
    components = FunctionLoader(lambda name: _read(name) if name in (COMPONENTS, REPORT) else None)
    return Environment(
        loader=ChoiceLoader([components, *loaders]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def report_environment(*loaders: BaseLoader) -> Environment:
    """Return an environment for templates that extend the frame of a report and use components as ``ui``.

    Args:
        loaders: where the templates of the caller are.
    """
    templates = environment(*loaders)
    templates.globals["styles"] = Markup(stylesheet() + _read("report.css"))
    templates.globals["ui"] = templates.get_template(COMPONENTS).module
    return templates


def _read(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
