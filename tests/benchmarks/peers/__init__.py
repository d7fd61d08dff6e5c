"""The engine beside its peers, each with the same rules, evaluating the same patients one by one.

A peer's rules are written from the condition trees of the edition, and before anything is measured each must
fire just the rules that the engine fires: for the measured patients, and for facts made up at random. A peer
is given facts and says which rules fire; the engine's inference also says of the others why they did not.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator

from tests.benchmarks.measure import ROUNDS, Row, rate
from tests.benchmarks.peers import node
from tests.benchmarks.peers.contenders import PATIENTS, Contender, Measured, measured


def rows() -> Iterator[Row]:
    """Compare the inference alone, and the whole evaluation from record to advisories, with each peer."""
    for contender, found in measured():
        if found is None:
            yield Row(f"inference, {contender.name}", contender.note, "")
            continue
        for what, ours, ratio in (
            ("inference", found.inference, found.inference_ratio),
            ("whole evaluation", found.whole, found.whole_ratio),
        ):
            compared = f"{what}, {contender.name} {contender.version}"
            yield Row(compared, "overall", rate(ours), rate(found.theirs), f"{ratio:.2f}")


def markdown() -> str:
    """Return the same as a table in Markdown, with what each peer makes of unknown values."""
    lines = [
        "| peer | which rules fire | ours: inference alone | ours: whole evaluation | unknown values |",
        "|---|---|---|---|---|",
        *(_line(contender, found) for contender, found in measured()),
        "",
        f"Medians of {ROUNDS} rounds in turn over {PATIENTS} synthetic patients, one by one; Python "
        f"{platform.python_version()}, {node.runtime()}. All of them fire the same rules; to all but "
        "cql-execution, a rule that cannot be evaluated is just one that does not fire.",
    ]
    return "\n".join(lines)


def _line(contender: Contender, found: Measured | None) -> str:
    cells = [f"{contender.name} {contender.version}", "", "", "", contender.note]
    if found is not None:
        cells[1] = rate(found.theirs)
        cells[2] = f"{rate(found.inference)}, {found.inference_ratio:.2g} times as fast"
        cells[3] = f"{rate(found.whole)}, {found.whole_ratio:.2g} times as fast"
    return f"| {' | '.join(cells)} |"
