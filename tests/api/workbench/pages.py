"""Reads pages as a test sees them: the texts of elements, and the fields of forms."""

from __future__ import annotations

from html.parser import HTMLParser

from tests.api.conftest import LOCAL

OWN = {"Origin": LOCAL, "Accept": "text/html"}
_VOID = frozenset({"input", "meta", "link", "br", "hr", "rect", "path", "img"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[tuple[str, dict[str, str], list[str]]] = []
        self.elements: list[tuple[str, dict[str, str], str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag in _VOID:
            self.elements.append((tag, found, ""))
        else:
            self.open.append((tag, found, []))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}, ""))

    def handle_endtag(self, tag: str) -> None:
        while self.open:
            name, attributes, texts = self.open.pop()
            text = "".join(texts)
            self.elements.append((name, attributes, text))
            if self.open:
                self.open[-1][2].append(text)
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        if self.open:
            self.open[-1][2].append(data)


class Html:
    """A page."""

    def __init__(self, text: str) -> None:
        reader = _Reader()
        reader.feed(text)
        self.elements = reader.elements

    def texts(self, tag: str = "", **attributes: str) -> list[str]:
        """Return the texts of the elements with a tag and attributes; a class may be one of several."""
        return [" ".join(text.split()) for _, _, text in self._found(tag, attributes)]

    def text(self, tag: str = "", **attributes: str) -> str:
        """Return the text of the only such element."""
        (found,) = self.texts(tag, **attributes)
        return found

    def attributes(self, tag: str, name: str) -> list[str]:
        """Return the values of an attribute of the elements with a tag."""
        return [found[name] for each, found, _ in self.elements if each == tag and name in found]

    @property
    def record(self) -> str:
        """The record that the page carries."""
        (found,) = self._found("textarea", {"name": "record"})
        return found[2].removeprefix("\n")

    def _found(self, tag: str, attributes: dict[str, str]) -> list[tuple[str, dict[str, str], str]]:
        wanted = {name.rstrip("_"): value for name, value in attributes.items()}
        return [
            element
            for element in self.elements
            if (not tag or element[0] == tag)
            and all(
                value in element[1].get(name, "").split()
                if name == "class"
                else element[1].get(name) == value
                for name, value in wanted.items()
            )
        ]
