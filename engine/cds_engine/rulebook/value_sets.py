"""FHIR ValueSets in files of a rulebook: their codes, and why one cannot be used."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds_engine.errors import Problem, pointer
from cds_engine.rulebook.yaml_document import YamlDocument, places_in, read_bytes

MAX_BYTES = 64 * 1024 * 1024
NEEDS_SERVER = "a terminology server must evaluate it; expand the value set first"


@dataclass(frozen=True, slots=True)
class JsonDocument(YamlDocument):
    """A JSON file; lines and columns are looked up only for a problem."""

    def problem(self, at: str, message: str, code: str) -> Problem:
        """Return a problem at pointer ``at``, with the line of the nearest parent that is in the file."""
        located = YamlDocument(self.name, self.data, self.raw, places_in(self.raw.decode()))
        return located.problem(at, message, code)


@dataclass(frozen=True, slots=True)
class SetCode:
    """A code of a value set: its system's URI, and its pointer in the file."""

    system: str
    code: str
    at: str


def read_json(path: Path, name: str, problems: list[Problem]) -> JsonDocument | None:
    """Return the JSON file at ``path``; if it cannot be read, add why to ``problems`` and return None."""
    raw = read_bytes(path, name, MAX_BYTES, "value-set", problems)
    if raw is None:
        return None
    try:
        return JsonDocument(name, json.loads(raw.decode()), raw)
    except UnicodeDecodeError as error:
        problems.append(Problem(name, f"not UTF-8 at byte {error.start}", code="value-set"))
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        problems.append(Problem(name, message, "", error.lineno, error.colno, "value-set"))
    except RecursionError:
        problems.append(Problem(name, "not JSON: nested too deep", code="value-set"))
    return None


def codes_in(document: JsonDocument, problems: list[Problem]) -> list[SetCode]:
    """Return the codes of a ValueSet: of its expansion if it has one, else of the lists that compose it."""

    def report(at: str, message: str) -> None:
        problems.append(document.problem(at, message, "value-set"))

    body = document.data
    if not isinstance(body, dict) or body.get("resourceType") != "ValueSet":
        report("", "expected a FHIR ValueSet")
        return []
    reader = _Reader()
    if "expansion" in body:
        found = list(reader.expansion(body["expansion"], "/expansion"))
    else:
        found = list(reader.compose(body.get("compose"), "/compose"))
    for at, message in reader.problems:
        report(at, message)
    return found


class _Reader:
    """Reads the codes of one value set and collects what is wrong with it."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []

    def expansion(self, expansion: Any, at: str) -> Iterator[SetCode]:
        if not isinstance(expansion, dict):
            self.problems.append((at, "expected an object"))
            return
        found = list(self._contained(expansion.get("contains"), at + "/contains"))
        total = expansion.get("total")
        if isinstance(total, int) and total > len(found):
            self.problems.append((at + "/total", f"the expansion has {len(found)} of {total} codes"))
        yield from found

    def _contained(self, contains: Any, at: str) -> Iterator[SetCode]:
        for here, part in self._objects(contains, at):
            if part.get("abstract") is not True and "code" in part:
                yield from self._code(part.get("system"), part.get("code"), here)
            yield from self._contained(part.get("contains"), here + "/contains")

    def compose(self, compose: Any, at: str) -> Iterator[SetCode]:
        if not isinstance(compose, dict):
            self.problems.append((at, "expected 'compose' or 'expansion' with codes"))
            return
        excluded = {
            (found.system, found.code) for found in self._concepts(compose.get("exclude"), at + "/exclude")
        }
        for found in self._concepts(compose.get("include"), at + "/include"):
            if (found.system, found.code) not in excluded:
                yield found

    def _concepts(self, parts: Any, at: str) -> Iterator[SetCode]:
        for here, part in self._objects(parts, at):
            if part.get("filter") or part.get("valueSet") or "concept" not in part:
                key = "filter" if part.get("filter") else "valueSet" if part.get("valueSet") else ""
                what = f"'{key}'" if key else "a whole code system"
                self.problems.append((here + pointer(key) if key else here, f"{what}: {NEEDS_SERVER}"))
                continue
            for place, concept in self._objects(part["concept"], here + "/concept"):
                yield from self._code(part.get("system"), concept.get("code"), place)

    def _code(self, system: Any, code: Any, at: str) -> Iterator[SetCode]:
        if isinstance(system, str) and isinstance(code, str) and system and code:
            yield SetCode(system, code, at)
        else:
            self.problems.append((at, "expected a code with its code system"))

    def _objects(self, parts: Any, at: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        if parts is None:
            return
        if not isinstance(parts, list):
            self.problems.append((at, "expected a list"))
            return
        for index, part in enumerate(parts):
            here = f"{at}/{index}"
            if isinstance(part, dict):
                yield here, part
            else:
                self.problems.append((here, "expected an object"))
