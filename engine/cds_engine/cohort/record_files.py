"""Files of records: finds them, divides them into chunks, and reads the documents of a chunk.

A file with a document per line is divided by bytes, as in Hadoop: a line belongs to the chunk in which it
begins. So each chunk can be read without the others, and together they contain every line once.
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
COMPRESSED = tuple(f"{suffix}.gz" for suffix in LINES)
SUFFIXES = (*LINES, *COMPRESSED, ".json")
CHUNKS = 64
SMALLEST, LARGEST = 16 * 1024 * 1024, 32 * 1024 * 1024
"""The size of a chunk in bytes is that of the input divided by ``CHUNKS``, within these bounds. With fewer
chunks, processes are idle at the end; but the process that evaluates their facts takes 0.2 to 0.4 seconds for
each, however small it is."""
MOST_FILES = 1000
"""The largest number of single-document files in a chunk."""

_LONGEST = MAX_BYTES + len(b"\r\n")
_BLOCK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one document, and the line of its file in which it begins.

    Of a document that is too long, only the beginning is kept, which is also too long.
    """

    source: str
    row: int
    data: bytes


@dataclass(frozen=True, slots=True)
class LineRange:
    """The lines of a file that begin at or after byte ``start`` and before byte ``end``."""

    path: Path
    start: int
    end: int

    @property
    def size(self) -> int:
        """The number of bytes."""
        return self.end - self.start

    def __str__(self) -> str:
        return f"{self.path} from byte {self.start}"

    def documents(self, before: int) -> Iterator[Document]:
        """Yield the lines that are not blank; ``before`` is the number of lines that end before ``start``."""
        with readable(self.path), self.path.open("rb") as file:
            at = self.start
            if at:
                # The byte before `start` tells whether a line begins there or another one continues.
                file.seek(at - 1)
                rest = _skip_line(file)
                at += rest - 1
                before += rest > 1
            yield from _lines(file, str(self.path), before, self.end - at)


@dataclass(frozen=True, slots=True)
class CompressedFile:
    """All lines of a compressed file, which cannot be read from the middle."""

    path: Path
    size: int

    def __str__(self) -> str:
        return str(self.path)

    def documents(self, before: int) -> Iterator[Document]:
        """Yield the lines that are not blank; ``before`` is 0."""
        with readable(self.path), gzip.open(self.path, "rb") as file:
            yield from _lines(file, str(self.path), before, None)


@dataclass(frozen=True, slots=True)
class DocumentFiles:
    """Files with one document each."""

    paths: tuple[Path, ...]
    size: int

    def __str__(self) -> str:
        return f"{len(self.paths)} files, the first {self.paths[0]}"

    def documents(self, before: int) -> Iterator[Document]:
        """Yield the documents; ``before`` is 0."""
        for path in self.paths:
            with readable(path), path.open("rb") as file:
                yield Document(str(path), before + 1, file.read(MAX_BYTES + 1))


Chunk: TypeAlias = LineRange | CompressedFile | DocumentFiles


class LineCount:
    """Counts the lines that end before each line range, in the order of the ranges; reads each byte once."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._at = 0
        self._lines = 0

    def before(self, chunk: Chunk) -> int:
        """Return the number of lines that end before ``chunk``; it is 0 unless ``chunk`` is a line range."""
        if not isinstance(chunk, LineRange):
            return 0
        if chunk.path != self._path:
            self._path, self._at, self._lines = chunk.path, 0, 0
        if self._at < chunk.start:
            with readable(chunk.path), chunk.path.open("rb") as file:
                file.seek(self._at)
                while block := file.read(min(_BLOCK, chunk.start - self._at)):
                    self._lines += block.count(b"\n")
                    self._at += len(block)
        return self._lines


def find_files(inputs: Iterable[str | Path]) -> tuple[list[Path], list[str]]:
    """Return the files that ``inputs`` (files, folders, patterns) name, and notices of files not read.

    Raises:
        RecordError: with every input that has no records.
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
                    problems.append(_problem(path, f"contains no records ({', '.join(SUFFIXES)})"))
                elif others := [inner for inner in inside if not _is_read(inner)]:
                    notices.append(f"{path}: {len(others)} other files are ignored, such as {others[0]}")
                files.update(dict.fromkeys(found))
            elif not path.exists():
                problems.append(_problem(path, "no such file or folder"))
            elif not path.is_file() or not _is_read(path):
                problems.append(_problem(path, f"not a file of records ({', '.join(SUFFIXES)})"))
            else:
                files[path] = None
    if problems:
        raise RecordError(problems)
    return list(files), notices


def divide(files: Iterable[Path], size: int | None = None) -> list[Chunk]:
    """Return chunks of about ``size`` bytes, in the order of ``files``; the same for the same files."""
    lengths = {path: _length(path) for path in files}
    size = size or min(max(sum(lengths.values()) // CHUNKS, SMALLEST), LARGEST)
    chunks: list[Chunk] = []
    documents: list[Path] = []
    weight = 0
    for path, length in lengths.items():
        if path.suffix in LINES:
            starts = range(0, max(length, 1), size)
            chunks += [LineRange(path, start, min(start + size, length)) for start in starts]
        elif path.name.endswith(COMPRESSED):
            chunks.append(CompressedFile(path, length))
        else:
            documents.append(path)
            weight += length
            if len(documents) == MOST_FILES or weight >= size:
                chunks.append(DocumentFiles(tuple(documents), weight))
                documents, weight = [], 0
    if documents:
        chunks.append(DocumentFiles(tuple(documents), weight))
    return chunks


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Raise an error of reading ``path`` as a RecordError."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise RecordError([Problem(str(path), f"cannot be read: {reason}", code="file")]) from None


def expanded(given: str | Path) -> Sequence[Path]:
    """Return the paths that match a pattern; a path that exists is not treated as a pattern."""
    path = Path(given)
    if path.exists() or not glob.has_magic(str(given)):
        return [path]
    return [Path(name) for name in sorted(glob.glob(str(given), recursive=True))] or [path]


def _problem(path: Path, message: str) -> Problem:
    return Problem(str(path), message, code="file")


def _is_read(path: Path) -> bool:
    return path.name.endswith(SUFFIXES)


def _length(path: Path) -> int:
    with readable(path):
        return path.stat().st_size


def _lines(file: io.BufferedIOBase, source: str, number: int, room: int | None) -> Iterator[Document]:
    """Yield the lines that are not blank and begin within ``room`` bytes, numbered from ``number`` + 1."""
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
    """Read to the end of a line, and return the number of bytes read."""
    skipped = 0
    while part := file.readline(_BLOCK):
        skipped += len(part)
        if part.endswith(b"\n"):
            break
    return skipped
