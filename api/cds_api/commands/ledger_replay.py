"""``cds ledger replay``: evaluates stored inputs again, and compares the answers."""

from __future__ import annotations

import json
from collections.abc import Iterator

import typer
from cds_engine.errors import printable

from cds_api.commands.ledger import Moment, bound, label_text, ledger_settings, open_database
from cds_api.commands.progress import progress_bar
from cds_api.commands.rulebooks import open_engine
from cds_api.decisions import LABEL
from cds_api.ledger.reading import count_entries, read_entries
from cds_api.ledger.replay import Replayed, Replayer, Totals
from cds_api.replays import REPLAYS

MOST_LISTED = 50
"""The most differing decisions that the text lists; JSON has all."""


def replay_decisions(
    url: str | None, since: Moment, before: Moment, rulebook: str | None, *, as_json: bool
) -> int:
    """Replay decisions; return 0, or 1 if an answer differs."""
    database = open_database(ledger_settings(url))
    other = None if rulebook is None else open_engine(rulebook)
    totals = Totals()
    listed: list[Replayed] = []
    with database.snapshot() as connection, database.connect() as rulebooks:
        total = count_entries(connection, since=bound(since), before=bound(before))
        rows = read_entries(connection, since=bound(since), before=bound(before))
        with progress_bar("Replaying", total) as advance:
            for replayed in Replayer(rulebooks, REPLAYS, other).replay(rows):
                totals.add(replayed)
                if replayed.status != "identical" and (as_json or replayed.status == "different"):
                    listed.append(replayed)
                advance(1)
    if as_json:
        decisions = [replayed.as_json() for replayed in listed]
        report = {**LABEL, "ledger": database.name, **totals.as_json(), "decisions": decisions}
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(_lines(totals, listed, with_other=other is not None)))
    return 1 if totals.statuses["different"] else 0


def _lines(totals: Totals, different: list[Replayed], *, with_other: bool) -> Iterator[str]:
    what = "advice of the other rulebook" if with_other else "answers"
    counts = ", ".join(f"{count} {status}" for status, count in totals.as_json()["totals"].items())
    yield f"Decisions: {sum(totals.statuses.values())}; {what}: {counts}"
    for reason, count in sorted(totals.reasons.items()):
        yield f"not attempted: {count}: {printable(reason)}"
    for rule, changes in sorted(totals.rules.items()):
        found = ", ".join(f"{change} in {count}" for change, count in sorted(changes.items()))
        yield f"{rule}: {found}"
    for replayed in different[:MOST_LISTED]:
        yield f"different: {replayed.id}"
        for change, rules in replayed.rules.items():
            if rules:
                yield f"  {change}: {', '.join(rules)}"
        yield from (f"  {printable(place)}" for place in replayed.places)
    if len(different) > MOST_LISTED:
        yield f"and {len(different) - MOST_LISTED} more; --format json lists all"
    yield label_text()
