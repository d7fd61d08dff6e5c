"""One rulebook with what its pages need, prepared once and read from then on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from cds_engine.evaluate import Engine
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.references import Part, PartKind, Reference, References
from cds_engine.rulebook.text import format_value
from cds_engine.rulebook.vocabulary import SECTIONS, Vocabulary
from cds_engine.rulebook.yaml_document import places_in

from cds_api.knowledge import Knowledge
from cds_api.workbench.views.coverage import AuditFigures
from cds_api.workbench.views.source_lines import Line, source_lines

if TYPE_CHECKING:
    from cds_api.workbench.views.cases import Cases


@dataclass(frozen=True, slots=True)
class Link:
    """A part that uses or is used, with its title and the ways in which it does."""

    part: Part
    title: str
    ways: tuple[str, ...] = ()


class Book:
    """A rulebook, its references, and the folder of its features."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.rulebook: Rulebook = engine.rulebook
        self._files: dict[str, str] = {}
        self._lines: dict[str, Mapping[str, int]] = {}
        self.latest_audit: AuditFigures | None = None
        """The audit that somebody ran from a page, since the service was started."""

    @property
    def figures(self) -> AuditFigures | None:
        """The latest audit: the one that was run from a page, else the one stored with the rulebook."""
        return self.latest_audit or self.stored_audit

    @cached_property
    def stored_audit(self) -> AuditFigures | None:
        """The audit stored with the rulebook, if there is one."""
        stored = self.knowledge.coverage()
        return None if stored is None else AuditFigures(stored.audit, current=stored.current)

    @cached_property
    def knowledge(self) -> Knowledge:
        """The rulebook as the knowledge routes show it."""
        return Knowledge(self.rulebook, self.engine.identity)

    @cached_property
    def references(self) -> References:
        """What uses what in the rulebook."""
        return References(self.rulebook)

    @cached_property
    def cases(self) -> Cases:
        """The terminology cases, and what they cover."""
        from cds_api.workbench.views.cases import Cases  # imports pytest-bdd

        return Cases(self)

    @property
    def vocabulary(self) -> Vocabulary:
        """The terminology, for looking up codes."""
        return self.engine.vocabulary

    @property
    def features(self) -> Path | None:
        """The folder of the rulebook's features; None where the rulebook came without them."""
        folder = self.rulebook.features
        return folder if folder.is_dir() else None

    def source(self, relative: str) -> str:
        """Return the text of a file of the rulebook, as it was when it was first shown."""
        if relative not in self._files:
            self._files[relative] = (self.rulebook.root / relative).read_text(encoding="utf-8")
        return self._files[relative]

    def lines(self, relative: str) -> Mapping[str, int]:
        """Return the line of every value of a file of the rulebook, by JSON pointer."""
        if relative not in self._lines:
            places = places_in(self.source(relative))
            self._lines[relative] = {at: line for at, (line, _) in places.items()}
        return self._lines[relative]

    def declaration(self, relative: str, at: str) -> tuple[Line, ...]:
        """Return the lines of a file of the rulebook that declare what is at a JSON pointer."""
        text = self.source(relative).splitlines()
        first = self.lines(relative)[at]
        indent = _indent(text[first - 1])
        after = (n for n, line in enumerate(text[first:], first) if line.strip() and _indent(line) <= indent)
        declared = [line[indent:] for line in text[first - 1 : next(after, len(text))]]
        while not declared[-1].strip() or declared[-1].startswith("#"):
            declared.pop()
        return source_lines("\n".join(declared), "yaml", find=self.find, first=first)

    def title(self, part: Part) -> str:
        """Return the title of a part, or its statement where it has no title."""
        book = self.rulebook
        match part.kind:
            case "rule":
                return book.rules[part.name].file.title
            case "fact":
                return book.facts[part.name].title
            case "parameter":
                return book.parameters[part.name].title
            case "claim":
                return book.evidence.claims[part.name].statement
            case "conflict":
                return book.evidence.conflicts[part.name].title
            case "source":
                return book.evidence.sources[part.name].short
            case "target":
                return book.pharmacology.targets[part.name].title
            case "assay":
                return book.pharmacology.assays[part.name].title
            case "partition":
                return book.partitions[part.name].title
        title: str = getattr(book.terminology, part.kind)[part.name].title
        return title

    def value(self, parameter: str, values: Mapping[str, Decimal]) -> str:
        """Return the value of a parameter with its unit."""
        return format_value(values[parameter], self.rulebook.parameters[parameter].unit)

    def find(self, word: str) -> Part | None:
        """Return the part that a word of a source text names: ``$name`` is a parameter."""
        if word.startswith("$"):
            return Part("parameter", word[1:]) if word[1:] in self.rulebook.parameters else None
        return self._parts.get(word)

    def used_by(self, kind: PartKind, name: str) -> list[Link]:
        """Return links to what uses a part, grouped by part: each once, with all ways."""
        return self._links(self.references.used_by(Part(kind, name)), other_is_user=True)

    def uses(self, kind: PartKind, name: str) -> list[Link]:
        """Return links to what a part uses."""
        return self._links(self.references.uses(Part(kind, name)), other_is_user=False)

    def _links(self, references: tuple[Reference, ...], *, other_is_user: bool) -> list[Link]:
        ways: dict[Part, dict[str, None]] = {}
        for found in references:
            other = found.user if other_is_user else found.used
            ways.setdefault(other, {})[found.way] = None
        return [Link(part, self.title(part), tuple(found)) for part, found in ways.items()]

    @cached_property
    def _parts(self) -> Mapping[str, Part]:
        """The parts by name; no name of a rulebook means two parts in the texts of rules and facts."""
        book = self.rulebook
        names: dict[PartKind, Mapping[str, object]] = {
            **{section: getattr(book.terminology, section) for section in SECTIONS},
            "target": book.pharmacology.targets,
            "conflict": book.evidence.conflicts,
            "claim": book.evidence.claims,
            "fact": book.facts,
            "rule": book.rules,
        }
        return {name: Part(kind, name) for kind, found in names.items() for name in found}


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
