"""Writing imported value sets into a rulebook: FHIR ValueSets, and a file that refers to them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cds_engine.rulebook.files.terminology import LIST_NAMES, ListName
from cds_engine.rulebook.listed_codes import FOLDER as VALUE_SETS
from cds_engine.rulebook.terminology_parts import imported_part

from cds_api.terminology.closure import ClosedLists
from cds_api.terminology.source import SNOMED_CT, Edition

LICENCE = "SNOMED CT is used under licence; do not pass this file on to anyone without one."
PART = """\
# yaml-language-server: $schema=../../schema/terminology-part.schema.json
# Written by `cds terminology import` from {source}: {system}, {version}.
# The next import of {system} replaces this file and its value sets.
"""


@dataclass(frozen=True, slots=True)
class Imported:
    """The closed lists of one code system, ready to be written."""

    system: str
    uri: str
    edition: Edition
    source: str
    displays: Mapping[str, str]
    sections: Mapping[str, Iterable[ClosedLists]]


def write_value_sets(root: Path, rulebook: str, imported: Imported) -> list[Path]:
    """Write the value sets of a code system into the rulebook in ``root``, and return the files.

    Those of an earlier import of the system are removed.
    """
    folder = root / VALUE_SETS / imported.system
    for old in folder.glob("*.json"):
        old.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    lines = [
        PART.format(source=imported.source, system=imported.system, version=imported.edition.version).rstrip()
    ]
    for section, concepts in imported.sections.items():
        lines.append(f"{section}:")
        for lists in concepts:
            lines += [f"  {lists.concept}:", "    value_sets:"]
            for name in LIST_NAMES:
                codes = lists.named(name)
                if codes:
                    file = folder / f"{section}.{lists.concept}.{name}.json"
                    body = _value_set(rulebook, imported, (section, lists.concept, name), codes)
                    file.write_text(body, encoding="utf-8")
                    written.append(file)
                    relative = file.relative_to(root).as_posix()
                    lines.append(f"      {relative}: {{list: {name}, complete: true}}")
    part = root / imported_part(imported.system)
    part.parent.mkdir(exist_ok=True)
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return [part, *written]


def _value_set(
    rulebook: str, imported: Imported, named: tuple[str, str, ListName], codes: Iterable[str]
) -> str:
    """Return a FHIR ValueSet, with one code a line so that versions can be compared."""
    section, concept, name = named
    identity = f"{rulebook}.{imported.system}.{section}.{concept}.{name}"
    meaning = {"is": "that are", "perhaps": "that may be", "not": "that are near, but not"}[name]
    body = {
        "resourceType": "ValueSet",
        "url": f"urn:cds:value-set:{identity}",
        "version": imported.edition.version,
        "name": "".join(word.capitalize() for word in identity.replace("-", ".").split(".")),
        "title": f"Codes of {imported.system} {meaning} {concept}",
        "status": "active",
        "date": imported.edition.date,
        "description": f"Imported from {imported.source}.",
    }
    if imported.uri == SNOMED_CT:
        body["copyright"] = LICENCE
    head = json.dumps({key: value for key, value in body.items() if value}, ensure_ascii=False, indent=1)
    include = json.dumps({"system": imported.uri, "version": imported.edition.version}, ensure_ascii=False)
    concepts = ",\n  ".join(
        json.dumps(
            {"code": code, **({"display": imported.displays[code]} if imported.displays.get(code) else {})},
            ensure_ascii=False,
        )
        for code in codes
    )
    return (
        f'{head.removesuffix("}").rstrip()},\n "compose": {{"include": [{include.removesuffix("}")},'
        f' "concept": [\n  {concepts}\n ]}}]}}\n}}\n'
    )
