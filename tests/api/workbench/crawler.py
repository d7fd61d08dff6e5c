"""Follows every link of the workbench, and finds those that lead nowhere."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from fastapi.testclient import TestClient

from tests.api.conftest import LOCAL


class Page(HTMLParser):
    """The links and the ids of a page, ids that occur twice, and elements with inline styles or scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.ids: set[str] = set()
        self.twice: set[str] = set()
        self.styled: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if (name := found.get("id")) is not None:
            (self.twice if name in self.ids else self.ids).add(name)
        if tag in ("a", "link") and found.get("href"):
            self.links.add(str(found["href"]))
        if tag == "script" and found.get("src"):
            self.links.add(str(found["src"]))
        if "style" in found or any(name.startswith("on") for name in found):
            self.styled.append(self.get_starttag_text() or "")


@dataclass
class Crawl:
    """What following every link found."""

    pages: dict[str, Page] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    limit: Callable[[str], bool] = lambda _: True
    """Which addresses are followed."""

    def follow(self, client: TestClient, start: str) -> None:
        """Follow every link from ``start`` on, each address once."""
        waiting = deque([start])
        seen = self.seen
        seen.add(start)
        anchors: list[tuple[str, str, str]] = []
        while waiting:
            address = waiting.popleft()
            response = client.get(address, headers={"Accept": "text/html"})
            if response.status_code != 200:
                self.broken.append(f"{address}: {response.status_code}")
                continue
            if not response.headers["content-type"].startswith("text/html"):
                continue
            page = self.pages[address] = Page(response.text)
            for link in page.links:
                target = urlsplit(urljoin(f"{LOCAL}{address}", link))
                if f"{target.scheme}://{target.netloc}" != LOCAL:
                    continue
                wanted = target.path + (f"?{target.query}" if target.query else "")
                if target.fragment:
                    anchors.append((address, wanted, target.fragment))
                if wanted not in seen and self.limit(wanted):
                    seen.add(wanted)
                    waiting.append(wanted)
        self.broken += sorted(
            {
                f"{address}: no #{fragment} in {wanted}"
                for address, wanted, fragment in anchors
                if wanted in self.pages and fragment not in self.pages[wanted].ids
            }
        )
