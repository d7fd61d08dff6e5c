"""An audit of files that somebody edits meanwhile: it is about what was loaded, or it says what changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from cds_engine.audit.audit import run_audit
from cds_engine.errors import RulebookError
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.changed_files import check_unchanged
from cds_engine.scenarios.recording import Recording

from tests.engine.audit.workbench import Workbench

RULE = "lab/lab.zorbulin-low.yaml"


def changed(root: Path, edit: str, text: str | None) -> list[str]:
    """Return the files that are said to have changed after an edit; without ``text``, it removes the file."""
    rulebook = load_rulebook(root)
    check_unchanged(rulebook)
    path = root / edit
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    path.unlink() if text is None else path.write_text(before + text, encoding="utf-8")
    with pytest.raises(RulebookError) as caught:
        run_audit(rulebook, Recording(), proof=False)
    assert all("has changed since it was read" in problem.message for problem in caught.value.problems)
    return [Path(problem.source).relative_to(root.parent).as_posix() for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("edit", "text"),
    [
        ("terminology.yaml", "# a comment\n"),
        ("terminology.yaml", "[no YAML"),
        ("facts.yaml", "\n"),
        (RULE, None),
    ],
)
def test_a_file_that_changed_is_named(bench: Workbench, edit: str, text: str | None) -> None:
    assert changed(bench.root, edit, text) == [f"tiny/{edit}"]


def test_a_new_part_of_the_terminology_is_named(bench: Workbench) -> None:
    bench.root.joinpath("terminology").mkdir()
    assert changed(bench.root, "terminology/more.yaml", "drugs: {}\n") == ["tiny/terminology/more.yaml"]


def test_a_shared_terminology_that_changed_is_named(bench: Workbench) -> None:
    shared = bench.root.parent / "shared" / "more"
    shared.mkdir(parents=True)
    file = "id: more\nversion: 1.0.0\ntitle: More\ndescription: More symptoms.\n"
    shared.joinpath("shared.yaml").write_text(file, encoding="utf-8")
    shared.joinpath("terminology.yaml").write_text("symptoms:\n  itch: {title: itch}\n", encoding="utf-8")
    bench.plant("terminology.yaml", {"systems:\n": "use:\n  - {shared: more, version: 1.0.0}\nsystems:\n"})
    name = "../shared/more/terminology.yaml"
    assert changed(bench.root, name, "# a comment\n") == ["shared/more/terminology.yaml"]


def test_a_file_that_changes_later_is_shown_as_it_was_loaded(bench: Workbench) -> None:
    rulebook, path = load_rulebook(bench.root), bench.root / RULE
    lines = path.read_text(encoding="utf-8").splitlines()

    def shorten(what: str, _done: int, _of: int) -> None:
        if what == "running mutants":
            path.write_text("id: lab.zorbulin-low\n", encoding="utf-8")

    result = run_audit(rulebook, Recording(), proof=False, progress=shorten)
    assert path.read_text(encoding="utf-8") == "id: lab.zorbulin-low\n"
    [view] = [decision for decision in result.decisions if decision.name == "lab.zorbulin-low"]
    assert [text for _, text in view.source] == lines
