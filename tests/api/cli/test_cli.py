"""The command line: output, errors and exit codes."""

from __future__ import annotations

import io
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from cds_api.cli.main import app, run
from cds_engine import load_rulebook, shipped_rulebooks
from cds_engine.rulebook.docs import rule_page
from typer.main import get_command

from tests.rulebook.tiny import TINY

SHIPPED = shipped_rulebooks() / "mianserin"
EXAMPLES = sorted(str(path) for path in (SHIPPED / "examples").glob("*.json"))
ELDERLY = str(SHIPPED / "examples" / "elderly-overdue-count.json")
NOTHING = str(SHIPPED / "examples" / "almost-nothing-known.json")
DISCLAIMER = "For research use only. Not for diagnosis or treatment."
CDS = [sys.executable, "-c", "from cds_api.cli import main; main()"]
Captured = pytest.CaptureFixture[str]
Patch = pytest.MonkeyPatch

RULES = [
    "dosing.mdd-below-range",
    "dosing.mdd-within-range",
    "dosing.mdd-above-range",
    "dosing.above-every-label",
    "dosing.mdd-at-trial-dose",
    "dosing.mdd-outside-trial-dose",
    "dosing.insomnia-below-low-dose",
    "dosing.insomnia-low-dose",
    "dosing.insomnia-above-low-dose",
    "dosing.insomnia-without-depression",
    "dosing.indication-outside-evidence",
    "dosing.elderly-initial-dose",
    "dosing.adult-start-dose",
    "dosing.not-for-minors",
    "dosing.no-response-at-review",
    "augmentation.candidate",
    "augmentation.studied-pair",
    "augmentation.mianserin-dose-not-studied",
    "augmentation.fluoxetine-dose-not-studied",
    "augmentation.resistance-not-documented",
    "augmentation.partner-not-in-source",
    "augmentation.sertraline-no-benefit",
    "augmentation.response",
    "augmentation.remission",
    "monitoring.elderly-baseline-missing",
    "monitoring.elderly-count-overdue-initial",
    "monitoring.elderly-count-overdue-continuing",
    "monitoring.elderly-count-current",
    "monitoring.adult-count-overdue-initial",
    "monitoring.infection-signs",
    "monitoring.agranulocytosis-range",
    "monitoring.neutropenia-severe",
    "monitoring.neutropenia-moderate",
    "monitoring.leukopenia",
    "monitoring.leukopenia-marked",
    "monitoring.febrile-neutropenia",
    "monitoring.count-falling",
    "monitoring.thrombocytopenia",
    "monitoring.thrombocytopenia-severe",
    "monitoring.anaemia",
    "monitoring.anaemia-severe",
    "side-effects.drowsiness",
    "side-effects.dry-mouth",
    "side-effects.increased-appetite",
    "side-effects.weight-gain",
    "side-effects.dizziness",
    "side-effects.constipation",
    "side-effects.common-severe",
    "side-effects.weight-gain-measured",
    "side-effects.weight-gain-marked",
    "side-effects.sedative-combination",
    "side-effects.elderly-falls-risk",
    "side-effects.unexpected-anticholinergic",
    "side-effects.jaundice",
    "side-effects.convulsion",
    "side-effects.hypomania",
    "safety.mania",
    "safety.severe-liver-disease",
    "safety.hypersensitivity",
    "safety.maoi",
    "safety.breast-feeding",
    "safety.pregnancy",
    "safety.epilepsy",
    "safety.diabetes",
    "safety.cardiac-disease",
    "safety.long-qt",
    "safety.renal-insufficiency",
    "safety.glaucoma-or-prostate",
    "safety.enzyme-inducer",
    "safety.warfarin",
    "safety.suicidality-under-25",
]
"""The ids that the rulebook must contain."""


def feed(monkeypatch: Patch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def cds(*arguments: str, data: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """Run the command in a new process."""
    env = {**os.environ, **environment}
    return subprocess.run([*CDS, *arguments], input=data, capture_output=True, env=env, check=False)


# evaluate


def test_an_empty_record_lists_the_missing_facts(monkeypatch: Patch, capsys: Captured) -> None:
    feed(monkeypatch, b"{}")
    assert run(["evaluate", "-", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["advisories"] == []
    assert found["research_use_only"] is True
    assert found["disclaimer"].startswith(DISCLAIMER)
    assert {entry["rule"] for entry in found["not_evaluable"]} == set(RULES)
    assert all(entry["missing"] for entry in found["not_evaluable"])


def test_standard_input_is_the_default(monkeypatch: Patch, capsys: Captured) -> None:
    feed(monkeypatch, b'{"patient": {"id": "from-a-pipe"}}')
    assert run(["evaluate"]) == 0
    assert capsys.readouterr().out.startswith("from-a-pipe  as of ")


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: Path(path).stem)
def test_text_for_people(example: str, capsys: Captured) -> None:
    assert run(["evaluate", example]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert DISCLAIMER in " ".join(out.split())
    assert "\x1b" not in out
    assert [line for line in out.splitlines() if line != line.rstrip()] == []
    assert max(map(len, out.splitlines())) <= 80
    expected = json_of(capsys, example)
    for advisory in expected["advisories"]:
        assert f"{advisory['indicator'].upper()}  " in out
        assert " ".join(advisory["summary"].split()) in " ".join(out.split())
    counts = expected["outcomes"]
    assert f"{counts['fired']} fired, {counts['not_met']} not met" in out


def json_of(capsys: Captured, *arguments: str) -> dict[str, Any]:
    assert run(["evaluate", "--format", "json", *arguments]) == 0
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


def test_explain_traces_every_rule(capsys: Captured) -> None:
    found = json_of(capsys, NOTHING, "--explain")
    assert {trace["rule"] for trace in found["trace"]} == set(RULES)
    assert "trace" not in json_of(capsys, NOTHING)
    assert run(["evaluate", NOTHING, "--explain"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert {line.split()[0] for line in lines if line.startswith("  ") and line.split()[0] in RULES} == set(
        RULES
    )
    assert [line for line in lines if line != line.rstrip()] == []
    assert "    unknown mianserin.daily_dose < 30 mg/d  (found unknown)" in lines


@pytest.mark.parametrize(
    ("given", "expected"), [("{}", "2026-03-01"), ('{"as_of": "2026-01-02"}', "2026-01-02")]
)
def test_as_of(given: str, expected: str, monkeypatch: Patch, capsys: Captured) -> None:
    feed(monkeypatch, given.encode())
    assert json_of(capsys, "-", "--as-of", "2026-03-01")["as_of"] == expected


def test_as_of_may_be_a_timestamp(monkeypatch: Patch, capsys: Captured) -> None:
    feed(monkeypatch, b"{}")
    assert (
        json_of(capsys, "-", "--as-of", "2026-03-01T22:30:00+02:00")["as_of"] == "2026-03-01T22:30:00+02:00"
    )


@pytest.mark.parametrize("date", ["2026-02-30", "yesterday", "2026-1-1", "20260101", "", "2026-01-01T00:00"])
def test_as_of_must_be_a_date(date: str, capsys: Captured) -> None:
    assert run(["evaluate", NOTHING, "--as-of", date]) == 2
    assert one_line(capsys) == (
        "cds evaluate: Invalid value: expected a date written YYYY-MM-DD, or a timestamp with an offset, "
        f"found '{date}' "
        "(try 'cds evaluate --help')"
    )


def one_line(capsys: Captured) -> str:
    """Return the only line on stderr, and check that stdout is empty."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.endswith("\n")
    [line] = err.splitlines()
    assert "Traceback" not in line
    return str(line)


def test_several_files(tmp_path: Path, capsys: Captured) -> None:
    bad = tmp_path / "bad.json"
    bad.write_text('{"symptoms": [{}], "age": 3}')
    assert run(["evaluate", "--format", "json", ELDERLY, str(bad), NOTHING]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out.splitlines()[0])["patient_id"] == "example-elderly"
    assert len(out.splitlines()) == 2
    assert {line.split(": ")[1] for line in err.splitlines()} == {"/age", "/symptoms/0/code"}
    assert run(["evaluate", ELDERLY, NOTHING]) == 0
    titles = [line for line in capsys.readouterr().out.splitlines() if line.startswith("─")]
    assert len(titles) == 2


def result(count: int) -> bytes:
    entry = {"code": "neutrophils", "value": 2, "unit": "10*9/L", "date": "2026-01-01"}
    return json.dumps({"observations": [entry] * count}).encode()


def dose(number: str) -> bytes:
    text = '{"medications": [{"drug": "mianserin", "daily_dose": {"value": %s, "unit": "mg/d"}}]}'
    return (text % number).encode()


BAD = {
    "malformed": (b'{"as_of": ', ":1:11: "),
    "trailing comma": (b'{"as_of": null,}', ":1:15: "),
    "empty": (b"", "nothing"),
    "blank": (b" \n", "nothing"),
    "byte order mark": (b"\xef\xbb\xbf{}", "byte order mark"),
    "not UTF-8": (b'{"patient": {"id": "\xe9"}}', "UTF-8"),
    "UTF-16": ("{}".encode("utf-16"), ""),
    "duplicate key": (b'{"as_of": null, "as_of": null}', "'as_of'"),
    "NaN": (dose("NaN"), "NaN"),
    "infinity": (dose("-Infinity"), "Infinity"),
    "too small": (dose("1e-7"), "/medications/0/daily_dose/value"),
    "too large": (dose("1e400"), "/medications/0/daily_dose/value"),
    "absurd": (dose("1e999999999"), ""),
    "long": (dose("1" * 100_000), ""),
    "text for a number": (dose('"60"'), "/medications/0/daily_dose/value"),
    "10 MB": (b'{"patient": {"id": "' + b"x" * 10_000_000 + b'"}}', "5 MiB"),
    "10,000 observations": (result(10_000), ""),
    "deep": (b"[" * 100_000 + b"]" * 100_000, ""),
    "deep within": (b'{"patient": ' * 200 + b"1" + b"}" * 200, ""),
    "a list": (b"[]", "expected an object"),
    "a number": (b"1", "expected an object"),
    "unknown field": (b'{"patiant": {}}', "(did you mean 'patient'?)"),
    "line break in a field": (b'{"a\\nb\\u001b[31m": {}}', "/a\\nb\\x1b[31m"),
    "surrogate": (b'{"patient": {"id": "\\ud800"}}', ""),
    "unit": (
        b'{"medications": [{"drug": "mianserin", "daily_dose": {"value": 1, "unit": "m\\ng"}}]}',
        "/unit",
    ),
}


@pytest.mark.parametrize(("data", "message"), BAD.values(), ids=BAD)
def test_bad_input(data: bytes, message: str, tmp_path: Path, monkeypatch: Patch, capsys: Captured) -> None:
    path = tmp_path / "bad.json"
    path.write_bytes(data)
    for name in (str(path), "-"):
        feed(monkeypatch, data)
        assert run(["evaluate", name, "--format", "json"]) == 2
        line = one_line(capsys)
        assert line.startswith(name)
        assert message in line
        assert line.isprintable()
        assert len(line) < 400


@pytest.mark.parametrize(("name", "reason"), [(".", "Is a directory"), ("nowhere.json", "No such file")])
def test_unreadable_files(name: str, reason: str, capsys: Captured) -> None:
    assert run(["evaluate", name]) == 2
    assert one_line(capsys).startswith(f"{name}: cannot be read: {reason}")


def test_control_characters_are_escaped(monkeypatch: Patch, capsys: Captured) -> None:
    hostile = "\x1b[31mred\x07\u202e[bold]"
    sections = {"patient": {"id": hostile}, "symptoms": [{"code": hostile}]}
    feed(monkeypatch, json.dumps(sections).encode())
    assert run(["evaluate", "-"]) == 0
    out = capsys.readouterr().out
    assert all(line.isprintable() for line in out.splitlines())
    assert "\\x1b[31mred\\x07\\u202e[bold]" in out


# in a new process


@pytest.mark.slow
def test_the_same_bytes_every_time() -> None:
    first, second = (
        cds("evaluate", "--format", "json", "--explain", ELDERLY, PYTHONHASHSEED=seed) for seed in ("1", "2")
    )
    assert first.returncode == second.returncode == 0
    assert first.stdout == second.stdout
    assert first.stderr == b""


def test_output_to_a_pipe_is_utf8_without_colour() -> None:
    data = json.dumps({"patient": {"id": "Zoë"}}, ensure_ascii=False).encode()
    done = cds("evaluate", "-", data=data, PYTHONIOENCODING="ascii", LC_ALL="C")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "Zoë" in done.stdout.decode()
    assert b"\x1b" not in done.stdout


@pytest.mark.slow
def test_exit_codes_of_the_process(tmp_path: Path) -> None:
    book = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    (book / "stray.yaml").write_text("")
    assert cds("rules", "check", str(book)).returncode == 1
    done = cds("evaluate", "-", "--rulebook", str(book), data=b"{")
    assert (done.returncode, done.stdout) == (2, b"")
    assert len(done.stderr.splitlines()) == 1


def test_a_closed_pipe_is_no_error() -> None:
    command = shlex.join([*CDS, "evaluate", "--explain", *EXAMPLES, *EXAMPLES])
    script = f"set -o pipefail; {command} | head -1"
    done = subprocess.run(["bash", "-c", script], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


# help and usage


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of a command and of all its subcommands."""
    yield path
    for name, subcommand in getattr(command, "commands", {}).items():
        yield from commands(subcommand, (*path, name))


COMMANDS = list(commands(get_command(app)))


def test_every_command_is_found() -> None:
    assert {(), ("evaluate",), ("rules", "new"), ("cohort", "compare"), ("schema",)} <= set(COMMANDS)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_with_examples(command: tuple[str, ...], option: str, capsys: Captured) -> None:
    assert run([*command, option]) == 0
    out = capsys.readouterr().out
    assert " ".join(["Usage: cds", *command]) in out
    assert re.search(rf"Examples?:\s+(CDS_API_KEYS=.* )?{' '.join(['cds', *command])} ?", out)


@pytest.mark.parametrize("command", [command for command in COMMANDS if command])
def test_help_begins_with_a_short_sentence(command: tuple[str, ...], capsys: Captured) -> None:
    """A longer one would be cut off in the list of commands."""
    assert run([*command[:-1], "--help"]) == 0
    [line] = [x for x in capsys.readouterr().out.splitlines() if x.startswith(f"  {command[-1]} ")]
    assert line.endswith(".")
    assert not line.endswith("..")


def test_the_version(capsys: Captured) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"mianserin-cds {version('mianserin-cds')}\n"


def test_no_arguments_prints_help(capsys: Captured) -> None:
    assert run([]) == 0
    assert "Usage: cds" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["evalute"], "evalute"),
        (["evaluate", "--fromat", "json"], "--fromat"),
        (["evaluate", "--format", "jsno"], "jsno"),
        (["rules", "chekc"], "chekc"),
        (["rules", "show"], "ID"),
        (["rules", "show", "dosing.mdd-below-rang"], "did you mean 'dosing.mdd-below-range'?"),
        (["rules", "new", "dosing.mdd-below-range"], "already a rule"),
        (["rules", "new", "dosign.x"], "did you mean 'dosing'?"),
        (["rules", "new", "dosing.Upper"], "lower-case"),
        (["rules", "new", "dosing.../x"], "lower-case"),
        (["rules", "new", "dosing." + "x" * 90], "80"),
        (
            ["rules", "list", "--rulebook", "/nowhere"],
            "/nowhere: expected the folder of a rulebook or one of",
        ),
        (
            ["evaluate", NOTHING, "--rulebook", "/nowhere"],
            "/nowhere: expected the folder of a rulebook or one of",
        ),
    ],
)
def test_usage_errors(arguments: list[str], message: str, capsys: Captured) -> None:
    assert run(arguments) == 2
    assert message in one_line(capsys)


# rules


def test_the_shipped_rulebook_has_no_problems(capsys: Captured) -> None:
    assert run(["rules", "check"]) == 0
    assert capsys.readouterr().out.startswith("mianserin ")


def test_every_rule_is_listed(capsys: Captured) -> None:
    assert run(["rules", "list", "--format", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert {rule["id"] for rule in listed} >= set(RULES)
    assert len(RULES) == 71
    assert all((SHIPPED / rule["path"]).is_file() for rule in listed)
    keys = {"id", "family", "version", "status", "title", "indicator", "summary", "path"}
    assert all(rule.keys() >= keys for rule in listed)
    assert run(["rules", "list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(listed)


def test_every_rule_is_shown_with_its_numbers(capsys: Captured) -> None:
    rulebook = load_rulebook(SHIPPED)
    for name in RULES:
        page = rule_page(rulebook, rulebook.rules[name])
        assert page.startswith(f"{name}  version ")
        assert "$" not in page, "every parameter is resolved"
        for heading in ("Applies when", "Fires when", "Advisory", "Evidence"):
            assert f"\n{heading}\n" in page
    assert run(["rules", "show", RULES[0]]) == 0
    page, _, scenarios = capsys.readouterr().out.partition("\n\nScenarios\n")
    assert page == rule_page(rulebook, rulebook.rules[RULES[0]])
    assert "features/dosing/mdd_dose.feature:10: The four dose ranges have no gap and no overlap" in scenarios


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "books" / "tiny"))


@pytest.mark.parametrize("name", ["lab.my-rule", "lab.grade-2", "lab.2", "amounts.a-b-c"])
def test_a_new_rule_is_accepted_as_a_draft(name: str, book: Path, capsys: Captured) -> None:
    options = ["--rulebook", str(book)]
    assert run(["rules", "new", name, *options]) == 0
    [family, _] = name.split(".")
    assert (book / family / f"{name}.yaml").is_file()
    assert run(["rules", "check", str(book)]) == 0
    capsys.readouterr()
    assert run(["rules", "list", "--format", "json", *options]) == 0
    [listed] = [rule for rule in json.loads(capsys.readouterr().out) if rule["id"] == name]
    assert listed["status"] == "draft"
    assert run(["evaluate", NOTHING, "--format", "json", "--explain", *options]) == 0
    assert name not in {trace["rule"] for trace in json.loads(capsys.readouterr().out)["trace"]}
    assert run(["rules", "new", name, *options]) == 2


def test_a_rulebook_without_rules(book: Path, capsys: Captured) -> None:
    """Every command works with a new rulebook, and the first rule can be added."""
    for folder in ("amounts", "lab"):
        shutil.rmtree(book / folder)
    rulebook, facts = ((book / name).read_text() for name in ("rulebook.yaml", "facts.yaml"))
    (book / "rulebook.yaml").write_text(rulebook.partition("partitions:")[0])
    (book / "facts.yaml").write_text(facts.partition("templates:")[0])
    (book / "parameters.yaml").write_text("parameters: {}\n")
    (book / "pharmacology.yaml").write_text("targets: {}\n")
    claim = "{statement: x, source: s, locator: x, basis: standard}"
    claims = f"{{handbook.codes: {claim}, spare: {claim[:-1]}, not_encodable: x}}}}"
    sources = "{s: {title: x, short: x}}"
    (book / "evidence.yaml").write_text(f"sources: {sources}\nclaims: {claims}\nconflicts: {{}}\n")
    options = ["--rulebook", str(book)]
    assert (run(["rules", "check", str(book)]), capsys.readouterr().err) == (0, "")
    assert run(["rules", "list", *options]) == 0
    assert capsys.readouterr().out == ""
    assert run(["evaluate", NOTHING, *options]) == 0
    assert "No advisory." in capsys.readouterr().out
    assert run(["rules", "new", "lab.first", *options]) == 0
    assert run(["rules", "check", str(book)]) == 0


def test_generated_files_are_compared_with_files_on_disk(book: Path, capsys: Captured) -> None:
    assert run(["rules", "docs", "--check"]) == 0
    assert run(["rules", "schema", "--check"]) == 0
    assert capsys.readouterr() == ("", "")
    options = ["--rulebook", str(book)]
    for command, files in (("docs", 1), ("schema", 9)):
        assert run(["rules", command, "--check", *options]) == 1
        assert len(capsys.readouterr().err.splitlines()) == files
        assert run(["rules", command, *options]) == 0
        assert len(capsys.readouterr().out.splitlines()) == files
        assert run(["rules", command, "--check", *options]) == 0
        assert capsys.readouterr() == ("", "")


def test_an_unwritable_file(book: Path, capsys: Captured) -> None:
    (book / "README.md").mkdir()
    assert run(["rules", "docs", "--rulebook", str(book)]) == 2
    assert "README.md" in one_line(capsys)
