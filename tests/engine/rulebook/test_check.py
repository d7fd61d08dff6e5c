"""Errors in a rulebook: all are reported at once, each with its place and the closest valid name."""

from __future__ import annotations

import json
import os
import shutil
import time
import tracemalloc
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cds_api.cli.main import run
from cds_api.commands.rules import check_rulebook
from cds_engine.errors import Problem, RulebookError
from cds_engine.rulebook.load import load_rulebook
from cds_engine.scenarios.listing import listing

from tests.rulebook.tiny import TINY
from tests.spec.cases import chapter

LOW, MIDDLE, STORM = "amounts/amounts.low.yaml", "amounts/amounts.middle.yaml", "lab/lab.hiccup-storm.yaml"


class PlantedError(NamedTuple):
    """One edit of one file; ``§`` in the new text marks where the problem must be reported."""

    file: str
    old: str
    new: str
    code: str
    message: str


PLANTED = [
    # keys
    PlantedError(
        LOW,
        "version: 1",
        "§versoin: 1\nversion: 1",
        "unknown-key",
        "unknown key 'versoin' (did you mean 'version'?)",
    ),
    PlantedError(LOW, "title: Dose below the middle band\n", "", "missing-key", "missing key 'title'"),
    PlantedError(
        "terminology.yaml",
        "    codes:\n      invented: [V-1",
        "    §cods:\n      invented: [V-1",
        "unknown-key",
        "did you mean 'codes'?",
    ),
    PlantedError(
        "facts.yaml", "of: {drug: velozine}", "of: {§durg: velozine}", "unknown-key", "did you mean 'drug'?"
    ),
    PlantedError(
        "facts.yaml",
        "    take: only\n    give: indication",
        "    §take: onyl\n    give: indication",
        "shape",
        "found 'onyl' (did you mean 'only'?)",
    ),
    PlantedError(
        "parameters.yaml",
        "parameters:\n",
        "§paramters: {}\nparameters:\n",
        "unknown-key",
        "did you mean 'parameters'?",
    ),
    # names
    PlantedError(
        LOW,
        "velozine.daily_dose: {less",
        "§velozine.daly_dose: {less",
        "unknown-fact",
        "'velozine.daly_dose' (did you mean 'velozine.daily_dose'?)",
    ),
    PlantedError(
        MIDDLE,
        "  velozine.daily_dose: {betw",
        "  §velozine.dose: {betw",
        "unknown-fact",
        "unknown fact 'velozine.dose'",
    ),
    PlantedError(
        LOW,
        "{less_than: $amount.minimum}",
        "{§less_than: $amount.minimun}",
        "unknown-parameter",
        "'amount.minimun' (did you mean 'amount.minimum'?)",
    ),
    PlantedError(
        LOW,
        'below {$amount.minimum}"',
        'below {$amount.minimus}"',
        "unknown-parameter",
        "did you mean 'amount.minimum'?",
    ),
    PlantedError(
        LOW,
        "[handbook.bands]",
        "[handbook.bands, §handbook.band]",
        "unknown-claim",
        "'handbook.band' (did you mean 'handbook.bands'?)",
    ),
    PlantedError(
        MIDDLE,
        "conflicts: [upper-end]",
        "conflicts: [§uper-end]",
        "unknown-conflict",
        "'uper-end' (did you mean 'upper-end'?)",
    ),
    PlantedError(
        STORM, "[gribble-1]", "[§gribble-2]", "unknown-target", "'gribble-2' (did you mean 'gribble-1'?)"
    ),
    PlantedError(
        STORM,
        "one_of: [grumbling]",
        "§one_of: [rumbling]",
        "misfit",
        "unknown code 'rumbling' for 'velozine.indication' (did you mean 'grumbling'?)",
    ),
    PlantedError(
        "facts.yaml",
        "    of: {condition: grumbling}",
        "    of: {§condition: grumling}",
        "unknown-condition",
        "did you mean 'grumbling'?",
    ),
    PlantedError(
        "facts.yaml",
        "{ago: {at_most: $zorbulin.fresh}}",
        "{ago: {§at_most: $zorbulin.frsh}}",
        "unknown-parameter",
        "did you mean 'zorbulin.fresh'?",
    ),
    PlantedError(
        "terminology.yaml",
        "members: [quandrol]",
        "members: [quandrol, §quandrel]",
        "unknown-drug",
        "did you mean 'quandrol'?",
    ),
    PlantedError(
        "terminology.yaml",
        "      invented: [Z-1]",
        "      invented: [Z-1]\n      §inventd: [Z-9]",
        "unknown-code-system",
        "did you mean 'invented'?",
    ),
    PlantedError(
        "evidence.yaml",
        "references: [rumour]",
        "references: [§rumor]",
        "unknown-source",
        "did you mean 'rumour'?",
    ),
    PlantedError(
        "evidence.yaml",
        "reliability: A",
        "§reliability: C",
        "unknown-reliability",
        "unknown reliability 'C'",
    ),
    PlantedError(
        "evidence.yaml",
        "    cited_by: handbook",
        "    §cited_by: handbok",
        "unknown-source",
        "did you mean 'handbook'?",
    ),
    PlantedError(
        "pharmacology.yaml",
        "[handbook.storm]",
        "[handbook.storm, §handbook.strom]",
        "unknown-claim",
        "did you mean 'handbook.storm'?",
    ),
    PlantedError(
        "rulebook.yaml", "amounts.high]", "§amounts.hihg]", "unknown-rule", "did you mean 'amounts.high'?"
    ),
    PlantedError(
        "rulebook.yaml",
        "    over: velozine.daily_dose",
        "    §over: velozine.daily",
        "unknown-fact",
        "did you mean 'velozine.daily_dose'?",
    ),
    # expressions
    PlantedError(
        LOW,
        "{less_than: $amount.minimum}",
        "{§less_than: 100}",
        "condition",
        "found the number 100; define it in parameters.yaml",
    ),
    PlantedError(
        LOW,
        "{less_than: $amount.minimum}",
        "{§less_then: $amount.minimum}",
        "condition",
        "unknown test 'less_then' (did you mean 'less_than'?)",
    ),
    PlantedError(
        LOW,
        "{less_than: $amount.minimum}",
        "{§less_than: grumbling}",
        "condition",
        "'less_than' needs a $parameter",
    ),
    PlantedError(
        STORM,
        "one_of: [grumbling]",
        "§one_of: grumbling",
        "condition",
        "expected a list of codes for 'one_of'",
    ),
    PlantedError(
        LOW,
        "{less_than: $amount.minimum}",
        "{§less_than: $zorbulin.low_below}",
        "misfit",
        "parameter 'zorbulin.low_below' is in umol/L, but 'velozine.daily_dose' is in ug/d",
    ),
    PlantedError(
        LOW,
        "patient.grown: {is: true}",
        "patient.grown: {§known: true}",
        "misfit",
        "'patient.grown' is a finding",
    ),
    PlantedError(
        LOW,
        "velozine.active: {is: true}",
        "velozine.active: {§less_than: $age.grown}",
        "misfit",
        "'velozine.active' is true or false",
    ),
    PlantedError(
        LOW,
        "{less_than: $amount.minimum}",
        "{§is: true}",
        "misfit",
        "is a number: compare it with a $parameter",
    ),
    PlantedError(
        "parameters.yaml",
        "value: 5.5}",
        "value: 5.55}",
        "misfit",
        "5.55 is not a multiple of the step of 'zorbulin.latest' (0.1 umol/L)",
    ),
    PlantedError(
        "parameters.yaml",
        "value: 5.5}",
        "value: 401}",
        "misfit",
        "401 is outside the domain of 'zorbulin.latest' (0.5 to 400 umol/L)",
    ),
    PlantedError(
        "facts.yaml",
        "{ago: {at_most: $zorbulin.fresh}}",
        "{ago: {§at_most: $age.grown}}",
        "misfit",
        "parameter 'age.grown' is in a, but d is needed here",
    ),
    PlantedError(
        "parameters.yaml",
        "value: 30}",
        "value: 30.5}",
        "misfit",
        "'zorbulin.fresh' must be a whole number of days",
    ),
    PlantedError(
        "facts.yaml",
        "      patient.age_years: {at_least: $age.grown}",
        "      all:\n        - patient.age_years: {at_least: $age.grown}\n"
        "        - patient.grown: {is: true}",
        "cycle",
        "finding rests on itself: patient.grown > patient.grown",
    ),
    # identity
    PlantedError(
        LOW,
        "id: amounts.low",
        "§id: amounts.lower",
        "id",
        "id 'amounts.lower' differs from the file's name 'amounts.low'",
    ),
    PlantedError(
        LOW,
        "id: amounts.low",
        "§id: amounts.high",
        "id",
        "id 'amounts.high' is already used in amounts/amounts.high.yaml",
    ),
    PlantedError(
        LOW,
        "id: amounts.low",
        "§id: amount.low",
        "family",
        "does not start with a family of rulebook.yaml (did you mean 'amounts'?)",
    ),
    PlantedError(LOW, "id: amounts.low", "§id: lab.low", "family", "belong in 'lab/', not in 'amounts/'"),
    PlantedError("rulebook.yaml", "folder: lab", "§folder: examples", "shape", "rules in it are not read"),
    # texts
    PlantedError(
        LOW,
        'summary: "Velozine {velozine.daily_dose}: below',
        '§summary: "' + "x" * 140 + "{velozine.daily_dose}",
        "summary-length",
        "expected fewer than 140 characters",
    ),
    PlantedError(
        LOW,
        "  detail: The handbook",
        "  §detail: The {handbook",
        "placeholder",
        "invalid placeholder; write {fact} or {$parameter}",
    ),
    PlantedError(
        LOW,
        "  detail: The handbook",
        "  §detail: The {velozine.daily} handbook",
        "unknown-fact",
        "did you mean 'velozine.daily_dose'?",
    ),
    PlantedError(
        LOW,
        "  detail: The handbook",
        "  §detail: The {zorbulin.latest} handbook",
        "placeholder",
        "the rule does not use the fact 'zorbulin.latest'",
    ),
    # numbers, dates, units, codes
    PlantedError(
        "parameters.yaml",
        "    values:\n      - {since: 2020-01-01, value: 400}\n      - {since: 2026-06-01, value: 300}",
        "    §values:\n      - {since: 2026-06-01, value: 300}\n      - {since: 2020-01-01, value: 400}",
        "dates",
        "ascending order",
    ),
    PlantedError(
        "parameters.yaml",
        "{since: 2020-01-01, value: 16}",
        "{§since: 2020, value: 16}",
        "shape",
        "expected a date written YYYY-MM-DD, found '2020'",
    ),
    PlantedError(
        "parameters.yaml",
        "{since: 2020-01-01, value: 3}",
        "{since: 2020-01-01, §value: 3.00000000000001}",
        "digits",
        "expected at most 14 digits",
    ),
    PlantedError(
        "parameters.yaml",
        "basis: standard",
        "§basis: standards",
        "unknown-basis",
        "'standards' (did you mean 'standard'?); the bases are labelling, standard, literature, operational",
    ),
    PlantedError("evidence.yaml", "basis: standard", "§basis: hearsay", "unknown-basis", "'hearsay'"),
    PlantedError("facts.yaml", "basis: operational", "§basis: hearsay", "unknown-basis", "'hearsay'"),
    PlantedError(
        "parameters.yaml",
        "  courses.many:",
        "  §courses.spare: {title: x, unit: d, basis: standard, claim: handbook.courses,"
        " values: [{since: 2020-01-01, value: 1}]}\n  courses.many:",
        "unused-parameter",
        "parameter 'courses.spare' is not used",
    ),
    PlantedError(
        "facts.yaml", '    unit: "1"\n', '    unit: "1"\n    §resolution: 0\n', "shape", "greater than 0"
    ),
    PlantedError(
        "facts.yaml",
        "    maximum: 20\n",
        "    maximum: -1\n",
        "shape",
        "the minimum 0 is above the maximum -1",
    ),
    PlantedError(
        "terminology.yaml", '"mg/d": 1000', '§"mg/d": 100', "unit", "one mg/d is 1000 ug/d, not 100"
    ),
    PlantedError("terminology.yaml", '"mmol/L": 1000', '§"mg/L": 1000', "unit", "mg/L"),
    PlantedError(
        "terminology.yaml",
        '"micromol/L": "umol/L"',
        '§"micromol/L": "umol/dL"',
        "unit",
        "'umol/dL' is not one of the units",
    ),
    PlantedError("facts.yaml", '    unit: "1"\n', "    §unit: ones\n", "unit", "'ones' is not a UCUM unit"),
    PlantedError(
        "terminology.yaml",
        "  quandrol: {title: quandrol}\n",
        "  quandrol:\n    title: quandrol\n    codes: {invented: [§V-2]}\n    source: handbook.codes\n",
        "duplicate-code",
        "invented V-2 already means 'velozine'",
    ),
    PlantedError(
        "terminology.yaml",
        "    codes:\n      invented: [G-1]\n    source: handbook.codes",
        "    codes:\n      invented: [G-1]",
        "missing-key",
        "codes need a 'source'",
    ),
    PlantedError(
        "terminology.yaml",
        "  damper:",
        "  §velozine: {title: x, members: [quandrol]}\n  damper:",
        "duplicate-name",
        "'velozine' is already the name of one of the drugs",
    ),
    PlantedError(
        "facts.yaml",
        '      "condition.{id}":',
        '      "velozine.active":',
        "fact",
        "fact 'velozine.active' is declared twice",
    ),
    # evidence
    PlantedError(
        "evidence.yaml",
        "  handbook.colour:",
        "  §handbook.taste: {statement: Sweet., source: handbook, locator: page 7, basis: literature}\n"
        "  handbook.colour:",
        "unencoded-claim",
        "claim 'handbook.taste' is not used",
    ),
    PlantedError(
        "evidence.yaml",
        "    references: [rumour]",
        "    §not_encodable: Who knows.",
        "unencoded-claim",
        "claim 'handbook.bands' is cited",
    ),
    # YAML
    PlantedError(
        LOW,
        "version: 1",
        "version: §!!python/object/apply:os.system [exit]",
        "yaml",
        "is not allowed; a rulebook is plain data",
    ),
    PlantedError(LOW, "version: 1", "version: §!!int 1", "yaml", "is not allowed; a rulebook is plain data"),
    PlantedError(LOW, "version: 1", "version: [1", "yaml", "not YAML"),
    PlantedError(LOW, "version: 1", "version: §*one", "yaml", "alias '*one' has no anchor above it"),
    PlantedError(LOW, "version: 1", "version: &one [§*one]", "yaml", "an alias that contains itself"),
    PlantedError(LOW, "version: 1", "version: 1\n§version: 1", "yaml", "duplicate key 'version'"),
    PlantedError(
        LOW,
        "evidence: [handbook.bands]",
        "evidence: [handbook.bands]\n§---\nid: amounts.low",
        "yaml",
        "a second document",
    ),
    PlantedError(LOW, "version: 1", "? §[version]\n: 1", "yaml", "expected a plain text as the key"),
]


@pytest.fixture
def book(tmp_path: Path) -> Path:
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def plant(book: Path, error: PlantedError) -> tuple[int, int] | None:
    """Plant an error and return line and column of its mark, if it has one."""
    path = book / error.file
    text = path.read_text(encoding="utf-8")
    assert error.old in text
    text = text.replace(error.old, error.new, 1)
    before, mark, after = text.partition("§")
    path.write_text(before + after, encoding="utf-8")
    return (before.count("\n") + 1, len(before) - before.rfind("\n")) if mark else None


def problems(book: Path) -> list[Problem]:
    return check_rulebook(book)[1]


def test_the_tiny_rulebook_has_no_error(book: Path) -> None:
    assert problems(book) == []


@pytest.mark.parametrize("error", PLANTED, ids=lambda error: f"{error.code}: {error.message[:40]}")
def test_planted_error(book: Path, error: PlantedError) -> None:
    place = plant(book, error)
    found = [problem for problem in problems(book) if problem.code == error.code]
    told = [problem for problem in found if error.message in problem.message]
    assert told, problems(book)
    if place is not None:
        assert {(problem.line, problem.column) for problem in told} == {place}
    for problem in told:
        assert problem.line is not None
        assert Path(problem.source).is_file(), "the file can be opened under the name that is reported"
    if place is not None:
        assert {problem.source for problem in told} == {(book / error.file).as_posix()}


def test_all_errors_at_once(book: Path) -> None:
    picked = [
        error for error in PLANTED if error.file in (MIDDLE, STORM, "evidence.yaml", "pharmacology.yaml")
    ]
    picked = [
        error for error in picked if error.message.startswith(("'", "unknown", "did", "claim 'handbook.t"))
    ]
    picked += [error for error in PLANTED if error.new in ('§"mg/d": 100', "{§less_than: 100}")]
    for error in picked:
        plant(book, error)
    text = "\n".join(str(problem) for problem in problems(book))
    assert len(picked) >= 8
    assert [error.message for error in picked if error.message not in text] == []


def test_each_error_is_reported_once(book: Path) -> None:
    (book / LOW).write_text((book / LOW).read_text().replace("$amount.minimum}\n", "100}\n", 1))
    assert len(problems(book)) == 1


def test_expressions_are_parsed_even_if_another_file_is_broken(book: Path) -> None:
    (book / "facts.yaml").write_text("facts: [")
    (book / LOW).write_text((book / LOW).read_text().replace("less_than", "less_then", 1))
    found = problems(book)
    assert {problem.code for problem in found} == {"yaml", "condition"}


# Files


class BrokenFile(NamedTuple):
    """A file that is missing or invalid, and the expected problem."""

    name: str
    content: bytes | None
    code: str
    message: str
    line: int | None


BROKEN_FILES = [
    BrokenFile("facts.yaml", b"", "yaml", "empty", 1),
    BrokenFile("facts.yaml", b"# only a remark\n", "yaml", "empty", 1),
    BrokenFile("facts.yaml", b"null", "yaml", "empty", 1),
    BrokenFile("facts.yaml", b"facts", "shape", "expected keys and values", 1),
    BrokenFile("facts.yaml", b"- facts", "shape", "expected keys and values", 1),
    BrokenFile("facts.yaml", b"facts:\n  \xe9: 1", "yaml", "not UTF-8 at byte 9", 2),
    BrokenFile("facts.yaml", b"\xff\xfef\0", "yaml", "not UTF-8 at byte 0", 1),
    BrokenFile("facts.yaml", b"facts: \x00", "yaml", "not YAML", 1),
    BrokenFile("facts.yaml", b"facts:\n\t- x", "yaml", "not YAML", 2),
    BrokenFile("facts.yaml", b" " * (3 * 1024 * 1024), "yaml", "larger than", None),
    BrokenFile("facts.yaml", None, "file", "cannot be read: No such file", None),
    BrokenFile("amounts/amounts.low.yaml", b"", "yaml", "empty", 1),
    BrokenFile(
        "amounts.loose.yaml", b"id: amounts.loose", "file", "move a rule into its family's folder", None
    ),
    BrokenFile("paramaters.yaml", b"{}", "file", "did you mean 'parameters.yaml'?", None),
    BrokenFile("lab/lab.other.yml", b"id: lab.other", "file", "end in .yaml", None),
    BrokenFile("other/other.rule.yaml", b"id: other.rule", "missing-key", "missing key 'title'", 1),
]


@pytest.mark.parametrize("file", BROKEN_FILES, ids=lambda file: f"{file.name}: {file.message}")
def test_broken_file(book: Path, file: BrokenFile) -> None:
    path = book / file.name
    path.parent.mkdir(exist_ok=True)
    if file.content is None:
        path.unlink()
    else:
        path.write_bytes(file.content)
    told = [found for found in problems(book) if found.code == file.code and file.message in found.message]
    assert [(found.source, found.line) for found in told] == [(path.as_posix(), file.line)]


def test_other_files_are_ignored(book: Path) -> None:
    for name in ("README.md", ".git/config.yaml", "examples/a.json", "examples/notes.yml", ".hidden/x.yml"):
        (book / name).parent.mkdir(exist_ok=True)
        (book / name).write_text("[")
    assert problems(book) == []


def test_a_byte_order_mark_is_accepted(book: Path) -> None:
    path = book / "facts.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert problems(book) == []


BOMBS = {
    "laughs": "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
    + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12)),
    "laughing keys": "a0: &a0 {b: x, c: x}\n"
    + "".join(f"a{i}: &a{i} {{b: *a{i - 1}, c: *a{i - 1}}}\n" for i in range(1, 30)),
    "chain": "a0: &a0 [x]\n" + "".join(f"a{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 5000)),
    "brackets": "[" * 100_000,
    "closed brackets": "[" * 5000 + "]" * 5000,
    "braces": "{a: " * 50_000,
    "indents": "\n".join(" " * i + "a:" for i in range(1500)),
    "values": "- x\n" * 100_000,
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
@pytest.mark.parametrize("name", ["facts.yaml", LOW])
def test_bombs_are_refused(book: Path, name: str, bomb: str) -> None:
    (book / name).write_text(bomb)
    tracemalloc.start()
    began = time.process_time()
    try:
        found = problems(book)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert time.process_time() - began < 10
    assert peak < 200 * 1024 * 1024
    assert {problem.code for problem in found if problem.source == (book / name).as_posix()} == {"yaml"}


def test_problems_of_one_file_are_sorted_by_place(book: Path) -> None:
    (book / LOW).write_text("z: 1\ny: 2\nx: 3\n")
    places = [(problem.line, problem.column) for problem in problems(book)]
    assert places == sorted(places)
    assert len(places) >= 9


# Output of the command


@pytest.fixture
def faulty(book: Path) -> Path:
    plant(book, PLANTED[0])
    (book / "lab" / "lab.other.yml").write_text("")
    return book


def test_as_text(faulty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "check", str(faulty)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        f"{faulty}/{LOW}:2:1: /versoin: unknown key 'versoin' (did you mean 'version'?)",
        f"{faulty}/lab/lab.other.yml: not read; rename it to end in .yaml",
    ]


def test_as_json(faulty: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "check", str(faulty), "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found[0] == {
        "file": f"{faulty}/{LOW}",
        "line": 2,
        "column": 1,
        "pointer": "/versoin",
        "code": "unknown-key",
        "message": "unknown key 'versoin' (did you mean 'version'?)",
    }
    assert (found[1]["code"], found[1]["line"], found[1]["column"]) == ("file", None, None)


def test_as_sarif(faulty: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(faulty.parent)
    assert run(["rules", "check", "tiny", "--format", "sarif"]) == 1
    log: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert (log["version"], log["$schema"]) == ("2.1.0", "https://json.schemastore.org/sarif-2.1.0.json")
    [sarif_run] = log["runs"]
    driver = sarif_run["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("cds", version("mianserin-cds"))
    assert [rule["id"] for rule in driver["rules"]] == ["file", "unknown-key"]
    first, second = sarif_run["results"]
    assert (first["ruleId"], first["level"]) == ("unknown-key", "error")
    assert first["message"]["text"] == "unknown key 'versoin' (did you mean 'version'?)"
    [place] = first["locations"]
    assert place["physicalLocation"] == {
        "artifactLocation": {"uri": f"tiny/{LOW}"},
        "region": {"startLine": 2, "startColumn": 1},
    }
    assert "region" not in second["locations"][0]["physicalLocation"]


def test_sarif_names_files_by_uri(
    book: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    book = book.rename(book.parent / "with space")
    (book / "stray.yaml").write_text("")
    for given, uri in (
        (str(book), (book / "stray.yaml").as_uri()),
        ("with space", "with%20space/stray.yaml"),
    ):
        monkeypatch.chdir(book.parent)
        run(["rules", "check", given, "--format", "sarif"])
        [result] = json.loads(capsys.readouterr().out)["runs"][0]["results"]
        assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == uri


@pytest.mark.parametrize("format_", ["text", "json", "sarif"])
def test_a_valid_rulebook(book: Path, format_: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rules", "check", str(book), "--format", format_]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    if format_ == "text":
        assert out == "tiny 0.1.0: 6 rules, 7 parameters, 13 facts, 7 claims: no problem found\n"
    else:
        found = json.loads(out)
        assert (found if format_ == "json" else found["runs"][0]["results"]) == []


@pytest.mark.parametrize("format_", ["text", "json", "sarif"])
def test_a_path_that_is_not_a_folder(
    tmp_path: Path, format_: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_text("")
    for path in (tmp_path / "nowhere", file):
        assert run(["rules", "check", str(path), "--format", format_]) == 2
        out, err = capsys.readouterr()
        assert "expected the folder of a rulebook or one of" in out + err


@pytest.mark.parametrize("name", ["facts.yaml", "lab/lab.pipe.yaml"])
def test_a_pipe_is_not_waited_for(book: Path, name: str) -> None:
    (book / name).unlink(missing_ok=True)
    os.mkfifo(book / name)
    with pytest.raises(RulebookError) as caught:
        load_rulebook(book)
    assert "not a regular file" in [problem.message for problem in caught.value.problems]


def test_a_number_beyond_the_range_is_reported(book: Path) -> None:
    file = book / "parameters.yaml"
    file.write_text(file.read_text().replace("value: 5.5}", "value: 1e999999999}"))
    with pytest.raises(RulebookError) as caught:
        load_rulebook(book)
    messages = [problem.message for problem in caught.value.problems]
    assert "expected 0, or a magnitude from 0.000001 to below 1000000000000" in messages


def test_parameters_and_conflicts_may_be_absent(tmp_path: Path) -> None:
    engine = chapter("patient").engine
    assert engine.rulebook.parameters == {}
    assert engine.rulebook.evidence.conflicts == {}
    assert "<rule>" in listing(engine)
