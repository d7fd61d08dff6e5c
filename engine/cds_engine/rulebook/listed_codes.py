"""Every code that a rulebook lists, with its place, and the terminology with its value sets read in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from cds_engine.errors import Problem, nearest, pointer
from cds_engine.rulebook.files import CodedConcept, CodeLists, TerminologyFile, ValueSetUse
from cds_engine.rulebook.files.terminology import LIST_NAMES, ListName
from cds_engine.rulebook.shared_terminology import read_terminology
from cds_engine.rulebook.terminology_parts import imported_parts
from cds_engine.rulebook.value_sets import JsonDocument, codes_in, read_json
from cds_engine.rulebook.yaml_document import YamlDocument, places_in

CodedSection = Literal["drugs", "conditions", "symptoms", "observations"]
CODED_SECTIONS: tuple[CodedSection, ...] = ("drugs", "conditions", "symptoms", "observations")
FOLDER = "value_sets"


@dataclass(frozen=True, slots=True)
class ListedCode:
    """One entry of a code list, and where it is written."""

    section: CodedSection
    concept: str
    system: str
    list: ListName
    text: str
    document: YamlDocument
    at: str

    def problem(self, message: str, code: str) -> Problem:
        """Return a problem at the place of the code."""
        return self.document.problem(self.at, message, code)


def coded_concepts(
    terminology: TerminologyFile,
) -> Iterator[tuple[CodedSection, str, CodedConcept]]:
    """Yield every concept that may have codes: its section, its name and what the terminology says."""
    for section in CODED_SECTIONS:
        concepts: Mapping[str, CodedConcept] = getattr(terminology, section)
        for name, coded in concepts.items():
            yield section, name, coded


def codes_in_terminology(terminology: TerminologyFile, document: YamlDocument) -> Iterator[ListedCode]:
    """Yield every code that the files of the terminology list themselves."""
    for section, concept, coded in coded_concepts(terminology):
        written = document.data[section][concept].get("codes", {})
        for system, lists in coded.codes.items():
            here = pointer(section, concept, "codes", system)
            for name in LIST_NAMES:
                at = here if isinstance(written[system], list) else here + pointer(name)
                for index, text in enumerate(lists.named(name)):
                    yield ListedCode(section, concept, system, name, text, document, f"{at}/{index}")


def all_codes(root: Path) -> list[ListedCode]:
    """Return every code of the rulebook in ``root``, shared ones and value sets included, with its place.

    The rulebook was loaded before, so that its files can be read. What an import wrote is left out.
    """
    document = read_terminology(root, imported_parts(root))
    terminology = TerminologyFile.model_validate(document.data)
    value_sets = ValueSets(root, terminology, document)
    value_sets.read()
    located = {
        file: YamlDocument(found.name, found.data, found.raw, places_in(found.raw.decode()))
        for file, found in ((found.name, found) for found in value_sets.documents.values())
    }
    codes = [replace(code, document=located[code.document.name]) for code in value_sets.codes]
    return [*codes_in_terminology(terminology, document), *codes]


class ValueSets:
    """Reads the value sets that a terminology refers to."""

    def __init__(self, root: Path, terminology: TerminologyFile, document: YamlDocument) -> None:
        self.documents: dict[str, JsonDocument] = {}
        """The files that were read, by their path relative to the rulebook."""
        self.problems: list[Problem] = []
        self.codes: list[ListedCode] = []
        self._root = root
        self._terminology = terminology
        self._document = document
        self._systems = {
            spelling.casefold(): name
            for name, system in terminology.systems.items()
            for spelling in (system.uri, *system.also, name)
        }

    def read(self) -> TerminologyFile:
        """Return the terminology with the codes of its value sets among its own."""
        sections: dict[str, dict[str, CodedConcept]] = {
            section: dict(getattr(self._terminology, section)) for section in CODED_SECTIONS
        }
        for section, name, coded in coded_concepts(self._terminology):
            if coded.value_sets:
                sections[section][name] = self._expanded(section, name, coded)
        return self._terminology.model_copy(update=sections) if self.documents else self._terminology

    def _expanded(self, section: CodedSection, concept: str, coded: CodedConcept) -> CodedConcept:
        codes = dict(coded.codes)
        for file, use in coded.value_sets.items():
            found = self._read(section, concept, file, use)
            for system in dict.fromkeys(code.system for code in found):
                texts = [code.text for code in found if code.system == system]
                codes[system] = _extended(codes.get(system), use, texts)
            self.codes += found
        return coded.model_copy(update={"codes": codes})

    def _read(self, section: CodedSection, concept: str, file: str, use: ValueSetUse) -> list[ListedCode]:
        document = self._file(file, pointer(section, concept, "value_sets", file))
        if document is None:
            return []
        listed = []
        for code in codes_in(document, self.problems):
            system = self._systems.get(code.system.casefold())
            if system is None:
                uris = [known.uri for known in self._terminology.systems.values()]
                message = f"unknown code system '{code.system}'{nearest(code.system, uris)}"
                self.problems.append(document.problem(code.at, message, "unknown-code-system"))
            else:
                listed.append(ListedCode(section, concept, system, use.list, code.code, document, code.at))
        return listed

    def _file(self, file: str, at: str) -> JsonDocument | None:
        if file in self.documents:
            return self.documents[file]
        path = self._root / file
        if not path.resolve().is_relative_to(self._root.resolve()) or not path.exists():
            present = [found.relative_to(self._root).as_posix() for found in self._present()]
            message = f"no file '{file}' in the rulebook{nearest(file, present)}"
            self.problems.append(self._document.problem(at, message, "file"))
            return None
        document = read_json(path, path.as_posix(), self.problems)
        if document is not None:
            self.documents[file] = document
        return document

    def _present(self) -> list[Path]:
        return sorted((self._root / FOLDER).glob("**/*.json"))

    def check_unused_files(self) -> None:
        """Report the value sets in the rulebook's folder that no concept refers to."""
        used = {file for _, _, coded in coded_concepts(self._terminology) for file in coded.value_sets}
        for path in self._present():
            if path.relative_to(self._root).as_posix() not in used:
                message = "not read; no concept refers to it under 'value_sets'"
                self.problems.append(Problem(path.as_posix(), message, code="file"))


def _extended(lists: CodeLists | None, use: ValueSetUse, texts: list[str]) -> CodeLists:
    """Return code lists with more codes in the list that ``use`` names."""
    named: dict[str, Any] = {name: lists.named(name) if lists else [] for name in LIST_NAMES}
    named[use.list] = [*named[use.list], *texts]
    complete = use.complete or (lists is not None and lists.complete)
    return CodeLists.model_construct(
        is_=named["is"],
        perhaps=named["perhaps"],
        not_=named["not"],
        complete=complete,
        source=lists.source if lists else None,
    )
