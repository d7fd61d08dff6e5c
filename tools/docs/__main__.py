"""Write the pages of the documentation site into ``build/pages``: ``python -m tools.docs``.

The pages are those of ``docs/``, with every ``<!-- generated: ... -->`` replaced. This is a program of its
own, and not a plugin of MkDocs, so that the pages do not depend on what turns them into HTML.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tools.docs.parts import ROOT, UnknownPartError, fill

SOURCE = ROOT / "docs"
TARGET = ROOT / "build" / "pages"


def write_pages(source: Path, target: Path) -> None:
    """Copy ``source`` to ``target`` and fill the generated parts of its pages.

    Raises:
        UnknownPartError: if a page asks for a part that nothing generates.
    """
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    for page in sorted(target.rglob("*.md")):
        name = page.relative_to(target).as_posix()
        page.write_text(fill(page.read_text(encoding="utf-8"), name), encoding="utf-8")


def main() -> int:
    """Write the pages; return 1 if a page asks for an unknown part."""
    try:
        write_pages(SOURCE, TARGET)
    except UnknownPartError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
