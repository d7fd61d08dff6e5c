"""`cds open`: who sees what was opened, and what the command prints."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from cds_api.app import create_app
from cds_api.cli.main import run
from cds_api.opened import Opened
from cds_api.settings import Settings
from cds_engine import Engine
from fastapi.testclient import TestClient

from tests.api.conftest import LOCAL
from tests.api.workbench.pages import Html

RECORD = {"patient": {"id": "p-1"}, "as_of": "2026-11-23", "medications": [{"drug": "mianserin"}]}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "patient.json"
    path.write_text(json.dumps(RECORD))
    return path


@pytest.fixture
def open_(engine: Engine) -> Callable[[Path], tuple[TestClient, Opened]]:
    def make(path: Path) -> tuple[TestClient, Opened]:
        opened = Opened(path)
        return TestClient(create_app(Settings(rate_limit=0), engine, opened=opened), base_url=LOCAL), opened

    return make


def test_the_key_shows_the_file_as_it_is_now(
    open_: Callable[[Path], tuple[TestClient, Opened]], file: Path
) -> None:
    client, opened = open_(file)
    page = Html(client.get(opened.address).text)
    assert page.text("h1") == "p-1"
    assert page.record == file.read_text()
    file.write_text("{")
    assert "cannot be evaluated" in client.get(opened.address).text
    file.unlink()
    assert client.get(opened.address).status_code == 404


def test_without_the_key_there_is_nothing(
    open_: Callable[[Path], tuple[TestClient, Opened]], client: TestClient, file: Path
) -> None:
    opened_client, opened = open_(file)
    assert "p-1" not in opened.address
    for path in (
        "/open",
        "/open/",
        "/open/x",
        opened.address[:-1],
        opened.address + "x",
        "/populations/opened",
    ):
        assert opened_client.get(path).status_code == 404
    assert client.get(opened.address).status_code == 404  # another process
    assert opened.key not in repr(opened)


def test_a_folder_leads_to_populations_with_a_cookie(
    open_: Callable[[Path], tuple[TestClient, Opened]], tmp_path: Path
) -> None:
    (tmp_path / "summary.json").touch()
    client, opened = open_(tmp_path)
    sent = client.get(opened.address, follow_redirects=False)
    assert (sent.status_code, sent.headers["location"]) == (303, "/populations/opened")
    cookie = sent.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    pair = cookie.partition(";")[0]

    def allowed(header: str) -> bool:
        return opened.allows({"type": "http", "headers": [(b"cookie", header.encode())]})

    assert allowed(pair)
    assert allowed(f"other=1; {pair}")
    assert not allowed(pair[:-1])
    assert not allowed("")


def test_what_cannot_be_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for path, said in ((tmp_path / "nothing.json", "No such file"), (tmp_path, "summary.json")):
        assert run(["open", str(path), "--no-browser"]) == 2
        error = capsys.readouterr().err
        assert said in error
        assert len(error.splitlines()) == 1


@pytest.mark.slow
def test_the_command_prints_the_address_and_asks_for_no_key(file: Path) -> None:
    command = "from cds_api.cli import main; main()"
    environment = {**os.environ, "CDS_API_KEYS": f"ward:{'0' * 64}", "CDS_RATE_LIMIT": "0"}
    with subprocess.Popen(
        [sys.executable, "-c", command, "open", str(file), "--no-browser"],
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            match = re.match(r"cds: (http://127\.0\.0\.1:\d+/open/[\w-]{20,}) ", process.stdout.readline())
            assert match is not None
            assert (
                "p-1" in httpx.get(match[1], timeout=60).text
            )  # the connection waits until the service is ready
            assert httpx.get(match[1][:-1]).status_code == 404
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
