"""Loading of a rulebook's folder into a :class:`Rulebook`, with every problem reported at once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from cds_engine.errors import Problem, RulebookError, nearest, pointer
from cds_engine.language.expressions import Expression
from cds_engine.language.parse_expression import parse_expression
from cds_engine.rulebook import files, listed_codes, terminology_parts
from cds_engine.rulebook.check import check
from cds_engine.rulebook.fact_list import list_facts
from cds_engine.rulebook.files import FileModel
from cds_engine.rulebook.files.facts import SELECTION_TAGS, FactsFile
from cds_engine.rulebook.model import Fact, Partition, Rule, Rulebook
from cds_engine.rulebook.yaml_document import YamlDocument, read_yaml

M = TypeVar("M", bound=FileModel)
NAMED_FILES: Mapping[str, type[FileModel]] = {
    "rulebook": files.RulebookFile,
    "terminology": files.TerminologyFile,
    "facts": FactsFile,
    "parameters": files.ParametersFile,
    "evidence": files.EvidenceFile,
    "pharmacology": files.PharmacologyFile,
}
NO_PART = frozenset({"examples"})
"""Folders of a rulebook that are no part of it."""
NOT_RULES = NO_PART | {terminology_parts.FOLDER, listed_codes.FOLDER}
"""Folders of a rulebook that contain no rules."""


def load_rulebook(root: Path) -> Rulebook:
    """Load the rulebook in folder ``root``.

    Raises:
        RulebookError: with every problem found, each with file, line and column.
    """
    rulebook, problems = inspect_rulebook(root)
    if problems or rulebook is None:
        raise RulebookError(problems)
    return rulebook


def inspect_rulebook(root: Path, leave_out: Collection[str] = ()) -> tuple[Rulebook | None, list[Problem]]:
    """Return the rulebook in folder ``root`` and every problem in it.

    A rulebook with problems must not be evaluated. It is None if a file is missing or cannot be read. Files
    of the folder ``terminology/`` that are in ``leave_out`` are ignored with their value sets.
    """
    loader = _Loader(root, leave_out)
    rulebook = loader.load()
    return rulebook, sorted(set(loader.problems), key=_sort_key)


def _sort_key(problem: Problem) -> tuple[str, int, int, str]:
    return problem.source, problem.line or 0, problem.column or 0, problem.message


class _Loader:
    """Loads one folder and collects all problems."""

    def __init__(self, root: Path, leave_out: Collection[str] = ()) -> None:
        self.root = root
        self.leave_out = leave_out
        self.problems: list[Problem] = []
        self.documents: dict[str, YamlDocument] = {}
        self.unread: set[str] = set()

    def load(self) -> Rulebook | None:
        if not self.root.is_dir():
            self.problems.append(
                Problem(str(self.root), "not a folder; expected the folder of a rulebook", code="file")
            )
            return None
        parts: dict[str, Any] = {
            name: self._file(f"{name}.yaml", model)
            for name, model in NAMED_FILES.items()
            if name != "terminology"
        }
        parts["terminology"] = self._terminology()
        self._stray_files()
        rules: dict[str, Rule] = {}
        for name, file in self._rule_files(parts["rulebook"]):
            rules.setdefault(file.id, self._rule(file, name))
        if any(part is None for part in parts.values()):
            return None
        terminology, listed = self._codes(parts["terminology"])
        facts = self._facts(parts["facts"], terminology)
        rulebook = Rulebook(
            root=self.root,
            digest=self._digest(),
            file=parts["rulebook"],
            terminology=terminology,
            facts=facts,
            parameters=parts["parameters"].parameters,
            evidence=parts["evidence"],
            pharmacology=parts["pharmacology"],
            rules=rules,
            partitions=self._partitions(parts["rulebook"]),
        )
        self.problems += check(rulebook, self.documents, self.unread, listed)
        return rulebook

    def _document(self, relative: str) -> YamlDocument | None:
        document = read_yaml(self.root / relative, self._path(relative), self.problems)
        if document is not None:
            self.documents[relative] = document
        return document

    def _path(self, relative: str) -> str:
        return (self.root / relative).as_posix()

    def _file(self, relative: str, model: type[M]) -> M | None:
        document = self._document(relative)
        return None if document is None else self._model(document, model)

    def _terminology(self) -> files.TerminologyFile | None:
        """Return the terminology, merged from all of its files."""
        parts = terminology_parts.read_parts(self.root, self.problems, self.leave_out)
        if parts is None:
            return None
        document = terminology_parts.merge_parts(parts, self.problems)
        self.documents |= {**parts, terminology_parts.FILE: document}
        return self._model(document, files.TerminologyFile)

    def _codes(
        self, terminology: files.TerminologyFile
    ) -> tuple[files.TerminologyFile, list[listed_codes.ListedCode]]:
        """Return the terminology with the codes of its value sets, and every code with its place."""
        document = self.documents[terminology_parts.FILE]
        value_sets = listed_codes.ValueSets(self.root, terminology, document)
        complete = value_sets.read()
        if not self.leave_out:
            value_sets.check_unused_files()
        self.problems += value_sets.problems
        self.documents |= value_sets.documents
        return complete, [*listed_codes.codes_in_terminology(terminology, document), *value_sets.codes]

    def _model(self, document: YamlDocument, model: type[M]) -> M | None:
        try:
            return model.model_validate(document.data)
        except ValidationError as error:
            errors = error.errors(include_url=False)
            self.problems += [_problem(document, model, details) for details in errors]
            return None

    def _stray_files(self) -> None:
        """Report YAML files that look like part of the rulebook but are not read."""
        expected = {f"{name}.yaml" for name in NAMED_FILES}
        for path in sorted(self.root.glob("**/*.y*ml")):
            relative = path.relative_to(self.root)
            if path.suffix == ".yml" and not self._in_folder(relative, NO_PART):
                message = "not read; rename it to end in .yaml"
            elif len(relative.parts) == 1 and path.suffix == ".yaml" and path.name not in expected:
                message = f"not read; move a rule into its family's folder{nearest(path.name, expected)}"
            else:
                continue
            self.problems.append(Problem(self._path(relative.as_posix()), message, code="file"))

    @staticmethod
    def _in_folder(relative: Path, names: Collection[str]) -> bool:
        """Return whether a file is in one of these folders of the rulebook, or in a hidden one."""
        folders = relative.parts[:-1]
        return any(name in names for name in folders[:1]) or any(name.startswith(".") for name in folders)

    def _rule_files(self, rulebook: files.RulebookFile | None) -> Iterator[tuple[str, files.RuleFile]]:
        """Yield every rule file and its path relative to the rulebook."""
        first: dict[str, str] = {}
        for path in sorted(self.root.glob("*/**/*.yaml")):
            if self._in_folder(path.relative_to(self.root), NOT_RULES):
                continue
            relative = path.relative_to(self.root).as_posix()
            file = self._file(relative, files.RuleFile)
            if file is None:
                self.unread.add(path.stem)
                continue
            document = self.documents[relative]
            if file.id != path.stem:
                message = f"id '{file.id}' differs from the file's name '{path.stem}'"
                self.problems.append(document.problem("/id", message, "id"))
            if file.id in first:
                message = f"id '{file.id}' is already used in {first[file.id]}"
                self.problems.append(document.problem("/id", message, "id"))
            if rulebook is not None:
                self._family(document, file.id, relative.split("/")[0], rulebook.families)
            first.setdefault(file.id, relative)
            yield relative, file

    def _family(
        self, document: YamlDocument, rule: str, folder: str, families: Mapping[str, files.Family]
    ) -> None:
        name = rule.split(".", maxsplit=1)[0]
        if name not in families:
            message = f"id '{rule}' does not start with a family of rulebook.yaml{nearest(name, families)}"
        elif families[name].folder != folder:
            message = f"rules of this family belong in '{families[name].folder}/', not in '{folder}/'"
        else:
            return
        self.problems.append(document.problem("/id", message, "family"))

    def _expression(self, relative: str, raw: Any, at: str) -> Expression:
        document = self.documents[relative]
        return parse_expression(
            raw, at, lambda place, text: self.problems.append(document.problem(place, text, "condition"))
        )

    def _facts(self, file: FactsFile, terminology: files.TerminologyFile) -> dict[str, Fact]:
        document = self.documents["facts.yaml"]
        findings = {
            name: self._expression("facts.yaml", finding.when, pointer("findings", name, "when"))
            for name, finding in file.findings.items()
        }

        def report(at: str, message: str, code: str = "fact") -> None:
            self.problems.append(document.problem(at, message, code))

        return list_facts(file, terminology, findings, report)

    def _rule(self, file: files.RuleFile, relative: str) -> Rule:
        return Rule(
            file=file,
            family=file.id.split(".")[0],
            applies_to=self._expression(relative, file.applies_to, "/applies_to"),
            when=self._expression(relative, file.when, "/when"),
            path=relative,
            places=self.documents[relative].places,
        )

    def _partitions(self, file: files.RulebookFile) -> dict[str, Partition]:
        partitions = {}
        for name, declared in file.partitions.items():
            at = pointer("partitions", name)
            silent = declared.silent
            partitions[name] = Partition(
                id=name,
                title=declared.title,
                over=declared.over,
                given=self._expression("rulebook.yaml", declared.given, at + "/given"),
                rules=tuple(declared.rules),
                silent=None if silent is None else self._expression("rulebook.yaml", silent, at + "/silent"),
            )
        return partitions

    def _digest(self) -> str:
        digest = hashlib.sha256()
        for relative, document in sorted(self.documents.items()):
            digest.update(relative.encode() + b"\0" + document.raw.replace(b"\r\n", b"\n") + b"\0")
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


def _problem(document: YamlDocument, model: type[FileModel], error: Any) -> Problem:
    """Return the problem for one of pydantic's errors, with its place in the file."""
    location = _location(document.data, error["loc"])
    at = pointer(*location)
    kind, context = error["type"], error.get("ctx", {})
    key = str(error["loc"][-1]) if error["loc"] else ""
    match kind:
        case "extra_forbidden":
            message = f"unknown key '{key}'{nearest(key, _keys(model, error['loc'][:-1]))}"
            return document.problem(at, message, "unknown-key")
        case "missing":
            return document.problem(at.rpartition("/")[0], f"missing key '{key}'", "missing-key")
        case "literal_error":
            found, valid = str(error["input"]), re.findall(r"'([^']*)'", context["expected"])
            message = f"expected {context['expected']}, found '{found}'{nearest(found, valid)}"
        case "string_pattern_mismatch":
            message = f"'{error['input']}' does not match {context['pattern']}"
        case "value_error":
            message = str(context["error"])
        case _:
            message = _EXPECTED.get(kind, error["msg"][:1].lower() + error["msg"][1:])
    return document.problem(at, message, "shape")


def _location(data: Any, loc: tuple[str | int, ...]) -> list[str | int]:
    """Return ``loc`` without the tags that pydantic inserts for the members of a union."""
    location: list[str | int] = []
    for index, part in enumerate(loc):
        if (isinstance(data, dict) and part in data) or (isinstance(data, list) and isinstance(part, int)):
            data = data[part]  # type: ignore[index]
        elif index < len(loc) - 1 or part in SELECTION_TAGS:
            continue
        location.append(part)
    return location


def _keys(model: type[FileModel], loc: tuple[str | int, ...]) -> list[str]:
    """Return the valid keys of the object at ``loc`` in a file of ``model``."""
    found: Any = model
    for part in loc:
        found = _within(found, part)
    return list(_fields(found)) if _is_model(found) else []


def _within(found: Any, part: str | int) -> Any:
    """Return the type of the value under ``part`` in a value of the type ``found``, or None."""
    if _is_model(found):
        declared = _fields(found).get(str(part))
        return None if declared is None else _bare(declared.annotation)
    arguments = get_args(found)
    if get_origin(found) in (Union, UnionType):
        return next((option for option in map(_bare, arguments) if _is_model(option)), None)
    return _bare(arguments[-1]) if arguments else None


def _fields(model: type[FileModel]) -> dict[str, FieldInfo]:
    """Return the fields of a model by the key under which a file gives them."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def _bare(annotation: Any) -> Any:
    """Return a type without annotations and without ``None``."""
    if get_origin(annotation) is Annotated:
        return _bare(get_args(annotation)[0])
    options = [option for option in get_args(annotation) if option is not type(None)]
    optional = get_origin(annotation) in (Union, UnionType) and len(options) == 1
    return _bare(options[0]) if optional else annotation


def _is_model(found: Any) -> bool:
    return isinstance(found, type) and issubclass(found, FileModel)
