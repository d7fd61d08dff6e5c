"""``cds ledger``: lists, shows, exports and prunes stored decisions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import typer
from cds_engine.errors import printable

from cds_api.commands.progress import progress_bar
from cds_api.decisions import LABEL, LedgerError
from cds_api.ledger import prune as pruning
from cds_api.ledger import reading
from cds_api.ledger.canonical import first_identifier, instant
from cds_api.ledger.database import Database
from cds_api.ledger.differences import advice
from cds_api.ledger.export import as_audit_events, as_checkpoints, as_ndjson
from cds_api.ledger.proof import covering_checkpoint, make_proof
from cds_api.ledger.signing import SigningKey
from cds_api.settings import PREFIX, Settings, read_settings

Moment = date | None


def ledger_settings(url: str | None) -> Settings:
    """Return the settings, with the ledger given on the command line."""
    return read_settings(**({} if url is None else {"ledger": url}))


def open_database(settings: Settings) -> Database:
    """Return the database of the ledger.

    Raises:
        LedgerError: if the settings name none, or it is not a ledger.
    """
    if settings.ledger is None:
        raise LedgerError(f"no ledger is given: set {PREFIX}LEDGER, or use --ledger URL")
    database = Database(settings.ledger)
    database.check()
    return database


def bound(moment: Moment) -> str | None:
    """Return the smallest identifier of a moment."""
    return None if moment is None else first_identifier(moment)


def label_text() -> str:
    """Return the research-use label of a text."""
    return str(LABEL["disclaimer"])


def list_decisions(url: str | None, since: Moment, before: Moment, limit: int, *, as_json: bool) -> int:
    """Print summaries of decisions; return the exit code."""
    with open_database(ledger_settings(url)).connect() as connection:
        found = reading.list_entries(connection, since=bound(since), before=bound(before), limit=limit)
        total = reading.count_entries(connection, since=bound(since), before=bound(before))
    if as_json:
        typer.echo(json.dumps({**LABEL, "decisions": found}, ensure_ascii=False, indent=2))
        return 0
    for decision in found:
        typer.echo(_line(decision))
    typer.echo(f"Decisions: {len(found)} of {total}. {label_text()}")
    return 0


def show_decision(url: str | None, identifier: str, *, as_json: bool) -> int:
    """Print one decision; return the exit code."""
    with open_database(ledger_settings(url)).connect() as connection:
        row = _entry(connection, identifier)
        if as_json:
            typer.echo(reading.decision_json(LABEL, connection, row).decode())
            return 0
        feedback = reading.feedback_of(connection, identifier)
        covered = covering_checkpoint(connection, row["chain"], row["sequence"])
    typer.echo("\n".join(_lines(row, feedback, None if covered is None else covered[0])))
    return 0


def show_proof(url: str | None, identifier: str) -> int:
    """Print the proof that a decision is in the ledger; return the exit code."""
    with open_database(ledger_settings(url)).connect() as connection:
        proof = make_proof(connection, _entry(connection, identifier))
    typer.echo(json.dumps(proof, ensure_ascii=False, indent=2))
    return 0


def export_decisions(
    url: str | None, format_: str, since: Moment, before: Moment, output: Path | None
) -> int:
    """Write decisions or checkpoints, one a line; return the exit code."""
    with open_database(ledger_settings(url)).snapshot() as connection:
        lines: Iterator[str]
        match format_:
            case "fhir":
                lines = as_audit_events(connection, bound(since), bound(before))
            case "checkpoints":
                lines = as_checkpoints(connection)
            case _:
                lines = as_ndjson(connection, bound(since), bound(before))
        if output is None:
            for line in lines:
                typer.echo(line)
        else:
            total = reading.count_entries(connection, since=bound(since), before=bound(before))
            with output.open("w", encoding="utf-8") as file, progress_bar("Exporting", total) as advance:
                for line in lines:
                    file.write(line + "\n")
                    advance(1)
    return 0


def prune_decisions(url: str | None, day: date, *, dry_run: bool) -> int:
    """Remove the content of old decisions and feedback; return the exit code."""
    settings = ledger_settings(url)
    database = open_database(settings)
    before, now = instant(day), datetime.now(UTC)
    if before > now:
        raise LedgerError("the date lies in the future; nothing was pruned")
    count = pruning.count_prunable(database, before)
    if dry_run:
        typer.echo(f"Decisions and feedback that would be pruned: {count}. {label_text()}")
        return 0
    if settings.ledger_key_file is None:
        raise LedgerError(f"prune needs {PREFIX}LEDGER_KEY_FILE: a signed checkpoint records the pruning")
    with progress_bar("Pruning", count) as advance:
        pruned = pruning.prune(database, SigningKey(settings.ledger_key_file), before, now, advance)
    typer.echo(f"Decisions and feedback pruned: {pruned}. Their digests are kept. {label_text()}")
    return 0


def _entry(connection: Any, identifier: str) -> dict[str, Any]:
    row = reading.find_entry(connection, identifier)
    if row is None:
        raise LedgerError(f"the ledger has no decision {printable(identifier)}")
    return row


def _line(decision: Mapping[str, Any]) -> str:
    if decision["pruned"]:
        return f"{decision['id']}  pruned"
    caller = printable(decision["caller"] or "not authenticated")
    return f"{decision['id']}  {decision['time']}  {decision['route']}  {caller}"


def _lines(row: Mapping[str, Any], feedback: list[dict[str, Any]], checkpoint: int | None) -> Iterator[str]:
    """Yield a decision as text."""
    found = reading.summary(row)
    yield f"Decision {row['id']}"
    if found["pruned"]:
        yield f"  pruned; its digest is {found['digest']}"
    else:
        yield f"  time       {found['time']}"
        yield f"  caller     {printable(found['caller'] or 'not authenticated')}"
        yield f"  route      {found['route']}"
        if found["hook_instance"] is not None:
            yield f"  hook       {found['hook_instance']}"
        yield f"  rulebook   {', '.join(found['rulebooks'])}"
        yield f"  engine     {found['engine']}"
        yield f"  input      {found['input']['digest']}; kept: {found['input']['kept']}"
        yield f"  answer     {found['answer']['digest']}"
    yield f"  checkpoint {'none covers it yet' if checkpoint is None else checkpoint}"
    if row["answer"] is not None:
        yield "  advice"
        for rule, said in advice(json.loads(row["answer"])).items():
            level = said.get("indicator") or said.get("severity")
            yield f"    {level}: {printable(str(said['summary']))} ({rule})"
    for item in feedback:
        reason = f" because {item['reason']}" if item["reason"] else ""
        yield f"  feedback   {item['rule']}: {item['outcome']}{reason}, {item['outcome_time']}"
    yield label_text()
