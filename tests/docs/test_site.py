"""The documentation site: it builds, its links hold, and it needs no other machine."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.exceptions import Abort

from tests.docs.pages import DOCS, PAGES, ROOT
from tools.docs.__main__ import write_pages

Edit = Callable[[Path], None]
_ELSEWHERE = re.compile(r"""(?:<(?:script|img|iframe)[^>]*\ssrc|<link[^>]*\shref)=["']?(?:https?:)?//""")
_LINK = re.compile(r"\]\((?!https?://)(?P<file>[^)#\s]*)(?:#(?P<anchor>[^)\s]+))?\)")


def built(folder: Path, edit: Edit | None = None) -> Path:
    """Build the site into ``folder``, after an ``edit`` of its sources, and return where it is."""
    sources, pages, site = folder / "docs", folder / "pages", folder / "site"
    shutil.copytree(DOCS, sources)
    if edit is not None:
        edit(sources)
    write_pages(sources, pages)
    build(load_config(str(ROOT / "mkdocs.yml"), docs_dir=str(pages), site_dir=str(site)))
    return site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("site"))


@pytest.mark.slow
def test_every_page_is_built(site: Path) -> None:
    for page in DOCS.glob("*.md"):
        assert (site / page.with_suffix(".html").name).is_file(), page.name


@pytest.mark.slow
def test_no_page_loads_anything_from_another_machine(site: Path) -> None:
    for page in site.rglob("*.html"):
        assert not _ELSEWHERE.search(page.read_text(encoding="utf-8")), page.name
    for sheet in site.rglob("*.css"):
        assert not re.search(r"url\(['\"]?(?:https?:)?//", sheet.read_text(encoding="utf-8")), sheet.name


@pytest.mark.slow
def test_no_part_is_left_to_generate(site: Path) -> None:
    assert not [page for page in site.rglob("*.html") if "<!-- generated" in page.read_text("utf-8")]


@pytest.mark.slow
def test_broken_links_and_a_page_that_the_navigation_lacks_fail_the_build(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    links = ["nowhere.md", "audit.md#nowhere", "#nowhere", "../README.md"]

    def add(sources: Path) -> None:
        (sources / "stray.md").write_text("# Stray\n")
        with (sources / "limits.md").open("a", encoding="utf-8") as page:
            page.writelines(f"\n[broken]({link})\n" for link in links)

    with pytest.raises(Abort):
        built(tmp_path, add)
    warnings = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    for wrong in (*(f"'{link}'" for link in links), "stray.md"):
        assert [message for message in warnings if wrong in message], wrong
    assert len(warnings) == len(links) + 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_hold_in_the_repository(page: Path) -> None:
    for match in _LINK.finditer(page.read_text(encoding="utf-8")):
        target = (page.parent / match["file"]).resolve() if match["file"] else page
        assert target.exists(), match[0]
        generated = target.suffix == ".md" and "<!-- generated" in target.read_text(encoding="utf-8")
        if match["anchor"] and not generated:
            assert match["anchor"] in anchors(target), match[0]


def anchors(page: Path) -> set[str]:
    """Return the anchors of the headings of a Markdown file."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
