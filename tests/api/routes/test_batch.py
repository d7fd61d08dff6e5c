"""A batch gives one result per line, in order, for any content of a line."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from cds_api.routes.batch import LineSplitter
from fastapi.testclient import TestClient

from tests.api.conftest import EXAMPLES, JSON
from tests.api.test_errors import assert_problem

NDJSON = {"Content-Type": "application/x-ndjson"}


def lines_of(client: TestClient, body: bytes, query: str = "") -> list[str]:
    response = client.post(f"/v1/evaluate/batch{query}", content=body, headers=NDJSON)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/x-ndjson"
    return response.text.splitlines()


def test_each_line_equals_a_single_request(client: TestClient) -> None:
    records = [json.dumps(json.loads(path.read_bytes())) for path in EXAMPLES] * 5
    single = [client.post("/v1/evaluate", content=record, headers=JSON).text for record in records]
    assert lines_of(client, "\n".join(records).encode()) == single


def test_an_invalid_line_does_not_stop_the_batch(client: TestClient) -> None:
    body = b'{}\r\n\nnonsense\n{"as_of": "Jane Doe"}\n"\xff"\n{"resourceType": "Bundle"}\n{}'
    found = [json.loads(line) for line in lines_of(client, body, "?as_of=2026-01-01")]
    assert [line.get("line") for line in found] == [None, 3, 4, 5, None, None]
    assert found[2]["errors"][0]["pointer"] == "/as_of"
    assert "Jane" not in str(found)
    assert found[-1]["as_of"] == "2026-01-01"


def test_an_overlong_line(make_client: Callable[..., TestClient]) -> None:
    client = make_client(max_line_bytes=1024)
    found = [json.loads(line) for line in lines_of(client, b"{}\n" + b" " * 5000 + b"\n{}\n")]
    assert found[1] == {"line": 2, "errors": [{"pointer": "", "detail": "longer than 1024 bytes"}]}
    assert len(found) == 3


def test_the_body_size_limit_does_not_apply(client: TestClient) -> None:
    line = json.dumps({"patient": {"id": "x" * 200}}) + " " * 500_000
    assert len(lines_of(client, "\n".join([line] * 15).encode())) == 15


def test_an_empty_batch(client: TestClient) -> None:
    assert lines_of(client, b"\n\n") == []


def test_wrong_content_type(client: TestClient) -> None:
    assert_problem(client.post("/v1/evaluate/batch", content=b"{}", headers=JSON), 415)


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_lines_do_not_depend_on_chunks(size: int) -> None:
    data = b"ab\n\ncdefghijk\nlm\nno"
    lines, found = LineSplitter(5), []
    for start in range(0, len(data), size):
        found += lines.feed(data[start : start + size])
    found += lines.end()
    assert found == [(1, b"ab"), (3, None), (4, b"lm"), (5, b"no")]
