"""``audit.toml`` of a rulebook: what its authors decided about the audit.

```toml
[[opposes]]     # of these rules, at most one may fire for one record
rules = ["dosing.too-low", "dosing.too-high"]
because = "They say the opposite of the same dose."

[[together]]    # these rules may fire for one record, although one only informs and another warns
rules = ["dosing.within-range", "dosing.first-week"]
because = "The range holds for the treatment, the limit for its first week."

[[accepted]]    # a surviving mutant or a redundant condition, and why it may stay
subject = "dosing.too-low"
change = "indicator warning becomes info"
because = "..."

[goals]         # the percentages that the audit asks for, of what is reachable
outcome = 100
```

The file is about the audit, not about patients. It is not YAML, so it is not part of the rulebook's digest.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from cds_engine.audit.places import shown
from cds_engine.audit.result import Issue, Kind
from cds_engine.errors import Problem, RulebookError, nearest, pointer
from cds_engine.rulebook.files import FileModel, Name, Text
from cds_engine.rulebook.files.facts import FactPattern
from cds_engine.rulebook.meaning import partition_meaning
from cds_engine.rulebook.model import Rulebook

FILE = "audit.toml"
_PLACE = re.compile(r"\(at line (\d+), column \d+\)")


class Opposition(FileModel):
    """Rules of which at most one may fire."""

    rules: list[Name]
    because: Text


class Together(FileModel):
    """Rules that may fire together, although one only informs and the other warns about the same fact."""

    rules: Annotated[list[Name], Field(min_length=2)]
    because: Text


class Acceptance(FileModel):
    """An accepted surviving mutant, or an accepted redundant condition (the mutant ``... dropped``)."""

    subject: Name | FactPattern
    change: Text
    because: Text


Percentage = Annotated[float, Field(ge=0, le=100)]


class AuditFile(FileModel):
    """``audit.toml``."""

    goals: dict[Kind, Percentage] = Field({})
    opposes: tuple[Opposition, ...] = ()
    together: tuple[Together, ...] = ()
    accepted: tuple[Acceptance, ...] = ()

    @property
    def opposed(self) -> set[frozenset[str]]:
        """The pairs of rules of which at most one may fire."""
        return {frozenset(pair) for entry in self.opposes for pair in combinations(entry.rules, 2)}

    def why_together(self, pair: Iterable[str]) -> str | None:
        """Return why a pair of rules may fire together; None if nothing says so."""
        wanted = set(pair)
        return next((entry.because for entry in self.together if wanted <= set(entry.rules)), None)


def specification(rulebook: Rulebook) -> dict[str, str]:
    """Return what is to be proved of the rules: each statement with a digest of what it means.

    Raises:
        RulebookError: if ``audit.toml`` has errors.
    """
    found = {f"partition {name}": partition_meaning(part) for name, part in rulebook.partitions.items()}
    for pair in read_audit_file(rulebook).opposed:
        found[f"opposed {' and '.join(sorted(pair))}"] = ""
    return found


def stale_entries(
    rulebook: Rulebook,
    file: AuditFile,
    used: Collection[tuple[str, str]],
    together: Collection[frozenset[str]],
) -> list[Issue]:
    """Return an issue for each entry that no longer does anything.

    ``used`` are subject and change of the surviving mutants and redundant conditions that the audit found,
    ``together`` the pairs of rules that may fire together although they may contradict each other.
    """
    active = {rule.id for rule in rulebook.active_rules}
    path = rulebook.root / FILE
    issues = []
    for number, opposition in enumerate(file.opposes):
        if silent := [rule for rule in opposition.rules if rule not in active]:
            statement = f"opposes: {', '.join(silent)} is not active, so it fires for no record"
        elif len(set(opposition.rules)) < 2:
            statement = "opposes: expected at least two different rules"
        else:
            continue
        line = _line(path, "[[opposes]]", number)
        issues.append(Issue("stale", tuple(opposition.rules), statement, shown(path), line))
    for number, allowed in enumerate(file.together):
        if not any(pair <= set(allowed.rules) for pair in together):
            statement = f"together: no two of {', '.join(allowed.rules)} may contradict each other"
            line = _line(path, "[[together]]", number)
            issues.append(Issue("stale", tuple(allowed.rules), statement, shown(path), line))
    for number, entry in enumerate(file.accepted):
        if (entry.subject, entry.change) not in used:
            statement = f"accepted: no surviving mutant or redundant condition is '{entry.change}'"
            line = _line(path, "[[accepted]]", number)
            issues.append(Issue("stale", (entry.subject,), statement, shown(path), line))
    return issues


def _line(path: Path, heading: str, number: int = 0, wanted: str = "") -> int:
    """Return the line of a table: of the first text ``wanted`` in it, or of its heading.

    ``number`` is that of the table among those with the same ``heading``, counted from 0.
    """
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    found = [line for line, text in enumerate(lines, 1) if text.partition("#")[0].strip() == heading]
    if number >= len(found):
        return 1
    for line, text in enumerate(lines[found[number] :] if wanted else (), found[number] + 1):
        if text.startswith("["):
            break
        if wanted in text:
            return line
    return found[number]


def read_audit_file(rulebook: Rulebook) -> AuditFile:
    """Return the rulebook's decisions about its audit; none if it has no such file.

    Raises:
        RulebookError: with every error in the file.
    """
    path = rulebook.root / FILE
    if not path.exists():
        return AuditFile.model_validate({})
    try:
        file = AuditFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        line = int(place[1]) if (place := _PLACE.search(str(error))) else 1
        message = f"not valid TOML: {error}"
        raise RulebookError([Problem(path.as_posix(), message, line=line, column=1, code="toml")]) from None
    except ValidationError as error:
        raise RulebookError(
            Problem(path.as_posix(), found["msg"], pointer(*at), _line_of(path, at), 1, "shape")
            for found in error.errors(include_url=False)
            for at in [found["loc"]]
        ) from None
    problems = [
        Problem(
            path.as_posix(),
            f"unknown rule '{rule}'{nearest(rule, rulebook.rules)}",
            pointer(table, index, "rules", number),
            _line(path, f"[[{table}]]", index, rule),
            1,
            "unknown-rule",
        )
        for table, index, rules in (
            *(("opposes", index, entry.rules) for index, entry in enumerate(file.opposes)),
            *(("together", index, entry.rules) for index, entry in enumerate(file.together)),
        )
        for number, rule in enumerate(rules)
        if rule not in rulebook.rules
    ]
    if problems:
        raise RulebookError(problems)
    return file


def _line_of(path: Path, at: Sequence[str | int]) -> int:
    """Return the line of a value of the wrong form, such as ``("opposes", 0, "rules")``."""
    table, *inside = at
    number = inside.pop(0) if inside and isinstance(inside[0], int) else None
    heading = f"[{table}]" if number is None else f"[[{table}]]"
    return _line(path, heading, int(number or 0), str(inside[0]) if inside else "")
