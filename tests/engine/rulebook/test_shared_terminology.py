"""Shared terminologies: what a rulebook takes from them, its versions, and where problems are reported."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from cds_api.cli.main import run
from cds_engine.errors import Problem
from cds_engine.rulebook.load import inspect_rulebook, load_rulebook
from cds_engine.rulebook.lock import check_lock, lock_text
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.shared_check import check_shared

from tests.rulebook.tiny import TINY

SYSTEMS = """\
systems:
  invented:
    uri: http://example.org/codes
    also: [INV]
"""
CODES = """\
  handbook.codes:
    statement: The codes of the invented code system.
    source: handbook
    locator: page 1
    basis: standard
"""
SPARE = """\
  spare:
    title: spare
    codes: {invented: [S-1]}
    source: lab.spare
    unit: umol/L
    plausible: {minimum: 1, maximum: 9}
    resolution: 1
"""
USE = """\
use:
  - shared: lab
    version: 1.2.0
    observations: [zorbulin]
"""


@pytest.fixture
def book(tmp_path: Path) -> Path:
    """Return the tiny rulebook with its analyte and its code system in two shared terminologies."""
    root = Path(shutil.copytree(TINY, tmp_path / "tiny"))
    own = (root / "terminology.yaml").read_text()
    zorbulin = own[own.index("  zorbulin:") :]
    (root / "terminology.yaml").write_text(
        USE + own.replace(SYSTEMS, "").replace(f"observations:\n{zorbulin}", "")
    )
    evidence = (root / "evidence.yaml").read_text()
    handbook = evidence[evidence.index("  handbook:") : evidence.index("  rumour:")]
    (root / "evidence.yaml").write_text(evidence.replace(CODES, "").replace(handbook, ""))
    _write(
        tmp_path / "shared" / "lab",
        "1.2.3",
        f"use: [{{shared: systems, version: 1.0.0}}]\nobservations:\n{zorbulin}{SPARE}",
    )
    _write(tmp_path / "shared" / "systems", "1.0.0", SYSTEMS)
    (tmp_path / "shared" / "lab" / "evidence.yaml").write_text(
        f"claims:\n{CODES}  lab.spare: {{statement: x, source: handbook, locator: y, basis: standard}}\n"
    )
    (tmp_path / "shared" / "systems" / "evidence.yaml").write_text(f"sources:\n{handbook}")
    return root


def _write(folder: Path, version: str, terminology: str) -> None:
    folder.mkdir(parents=True)
    (folder / "shared.yaml").write_text(f"id: {folder.name}\nversion: {version}\ntitle: T\ndescription: D\n")
    (folder / "terminology.yaml").write_text(terminology)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def problems(book: Path) -> list[Problem]:
    return inspect_rulebook(book)[1]


def where(problem: Problem, root: Path) -> str:
    return f"{Path(problem.source).relative_to(root)}:{problem.line}"


def test_a_rulebook_means_the_same_with_shared_concepts(book: Path) -> None:
    shared, alone = load_rulebook(book), load_rulebook(TINY)
    assert shared.terminology.observations == alone.terminology.observations
    assert shared.terminology.systems == alone.terminology.systems
    assert dict(shared.facts) == dict(alone.facts)
    assert set(shared.evidence.claims) == set(alone.evidence.claims)
    assert [(used.id, used.version) for used in shared.shared] == [("lab", "1.2.3"), ("systems", "1.0.0")]
    assert alone.shared == ()


def test_without_a_list_everything_is_taken_with_what_it_cites(book: Path) -> None:
    edit(book / "terminology.yaml", "    observations: [zorbulin]\n", "")
    rulebook = load_rulebook(book)
    assert list(rulebook.terminology.observations) == ["zorbulin", "spare"]
    assert "lab.spare" in rulebook.evidence.claims


def test_a_group_brings_its_members(book: Path) -> None:
    lab = book.parent / "shared" / "lab" / "terminology.yaml"
    lab.write_text(lab.read_text() + "observation_groups:\n  all: {title: all, members: [zorbulin, spare]}\n")
    edit(book / "terminology.yaml", "observations: [zorbulin]", "observation_groups: [all]")
    rulebook = load_rulebook(book)
    assert set(rulebook.terminology.observations) == {"zorbulin", "spare"}
    assert list(rulebook.terminology.observation_groups) == ["all"]


def test_a_rulebook_may_add_to_a_concept_and_not_change_it(book: Path) -> None:
    own = book / "terminology.yaml"
    own.write_text(own.read_text() + "observations:\n  zorbulin: {molar_mass: 100}\n")
    assert load_rulebook(book).terminology.observations["zorbulin"].molar_mass == 100
    own.write_text(own.read_text().replace("{molar_mass: 100}", "{title: mine}"))
    [found] = problems(book)
    assert found.message == f"already given in {own.as_posix()}, line {len(own.read_text().splitlines())}"
    assert where(found, book.parent) == "shared/lab/terminology.yaml:4"


def test_shared_terminologies_are_found_among_the_shipped_ones(book: Path) -> None:
    own = book / "terminology.yaml"
    use = "  - {shared: laboratory, version: 1.0.0, observations: [body-weight]}\n"
    own.write_text(own.read_text().replace("use:\n", "use:\n" + use))
    assert "body-weight" in load_rulebook(book).terminology.observations


@pytest.mark.parametrize(
    ("file", "old", "new", "place", "message"),
    [
        ("tiny/terminology.yaml", "shared: lab", "shared: labs", 2, "no shared terminology 'labs'"),
        ("tiny/terminology.yaml", "shared: lab", "shared: labs", 2, "(did you mean 'lab'?)"),
        (
            "tiny/terminology.yaml",
            "1.2.0",
            "1.2.4",
            3,
            "'lab' has version 1.2.3; expected 1.2.4 or a later 1.x",
        ),
        ("tiny/terminology.yaml", "1.2.0", "2.0.0", 3, "expected 2.0.0 or a later 2.x"),
        ("tiny/terminology.yaml", "1.2.0", "0.9.0", 3, "expected 0.9.0 or a later 0.x"),
        ("tiny/terminology.yaml", "1.2.0", "1.2", 3, "expected a text (put it in quotes)"),
        (
            "tiny/terminology.yaml",
            "[zorbulin]",
            "[zorbulinn]",
            4,
            "'zorbulinn' in 'lab' (did you mean 'zorbulin'?)",
        ),
        ("tiny/terminology.yaml", "    version:", "    versoin:", 3, "unknown key 'versoin'"),
        ("shared/lab/shared.yaml", "id: lab", "id: lap", 1, "id 'lap' differs from the folder's name 'lab'"),
        ("shared/lab/shared.yaml", "title: T\n", "", 1, "missing key 'title'"),
        ("shared/lab/terminology.yaml", "unit: umol/L", "unti: umol/L", 8, "unknown key 'unti'"),
        ("shared/lab/terminology.yaml", "[Z-1]", "[Z-1, Z-1]", 6, "Z-1 is in 'is' twice"),
        (
            "shared/lab/terminology.yaml",
            "    title: zorbulin\n",
            "    title: zorbulin\n    value_sets: {}\n",
            5,
            "belongs to a rulebook",
        ),
        ("shared/lab/terminology.yaml", "use: [{", "allergies: {}\nuse: [{", 1, "belongs to a rulebook"),
        ("shared/lab/terminology.yaml", "1.0.0}", "2.0.0}", 1, "'systems' has version 1.0.0"),
        (
            "shared/lab/terminology.yaml",
            "source: handbook.codes",
            "source: handbook.cods",
            7,
            "unknown claim 'handbook.cods'",
        ),
        ("shared/lab/evidence.yaml", "source: handbook", "source: handbok", 4, "unknown source 'handbok'"),
        ("shared/lab/evidence.yaml", "    locator: page 1\n", "", 2, "missing key 'locator'"),
    ],
)
def test_a_problem_is_located_in_its_file(  # noqa: PLR0913, PLR0917
    book: Path, file: str, old: str, new: str, place: int, message: str
) -> None:
    edit(book.parent / file, old, new)
    found = problems(book)
    told = [problem for problem in found if message in problem.message]
    assert told, found
    assert where(told[0], book.parent) == f"{file}:{place}"


def test_a_shared_terminology_is_checked_as_a_whole(book: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lab = book.parent / "shared" / "lab"
    assert run(["rules", "check", str(lab)]) == 0
    assert capsys.readouterr().out == "lab 1.2.3: no problem found\n"
    edit(lab / "terminology.yaml", "    unit: umol/L\n    plausible", "    unit: umolar\n    plausible")
    assert problems(book) == [], "the rulebook does not take the concept"
    [found] = check_shared(lab)[1]
    assert "umolar" in found.message
    assert where(found, book.parent) == "shared/lab/terminology.yaml:20"
    assert run(["rules", "check", str(lab)]) == 1


def test_units_of_shared_concepts_are_checked_where_they_are_written(
    book: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(book.parent / "shared" / "lab" / "terminology.yaml", '"mmol/L": 1000', '"mmol/L": 100')
    assert run(["rules", "check", str(book)]) == 1
    assert re.search(r"shared/lab/terminology.yaml:11:\d+: .*one mmol/L is 1000", capsys.readouterr().err)


def digests(book: Path) -> tuple[str, str]:
    rulebook: Rulebook = load_rulebook(book)
    return rulebook.digest, next(used.meaning for used in rulebook.shared if used.id == "lab")


def test_digest_and_lock_cover_what_is_taken_and_nothing_else(book: Path) -> None:
    lab = book.parent / "shared" / "lab" / "terminology.yaml"
    before = digests(book)
    (book / "rulebook.lock").write_text(lock_text(load_rulebook(book), {}))
    edit(lab, "S-1", "S-2")
    assert digests(book) == before, "the concept is not taken"
    edit(lab, "[Z-1]", "[Z-1, Z-2]")
    assert digests(book)[0] != before[0]
    assert digests(book)[1] != before[1]
    [found] = check_lock(load_rulebook(book), {})
    assert "the meaning of shared terminology 'lab' changed" in found.message
    assert where(found, book.parent) == "tiny/terminology.yaml:2"
    edit(book / "rulebook.yaml", "version: 0.1.0", "version: 0.2.0")
    assert check_lock(load_rulebook(book), {}) == []


def test_a_changed_source_changes_the_digest_and_not_the_meaning(book: Path) -> None:
    before = digests(book)
    edit(book.parent / "shared" / "lab" / "evidence.yaml", "page 1", "page 2")
    after = digests(book)
    assert after[0] != before[0]
    assert after[1] == before[1]


@pytest.mark.parametrize(
    ("old", "new", "version", "message"),
    [
        ("[S-1]", "[S-2]", "1.2.3", "observations/spare changed; write version 2.0.0"),
        ("[S-1]", "[S-2]", "1.9.0", "observations/spare changed; write version 2.0.0"),
        ("[S-1]", "[S-2]", "2.0.0", None),
        ("  spare:", "  other:", "1.3.0", "observations/spare changed; write version 2.0.0"),
        (
            "observations:\n",
            "symptoms:\n  itch: {title: itch}\nobservations:\n",
            "1.2.3",
            "symptoms/itch is new; write version 1.3.0",
        ),
        ("observations:\n", "symptoms:\n  itch: {title: itch}\nobservations:\n", "1.3.0", None),
        ("title: spare", "title: spare", "1.2.2", "version 1.2.3 is locked; expected 1.2.3 or higher"),
        ("title: spare", "title: spare", "1.2.3", None),
        ("source: lab.spare", "source: handbook.codes", "1.2.3", None),
    ],
)
def test_the_lock_of_a_shared_terminology(
    book: Path, old: str, new: str, version: str, message: str | None
) -> None:
    lab = book.parent / "shared" / "lab"
    assert run(["rules", "lock", "--rulebook", str(lab)]) == 0
    assert run(["rules", "lock", "--rulebook", str(lab), "--check"]) == 0
    edit(lab / "terminology.yaml", old, new)
    edit(lab / "shared.yaml", "1.2.3", version)
    found = [problem for problem in check_shared(lab)[1] if problem.code == "lock"]
    assert [problem.message.split(", then")[0] for problem in found] == ([message] if message else [])
    assert run(["rules", "lock", "--rulebook", str(lab)]) == (1 if message else 0)


def test_a_fact_that_reads_doses_needs_their_units(book: Path) -> None:
    own = book / "terminology.yaml"
    text = own.read_text()
    own.write_text(text[: text.index("dose:")] + text[text.index("drugs:") :])
    messages = {problem.message for problem in problems(book)}
    assert "the fact reads doses; terminology.yaml needs 'dose', their units and plausible values" in messages
