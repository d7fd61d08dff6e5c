"""From a folder to a :class:`Rulebook`, or to everything that is wrong with it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import ValidationError

from engine.errors import Problem, RulebookError, nearest, pointer
from engine.rulebook import files
from engine.rulebook.check import check
from engine.rulebook.conditions import read_condition
from engine.rulebook.factlist import list_facts
from engine.rulebook.files import FileModel
from engine.rulebook.model import Fact, ProvenFamily, Rule, Rulebook
from engine.rulebook.source import Document, read_document
from engine.rulebook.tree import Condition

M = TypeVar("M", bound=FileModel)
NAMED_FILES: Mapping[str, type[FileModel]] = {
    "rulebook": files.RulebookFile,
    "terminology": files.TerminologyFile,
    "facts": files.FactsFile,
    "parameters": files.ParametersFile,
    "evidence": files.EvidenceFile,
    "pharmacology": files.PharmacologyFile,
}
NOT_RULES = frozenset({"examples"})


def load_rulebook(root: Path) -> Rulebook:
    """Load the rulebook in folder ``root``.

    Raises:
        RulebookError: with every problem found, each with file, line and column.
    """
    loader = _Loader(root)
    rulebook = loader.load()
    if loader.problems or rulebook is None:
        raise RulebookError(sorted(set(loader.problems), key=_place))
    return rulebook


def _place(problem: Problem) -> tuple[str, int, int, str]:
    return problem.source, problem.line or 0, problem.column or 0, problem.message


class _Loader:
    """One reading of one folder; collects problems instead of stopping at the first."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.problems: list[Problem] = []
        self.documents: dict[str, Document] = {}

    def load(self) -> Rulebook | None:
        if not self.root.is_dir():
            self.problems.append(Problem(str(self.root), "not a folder with a rulebook in it", code="file"))
            return None
        parts: dict[str, Any] = {
            name: self._file(f"{name}.yaml", model) for name, model in NAMED_FILES.items()
        }
        rule_files = self._rule_files(parts["rulebook"])
        if any(part is None for part in parts.values()):
            return None
        facts = self._facts(parts["facts"], parts["terminology"])
        rulebook = Rulebook(
            root=self.root,
            digest=self._digest(),
            file=parts["rulebook"],
            terminology=parts["terminology"],
            facts=facts,
            parameters=parts["parameters"].parameters,
            evidence=parts["evidence"],
            pharmacology=parts["pharmacology"],
            rules={file.id: self._rule(file, name) for name, file in rule_files.items()},
            partitions=self._partitions(parts["rulebook"]),
        )
        self.problems += check(rulebook, self.documents)
        return rulebook

    def _document(self, relative: str) -> Document | None:
        document = read_document(self.root / relative, f"{self.root.name}/{relative}", self.problems)
        if document is not None:
            self.documents[relative] = document
        return document

    def _file(self, relative: str, model: type[M]) -> M | None:
        document = self._document(relative)
        if document is None:
            return None
        try:
            return model.model_validate(document.data)
        except ValidationError as error:
            self.problems += [_explain(document, fault) for fault in error.errors(include_url=False)]
            return None

    def _rule_files(self, rulebook: files.RulebookFile | None) -> dict[str, files.RuleFile]:
        found: dict[str, files.RuleFile] = {}
        first: dict[str, str] = {}
        for path in sorted(self.root.glob("*/**/*.yaml")):
            relative = path.relative_to(self.root).as_posix()
            folder = relative.split("/")[0]
            if folder in NOT_RULES:
                continue
            file = self._file(relative, files.RuleFile)
            if file is None:
                continue
            document = self.documents[relative]
            if file.id != path.stem:
                message = f"id '{file.id}' is not the file's name '{path.stem}'"
                self.problems.append(document.problem("/id", message, "id"))
            if file.id in first:
                message = f"id '{file.id}' is also in {first[file.id]}"
                self.problems.append(document.problem("/id", message, "id"))
            if rulebook is not None:
                family = rulebook.families.get(file.id.split(".")[0])
                if family is None:
                    hint = nearest(file.id.split(".")[0], rulebook.families)
                    message = f"id '{file.id}' does not begin with a family of rulebook.yaml{hint}"
                    self.problems.append(document.problem("/id", message, "family"))
                elif family.folder != folder:
                    message = f"rules of this family live in '{family.folder}/', not in '{folder}/'"
                    self.problems.append(document.problem("/id", message, "family"))
            first.setdefault(file.id, relative)
            found[relative] = file
        return found

    def _condition(self, relative: str, raw: Any, at: str) -> Condition:
        document = self.documents[relative]
        return read_condition(
            raw, at, lambda place, text: self.problems.append(document.problem(place, text, "condition"))
        )

    def _facts(self, file: files.FactsFile, terminology: files.TerminologyFile) -> dict[str, Fact]:
        document = self.documents["facts.yaml"]
        findings = {
            name: self._condition("facts.yaml", finding.when, pointer("findings", name, "when"))
            for name, finding in file.findings.items()
        }
        return list_facts(
            file,
            terminology,
            findings,
            lambda at, text: self.problems.append(document.problem(at, text, "fact")),
        )

    def _rule(self, file: files.RuleFile, relative: str) -> Rule:
        return Rule(
            file=file,
            family=file.id.split(".")[0],
            applies_to=self._condition(relative, file.applies_to, "/applies_to"),
            when=self._condition(relative, file.when, "/when"),
            path=relative,
            places=self.documents[relative].places,
        )

    def _partitions(self, file: files.RulebookFile) -> dict[str, ProvenFamily]:
        partitions = {}
        for name, declared in file.partitions.items():
            at = pointer("partitions", name)
            silent = declared.silent
            partitions[name] = ProvenFamily(
                id=name,
                title=declared.title,
                over=declared.over,
                given=self._condition("rulebook.yaml", declared.given, at + "/given"),
                rules=tuple(declared.rules),
                silent=None if silent is None else self._condition("rulebook.yaml", silent, at + "/silent"),
            )
        return partitions

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for relative, document in sorted(self.documents.items()):
            digest.update(relative.encode() + b"\0" + document.raw + b"\0")
        return f"sha256:{digest.hexdigest()}"


_EXPECTED = {
    "missing": "missing key",
    "string_type": "expected a text (put it in quotes)",
    "string_too_short": "expected a text that is not empty",
    "int_type": "expected a whole number",
    "int_from_float": "expected a whole number",
    "dict_type": "expected keys and values",
    "model_type": "expected keys and values",
    "list_type": "expected a list",
    "too_short": "expected more entries",
    "string_pattern_mismatch": "not written as expected",
}


def _explain(document: Document, fault: Any) -> Problem:
    """Translate one of pydantic's faults into a problem at its place in the file."""
    location = _location(document.data, fault["loc"])
    at = pointer(*location)
    kind, context = fault["type"], fault.get("ctx", {})
    key = str(fault["loc"][-1]) if fault["loc"] else ""
    match kind:
        case "extra_forbidden":
            siblings = _at(document.data, location[:-1])
            message = f"unknown key '{key}'{nearest(key, _keys_for(siblings))}"
            return document.problem(at, message, "unknown-key")
        case "missing":
            return document.problem(at.rpartition("/")[0], f"missing key '{key}'", "missing-key")
        case "literal_error":
            found = fault["input"]
            message = f"expected {context['expected']}, found '{found}'"
        case "union_tag_invalid":
            valid = [tag.strip(" '") for tag in context["expected_tags"].split(",")]
            message = f"unknown derivation '{context['tag']}'{nearest(context['tag'], valid)}"
            at += "/derive"
        case "union_tag_not_found":
            message = "missing key 'derive'"
        case "string_pattern_mismatch":
            message = f"'{fault['input']}' does not match {context['pattern']}"
        case _:
            message = _EXPECTED.get(kind, fault["msg"][:1].lower() + fault["msg"][1:])
    return document.problem(at, message, "shape")


def _location(data: Any, loc: tuple[str | int, ...]) -> list[str | int]:
    """Return ``loc`` without the tags that pydantic puts where it chose a branch of a union."""
    location: list[str | int] = []
    tagged = None
    for index, part in enumerate(loc):
        if isinstance(data, dict) and data.get("derive") == part and data is not tagged:
            tagged = data
            continue
        if (isinstance(data, dict) and part in data) or (isinstance(data, list) and isinstance(part, int)):
            data = data[part]  # type: ignore[index]
        elif index < len(loc) - 1:
            continue
        location.append(part)
    return location


def _at(data: Any, location: list[Any]) -> Any:
    for part in location:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            return {}
    return data


def _keys_for(siblings: Any) -> list[str]:
    """Return the keys of the file model that shares most keys with ``siblings``."""
    present = set(siblings) if isinstance(siblings, dict) else set()
    models = _models(FileModel)
    best = max(models, key=lambda model: len(present & set(model.model_fields)))
    return list(best.model_fields)


def _models(root: type[FileModel]) -> list[type[FileModel]]:
    return [model for child in root.__subclasses__() for model in (child, *_models(child))]
