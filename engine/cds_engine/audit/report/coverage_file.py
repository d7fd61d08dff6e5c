"""``coverage.json`` beside a rulebook: the shipped audit that the API serves, and whether it is still true.

It carries the digest of the rulebook it belongs to and no place on anyone's disk. It is no YAML, so that it
takes no part in that digest.
"""

from __future__ import annotations

import json
from typing import Any

from cds_engine.rulebook.model import Rulebook

FILE = "coverage.json"


def drift(rulebook: Rulebook) -> list[str]:
    """Return why ``coverage.json`` does not belong to ``rulebook`` as it stands; nothing if it does."""
    path = rulebook.root / FILE
    where = path.as_posix()
    again = "run: cds audit --write-coverage"
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        return [f"{where}: missing; {again}"]
    except ValueError:
        return [f"{where}: not JSON; {again}"]
    digest = data.get("rulebook", {}).get("digest") if isinstance(data, dict) else None
    if digest != rulebook.digest:
        return [f"{where}: of another state of the rulebook ({digest}); {again}"]
    return []
