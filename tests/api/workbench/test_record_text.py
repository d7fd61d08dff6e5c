"""The text of a record: how it is written, and on which lines its values are."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from cds_api.workbench.evaluating.lines import MAX_LINES, Lines, Remark
from cds_api.workbench.evaluating.record_text import LONGEST_LINE, WIDTH, format_json, readable, value_lines

from tests.api.conftest import EXAMPLES


def pointers(value: object, at: str = "") -> dict[str, object]:
    """Return every value of a JSON document by its pointer."""
    found = {at: value}
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        found |= pointers(part, f"{at}/{str(key).replace('~', '~0').replace('/', '~1')}")
    return found


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_value_is_on_its_line(path: Path) -> None:
    text = path.read_text()
    lines = value_lines(text)
    values = pointers(json.loads(text))
    assert lines.keys() == values.keys()
    for pointer, value in values.items():
        if not isinstance(value, dict | list):
            assert json.dumps(value, ensure_ascii=False) in text.splitlines()[lines[pointer] - 1]


def test_odd_keys_and_texts_have_lines_too() -> None:
    text = '{\n"a/b~": [\n{},\n[],\n"{[,:\\"",\nnull],\n"": {"c" :\n-1.5e3}}'
    assert value_lines(text) == {
        "": 1,
        "/a~1b~0": 2,
        "/a~1b~0/0": 3,
        "/a~1b~0/1": 4,
        "/a~1b~0/2": 5,
        "/a~1b~0/3": 6,
        "/": 7,
        "//c": 8,
    }


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_record_is_written_for_people(path: Path) -> None:
    record = json.loads(path.read_bytes())
    written = format_json(record)
    assert json.loads(written) == record
    assert max(map(len, written.splitlines())) <= WIDTH
    assert format_json(json.loads(written)) == written


def test_numbers_keep_their_digits() -> None:
    assert (
        format_json({"a": Decimal("1.50"), "b": 2, "c": True}) == '{\n  "a": 1.50,\n  "b": 2,\n  "c": true\n}'
    )


def test_only_a_text_that_is_too_wide_to_read_is_written_anew() -> None:
    text = '{"a": "%s"}'
    short, long = text % ("x" * (LONGEST_LINE - len(text) + 2)), text % ("x" * (LONGEST_LINE - len(text) + 3))
    assert len(short) == LONGEST_LINE
    assert readable(short) == short
    assert readable(long) == long.replace("{", "{\n  ").replace("}", "\n}")
    assert readable(long + "!") == long + "!"


def test_remarks_are_at_the_line_of_the_nearest_value() -> None:
    text = '{\n  "a": [\n    1\n  ]\n}'
    remarks = [
        Remark("ignored", "x", "/a/0"),
        Remark("problem", "y", "/a/7/b"),
        Remark("problem", "z", line=5),
    ]
    found = {line.number: [remark.text for remark in line.remarks] for line in Lines(text, remarks)}
    assert found == {1: [], 2: ["y"], 3: ["x"], 4: [], 5: ["z"]}
    assert Lines("{", remarks, valid=False).of("/a") is None


@pytest.mark.parametrize(
    ("count", "shown", "cut"), [(MAX_LINES, MAX_LINES, 0), (MAX_LINES + 1, MAX_LINES, 1)]
)
def test_the_lines_of_a_long_record_are_cut(count: int, shown: int, cut: int) -> None:
    lines = Lines("[" + "\n" * (count - 1) + "]")
    assert (len(list(lines)), lines.cut) == (shown, cut)


def test_the_parts_of_a_line() -> None:
    (line,) = Lines('{"a": "b: \\"c", "d": -1.5, "e": null}')
    assert [part for part in line.parts if part[0]] == [
        ("key", '"a"'),
        ("text", '"b: \\"c"'),
        ("key", '"d"'),
        ("number", "-1.5"),
        ("key", '"e"'),
        ("word", "null"),
    ]
    assert "".join(text for _, text in line.parts) == '{"a": "b: \\"c", "d": -1.5, "e": null}'
