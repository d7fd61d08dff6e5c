"""A shared terminology: ``shared/<name>/`` beside the rulebooks that use it, or among the shipped ones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cds_engine.errors import Problem, pointer
from cds_engine.rulebook import terminology_parts
from cds_engine.rulebook.files import SharedFile
from cds_engine.rulebook.merged_document import MergedDocument, merge_documents
from cds_engine.rulebook.shape import read_model
from cds_engine.rulebook.yaml_document import YamlDocument, read_yaml

FOLDER = "shared"
FILE = "shared.yaml"
EVIDENCE = "evidence.yaml"
SELECTABLE = ("drugs", "drug_groups", "conditions", "symptoms", "observations", "observation_groups")
"""The sections of which a rulebook takes what it names; it takes the other sections as a whole."""
NOT_SHARED = ("allergies",)
"""What belongs to one rulebook."""


@dataclass(slots=True)
class SharedTerminology:
    """A shared terminology, and what is wanted of it so far: names by section, or everything."""

    file: SharedFile
    folder: Path
    terminology: MergedDocument
    evidence: YamlDocument | None
    wanted: dict[str, dict[str, None]] = field(default_factory=dict)
    everything: bool = False

    @property
    def sources(self) -> dict[str, bytes]:
        """The files that were read, apart from ``shared.yaml``, by their path."""
        documents = [*self.terminology.parts, *((self.evidence,) if self.evidence is not None else ())]
        return {document.name: document.raw for document in documents}

    def selected(self) -> list[YamlDocument]:
        """Return the files of the terminology, each with only what is wanted."""
        parts = (kept_part(part, self._wanted_data(part.data)) for part in self.terminology.parts)
        return [part for part in parts if part.data]

    def meaning(self) -> str:
        """Return the digest of what is wanted."""
        selected = self.selected()
        return concepts_meaning(merge_documents(selected, []).data if selected else {})

    def _wanted_data(self, data: Any) -> dict[str, Any]:
        sections = data if isinstance(data, dict) else {}
        found = {
            section: body if self.everything or section not in SELECTABLE else self._chosen(section, body)
            for section, body in sections.items()
            if section != "use"
        }
        return {section: body for section, body in found.items() if body}

    def _chosen(self, section: str, body: Any) -> Any:
        if not isinstance(body, dict):
            return body  # reported with the form of the file
        return {name: body[name] for name in self.wanted.get(section, ()) if name in body}


def is_shared(folder: Path) -> bool:
    """Return whether a folder holds a shared terminology."""
    return (folder / FILE).is_file()


def open_shared(folder: Path, problems: list[Problem]) -> SharedTerminology | None:
    """Return the shared terminology in a folder; if a file has errors, add them and return None."""
    file = _read_file(folder, problems)
    parts = terminology_parts.read_parts(folder, problems)
    evidence_path = folder / EVIDENCE
    evidence = None
    if evidence_path.exists():
        evidence = read_yaml(evidence_path, evidence_path.as_posix(), problems)
        if evidence is None:
            return None
    if file is None or parts is None:
        return None
    terminology = merge_documents(tuple(parts.values()), problems)
    if not isinstance(terminology.data, dict):
        problems.append(terminology.problem("", "expected keys and values", "shape"))
        return None
    for at in _misplaced(terminology.data):
        message = "belongs to a rulebook, not to a shared terminology"
        problems.append(terminology.problem(at, message, "unknown-key"))
    return SharedTerminology(file, folder, terminology, evidence)


def _read_file(folder: Path, problems: list[Problem]) -> SharedFile | None:
    path = folder / FILE
    document = read_yaml(path, path.as_posix(), problems)
    if document is None:
        return None
    file = read_model(document, SharedFile, problems)
    if file is None:
        return None
    if file.id != folder.resolve().name:
        message = f"id '{file.id}' differs from the folder's name '{folder.resolve().name}'"
        problems.append(document.problem("/id", message, "id"))
    return file


def _misplaced(data: Mapping[str, Any]) -> Iterator[str]:
    """Yield the place of everything that only a rulebook may have."""
    yield from (pointer(section) for section in NOT_SHARED if section in data)
    for section in SELECTABLE:
        for name, body in named(data, section).items():
            if isinstance(body, dict) and "value_sets" in body:
                yield pointer(section, name, "value_sets")


def concepts_meaning(data: Mapping[str, Any]) -> str:
    """Return the digest of concepts, units and code systems as they are written, without their sources."""
    text = json.dumps(_without_sources(data), sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _without_sources(data: Any) -> Any:
    if isinstance(data, dict):
        return {key: _without_sources(value) for key, value in data.items() if key != "source"}
    return [_without_sources(value) for value in data] if isinstance(data, list) else data


def named(data: Any, section: str) -> dict[str, Any]:
    """Return a section as a dictionary; empty if it is something else, which is reported with its form."""
    found = data.get(section) if isinstance(data, dict) else None
    return found if isinstance(found, dict) else {}


def kept_part(document: YamlDocument, data: dict[str, Any]) -> YamlDocument:
    """Return ``document`` with only ``data``, a part of its own, and the places of that."""
    places = {at: place for at, place in document.places.items() if _has(data, at)}
    return YamlDocument(document.name, data, places=places)


def _has(data: Mapping[str, Any], at: str) -> bool:
    """Return whether the value at the pointer ``at`` is in ``data``, judged by its first two keys."""
    keys = [key.replace("~1", "/").replace("~0", "~") for key in at.split("/")[1:3]]
    if not keys:
        return True
    section = data.get(keys[0])
    return section is not None and (len(keys) < 2 or not isinstance(section, dict) or keys[1] in section)
