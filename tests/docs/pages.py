"""The blocks of a documentation page: the files, commands and programs that it shows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.glob("*.md"))]
_BLOCK = re.compile(
    r'^```(?P<kind>\w+)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$', re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """One fenced block; ``title`` is the name of the file that it shows."""

    kind: str
    title: str | None
    text: str


@dataclass(frozen=True)
class Command:
    """A command, and the output that the page shows below it."""

    line: str
    output: str


def blocks(page: Path, *kinds: str) -> list[Block]:
    """Return the blocks of these kinds on ``page``, in its order."""
    found = _BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [Block(match["kind"], match["title"], match["text"]) for match in found if match["kind"] in kinds]


def files(page: Path) -> dict[str, str]:
    """Return the files that ``page`` shows, by name."""
    shown = blocks(page, "json", "gherkin", "yaml", "text")
    return {block.title: block.text for block in shown if block.title is not None}


def commands(block: Block) -> list[Command]:
    """Return the commands of a ``console`` block; each begins with a dollar sign."""
    _, *parts = re.split(r"^\$ ", block.text, flags=re.MULTILINE)
    return [Command(line, output) for line, _, output in (part.partition("\n") for part in parts)]


def walk(page: Path) -> Iterator[tuple[str, str] | Command]:
    """Yield the files of ``page``, each as name and text, and its commands, in the order of the page."""
    for block in blocks(page, "json", "gherkin", "yaml", "text", "console"):
        if block.title is not None:
            yield block.title, block.text
        elif block.kind == "console":
            yield from commands(block)


def shell_lines(page: Path) -> Iterator[str]:
    """Yield the commands of the ``sh`` blocks of ``page``, without comments."""
    for block in blocks(page, "sh"):
        for line in block.text.splitlines():
            command = re.sub(r"(^|\s+)#.*", "", line).strip()
            if command:
                yield command


def assert_shown(shown: str, said: str) -> None:
    """Assert that a program said what a page shows; a line of three dots stands for any text."""
    rest = _comparable(said)
    for part in re.split(r"^ *\.\.\.$", _comparable(shown), flags=re.MULTILINE):
        _, found, rest = rest.partition(part.strip("\n") + "\n") if part.strip("\n") else ("", "\n", rest)
        assert found, f"shown, but not said:\n{part}\nsaid:\n{said}"


def _comparable(text: str) -> str:
    """Return ``text`` without what differs between runs: durations, digests, blanks at line ends."""
    text = "".join(f"{line.rstrip()}\n" for line in text.splitlines())
    return re.sub(r"\bin [0-9.]+ s\b", "in TIME", re.sub(r"\bsha256:[0-9a-f]+", "sha256:DIGEST", text))
