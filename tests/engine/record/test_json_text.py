"""JSON text is parsed exactly, or refused with what was expected and where."""

from __future__ import annotations

import json
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from cds_engine.errors import Problem, RecordError
from cds_engine.record.json_text import MAX_BYTES, MAX_DEPTH, MAX_NUMBER_LENGTH, MAX_PROBLEMS, parse_json
from hypothesis import given
from hypothesis import strategies as st


def problems(data: bytes) -> tuple[Problem, ...]:
    with pytest.raises(RecordError) as caught:
        parse_json(data, "patient.json")
    assert all("\n" not in problem.message for problem in caught.value.problems)
    return caught.value.problems


def problem(data: bytes) -> Problem:
    [found] = problems(data)
    return found


def places(data: bytes) -> list[tuple[str, str]]:
    return [(found.code, found.pointer) for found in problems(data)]


# What is read


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", Decimal(0)),
        ("60", Decimal(60)),
        ("1.50", Decimal("1.50")),
        ("-1.5e-3", Decimal("-0.0015")),
        ("1e400", Decimal("1e400")),
        ("0.1234567890123456789012345678901234567890", Decimal("0.1234567890123456789012345678901234567890")),
        ("9" * MAX_NUMBER_LENGTH, Decimal("9" * MAX_NUMBER_LENGTH)),
        ("true", True),
        ("null", None),
        ('"text"', "text"),
        (r'"\ud83d\ude00"', "\N{GRINNING FACE}"),
        (r'"\\ud800"', r"\ud800"),
        ("[]", []),
        (" {} \n", {}),
        ('{"a": {"b": [1]}, "c": {"b": 2}}', {"a": {"b": [Decimal(1)]}, "c": {"b": Decimal(2)}}),
    ],
)
def test_valid(text: str, value: object) -> None:
    found = parse_json(text.encode(), "patient.json")
    assert found == value
    assert str(found) == str(value)  # 1.50 stays 1.50


@pytest.mark.parametrize("text", ["1", "-1", "1.0", "1e3", "123456789012345678901234567890"])
def test_every_number_is_a_decimal(text: str) -> None:
    assert isinstance(parse_json(text.encode(), "patient.json"), Decimal)


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_nan_and_infinity_are_left_to_validation(name: str) -> None:
    found = parse_json(f'{{"value": {name}}}'.encode(), "patient.json")
    assert isinstance(found, dict)
    assert not found["value"].is_finite()


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts),
    max_leaves=20,
)


def exact(value: Any) -> Any:
    """Return ``value`` with every number as the decimal that the standard library writes for it."""
    match value:
        case int() | float() if not isinstance(value, bool):
            return Decimal(repr(value))
        case list():
            return [exact(part) for part in value]
        case dict():
            return {key: exact(part) for key, part in value.items()}
    return value


@given(documents, st.booleans())
def test_reads_what_the_standard_library_writes(document: object, ascii_only: bool) -> None:
    data = json.dumps(document, ensure_ascii=ascii_only).encode()
    assert parse_json(data, "patient.json") == exact(document)


@given(st.binary() | st.text(alphabet='{}[]",:0123456789.eE+-\\u tfnN').map(str.encode))
def test_any_input_is_parsed_or_refused(data: bytes) -> None:
    with suppress(RecordError):
        parse_json(data, "patient.json")


# What is refused


@pytest.mark.parametrize("data", [b"", b" ", b"\n\t \r\n"])
def test_empty(data: bytes) -> None:
    assert problem(data).message == "expected a JSON document, found nothing"


def test_largest_document() -> None:
    largest = b'"' + b"a" * (MAX_BYTES - 2) + b'"'
    assert parse_json(largest, "patient.json") == "a" * (MAX_BYTES - 2)
    assert problem(largest + b" ").message == "expected at most 5 MiB, found more"


def test_ten_megabytes_of_text() -> None:
    assert problem(b'"' + b"a" * 10_000_000 + b'"').code == "size"


def test_a_byte_order_mark() -> None:
    found = problem(b"\xef\xbb\xbf{}")
    assert found.message == "expected UTF-8 without a byte order mark, found one"


@pytest.mark.parametrize(
    ("data", "offset", "line", "column"),
    [
        (b"\xff\xfe{\x00}\x00", 0, 1, 1),
        (b'{"a": "\xe9"}', 7, 1, 8),
        ('{"ä": 1,\n"ö": "'.encode() + b'\xff"}', 17, 2, 7),
        (b'"\xed\xa0\x80"', 1, 1, 2),  # a surrogate, written out
        (b'"\xc3', 1, 1, 2),
    ],
)
def test_not_utf8(data: bytes, offset: int, line: int, column: int) -> None:
    found = problem(data)
    assert found.message == f"expected UTF-8, found the byte 0x{data[offset]:02x} at offset {offset}"
    assert (found.line, found.column) == (line, column)


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("{", 1, 2, "expected a key in double quotes, found the end of the text"),
        ('{\n  "a": 1,\n  b: 2}', 3, 3, "expected a key in double quotes, found 'b'"),
        ("{'a': 1}", 1, 2, """expected a key in double quotes, found "'\""""),
        ('{"a" 1}', 1, 6, "expected ':' after the key, found '1'"),
        ('{"a": }', 1, 7, "expected a value, found '}'"),
        ('{"a": 1 "b": 2}', 1, 9, "expected ',' or a closing bracket, found '\"'"),
        ("[1, 2", 1, 6, "expected ',' or a closing bracket, found the end of the text"),
        ("[1,,2]", 1, 4, "expected a value, found ','"),
        ("{} {}", 1, 4, "expected nothing after the end of the document, found '{'"),
        ("01", 1, 2, "expected nothing after the end of the document, found '1'"),
        ("1.", 1, 2, "expected nothing after the end of the document, found '.'"),
        (".5", 1, 1, "expected a value, found '.'"),
        ("+1", 1, 1, "expected a value, found '+'"),
        ("-", 1, 1, "expected a value, found '-'"),
        ("True", 1, 1, "expected a value, found 'T'"),
        ("nan", 1, 1, "expected a value, found 'n'"),
        ("// note\n{}", 1, 1, "expected a value, found '/'"),
        ('["abc]', 1, 2, "expected a double quote to end the text that starts here, found none"),
        ('"a\nb"', 1, 3, r"expected control characters inside a text to be escaped, found '\n'"),
        (r'"\x41"', 1, 2, "expected one of JSON's escapes after the backslash"),
        (r'"\u12"', 1, 3, r"expected four hexadecimal digits after '\u'"),
        ("{\x00}", 1, 2, r"expected a key in double quotes, found '\x00'"),
    ],
)
def test_malformed(text: str, line: int, column: int, message: str) -> None:
    found = problem(text.encode())
    assert (found.message, found.line, found.column) == (message, line, column)


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ('{"a": 1,}', 1, 8),
        ("[1,]", 1, 3),
        ("[1, ]", 1, 3),
        ('{"a": [1, 2\n, \t\r\n]}', 2, 1),
        ('{"a": 1,\n}', 1, 8),
        ('{"ä": [{"b": null,}]}', 1, 18),
    ],
)
def test_trailing_comma(text: str, line: int, column: int) -> None:
    """Python 3.13 words and places this error differently than 3.12; here it is the same in every version."""
    found = problem(text.encode())
    assert found.message == "expected no comma before the closing bracket"
    assert (found.line, found.column) == (line, column)


def test_repeated_keys() -> None:
    data = b'{"a": 1, "a": 2, "b/c": {"~": 0, "d": 1, "~": 2, "~": 3}, "e": [{"f": 1, "f": 1}], "b": 1}'
    assert places(data) == [
        ("duplicate", "/a"),
        ("duplicate", "/b~1c/~0"),
        ("duplicate", "/e/0/f"),
    ]
    assert problems(data)[1].message == "expected the key '~' once, found it 3 times"


def test_all_errors_of_the_content_at_once() -> None:
    data = rb'{"a": "\ud800", "b": 1, "b": 2, "\udfff": 0, "c": [1e9999999999999999999], "d": "\udc00\ud800"}'
    assert places(data) == [
        ("duplicate", "/b"),
        ("surrogate", ""),
        ("surrogate", "/a"),
        ("number", "/c/0"),
        ("surrogate", "/d"),
    ]


@pytest.mark.parametrize(
    "half", [r"\ud800", r"\uDBFF", r"\udc00", r"\uDFFF", r"\udc00\ud800", r"\ud800 \udc00"]
)
def test_lone_surrogate(half: str) -> None:
    assert places(f'["{half}"]'.encode()) == [("surrogate", "/0")]


def test_syntax_errors_come_before_repeated_keys() -> None:
    found = problem(b'{"a": 1, "a": 2, "b"}')
    assert (found.code, found.column) == ("syntax", 21)


@pytest.mark.parametrize(
    "number",
    [
        "1" * (MAX_NUMBER_LENGTH + 1),
        "0." + "1" * MAX_NUMBER_LENGTH,
        "9" * 1_000_000,
        "1e9999999999999999999",
        "1e-9999999999999999999",
        "0e9999999999999999999",
    ],
)
def test_excessive_numbers(number: str) -> None:
    found = problem(f'{{"value": {number}}}'.encode())
    assert found.pointer == "/value"
    assert found.message.startswith("expected a number in fewer digits or with a smaller exponent, found ")
    assert len(found.message) < 120


@pytest.mark.parametrize(("before", "after"), [("[", "]"), ('{"a":', "}")])
def test_deepest_document(before: str, after: str) -> None:
    def nested(levels: int) -> bytes:
        inside = "[]" if before == "[" else "{}"
        return (before * (levels - 1) + inside + after * (levels - 1)).encode()

    parse_json(nested(MAX_DEPTH), "patient.json")
    found = problem(nested(MAX_DEPTH + 1))
    assert found.message == "expected at most 32 levels of nesting, found more"
    assert found.pointer == ("/0" if before == "[" else "/a") * MAX_DEPTH


@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
        b'{"a": 1, "a": 2, "b": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_endless_nesting(data: bytes) -> None:
    assert problem(data).message == "expected at most 32 levels of nesting, found more"


def test_brackets_side_by_side_are_not_nested() -> None:
    assert parse_json(b"[" + b"[]," * 99 + b'"[[[["]', "patient.json") == [[]] * 99 + ["[" * 4]


def test_the_number_of_problems_is_limited() -> None:
    data = b"[" + b'{"a":1,"a":1},' * 5_000 + b"0]"
    assert len(problems(data)) == MAX_PROBLEMS


def test_a_very_long_key_is_shortened() -> None:
    data = b'{"' + b"k" * 100_000 + b'": [' + b'{"a":1,"a":1},' * 5_000 + b"0]}"
    assert sum(len(str(found)) for found in problems(data)) < 1_000_000
