"""``cds rules diff``: what differs in meaning between two rulebooks."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from cds_engine.audit.difference import compare_rulebooks
from cds_engine.audit.difference.report import to_json, to_markdown, to_text
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.shipped import find_rulebook

from cds_api.commands.output import write_output

Format = Literal["text", "json", "markdown"]


def show_difference(before: str, after: str, format_: Format, output: Path | None) -> None:
    """Print what differs between two rulebooks, each a folder or the name of a shipped rulebook."""
    difference = compare_rulebooks(*(load_rulebook(find_rulebook(name)) for name in (before, after)))
    render = {"text": to_text, "json": to_json, "markdown": to_markdown}[format_]
    write_output(render(difference), output)
