"""The list of planted mistakes, and how one is made in a copy."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import yaml
from cds_engine.scenarios.recording import Example

LIST = Path(__file__).with_name("mistakes.yaml")


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake: in ``file``, the text ``old``, which occurs there once, is ``new``."""

    kind: str
    number: int
    file: str
    old: str
    new: str

    @property
    def name(self) -> str:
        """Its name in reports."""
        old, new = (" ".join(text.split()) or "(nothing)" for text in (self.old, self.new))
        return f"{self.kind} {self.number}: {Path(self.file).name}: {_short(old)} becomes {_short(new)}"

    @property
    def is_scenario(self) -> bool:
        """Whether it is in a feature or in terminology cases."""
        return self.file.endswith((".feature", ".cases"))

    @property
    def is_about_terms(self) -> bool:
        """Whether terminology cases can notice it: it is in a terminology, or in such cases."""
        return "terminology" in self.file or self.file.endswith(".cases")

    @property
    def is_about_words(self) -> bool:
        """Whether ``cds rules check`` is more likely to notice it than a scenario."""
        return self.kind in ("text", "evidence")

    @property
    def is_about_proofs(self) -> bool:
        """Whether it changes what is to be proved, which no scenario can notice."""
        return self.kind == "specification"

    def is_about(self, example: Example) -> bool:
        """Whether an example expects something of the rule in which the mistake is."""
        return Path(self.file).stem in {expectation.rule for expectation in example.expectations}

    @contextmanager
    def planted(self, folder: Path) -> Iterator[None]:
        """Make the mistake in the copy in ``folder`` while the context lasts."""
        path = folder / self.file
        text = path.read_text(encoding="utf-8")
        assert text.count(self.old) == 1, f"{self.name}: the text occurs {text.count(self.old)} times"
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(text, encoding="utf-8")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}..."


def read_mistakes() -> list[Mistake]:
    """Return every mistake of the list, in its order."""
    kinds = yaml.safe_load(LIST.read_text(encoding="utf-8"))
    return [
        Mistake(kind, number, entry["file"], entry["old"], entry["new"])
        for kind, entries in kinds.items()
        for number, entry in enumerate(entries, 1)
    ]
