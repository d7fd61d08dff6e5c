"""Make the pictures of the workbench for README and documentation: ``python -m tools.screenshots [NAME...]``.

They are taken from the pages of a running ``cds serve``, in Debian's Chromium.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

TARGET = Path(__file__).parents[1] / "docs" / "assets"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
COLOURS = 192
"""The size of the palette: text with its smoothed edges needs no more."""
WIDE, NARROW = (1280, 800), (390, 760)


@dataclass(frozen=True)
class Picture:
    """One picture: what to do before it is taken, the window, and the colours."""

    name: str
    steps: Callable[[Any], object]
    window: tuple[int, int] = WIDE
    colours: str = "light"
    part: str = ""
    """The part of the page that is taken, also if it is higher than the window; else the window."""


def example(page: Any, name: str) -> None:
    """Evaluate an example record."""
    page.click(f"button[value='{name}']")
    page.wait_for_selector(".work")


def visit(page: Any, path: str) -> None:
    """Open another page of the workbench."""
    page.goto(urljoin(page.url, path))


def show(page: Any, selector: str) -> None:
    """Scroll so that an element is at the top."""
    page.eval_on_selector(selector, "element => element.scrollIntoView()")


def why_not(page: Any) -> None:
    """Open the expressions of a rule that is silent, with the smallest change."""
    example(page, "studied-augmentation-pair")
    page.fill("#rule-search", "moderate neutropenia")
    page.click("#rule-monitoring\\.neutropenia-moderate > summary")
    page.click("button[name=change][value='monitoring.neutropenia-moderate']")
    page.wait_for_selector(".change-search")
    page.fill("#rule-search", "moderate neutropenia")
    show(page, "#rules")


def what_if(page: Any) -> None:
    """Compare a record with another dose."""
    example(page, "studied-augmentation-pair")
    page.select_option("#place", "/medications/0/daily_dose/value")
    page.fill("#value", "250")
    page.click("button[value=what-if]")
    page.wait_for_selector(".difference")
    show(page, "#what-if")


def questions(page: Any) -> None:
    """Show the questions about a record of which little is known."""
    example(page, "almost-nothing-known")
    show(page, "#questions")


def timeline(page: Any) -> None:
    """Show the timeline of a record."""
    example(page, "elderly-overdue-count")
    page.click("text=Timeline")
    page.wait_for_selector("svg.tl")
    page.click("button[value='90 days']")
    page.wait_for_selector("#from[value='2026-08-25']")


def together(page: Any) -> None:
    """Evaluate a record with several rulebooks."""
    page.click("button[value='lithium/with-mianserin-and-clozapine']")
    page.wait_for_selector("#each")


PICTURES = (
    Picture("workbench-evaluate", lambda page: example(page, "agranulocytosis-with-fever")),
    Picture(
        "workbench-narrow-dark",
        lambda page: example(page, "agranulocytosis-with-fever"),
        window=NARROW,
        colours="dark",
    ),
    Picture("workbench-together", together),
    Picture("workbench-why-not", why_not),
    Picture("workbench-what-if", what_if),
    Picture("workbench-questions", questions),
    Picture("workbench-timeline", timeline, part=".timeline-drawing"),
    Picture("workbench-rule", lambda page: visit(page, "/rules/monitoring.neutropenia-moderate")),
    Picture("workbench-audit", lambda page: visit(page, "/audit")),
)


def save(data: bytes, path: Path) -> None:
    """Save a picture with a palette, which makes it a third as large."""
    from PIL import Image

    image = Image.open(BytesIO(data)).convert("RGB")
    image.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)


@contextmanager
def served() -> Iterator[str]:
    """Run ``cds serve`` on a free port; yield its address."""
    command = [sys.executable, "-c", "from cds_api.cli import main; main()", "serve", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            match = re.search(r"http://\S+", process.stdout.readline())
            if match is None:
                raise SystemExit("cds serve did not start")
            yield match[0]
        finally:
            process.terminate()


def main(names: list[str]) -> None:
    """Take the pictures with these names, or all."""
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("there is no Chromium (Debian: apt-get install chromium)")
    known = {picture.name: picture for picture in PICTURES}
    if unknown := [name for name in names if name not in known]:
        raise SystemExit(f"no such picture: {unknown[0]}; there are {', '.join(known)}")
    with served() as address, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        for name in names or known:
            picture = known[name]
            width, height = picture.window
            page = browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme=picture.colours,
                reduced_motion="reduce",
            )
            page.goto(address)
            picture.steps(page)
            taken = page.locator(picture.part) if picture.part else page
            save(taken.screenshot(), TARGET / f"{name}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
