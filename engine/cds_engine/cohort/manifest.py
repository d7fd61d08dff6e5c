"""``run.json`` in the folder of a result: what a run read, so that its patients can be found again."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cds_engine.cohort import Layout
from cds_engine.cohort.source import Source
from cds_engine.rulebook.model import Rulebook

FILE = "run.json"


@dataclass(frozen=True, slots=True)
class InputState:
    """The files of an input, as far as a change of one shows in it."""

    files: int
    bytes: int
    modified: str
    """When the latest of them was changed, in UTC."""

    @classmethod
    def of(cls, paths: Iterable[Path]) -> InputState:
        """Return the state of files.

        Raises:
            OSError: if one cannot be found.
        """
        found = [path.stat() for path in paths]
        latest = max((state.st_mtime for state in found), default=0.0)
        modified = datetime.datetime.fromtimestamp(latest, datetime.UTC).isoformat(timespec="seconds")
        return cls(len(found), sum(state.st_size for state in found), modified)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a run read: the layout, the inputs as given but absolute, and the day for input without one."""

    layout: Layout
    as_of: datetime.date
    inputs: tuple[str, ...]
    state: InputState


def manifest_text(rulebook: Rulebook, source: Source, inputs: Sequence[str], as_of: datetime.date) -> str:
    """Return the text of ``run.json``."""
    state = InputState.of(source.files)
    data: dict[str, Any] = {
        "research_use_only": True,
        "disclaimer": rulebook.file.disclaimer,
        "layout": source.layout,
        "as_of": as_of.isoformat(),
        "inputs": [str(Path(given).absolute()) for given in inputs],
        "files": state.files,
        "bytes": state.bytes,
        "modified": state.modified,
    }
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"


def read_manifest(folder: Path) -> Manifest | None:
    """Return what the run that wrote a folder read; None if the folder does not say."""
    try:
        data = json.loads((folder / FILE).read_bytes())
        return Manifest(
            data["layout"],
            datetime.date.fromisoformat(data["as_of"]),
            tuple(map(str, data["inputs"])),
            InputState(int(data["files"]), int(data["bytes"]), str(data["modified"])),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
