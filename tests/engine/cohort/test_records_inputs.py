"""Finding files of records, and dividing them so that every document is in exactly one chunk."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import pytest
from cds_engine.cohort import record_files
from cds_engine.cohort.record_files import (
    Chunk,
    CompressedFile,
    Document,
    DocumentFiles,
    LineCount,
    LineRange,
    divide,
    find_files,
)
from cds_engine.errors import RecordError
from cds_engine.record.json_text import MAX_BYTES
from hypothesis import example, given
from hypothesis import strategies as st


@st.composite
def contents(draw: st.DrawFn) -> bytes:
    """Return possible contents of a file with a document per line."""
    lines = draw(st.lists(st.text(st.sampled_from('{}":, \t€😀ä1'), max_size=30), max_size=12))
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    mark, last = draw(st.sampled_from(["", "\ufeff"])), draw(st.sampled_from(["", ending]))
    return (mark + ending.join(lines) + last).encode()


def texts(chunks: list[Chunk]) -> Iterator[tuple[int, bytes]]:
    """Yield every document of the chunks with its line, as the processes read them."""
    lines = LineCount()
    for chunk in chunks:
        for document in chunk.documents(lines.before(chunk)):
            yield document.row, document.data


def expected(data: bytes, longest: int) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(data.splitlines(keepends=True), 1):
        if len(line) > longest or (len(line) == longest and not line.endswith(b"\n")):
            yield number, line[:longest]
        elif line.strip():
            yield number, line.rstrip(b"\r\n")


@given(data=contents(), size=st.integers(1, 60), longest=st.sampled_from([8, 1000]))
@example(data=b"", size=1, longest=1000)
@example(data=b"a\nb\n", size=2, longest=1000)
@example(data=b"a\r\n\r\n \r\nb", size=1, longest=1000)
@example(data=b"0123456\n01234567\n012345678\nx\n", size=3, longest=8)
def test_every_line_is_in_one_chunk(data: bytes, size: int, longest: int) -> None:
    small = mock.patch.multiple(record_files, _LONGEST=longest, _BLOCK=3)
    with TemporaryDirectory() as folder, small:
        plain, packed = Path(folder, "a.ndjson"), Path(folder, "a.jsonl.gz")
        plain.write_bytes(data)
        packed.write_bytes(gzip.compress(data))
        wanted = list(expected(data, longest))
        assert list(texts(divide([plain], size))) == wanted
        assert list(texts(divide([packed], size))) == wanted


def test_chunks_cover_every_byte_of_a_file_once(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.write_bytes(b"x" * 100)
    chunks = divide([path], 30)
    assert chunks == [LineRange(path, start, min(start + 30, 100)) for start in (0, 30, 60, 90)]
    assert sum(chunk.size for chunk in chunks) == 100


def test_an_empty_file_is_an_empty_chunk(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.touch()
    assert divide([path]) == [LineRange(path, 0, 0)]
    assert list(texts(divide([path]))) == []


@pytest.mark.parametrize(
    ("mebibytes", "chunk"), [(1, 16), (64, 16), (1536, 24), (100_000, 32)], ids=lambda size: f"{size}MiB"
)
def test_chunks_grow_with_the_input(mebibytes: int, chunk: int, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.touch()
    os.truncate(path, mebibytes * 1024**2)  # a file with a hole: it takes no room
    assert divide([path])[0].size == min(chunk, mebibytes) * 1024**2


def test_a_line_that_is_too_long_is_not_kept_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson"
    path.touch()
    os.truncate(path, 3 * MAX_BYTES)
    with path.open("ab") as file:
        file.write(b"\n{}\n")
    [long, short] = texts(divide([path], 4 * MAX_BYTES))
    assert long[0] == 1
    assert MAX_BYTES < len(long[1]) < MAX_BYTES + 10
    assert short == (2, b"{}")
    document = path.rename(tmp_path / "a.json")
    assert [len(data) for _, data in texts(divide([document]))] == [MAX_BYTES + 1]


def test_lines_are_counted_for_selected_chunks(tmp_path: Path) -> None:
    path, other = tmp_path / "a.ndjson", tmp_path / "b.ndjson"
    path.write_bytes(b"{}\n" * 10)
    other.write_bytes(b"[]\n" * 10)
    chunks = divide([path, other], 7)
    lines = LineCount()
    wanted = [chunks[1], chunks[3], chunks[-1]]
    assert [lines.before(chunk) for chunk in wanted] == [2, 7, 9]


def test_documents_are_grouped_by_size_and_number(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number:04}.json" for number in range(1005)]
    for path in paths:
        path.write_text("{}")
    chunks = divide(paths)
    assert [len(chunk.paths) for chunk in chunks if isinstance(chunk, DocumentFiles)] == [1000, 5]
    chunks = divide(paths[:5], 4)
    assert chunks == [
        DocumentFiles(tuple(paths[:2]), 4),
        DocumentFiles(tuple(paths[2:4]), 4),
        DocumentFiles((paths[4],), 2),
    ]
    assert list(chunks[1].documents(0)) == [Document(str(path), 1, b"{}") for path in paths[2:4]]


def test_a_folder_is_searched_in_order(tmp_path: Path) -> None:
    names = ["b.ndjson", "a/z.json", "a/deep/er.jsonl.gz", "c.jsonl", "d.ndjson.gz", "notes.txt", "x.json.gz"]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    found, notices = find_files([tmp_path])
    order = ["a/deep/er.jsonl.gz", "a/z.json", "b.ndjson", "c.jsonl", "d.ndjson.gz"]
    assert found == [tmp_path / name for name in order]
    assert notices == [f"{tmp_path}: 2 other files are ignored, such as {tmp_path / 'notes.txt'}"]
    assert [type(chunk) for chunk in divide(found)] == [
        CompressedFile,
        LineRange,
        LineRange,
        CompressedFile,
        DocumentFiles,
    ]


def test_a_pattern_is_expanded_and_a_file_is_read_once(tmp_path: Path) -> None:
    for name in ("b.ndjson", "a.ndjson", "c.txt", "in/d.json", "odd[1].json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    pattern = str(tmp_path / "*.ndjson")
    assert find_files([pattern])[0] == [tmp_path / "a.ndjson", tmp_path / "b.ndjson"]
    assert find_files([tmp_path / "b.ndjson", pattern])[0] == [tmp_path / "b.ndjson", tmp_path / "a.ndjson"]
    assert find_files([str(tmp_path / "**" / "d.*")])[0] == [tmp_path / "in" / "d.json"]
    assert find_files([str(tmp_path / "i?")])[0] == [tmp_path / "in" / "d.json"]
    assert find_files([tmp_path / "odd[1].json"])[0] == [tmp_path / "odd[1].json"]


def test_all_inputs_without_records_are_reported(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes.txt").touch()
    os.mkfifo(tmp_path / "pipe.ndjson")
    names = ["absent.ndjson", "empty", "notes.txt", "*.jsonl", "pipe.ndjson"]
    with pytest.raises(RecordError) as caught:
        find_files([tmp_path / name for name in names])
    read = ".ndjson, .jsonl, .ndjson.gz, .jsonl.gz, .json"
    assert [str(problem) for problem in caught.value.problems] == [
        f"{tmp_path}/absent.ndjson: no such file or folder",
        f"{tmp_path}/empty: contains no records ({read})",
        f"{tmp_path}/notes.txt: not a file of records ({read})",
        f"{tmp_path}/*.jsonl: no such file or folder",
        f"{tmp_path}/pipe.ndjson: not a file of records ({read})",
    ]


@pytest.mark.parametrize("name", ["gone.ndjson", "gone.ndjson.gz", "gone.json"])
def test_a_file_that_disappeared_is_reported(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.touch()
    chunks = divide([path])
    path.unlink()
    with pytest.raises(RecordError, match=f"{name}: cannot be read: No such file or directory"):
        list(texts(chunks))
    with pytest.raises(RecordError, match="cannot be read"):
        divide([path])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (gzip.compress(b"{}\n" * 9999)[:-9], "Compressed file ended before the end-of-stream marker"),
        (b"{}\n", "Not a gzipped file"),
        (gzip.compress(b"")[:10] + b"\xff" * 30, "Error -3 while decompressing"),
    ],
    ids=["cut", "plain", "damaged"],
)
def test_a_truncated_compressed_file_is_reported(data: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(data)
    with pytest.raises(RecordError, match=f"cannot be read: {reason}"):
        list(texts(divide([path])))
