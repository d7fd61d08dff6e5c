"""The shipped features have no boundary row that the audit would not miss."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path

import pytest
from cds_engine.audit.coverage import measure_coverage
from cds_engine.audit.examples import observe_examples
from cds_engine.audit.program import Programs
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.shipped import shipped_folders
from cds_engine.scenarios.recorder import run_features

pytestmark = pytest.mark.slow

BOOKS = ["mianserin", pytest.param("lithium", marks=pytest.mark.ci)]
"""The rulebooks whose features have no row to spare. Those of clozapine test the boundaries of each scheme,
also where two rules share one.
"""


def is_outline_row(place: str) -> bool:
    file, _, line = place.rpartition(":")
    return Path(file).read_text(encoding="utf-8").splitlines()[int(line) - 1].strip().startswith("|")


@pytest.mark.ci
@pytest.mark.parametrize("name", BOOKS)
def test_deleting_an_outline_row_at_a_boundary_lowers_coverage(name: str) -> None:
    rulebook = load_rulebook(shipped_folders()[name])
    recording = run_features([rulebook.features], rulebook.root)
    assert not recording.failures
    programs = Programs(rulebook)
    goals = measure_coverage(programs.newest, observe_examples(recording, programs))
    shown: defaultdict[str, list[str]] = defaultdict(list)
    covers = Counter[str]()
    at_a_boundary = set()
    for number, goal in enumerate(goals):
        for place in set(goal.seen_in):
            shown[place].append(f"{number} {goal.name}")
            covers[shown[place][-1]] += 1
            if goal.kind == "boundary":
                at_a_boundary.add(place)
    rows = {place for place in at_a_boundary if is_outline_row(place)}
    assert len(rows) > 100
    unnoticed = {place for place in rows if all(covers[name] > 1 for name in shown[place])}
    assert unnoticed == set()
