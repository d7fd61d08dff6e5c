"""The checks of terminology cases, found by what they are about."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from cds_engine.audit.terminology.targets import Found
from cds_engine.rulebook.code_lists import Entry
from cds_engine.rulebook.code_systems import PREFIX
from cds_engine.rulebook.vocabulary import Section, Vocabulary
from cds_engine.scenarios.terminology.checks import AllergyCheck, CodeCheck, QuantityCheck, SystemCheck


class CheckIndex:
    """Finds the checks that may notice a mistake in an entry."""

    def __init__(self, checks: Sequence[Found], vocabulary: Vocabulary) -> None:
        self._codes: dict[str, dict[str, list[Found]]] = {}
        self._names: dict[str, list[Found]] = {}
        self._lists: dict[tuple[Section, str], list[Found]] = {}
        self._quantities: dict[tuple[Section, str | None], list[Found]] = {}
        self._allergies: list[Found] = []
        for found in checks:
            match found[1]:
                case CodeCheck() as check:
                    self._add_code(found, check, vocabulary)
                case QuantityCheck(section=section, concept=concept):
                    self._quantities.setdefault((section, concept), []).append(found)
                case AllergyCheck():
                    self._allergies.append(found)
                case SystemCheck(name=name, uri=uri):
                    for spelling in (name, uri):
                        self._names.setdefault(spelling.strip().casefold(), []).append(found)
        self._sorted = {system: sorted(codes) for system, codes in self._codes.items()}

    def _add_code(self, found: Found, check: CodeCheck, vocabulary: Vocabulary) -> None:
        self._names.setdefault(check.system.strip().casefold(), []).append(found)
        system = vocabulary.system(check.system)
        if system is None:
            return
        written = vocabulary.codes(check.section, system).notation
        code = written.plain(check.code.removesuffix(PREFIX))
        self._codes.setdefault(system, {}).setdefault(code, []).append(found)
        if check.relation != "is":
            self._lists.setdefault((check.section, system), []).append(found)

    def of_entry(self, system: str, entry: Entry) -> Iterator[Found]:
        """Yield the checks of codes that an entry decides about, or that are broader than it."""
        codes = self._codes.get(system, {})
        for end in range(1, len(entry.code)):
            yield from codes.get(entry.code[:end], ())
        yield from codes.get(entry.code, ())
        if entry.is_prefix:
            ordered = self._sorted.get(system, [])
            for code in ordered[bisect_left(ordered, entry.code) :]:
                if not code.startswith(entry.code):
                    break
                if code != entry.code:
                    yield from codes[code]

    def of_lists(self, section: Section, system: str, concept: str) -> Iterator[Found]:
        """Yield the checks that depend on whether the lists of a concept are complete."""
        for found in self._lists.get((section, system), ()):
            if isinstance(found[1], CodeCheck) and found[1].concept in (None, concept):
                yield found

    def of_system_name(self, name: str) -> Iterator[Found]:
        """Yield the checks that spell a code system so."""
        yield from self._names.get(name, ())

    def of_quantity(self, section: Section, concept: str) -> Iterator[Found]:
        """Yield the checks of an observation's values, or of a drug's daily doses."""
        yield from self._quantities.get((section, concept), ())

    def of_doses(self, without: frozenset[str]) -> Iterator[Found]:
        """Yield the checks of daily doses, but not those of the drugs ``without``."""
        for (section, concept), checks in self._quantities.items():
            if section == "drugs" and concept not in without:
                yield from checks

    def of_allergies(self) -> Iterator[Found]:
        """Yield the checks of allergies."""
        yield from self._allergies
