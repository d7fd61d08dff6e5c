"""The folder that a run writes: complete when it exists; until then, a partial folder to resume from."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Self

from cds_engine.cohort.counts import Counts
from cds_engine.errors import EngineError

REJECTS_FILE = "rejects.ndjson"
_COUNTS = "counts.json"
_OUTCOMES = "outcomes"


class Output:
    """The folder ``path``, which appears when the run is complete.

    Until then, ``path.partial`` has a folder for each finished partition. A partition is written under
    another name and then renamed, so each is complete or absent. A later run with the same input resumes.
    """

    def __init__(self, path: Path, identity: Mapping[str, Any], *, restart: bool = False) -> None:
        """Begin or resume a run; ``identity`` is everything that the outcomes depend on.

        Raises:
            EngineError: if ``path`` exists, if the partial folder belongs to a run with another identity, or
                if another run is writing to it.
        """
        self.path = path
        self.partial = path.with_name(f"{path.name}.partial")
        self._identity = json.dumps(identity, indent=2, sort_keys=True)
        if path.exists():
            raise EngineError(f"{path} already exists; name another folder or remove it")
        self.partial.mkdir(parents=True, exist_ok=True)
        self._lock = (self.partial / "lock").open("w")
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            self._lock.close()
            raise EngineError(f"{self.partial}: another run is writing there") from None
        if restart:
            self._clear()
        self._begin()

    def _begin(self) -> None:
        manifest = self.partial / "work.json"
        if not manifest.exists():
            manifest.write_text(self._identity, encoding="utf-8")
        elif (begun := manifest.read_text(encoding="utf-8")) != self._identity:
            self._lock.close()
            raise EngineError(
                f"{self.partial} was begun with {_difference(begun, self._identity)}; --restart drops it"
            )
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()

    def _clear(self) -> None:
        for entry in self.partial.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            elif entry.name != "lock":
                entry.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.close()

    @property
    def scratch(self) -> Path:
        """The folder for temporary files."""
        return self.partial / "scratch"

    def is_done(self, partition: str) -> bool:
        """Whether a partition is finished."""
        return (self.partial / partition).is_dir()

    def done(self) -> Counts:
        """Return the counts of all finished partitions."""
        counts = Counts()
        for folder in self._folders():
            counts.add(Counts.from_json(json.loads((folder / _COUNTS).read_text(encoding="utf-8"))))
        return counts

    def outcomes(self) -> list[Path]:
        """Return the Parquet files of all finished partitions."""
        return [file for folder in self._folders() for file in sorted((folder / _OUTCOMES).glob("*.parquet"))]

    def write(
        self, partition: str, outcomes: Callable[[Path], None], rejects: Iterable[str], counts: Counts
    ) -> None:
        """Store a finished partition; ``outcomes`` writes Parquet files into the folder that it is given."""
        folder = self.scratch / f"{partition}.done"
        folder.mkdir()
        outcomes(folder / _OUTCOMES)
        with (folder / REJECTS_FILE).open("w", encoding="utf-8") as file:
            file.writelines(rejects)
        (folder / _COUNTS).write_text(json.dumps(counts.to_json()), encoding="utf-8")
        folder.rename(self.partial / partition)

    def publish(self, texts: Mapping[str, str]) -> None:
        """Write the final folder: the outcomes and rejects of all partitions, and ``texts`` by file name."""
        ready = self.scratch / "ready"
        ready.mkdir()
        with (ready / REJECTS_FILE).open("wb") as rejects:
            for folder in self._folders():
                rejects.write((folder / REJECTS_FILE).read_bytes())
                for number, file in enumerate(sorted((folder / _OUTCOMES).glob("*.parquet"))):
                    # A hard link: an interruption here leaves the partition as it was.
                    (ready / f"{folder.name}-{number:05}.parquet").hardlink_to(file)
        for name, text in texts.items():
            (ready / name).write_text(text, encoding="utf-8")
        ready.rename(self.path)
        shutil.rmtree(self.partial)

    def _folders(self) -> list[Path]:
        return sorted(path.parent for path in self.partial.glob(f"*/{_COUNTS}"))


def _difference(begun: str, identity: str) -> str:
    """Return what differs between the identities of two runs."""
    before, now = json.loads(begun), json.loads(identity)
    names = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    return " and ".join(f"another {name.replace('_', ' ')}" for name in names)
