"""The version lock ``rulebook.lock``: what each rule, fact, parameter and concept meant in which version.

A rule has a version of its own. Facts, parameters and the terminology have the version of the rulebook. A
meaning may change only together with its version. Drafts are never evaluated, so they are not locked.
"""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from cds_engine.errors import Problem, pointer
from cds_engine.rulebook.meaning import fact_meaning, parameter_meaning, rule_meaning, terminology_meanings
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.shared_terminology import read_own_terminology
from cds_engine.rulebook.yaml_document import read_yaml

FILE = "rulebook.lock"
SHARED = "shared"
"""The section of the lock for what is used of shared terminologies."""
TERMINOLOGY = "terminology"
"""The section of the lock for the concepts, groups and code systems that the rulebook declares itself."""
PROOFS = "proofs"
"""The section of the lock for the statements that are to be proved of the rules."""
RELOCK = "then run: cds rules lock"
_HEADER = """\
# What each rule, fact, parameter and concept meant when its version was locked.
# Written by `cds rules lock` and compared by `cds rules check`; do not edit it.
"""


def lock_text(rulebook: Rulebook, specification: Mapping[str, str]) -> str:
    """Return the text of the lock of ``rulebook`` as it is now.

    ``specification`` are the statements that are to be proved of its rules, each with a digest.
    """
    lines = [_HEADER, f'rulebook = "{rulebook.version}"', "", "[rules]"]
    for name, rule in sorted(rulebook.rules.items()):
        if rule.file.status != "draft":
            lines.append(f'"{name}" = {{version = {rule.file.version}, meaning = "{rule_meaning(rule)}"}}')
    for section, meanings in _rulebook_meanings(rulebook).items():
        if section == SHARED and not meanings:
            continue
        lines += ["", f"[{section}]"]
        lines += [f'"{name}" = "{meaning}"' for name, meaning in sorted(meanings.items())]
    if specification:
        lines += ["", f"[{PROOFS}]"]
        lines += [f'"{name}" = "{meaning}"' for name, meaning in sorted(specification.items())]
    return "\n".join(lines) + "\n"


def check_lock(rulebook: Rulebook, specification: Mapping[str, str]) -> list[Problem]:
    """Return a problem for each meaning that changed, and each proof that is lost, although no version did.

    A rulebook without a lock has none.
    """
    checker = _open(rulebook)
    if not isinstance(checker, _Checker):
        return checker
    return [*checker.rules(), *checker.rulebook_meanings(), *checker.proofs(specification)]


def lost_proofs(rulebook: Rulebook, specification: Mapping[str, str]) -> list[Problem]:
    """Return a problem for each statement of the lock that is no longer to be proved as it was."""
    checker = _open(rulebook)
    return [*checker.proofs(specification)] if isinstance(checker, _Checker) else checker


def _open(rulebook: Rulebook) -> _Checker | list[Problem]:
    """Return what compares a rulebook with its lock; or why nothing does, if anything is wrong with that."""
    path = rulebook.root / FILE
    if not path.is_file():
        return []
    text = path.read_text(encoding="utf-8")
    try:
        lock = _read(text)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"not a lock that `cds rules lock` wrote ({error}); restore it, or delete it and lock again"
        return [Problem(path.as_posix(), message, line=1, column=1, code="lock")]
    return _Checker(rulebook, lock, text.splitlines())


def _rulebook_meanings(rulebook: Rulebook) -> dict[str, dict[str, str]]:
    """Return the digests of what has the version of the rulebook, by section of the lock."""
    return {
        "facts": {name: fact_meaning(fact) for name, fact in rulebook.facts.items()},
        "parameters": {name: parameter_meaning(parameter) for name, parameter in rulebook.parameters.items()},
        TERMINOLOGY: terminology_meanings(rulebook.root),
        SHARED: {used.id: used.meaning for used in rulebook.shared},
    }


@dataclass(frozen=True, slots=True)
class _Lock:
    version: str
    rules: Mapping[str, tuple[int, str]]
    meanings: Mapping[str, Mapping[str, str]]


def _read(text: str) -> _Lock:
    data: dict[str, Any] = tomllib.loads(text)
    rules = {name: (int(entry["version"]), str(entry["meaning"])) for name, entry in data["rules"].items()}
    meanings = {section: dict(data[section]) for section in ("facts", "parameters")}
    meanings |= {section: dict(data.get(section, {})) for section in (TERMINOLOGY, SHARED, PROOFS)}
    version_numbers(data["rulebook"])
    return _Lock(data["rulebook"], rules, meanings)


def version_numbers(version: str) -> tuple[int, ...]:
    """Return a version such as ``1.10.0`` as numbers, which compare as versions do."""
    return tuple(int(part) for part in version.split("."))


class _Checker:
    """Compares a rulebook with its lock."""

    def __init__(self, rulebook: Rulebook, lock: _Lock, lines: list[str]) -> None:
        self.rulebook = rulebook
        self.lock = lock
        self.lines = lines
        self.newer = version_numbers(rulebook.version) > version_numbers(lock.version)
        """Whether the rulebook has a higher version than the lock."""

    def rules(self) -> Iterator[Problem]:
        for name, (version, meaning) in self.lock.rules.items():
            rule = self.rulebook.rules.get(name)
            if rule is None:
                if not self.newer:
                    yield self._removed("rule", name, "keep it with the status 'retired'")
            elif rule.file.version < version:
                message = f"version {version} of '{name}' is locked; expected {version} or higher"
                yield self.rulebook.problem(rule, "/version", message, "lock")
            elif rule.file.version == version and rule_meaning(rule) != meaning:
                message = (
                    f"the meaning of '{name}' changed, but it still has version {version}; "
                    f"write version: {version + 1}, {RELOCK}"
                )
                yield self.rulebook.problem(rule, "/version", message, "lock")

    def rulebook_meanings(self) -> Iterator[Problem]:
        if version_numbers(self.rulebook.version) < version_numbers(self.lock.version):
            message = f"version {self.lock.version} is locked; expected {self.lock.version} or higher"
            yield self._in_file("rulebook.yaml", "/version", message)
        elif not self.newer:
            for section, meanings in _rulebook_meanings(self.rulebook).items():
                yield from self._changed(section, meanings)

    def proofs(self, specification: Mapping[str, str]) -> Iterator[Problem]:
        """Yield a problem for each statement that is no longer to be proved as it was."""
        for name, meaning in self.lock.meanings[PROOFS].items() if not self.newer else ():
            if name not in specification:
                yield self._removed(
                    "statement", name, f"the audit no longer proves it; {self._next_version()}"
                )
            elif specification[name] != meaning:
                at = pointer("partitions", name.removeprefix("partition "))
                message = f"what is proved of {name} changed; {self._next_version()}"
                yield self._in_file("rulebook.yaml", at, message)

    def _changed(self, section: str, meanings: Mapping[str, str]) -> Iterator[Problem]:
        """Yield one problem for each place of the file whose facts or parameters changed."""
        kinds = {SHARED: "shared terminology", TERMINOLOGY: "the terminology's"}
        what = kinds.get(section, section.removesuffix("s"))
        changed: dict[str, list[str]] = defaultdict(list)
        for name, meaning in self.lock.meanings[section].items():
            if name not in meanings:
                yield self._removed(what, name, self._next_version())
            elif meanings[name] != meaning:
                changed[self._place(section, name)].append(name)
        for place, (name, *others) in changed.items():
            more = f" (and {len(others)} more of its template)" if others else ""
            message = f"the meaning of {what} '{name}'{more} changed; {self._next_version()}"
            if section == TERMINOLOGY:
                yield read_own_terminology(self.rulebook.root).problem(place, message, "lock")
            else:
                file = "terminology.yaml" if section == SHARED else f"{section}.yaml"
                yield self._in_file(file, place, message)

    def _place(self, section: str, name: str) -> str:
        """Return where a file declares a fact, parameter or concept, or names a shared terminology."""
        if section == "facts":
            return self.rulebook.facts[name].place
        if section == SHARED:
            used = [use.shared for use in self.rulebook.terminology.use]
            return pointer("use", used.index(name)) if name in used else "/use"
        if section == TERMINOLOGY:
            return pointer(*name.split("/", 1))
        return pointer(section, name)

    def _next_version(self) -> str:
        return (
            f"the rulebook still has version {self.rulebook.version}: write a higher one in rulebook.yaml, "
            f"{RELOCK}"
        )

    def _removed(self, what: str, name: str, instead: str) -> Problem:
        line = next((n for n, text in enumerate(self.lines, 1) if text.startswith(f'"{name}" =')), 1)
        path = (self.rulebook.root / FILE).as_posix()
        return Problem(path, f"{what} '{name}' was removed; {instead}", line=line, column=1, code="lock")

    def _in_file(self, file: str, at: str, message: str) -> Problem:
        path = self.rulebook.root / file
        document = read_yaml(path, path.as_posix(), [])
        assert document is not None  # the rulebook was loaded from it
        return document.problem(at, message, "lock")
