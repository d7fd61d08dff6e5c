"""``cds ledger verify``: verifies the ledger, or one proof."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import typer

from cds_api.commands.ledger import label_text, ledger_settings, open_database
from cds_api.commands.progress import progress_bar
from cds_api.decisions import LABEL, LedgerError
from cds_api.ledger.proof import proof_problems
from cds_api.ledger.reading import count_entries
from cds_api.ledger.signing import read_public_key
from cds_api.ledger.verify import Verification, verify


def verify_ledger(
    url: str | None, public_keys: Sequence[Path], checkpoints: Sequence[Path], *, as_json: bool
) -> int:
    """Verify the ledger; return 0, or 1 if something was found."""
    settings = ledger_settings(url)
    database = open_database(settings)
    files = public_keys or ([settings.ledger_key_file] if settings.ledger_key_file is not None else [])
    keys = {read_public_key(path) for path in files}
    published = [document for path in checkpoints for document in _published(path)]
    with database.connect() as connection:
        total = count_entries(connection)
    with progress_bar("Verifying", total) as advance:
        result = verify(database, keys, published, advance)
    if as_json:
        findings = [finding.as_json() for finding in result.findings]
        report = {**LABEL, "ledger": database.name, **asdict(result), "findings": findings}
        typer.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(_lines(database.name, result)))
    return 1 if result.findings else 0


def verify_proof(path: Path, public_keys: Sequence[Path]) -> int:
    """Verify one proof; return 0, or 1 if it does not hold."""
    [proof] = _read_json(path)
    problems = proof_problems(proof, {read_public_key(key) for key in public_keys})
    for problem in problems:
        typer.echo(f"{path}: {problem}")
    if not problems:
        place, checkpoint = proof["place"], proof["checkpoint"]
        covers = f"checkpoint {checkpoint['number']} of {checkpoint['time']} covers decision {place['id']}"
        trust = "" if public_keys else ", signed with a key that was not given"
        typer.echo(f"{path}: {covers}{trust}. {label_text()}")
    return 1 if problems else 0


def _lines(name: str, result: Verification) -> Iterator[str]:
    last = f", the last of {result.last_checkpoint}" if result.last_checkpoint else ""
    yield (
        f"{name}: decisions: {result.entries}, feedback: {result.feedback}, pruned: {result.pruned}, "
        f"chains: {result.chains}, checkpoints: {result.checkpoints}{last}"
    )
    if result.uncovered:
        yield f"Not covered by a checkpoint: {result.uncovered}. Nothing would show if these were cut off."
    if not result.keys_given:
        yield "No public key was given: whoever can write the ledger could have signed the checkpoints."
    yield from map(str, result.findings)
    yield f"Findings: {len(result.findings) or 'none'}. {label_text()}"


def _published(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the checkpoints in a file."""
    for number, document in enumerate(_read_json(path), start=1):
        content = document.get("checkpoint")
        if not isinstance(content, dict) or not isinstance(content.get("number"), int):
            raise LedgerError(f"{path}: line {number} is not a checkpoint")
        yield document


def _read_json(path: Path) -> list[dict[str, Any]]:
    """Return the JSON objects in a file: one, or one a line."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise LedgerError(f"{path}: cannot be read: {error.strerror}") from None
    try:
        try:
            found = [json.loads(text)]
        except ValueError:
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
    except ValueError:
        raise LedgerError(f"{path}: expected JSON objects, one a line") from None
    if not found or not all(isinstance(item, dict) for item in found):
        raise LedgerError(f"{path}: expected JSON objects, one a line")
    return found
