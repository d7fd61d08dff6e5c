"""The version lock ``shared.lock`` of a shared terminology: what each concept meant in which version.

Rulebooks name the version that they were written for, and any later one of the same major version fits. So a
concept may only change or vanish with the next major version, and a new one needs a higher version.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from cds_engine.errors import Problem
from cds_engine.rulebook.lock import version_numbers
from cds_engine.rulebook.shared_folder import FILE as SHARED
from cds_engine.rulebook.shared_folder import SELECTABLE, SharedTerminology, concepts_meaning
from cds_engine.rulebook.yaml_document import read_yaml

FILE = "shared.lock"
_HEADER = """\
# What each concept of this terminology meant when its version was locked.
# Written by `cds rules lock` and compared by `cds rules check`; do not edit it.
"""


def shared_lock_text(shared: SharedTerminology) -> str:
    """Return the text of the lock of a shared terminology as it is now."""
    lines = [_HEADER, f'version = "{shared.file.version}"', "", "[concepts]"]
    lines += [f'"{name}" = "{meaning}"' for name, meaning in sorted(_meanings(shared).items())]
    return "\n".join(lines) + "\n"


def check_shared_lock(folder: Path, shared: SharedTerminology) -> list[Problem]:
    """Return a problem for what changed although the version did not; none without a lock."""
    path = folder / FILE
    if not path.is_file():
        return []
    try:
        lock = tomllib.loads(path.read_text(encoding="utf-8"))
        locked, concepts = version_numbers(lock["version"]), dict(lock["concepts"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        message = f"not a lock that `cds rules lock` wrote ({error}); restore it, or delete it and lock again"
        return [Problem(path.as_posix(), message, line=1, column=1, code="lock")]
    version, meanings = version_numbers(shared.file.version), _meanings(shared)
    gone = [name for name, meaning in concepts.items() if meanings.get(name) != meaning]
    added = [name for name in meanings if name not in concepts]
    if version < locked:
        message = f"version {lock['version']} is locked; expected {lock['version']} or higher"
    elif gone and version[0] == locked[0]:
        message = f"{_listed(gone)} changed; write version {locked[0] + 1}.0.0, then run: cds rules lock"
    elif added and version == locked:
        message = (
            f"{_listed(added)} is new; write version {locked[0]}.{locked[1] + 1}.0, then run: cds rules lock"
        )
    else:
        return []
    shared_path = folder / SHARED
    document = read_yaml(shared_path, shared_path.as_posix(), [])
    assert document is not None  # the terminology was opened from it
    return [document.problem("/version", message, "lock")]


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} (and {len(names) - 1} more)"


def _meanings(shared: SharedTerminology) -> Mapping[str, str]:
    """Return the digest of each concept, by section and name, and of the units of doses."""
    found: dict[str, str] = {}
    for section, body in shared.terminology.data.items():
        if section in (*SELECTABLE, "systems"):
            found |= {f"{section}/{name}": concepts_meaning({name: each}) for name, each in body.items()}
        elif section != "use":
            found[section] = concepts_meaning({section: body})
    return found
