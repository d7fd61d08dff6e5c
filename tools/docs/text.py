"""Small pieces of Markdown, and pages of the repository as parts of the site."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_CODE = re.compile(r"(`[^`]*`)")
_FENCED = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
_PARAGRAPH_THEN_LIST = re.compile(r"^([^\s>|#-].*)\n(?=- )", re.MULTILINE)
_LINK = re.compile(r"\[(?P<label>[^\]]+)\]\((?P<target>[^)\s]+)\)")


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table, without the columns that are empty in every row."""
    columns = [column for column in zip(header, *rows, strict=True) if any(column[1:])]
    head, *body = zip(*columns, strict=True)
    return "\n".join([_row(head), _row("---" for _ in head), *map(_row, body)])


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(map(_cell, cells))} |"


def _cell(text: str) -> str:
    """Return ``text`` on one line; a pipe is escaped, except in code, where it stands for itself."""
    parts = _CODE.split(" ".join(text.split()))
    return "".join(part if part.startswith("`") else part.replace("|", "\\|") for part in parts)


def one_of(words: Iterable[str]) -> str:
    """Return ``a, b or c``."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def markdown(text: str) -> str:
    """Return the text of a docstring as Markdown: one paragraph a line, and its code in single backticks."""
    paragraphs = (" ".join(part.split()) for part in text.split("\n\n"))
    return "\n\n".join(paragraphs).replace("``", "`")


def spaced(page: str) -> str:
    """Return ``page`` with an empty line before each list; Python-Markdown needs it, GitHub does not."""
    parts = _FENCED.split(page)
    return "".join(
        part if part.startswith("```") else _PARAGRAPH_THEN_LIST.sub(r"\1\n\n", part) for part in parts
    )


def body(path: Path) -> str:
    """Return a Markdown file without its title; a link to another file becomes its label."""
    _, _, rest = path.read_text(encoding="utf-8").partition("\n")
    return unlinked(rest)


def section(path: Path, title: str) -> str:
    """Return what a Markdown file says under the heading ``title`` of the second level."""
    _, _, rest = path.read_text(encoding="utf-8").partition(f"\n## {title}\n")
    found, _, _ = rest.partition("\n## ")
    return unlinked(found)


def unlinked(text: str) -> str:
    """Return ``text`` with links into the repository, which the site does not have, as plain labels."""

    def plain(match: re.Match[str]) -> str:
        return match[0] if match["target"].startswith(("https://", "#")) else match["label"]

    return _LINK.sub(plain, text)
