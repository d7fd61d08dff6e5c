"""Check offline that the lock files satisfy pyproject.toml and name no place to download from."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PIN = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)", re.MULTILINE)
PLACE = re.compile(r"://|^-|@ |(?<![\w.])[~/][\w.]+/", re.MULTILINE)


def requirements_of_locks(project: dict[str, Any]) -> dict[str, list[Requirement]]:
    """Return the requirements that each lock file must pin, by the name of the file."""
    groups = project["dependency-groups"]
    base = project["project"]["dependencies"]
    extras = [text for texts in project["project"]["optional-dependencies"].values() for text in texts]
    declared = {
        "requirements-build.lock": groups["build"],
        "requirements.lock": [*base, *extras, *groups["dev"], *groups["docs"]],
        "requirements-run.lock": base,
    }
    ours = canonicalize_name(project["project"]["name"])  # an extra may name another extra
    return {
        lock: [wanted for wanted in map(Requirement, texts) if canonicalize_name(wanted.name) != ours]
        for lock, texts in declared.items()
    }


def problems(requirements: list[Requirement], lock: str) -> Iterator[str]:
    """Say what is wrong with the text of a lock file."""
    versions: dict[str, list[str]] = {}
    for pin in PIN.finditer(lock):
        versions.setdefault(canonicalize_name(pin["name"]), []).append(pin["version"])
    for requirement in requirements:
        pinned = versions.get(canonicalize_name(requirement.name), [])
        if not pinned:
            yield f"{requirement.name} is not pinned"
        for version in pinned:
            if not requirement.specifier.contains(version, prereleases=True):
                yield f"{requirement.name} {version} does not satisfy {requirement}"
    for line in lock.splitlines():
        if PIN.match(line) and not line.endswith("\\"):
            yield f"no hash for {line}"
        if PLACE.search(line):
            yield f"names a place to download from: {line.strip()}"


def strays(part: str, whole: str) -> Iterator[str]:
    """Say what one lock file pins otherwise than the one that it is a part of."""
    pinned = {pin[0] for pin in PIN.finditer(whole)}
    for pin in PIN.finditer(part):
        if pin[0] not in pinned:
            yield f"{pin[0]} is not what requirements.lock pins"


def main() -> int:
    """Check the lock files and print every problem."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = requirements_of_locks(project)
    locks = {name: (ROOT / name).read_text(encoding="utf-8") for name in wanted}
    found = [
        f"{name}: {problem}"
        for name, requirements in wanted.items()
        for problem in problems(requirements, locks[name])
    ]
    run = "requirements-run.lock"
    found += [f"{run}: {problem}" for problem in strays(locks[run], locks["requirements.lock"])]
    for problem in found:
        print(f"{problem} (make lock)", file=sys.stderr)
    if not found:
        print("The lock files satisfy pyproject.toml.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
