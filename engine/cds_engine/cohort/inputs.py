"""Files of records: which there are, how they are shared out, and the documents in each share.

A file of lines is shared out by bytes, as Hadoop does it: a line belongs to the share in which it begins. So
each share can be read without the others, and together they have every line once.
"""

from __future__ import annotations

import glob
import gzip
import io
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from cds_engine.errors import Problem, RecordError
from cds_engine.record.json_text import MAX_BYTES

LINES = (".ndjson", ".jsonl")
PACKED = tuple(f"{suffix}.gz" for suffix in LINES)
SUFFIXES = (*LINES, *PACKED, ".json")
SHARES = 64
SMALLEST, LARGEST = 4 * 1024 * 1024, 32 * 1024 * 1024
"""A share has so many bytes that there are ``SHARES`` of them, within these bounds: with few, processes are
idle in the end, and each costs about a fifth of a second however small it is."""
MOST_FILES = 1000
"""How many files of one document a share has at most."""

_LONGEST = MAX_BYTES + len(b"\r\n")
_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one document, and the line of its file in which it begins.

    Of one that is too long only the beginning is kept, which is too long as well.
    """

    source: str
    row: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Split:
    """The lines of a file that begin from byte ``start`` on and before byte ``end``."""

    path: Path
    start: int
    end: int

    @property
    def size(self) -> int:
        """The bytes of the share."""
        return self.end - self.start

    def __str__(self) -> str:
        return f"{self.path} from byte {self.start} on"

    def documents(self, before: int) -> Iterator[Document]:
        """Yield the lines that are not blank; ``before`` is how many lines end before byte ``start``."""
        with readable(self.path), self.path.open("rb") as file:
            at = self.start
            if at:
                # The byte before tells whether a line begins at `start`, or the rest of another is there.
                file.seek(at - 1)
                rest = _skip_line(file)
                at += rest - 1
                before += rest > 1
            yield from _lines(file, str(self.path), before, self.end - at)


@dataclass(frozen=True, slots=True)
class Packed:
    """All lines of a compressed file, which cannot be read from its middle."""

    path: Path
    size: int

    def __str__(self) -> str:
        return str(self.path)

    def documents(self, before: int) -> Iterator[Document]:
        """Yield the lines that are not blank; no line is ``before`` them."""
        with readable(self.path), gzip.open(self.path, "rb") as file:
            yield from _lines(file, str(self.path), before, None)


@dataclass(frozen=True, slots=True)
class Whole:
    """Files of one document each."""

    paths: tuple[Path, ...]
    size: int

    def __str__(self) -> str:
        return f"{len(self.paths)} files from {self.paths[0]} on"

    def documents(self, before: int) -> Iterator[Document]:
        """Yield the documents; no line is ``before`` them."""
        for path in self.paths:
            with readable(path), path.open("rb") as file:
                yield Document(str(path), before + 1, file.read(MAX_BYTES + 1))


Share: TypeAlias = Split | Packed | Whole


class LineCount:
    """How many lines end before a split, for splits in their order; every byte is read once at most."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._at = 0
        self._lines = 0

    def before(self, share: Share) -> int:
        """Return how many lines end before ``share``; only a split has any before it."""
        if not isinstance(share, Split):
            return 0
        if share.path != self._path:
            self._path, self._at, self._lines = share.path, 0, 0
        if self._at < share.start:
            with readable(share.path), share.path.open("rb") as file:
                file.seek(self._at)
                while block := file.read(min(_BLOCK, share.start - self._at)):
                    self._lines += block.count(b"\n")
                    self._at += len(block)
        return self._lines


def find_files(inputs: Iterable[str | Path]) -> tuple[list[Path], list[str]]:
    """Return the files that ``inputs`` (files, folders, patterns) name, and what in them is not read.

    Raises:
        RecordError: with every input in which there is no record to read.
    """
    files: dict[Path, None] = {}
    notices: list[str] = []
    problems: list[Problem] = []
    for given in inputs:
        for path in expanded(given):
            if path.is_dir():
                inside = sorted(inner for inner in path.rglob("*") if inner.is_file())
                found = [inner for inner in inside if _is_read(inner)]
                if not found:
                    problems.append(_nothing(path, f"no record in it ({', '.join(SUFFIXES)})"))
                elif others := [inner for inner in inside if not _is_read(inner)]:
                    notices.append(f"{path}: {len(others)} other files are not read, such as {others[0]}")
                files.update(dict.fromkeys(found))
            elif not path.exists():
                problems.append(_nothing(path, "no such file or folder"))
            elif not path.is_file() or not _is_read(path):
                problems.append(_nothing(path, f"no file of records ({', '.join(SUFFIXES)})"))
            else:
                files[path] = None
    if problems:
        raise RecordError(problems)
    return list(files), notices


def share_out(files: Iterable[Path], size: int | None = None) -> list[Share]:
    """Return shares of about ``size`` bytes, in the order of ``files``; the same for the same files."""
    lengths = {path: _length(path) for path in files}
    size = size or min(max(sum(lengths.values()) // SHARES, SMALLEST), LARGEST)
    shares: list[Share] = []
    documents: list[Path] = []
    weight = 0
    for path, length in lengths.items():
        if path.suffix in LINES:
            starts = range(0, max(length, 1), size)
            shares += [Split(path, start, min(start + size, length)) for start in starts]
        elif path.name.endswith(PACKED):
            shares.append(Packed(path, length))
        else:
            documents.append(path)
            weight += length
            if len(documents) == MOST_FILES or weight >= size:
                shares.append(Whole(tuple(documents), weight))
                documents, weight = [], 0
    if documents:
        shares.append(Whole(tuple(documents), weight))
    return shares


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Raise what keeps ``path`` from being read as a RecordError."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise RecordError([Problem(str(path), f"cannot be read: {reason}", code="file")]) from None


def expanded(given: str | Path) -> Sequence[Path]:
    """Return what a pattern names; a path that is there is none, whatever is in its name."""
    path = Path(given)
    if path.exists() or not glob.has_magic(str(given)):
        return [path]
    return [Path(name) for name in sorted(glob.glob(str(given), recursive=True))] or [path]


def _nothing(path: Path, message: str) -> Problem:
    return Problem(str(path), message, code="file")


def _is_read(path: Path) -> bool:
    return path.name.endswith(SUFFIXES)


def _length(path: Path) -> int:
    with readable(path):
        return path.stat().st_size


def _lines(file: io.BufferedIOBase, source: str, number: int, room: int | None) -> Iterator[Document]:
    """Yield the lines that are not blank, numbered after ``number``, and begin within ``room`` bytes."""
    read = 0
    while room is None or read < room:
        line = file.readline(_LONGEST)
        if not line:
            return
        number += 1
        read += len(line)
        if len(line) == _LONGEST and not line.endswith(b"\n"):
            read += _skip_line(file)
            yield Document(source, number, line)
        elif line.strip():
            yield Document(source, number, line.rstrip(b"\r\n"))


def _skip_line(file: io.BufferedIOBase) -> int:
    """Read past the end of a line, and return how many bytes that were."""
    skipped = 0
    while part := file.readline(_BLOCK):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped
