"""What the checks of a rulebook share: reporting at a place, and noting which names are used."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from cds_engine.errors import Problem, nearest
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.yaml_document import YamlDocument


class Checks:
    """A rulebook under check: its problems, and the claims and parameters that something uses."""

    def __init__(self, rulebook: Rulebook, documents: Mapping[str, YamlDocument]) -> None:
        self.book = rulebook
        self.documents = documents
        self.problems: list[Problem] = []
        self.used_claims: set[str] = set()
        self.used_parameters: set[str] = set()

    def report(self, file: str, at: str, message: str, code: str) -> None:
        """Add a problem at a JSON pointer of a file."""
        self.problems.append(self.documents[file].problem(at, message, code))

    def name(self, file: str, at: str, name: str, valid: Collection[str], what: str) -> bool:
        """Report ``name`` unless it is among ``valid``; return whether it is."""
        if name in valid:
            return True
        code = f"unknown-{what.replace(' ', '-')}"
        self.report(file, at, f"unknown {what} '{name}'{nearest(name, valid)}", code)
        return False

    def claim(self, file: str, at: str, name: str) -> None:
        """Report an unknown claim; note the use of a known one."""
        if self.name(file, at, name, self.book.evidence.claims, "claim"):
            self.used_claims.add(name)

    def claims(self, file: str, at: str, names: Sequence[str]) -> None:
        """Report the unknown ones of several claims."""
        for index, name in enumerate(names):
            self.claim(file, f"{at}/{index}", name)

    def parameter(self, file: str, at: str, reference: str) -> None:
        """Report an unknown parameter; note the use of a known one."""
        name = reference.removeprefix("$")
        if self.name(file, at, name, self.book.parameters, "parameter"):
            self.used_parameters.add(name)
