"""Rulebooks as the ledger stores them: every file, so that the rulebook can be loaded again."""

from __future__ import annotations

import json
import tempfile
from functools import lru_cache
from pathlib import Path, PurePosixPath

from cds_engine.errors import RulebookError
from cds_engine.evaluate import Engine
from cds_engine.rulebook import Rulebook, load_rulebook

from cds_api.decisions import LedgerError

OWN, SHARED = "rulebook", "shared"
"""The folders of the rulebook itself and of the shared terminologies that it uses."""
_SUFFIXES = (".yaml", ".json")
KEPT_ENGINES = 4
"""How many engines are kept in memory for other decisions with the same rulebook."""


def pack(rulebook: Rulebook) -> bytes:
    """Return the files of a rulebook as JSON: an object of their texts by path.

    It includes the shared terminologies that the rulebook uses.
    """
    sources = rulebook.sources.items()  # an optional file that the rulebook lacks is empty
    files = {f"{OWN}/{path}": content.decode() for path, content in sources if content}
    for used in rulebook.shared:
        for path in sorted(used.folder.rglob("*")):
            if path.suffix in _SUFFIXES:
                name = path.relative_to(used.folder).as_posix()
                files[f"{SHARED}/{used.id}/{name}"] = path.read_text(encoding="utf-8")
    return json.dumps(files, ensure_ascii=False).encode()


def packed_digest(content: bytes) -> str | None:
    """Return the digest of a stored rulebook, or None if it is none."""
    try:
        return _load(content).digest
    except (RulebookError, ValueError):
        return None


@lru_cache(maxsize=KEPT_ENGINES)
def unpack(content: bytes, digest: str) -> Engine:
    """Return an engine for a stored rulebook.

    Raises:
        LedgerError: if it is not the rulebook with this digest, or this version cannot load it.
    """
    try:
        rulebook = _load(content)
    except RulebookError as error:
        reason = error.problems[0].message
        raise LedgerError(f"the stored rulebook {digest} cannot be loaded: {reason}") from None
    except ValueError:
        rulebook = None
    if rulebook is None or rulebook.digest != digest:
        raise LedgerError(f"the stored rulebook {digest} was changed")
    return Engine(rulebook)


def _load(content: bytes) -> Rulebook:
    """Load a packed rulebook.

    Raises:
        RulebookError: if it has problems.
        ValueError: if it is not a packed rulebook, or has a path outside its folder.
    """
    files = json.loads(content)
    if not isinstance(files, dict) or not all(isinstance(text, str) for text in files.values()):
        raise ValueError("not a packed rulebook")
    with tempfile.TemporaryDirectory(prefix="cds-rulebook-") as temporary:
        root = Path(temporary)
        for name, text in files.items():
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts:
                raise ValueError(f"a path outside the rulebook: {name}")
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.encode())
        return load_rulebook(root / OWN)
