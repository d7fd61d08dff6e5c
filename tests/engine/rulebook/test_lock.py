"""The version lock: a meaning changes only together with its version."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from cds_api.cli.main import run
from cds_engine import load_rulebook, shipped_rulebooks
from cds_engine.audit.audit_file import specification
from cds_engine.rulebook.load import inspect_rulebook
from cds_engine.rulebook.lock import FILE, check_lock, lock_text

from tests.rulebook.tiny import TINY

SHIPPED = load_rulebook(shipped_rulebooks() / "mianserin")
RULE = "lab/lab.zorbulin-low.yaml"


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return a copy of the tiny rulebook with its lock."""
    book = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    rulebook = load_rulebook(book)
    (book / FILE).write_text(lock_text(rulebook, specification(rulebook)), encoding="utf-8")
    return book


def edit(book: Path, file: str, old: str, new: str) -> None:
    text = (book / file).read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {file}"
    (book / file).write_text(text.replace(old, new), encoding="utf-8")


def problems(book: Path) -> list[str]:
    return [
        f"{Path(p.source).name}:{p.line} {p.message}"
        for p in check_lock(load_rulebook(book), specification(load_rulebook(book)))
    ]


def test_the_shipped_rulebook_is_locked() -> None:
    assert run(["rules", "lock", "--check"]) == 0
    assert check_lock(SHIPPED, specification(SHIPPED)) == []


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (RULE, "title: Zorbulin low", "title: Little zorbulin"),
        (RULE, "rationale: The handbook calls it low.", "rationale: See the handbook."),
        (RULE, "version: 1", "version: 1 # the first"),
        (
            RULE,
            "    - zorbulin.latest: {less_than: $zorbulin.low_below}\n"
            "    - zorbulin.latest: {at_least: $zorbulin.lowest_below}",
            "    - zorbulin.latest: {at_least: $zorbulin.lowest_below}\n"
            "    - zorbulin.latest: {less_than: $zorbulin.low_below}",
        ),
        ("facts.yaml", "title: age of the patient", "title: how old the patient is"),
        ("parameters.yaml", "value: 5.5}", "value: 5.50}"),
        ("parameters.yaml", "title: zorbulin below which it counts as lowest", "title: the lowest zorbulin"),
    ],
)
def test_spelling_and_texts_are_no_meaning(book: Path, file: str, old: str, new: str) -> None:
    edit(book, file, old, new)
    assert problems(book) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("{less_than: $zorbulin.low_below}", "{at_most: $zorbulin.low_below}"),
        ("{at_least: $zorbulin.lowest_below}", "{at_least: $zorbulin.low_below}"),
        ("velozine.active: {is: true}", "velozine.active: {is: false}"),
        ("indicator: warning", "indicator: info"),
        ("version: 1\n", "version: 1\nstatus: retired\n"),
    ],
)
def test_a_rule_that_changes_needs_its_next_version(book: Path, old: str, new: str) -> None:
    edit(book, RULE, old, new)
    assert problems(book) == [
        "lab.zorbulin-low.yaml:2 the meaning of 'lab.zorbulin-low' changed, but it still has version 1; "
        "write version: 2, then run: cds rules lock"
    ]
    edit(book, RULE, "version: 1", "version: 2")
    assert problems(book) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "parameters.yaml",
            "value: 5.5}",
            "value: 5.6}",
            "the meaning of parameter 'zorbulin.low_below' changed",
        ),
        (
            "parameters.yaml",
            "      - {since: 2020-01-01, value: 3}",
            "      - {since: 2020-01-01, value: 3}\n      - {since: 2027-01-01, value: 4}",
            "the meaning of parameter 'courses.many' changed; the rulebook still has version 0.1.0",
        ),
        ("facts.yaml", "    maximum: 20", "    maximum: 30", "the meaning of fact 'history.earlier_courses'"),
        (
            "facts.yaml",
            "        take: sum",
            "        take: highest",
            "the meaning of fact 'quandrol.daily_dose' (and 1 more of its template) changed",
        ),
    ],
)
def test_a_fact_or_parameter_that_changes_needs_a_version_of_the_rulebook(
    book: Path, file: str, old: str, new: str, message: str
) -> None:
    edit(book, file, old, new)
    (found,) = problems(book)
    assert message in found
    edit(book, "rulebook.yaml", "version: 0.1.0", "version: 0.2.0")
    assert problems(book) == []


def test_what_is_removed_is_reported_at_its_line_in_the_lock(book: Path) -> None:
    (book / "lab" / "lab.hiccup-storm.yaml").unlink()
    rulebook, _ = inspect_rulebook(book)  # its claim is no longer used, which is another problem
    assert rulebook is not None
    (found,) = check_lock(rulebook, specification(rulebook))
    lines = (book / FILE).read_text(encoding="utf-8").splitlines()
    assert found.line is not None
    assert lines[found.line - 1].startswith('"lab.hiccup-storm"')
    assert "keep it with the status 'retired'" in found.message


def test_versions_do_not_go_down(book: Path) -> None:
    edit(book, "rulebook.yaml", "version: 0.1.0", "version: 0.0.9")
    assert problems(book) == ["rulebook.yaml:2 version 0.1.0 is locked; expected 0.1.0 or higher"]


def test_a_version_with_two_digits_is_higher(book: Path) -> None:
    edit(book, "parameters.yaml", "value: 5.5}", "value: 5.6}")
    edit(book, "rulebook.yaml", "version: 0.1.0", "version: 0.10.0")
    assert problems(book) == []


def test_a_lock_that_cannot_be_read_is_one_problem(book: Path) -> None:
    (book / FILE).write_text("rulebook = <<<<<<< HEAD\n", encoding="utf-8")
    (found,) = problems(book)
    assert "not a lock" in found


def test_the_commands(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--rulebook", str(book)]
    edit(book, RULE, "less_than", "at_most")
    assert run(["rules", "check", str(book)]) == 1
    assert "lab.zorbulin-low.yaml:2:1: /version: the meaning of" in capsys.readouterr().err
    before = (book / FILE).read_text(encoding="utf-8")
    assert run(["rules", "lock", *options]) == 1
    assert (book / FILE).read_text(encoding="utf-8") == before
    edit(book, RULE, "version: 1", "version: 2")
    assert run(["rules", "check", str(book)]) == 0
    assert run(["rules", "lock", "--check", *options]) == 1
    assert run(["rules", "lock", *options]) == 0
    assert run(["rules", "lock", "--check", *options]) == 0
    edit(book, RULE, "at_most", "less_than")
    assert run(["rules", "check", str(book)]) == 1


def test_a_draft_is_not_locked(book: Path) -> None:
    assert run(["rules", "new", "lab.first", "--rulebook", str(book)]) == 0
    assert run(["rules", "lock", "--check", "--rulebook", str(book)]) == 0


@pytest.mark.parametrize(
    ("old", "new", "line", "name"),
    [
        ("invented: [V-1, V-2]", "invented: [V-1]", 14, "drugs/velozine"),
        ("invented: [G-1]", "invented: {perhaps: [G-1]}", 25, "conditions/grumbling"),
        ('"nmol/L": 0.001', '"nmol/L": 0.0001', 33, "observations/zorbulin"),
        ("{minimum: 0.5, maximum: 400}", "{minimum: 0.6, maximum: 400}", 33, "observations/zorbulin"),
        ('"mcg/day": "ug/d"', '"mcg/day": "mg/d"', 5, "dose"),
        ("also: [INV]", "also: [INVENTED]", 2, "systems/invented"),
        ("members: [quandrol]", "members: [quandrol, velozine]", 21, "drug_groups/damper"),
    ],
)
def test_a_concept_that_changes_needs_a_version(book: Path, old: str, new: str, line: int, name: str) -> None:
    edit(book, "terminology.yaml", old, new)
    [problem] = [problem for problem in problems(book) if problem.startswith("terminology.yaml")]
    assert problem.startswith(f"terminology.yaml:{line} the meaning of the terminology's '{name}' changed;")
    edit(book, "rulebook.yaml", "version: 0.1.0", "version: 0.2.0")
    assert problems(book) == []


def test_the_order_of_codes_is_no_meaning(book: Path) -> None:
    edit(book, "terminology.yaml", "invented: [V-1, V-2]", "invented: [V-2, V-1]")
    edit(book, "terminology.yaml", "maximum: 400}", "maximum: 400.0}")
    assert problems(book) == []


def test_a_lock_without_a_terminology_says_nothing_about_it(book: Path) -> None:
    text = (book / FILE).read_text(encoding="utf-8")
    (book / FILE).write_text(text.partition("[terminology]")[0], encoding="utf-8")
    edit(book, "terminology.yaml", "invented: [V-1, V-2]", "invented: [V-1]")
    assert problems(book) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "problem"),
    [
        ("audit.toml", "[[opposes]]", "#", "removed"),
        (
            "rulebook.yaml",
            "rules: [amounts.low, amounts.middle, amounts.high]",
            "rules: [amounts.low, amounts.high]",
            "amount-bands",
        ),
        ("rulebook.yaml", "zorbulin.latest: {at_least: $zorbulin.low_below}", "always", "zorbulin"),
        ("rulebook.yaml", "        - patient.grown: {is: true}\n", "", "amount-bands"),
    ],
)
def test_a_proof_that_is_lost_needs_a_version(
    book: Path, file: str, old: str, new: str, problem: str
) -> None:
    opposes = '[[opposes]]\nrules = ["amounts.low", "amounts.high"]\nbecause = "x"\n'
    (book / "audit.toml").write_text(opposes, encoding="utf-8")
    rulebook = load_rulebook(book)
    (book / FILE).write_text(lock_text(rulebook, specification(rulebook)), encoding="utf-8")
    text = (book / file).read_text(encoding="utf-8")
    (book / file).write_text("" if new == "#" else text.replace(old, new), encoding="utf-8")
    rulebook = load_rulebook(book)
    [found] = check_lock(rulebook, specification(rulebook))
    where = FILE if file == "audit.toml" else file
    assert Path(found.source).name == where
    assert problem in found.message
    assert "write a higher one in rulebook.yaml" in found.message
    edit(book, "rulebook.yaml", "version: 0.1.0", "version: 0.2.0")
    rulebook = load_rulebook(book)
    assert check_lock(rulebook, specification(rulebook)) == []
