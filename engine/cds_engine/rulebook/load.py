"""Loading of a rulebook's folder into a :class:`Rulebook`, with every problem reported at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from cds_engine.errors import Problem, RulebookError, nearest, pointer
from cds_engine.language.expressions import Expression
from cds_engine.language.parse_expression import parse_expression
from cds_engine.rulebook import files, listed_codes, shipped, terminology_parts
from cds_engine.rulebook.check import check
from cds_engine.rulebook.fact_list import list_facts
from cds_engine.rulebook.files import FileModel
from cds_engine.rulebook.files.facts import FactsFile
from cds_engine.rulebook.merged_document import merge_documents
from cds_engine.rulebook.model import Fact, Partition, Rule, Rulebook
from cds_engine.rulebook.shape import M, read_model
from cds_engine.rulebook.shared_terminology import SharedTerminologies
from cds_engine.rulebook.yaml_document import YamlDocument, read_yaml

NAMED_FILES: Mapping[str, type[FileModel]] = {
    "rulebook": files.RulebookFile,
    "terminology": files.TerminologyFile,
    "facts": FactsFile,
    "parameters": files.ParametersFile,
    "evidence": files.EvidenceFile,
    "pharmacology": files.PharmacologyFile,
}
OPTIONAL = frozenset({"parameters", "pharmacology"})
"""Files that a rulebook may leave out."""
NO_PART = frozenset({"examples", "features"})
"""Folders of a rulebook whose YAML files are no part of it."""
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
        self.shared: SharedTerminologies | None = None
        self.taken: list[YamlDocument] = []
        """What the rulebook takes from shared terminologies."""
        self.unread: set[str] = set()

    def load(self) -> Rulebook | None:
        if not self.root.is_dir():
            self.problems.append(
                Problem(str(self.root), "not a folder; expected the folder of a rulebook", code="file")
            )
            return None
        if not (self.root / shipped.FILE).exists():
            message = f"no {shipped.FILE} in this folder, so it is not the folder of a rulebook"
            self.problems.append(Problem(str(self.root), message, code="file"))
            return None
        parts: dict[str, Any] = {"terminology": self._terminology()}
        parts |= {
            name: self._named_file(name, model) for name, model in NAMED_FILES.items() if name not in parts
        }
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
            sources={relative: document.raw for relative, document in sorted(self.documents.items())},
            file=parts["rulebook"],
            terminology=terminology,
            facts=facts,
            parameters=parts["parameters"].parameters,
            evidence=parts["evidence"],
            pharmacology=parts["pharmacology"],
            rules=rules,
            partitions=self._partitions(parts["rulebook"]),
            shared=self.shared.used if self.shared is not None else (),
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
        return None if document is None else read_model(document, model, self.problems)

    def _named_file(self, name: str, model: type[FileModel]) -> FileModel | None:
        """Return one of the files that a rulebook has once; an optional one is empty if it is absent."""
        relative = f"{name}.yaml"
        if name in OPTIONAL and not (self.root / relative).exists():
            document: YamlDocument | None = YamlDocument(self._path(relative), {})
        else:
            document = self._document(relative)
        if name == "evidence" and document is not None and self.shared is not None:
            taken = self.shared.evidence(document)
            self.taken += taken
            document = merge_documents((document, *taken), self.problems)
        if document is None:
            return None
        self.documents[relative] = document
        return read_model(document, model, self.problems)

    def _terminology(self) -> files.TerminologyFile | None:
        """Return the terminology, merged from its own files and what it takes from shared ones."""
        parts = terminology_parts.read_parts(self.root, self.problems, self.leave_out)
        if parts is None:
            return None
        own = merge_documents(tuple(parts.values()), self.problems)
        self.shared = SharedTerminologies(self.root, own)
        self.problems += self.shared.problems
        taken = self.shared.terminology
        self.taken += taken
        document = merge_documents((*own.parts, *taken), self.problems)
        self.documents |= {**parts, terminology_parts.FILE: document}
        return read_model(document, files.TerminologyFile, self.problems)

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
        """Return the digest of the rulebook's files and of what it takes from shared terminologies."""
        digest = hashlib.sha256()
        for relative, document in sorted(self.documents.items()):
            digest.update(relative.encode() + b"\0" + document.raw.replace(b"\r\n", b"\n") + b"\0")
        for part in self.taken:
            digest.update(json.dumps(part.data, sort_keys=True, default=str).encode() + b"\0")
        return f"sha256:{digest.hexdigest()}"
