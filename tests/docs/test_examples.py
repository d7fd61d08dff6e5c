"""What the pages show is what the programs do: commands, their output, files and Python."""

from __future__ import annotations

import io
import json
import re
import runpy
import shlex
import subprocess
import sys
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import typer
from cds_api.app import create_app
from cds_api.cli.main import app, run
from cds_api.settings import Settings
from cds_engine import shipped_rulebooks
from fastapi.testclient import TestClient
from httpx import Response

from tests.api.conftest import LOCAL
from tests.docs.pages import DOCS, PAGES, ROOT, assert_shown, blocks, commands, files, shell_lines

Captured = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch


def named(page: Path) -> str:
    return page.name


GUIDE = DOCS / "first-rulebook.md"
"""Its commands run with the installed wheel: see tests/packaging/test_first_rulebook.py."""


def pages_with(*kinds: str) -> list[Path]:
    return [page for page in PAGES if blocks(page, *kinds) and page != GUIDE]


def fast_and_slow(pages: list[Path], slow: str) -> list[object]:
    """Return ``pages`` as parameters; the page called ``slow`` takes long and runs in CI only."""
    marks = [pytest.mark.slow, pytest.mark.ci]
    return [pytest.param(page, id=page.name, marks=marks if page.name == slow else []) for page in pages]


# What console blocks show


@pytest.mark.slow
@pytest.mark.parametrize("page", fast_and_slow(pages_with("console"), slow="registry.md"))
def test_output(page: Path, folder: Path, capsys: Captured, monkeypatch: Patch) -> None:
    for name, text in files(page).items():
        Path(folder, name).parent.mkdir(parents=True, exist_ok=True)
        Path(folder, name).write_text(text, encoding="utf-8")
    for block in blocks(page, "console"):
        for command in commands(block):
            if command.line == "cds audit":
                assert_audited(command.output)
            else:
                assert_shown(command.output, said(command.line, capsys, monkeypatch))


def said(command: str, capsys: Captured, monkeypatch: Patch) -> str:
    """Run a command and return what it prints."""
    program, *arguments = shlex.split(command)
    if program == "cds":
        assert run(arguments) in (0, 1)
    elif program == "python":
        monkeypatch.setattr(sys, "argv", arguments[1:])
        runpy.run_module(arguments[1], run_name="__main__")
    else:
        subprocess.run(command, shell=True, check=True)
    return capsys.readouterr().out


def assert_audited(shown: str) -> None:
    """Assert the report of ``cds audit``, which takes minutes, by the figures that the last one left."""
    last = json.loads((shipped_rulebooks() / "mianserin" / "coverage.json").read_text("utf-8"))
    assert f"{len(last['rules'])} rules, {last['scenarios']} scenarios" in shown
    figures = re.findall(r"^  \S+ +([0-9.]+) % +(\d+) of (\d+)  required (\d+) %: met", shown, re.MULTILINE)
    assert figures == [
        (f"{figure['percent']:.1f}", str(figure["covered"]), str(figure["of"]), f"{figure['goal']:g}")
        for figure in last["totals"].values()
    ]


# What is shown without output


def check_cds(command: str) -> None:
    """Assert that ``cds`` has the sub-command and all its options."""
    words = shlex.split(command)
    words = words[words.index("cds") + 1 :]
    group, context = typer.main.get_command(app), None
    while subcommands := getattr(group, "commands", None):
        context = group.make_context("cds", [], parent=context, resilient_parsing=True)
        group = subcommands[words.pop(0)]
    group.make_context("cds", words, parent=context)


def check_make(command: str) -> None:
    """Assert that the Makefile has the targets."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in shlex.split(command)[1:]:
        assert "=" in target or re.search(rf"^{target}:.*## ", makefile, re.MULTILINE)


CHECKS: dict[str, Callable[[str], None]] = {"cds": check_cds, "make": check_make}


def program(command: str) -> str:
    """Return the program of a command, which assignments of variables may precede."""
    return re.sub(r"^(?:\w+=\S+\s+)*", "", command).partition(" ")[0]


def single_commands(page: Path) -> list[str]:
    """Return the commands of the ``sh`` blocks of ``page``, without what redirects their output."""
    lines = (re.sub(r"\s*(?:&|[<>]\s*\S+)$", "", line) for line in shell_lines(page))
    return [command for line in lines for command in re.split(r"\s*(?:;|&&|\|)\s*", line)]


COMMANDS = [
    pytest.param(command, id=f"{page.name}: {command}")
    for page in PAGES
    for command in single_commands(page)
    if program(command) in CHECKS
]


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_exists(command: str) -> None:
    CHECKS[program(command)](command)


# The service


REQUESTS = [page for page in pages_with("sh") if any(line.startswith("curl") for line in shell_lines(page))]
REQUESTS.remove(DOCS / "configuration.md")  # its request needs a key


@pytest.mark.parametrize("page", REQUESTS, ids=named)
def test_requests(page: Path, folder: Path) -> None:
    (folder / "patients.ndjson").write_text(
        json.dumps(json.loads((folder / "patient.json").read_text())) + "\n"
    )
    client = TestClient(create_app(Settings(rate_limit=0, ledger="sqlite:///decisions.db")), base_url=LOCAL)
    variables: dict[str, str] = {}
    decisions: list[str] = []
    for line in shell_lines(page):
        for name, value in re.findall(r"\b([A-Z])=('[^']*'|\S+?)(?:;|$)", line):
            variables[name] = decisions[-1] if name == "D" else value.strip("'")
        if line.startswith("curl "):
            response = send(client, line, variables)
            assert response.status_code == 200, line
            decisions += response.headers.get_list("x-decision-id")


def send(client: TestClient, line: str, variables: dict[str, str]) -> Response:
    """Send the request of a ``curl`` command and return the response."""
    words = shlex.split(re.sub(r"\$([A-Z])\b", lambda match: variables[match[1]], line))[1:]
    headers, body, url = {}, None, ""
    while words:
        match words.pop(0):
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case "-d" | "--data-binary":
                body = Path(words.pop(0).removeprefix("@")).read_bytes()
            case "-s" | "-i":
                pass
            case address:
                url = re.sub(r"^(?:http://)?localhost:8000", "", address)
    return client.request("POST" if body else "GET", url, headers=headers, content=body)


def test_every_route_is_tried() -> None:
    page = (DOCS / "service.md").read_text(encoding="utf-8")
    tried = re.findall(r"\$A(/[^\s?\"]*)", page)
    for path in create_app(Settings()).openapi()["paths"]:
        pattern = re.sub(r"\{\w+\}", "[^/]+", path)
        assert any(re.fullmatch(pattern, address) for address in tried), path


# Python


# A page of interactive examples is a doctest; it has a test of its own.
PROGRAMS = [page for page in pages_with("python") if ">>> " not in page.read_text("utf-8")]


@pytest.mark.parametrize("page", PROGRAMS, ids=named)
def test_python(page: Path, folder: Path) -> None:
    """The blocks of a page run one after the other; a text block below one is what it prints."""
    namespace: dict[str, object] = {}
    printed = ""
    for block in blocks(page, "python", "text"):
        if block.kind == "text":
            assert_shown(block.text, printed)
            continue
        output = io.StringIO()
        with redirect_stdout(output):
            exec(compile(block.text, page.name, "exec"), namespace)
        printed = output.getvalue()


# Files


@pytest.mark.parametrize("name", ["patient.json", "counts.feature"])
def test_shown_files_are_the_examples(name: str) -> None:
    example = (DOCS / "examples" / name).read_text(encoding="utf-8")
    shown = [text for page in PAGES for title, text in files(page).items() if title == name]
    shown += [block.text for block in blocks(ROOT / "README.md", "gherkin") if name.endswith(".feature")]
    assert shown == [example] * len(shown)
    assert shown


def test_the_shown_record_is_valid(folder: Path) -> None:
    (folder / "record.json").write_text(files(DOCS / "record.md")["record.json"], encoding="utf-8")
    assert run(["evaluate", "record.json"]) == 0


def test_the_shown_rule_is_the_shipped_one() -> None:
    ((name, text),) = files(DOCS / "rule-files.md").items()
    assert text == (shipped_rulebooks() / "mianserin" / name).read_text(encoding="utf-8")
