"""The terminology cases of the shared terminologies that a rulebook uses, which lie beside them."""

from __future__ import annotations

from pathlib import Path

from cds_engine.rulebook.model import Rulebook
from cds_engine.scenarios.terminology.reading import SUFFIX


def shared_cases(rulebook: Rulebook) -> list[Path]:
    """Return the files of cases in the folders of the shared terminologies of ``rulebook``."""
    return [path for used in rulebook.shared for path in sorted(used.folder.rglob(f"*{SUFFIX}"))]
