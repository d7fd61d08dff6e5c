"""``audit.toml`` of a rulebook: what its authors decided about the audit.

```toml
[[opposes]]     # of these rules, at most one may fire for one record
rules = ["dosing.too-low", "dosing.too-high"]
because = "They say the opposite of the same dose."

[[accepted]]    # a surviving mutant or a redundant condition, and why it may stay
subject = "dosing.too-low"
change = "indicator warning becomes info"
because = "..."
```

The file is about the audit, not about patients. It is not YAML, so it is not part of the rulebook's digest.
"""

from __future__ import annotations

import tomllib

from pydantic import ValidationError

from cds_engine.errors import Problem, RulebookError, nearest, pointer
from cds_engine.rulebook.files import FileModel, Name, Text
from cds_engine.rulebook.files.facts import FactPattern
from cds_engine.rulebook.model import Rulebook

FILE = "audit.toml"


class Opposition(FileModel):
    """Rules of which at most one may fire."""

    rules: list[Name]
    because: Text


class Acceptance(FileModel):
    """An accepted surviving mutant, or an accepted redundant condition (the mutant ``... dropped``)."""

    subject: Name | FactPattern
    change: Text
    because: Text


class AuditFile(FileModel):
    """``audit.toml``."""

    opposes: tuple[Opposition, ...] = ()
    accepted: tuple[Acceptance, ...] = ()


def read_audit_file(rulebook: Rulebook) -> AuditFile:
    """Return the rulebook's decisions about its audit; none if it has no such file.

    Raises:
        RulebookError: with every error in the file.
    """
    path = rulebook.root / FILE
    if not path.exists():
        return AuditFile()
    try:
        file = AuditFile.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RulebookError([Problem(path.as_posix(), f"not valid TOML: {error}", code="toml")]) from None
    except ValidationError as error:
        raise RulebookError(
            Problem(path.as_posix(), found["msg"], pointer(*found["loc"]), code="shape")
            for found in error.errors(include_url=False)
        ) from None
    problems = [
        Problem(
            path.as_posix(),
            f"unknown rule '{rule}'{nearest(rule, rulebook.rules)}",
            pointer("opposes", index, "rules", number),
            code="unknown-rule",
        )
        for index, opposition in enumerate(file.opposes)
        for number, rule in enumerate(opposition.rules)
        if rule not in rulebook.rules
    ]
    if problems:
        raise RulebookError(problems)
    return file
