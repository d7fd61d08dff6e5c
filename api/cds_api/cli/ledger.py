"""The options of ``cds ledger`` and its subcommands."""

from __future__ import annotations

import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cds_api.cli.options import OutputOption, evaluation_date
from cds_api.extras import require_extra

EXAMPLES = """Examples:

\b
  cds ledger list --ledger sqlite:///decisions.db --since 2026-11-01
  cds ledger verify --public-key ledger.pub
  cds ledger replay --since 2026-11-01
"""
LIST_EXAMPLE = "Example: cds ledger list --since 2026-11-01 --limit 100 --format json"
SHOW_EXAMPLE = "Example: cds ledger show 0192f0c8-7a3e-7000-8a1b-0c1d2e3f4a5b --proof > proof.json"
VERIFY_EXAMPLES = """Examples:

\b
  cds ledger verify --public-key ledger.pub --checkpoint published.ndjson
  cds ledger verify --public-key ledger.pub --proof proof.json
"""
REPLAY_EXAMPLE = "Example: cds ledger replay --since 2026-11-01 --rulebook rules/new"
EXPORT_EXAMPLE = "Example: cds ledger export --format fhir -o audit-events.ndjson"
PRUNE_EXAMPLE = "Example: cds ledger prune --before 2025-01-01"

app = typer.Typer(
    help="List, show, verify and replay stored decisions.", epilog=EXAMPLES, rich_markup_mode=None
)


class Format(StrEnum):
    """The output formats."""

    TEXT = "text"
    JSON = "json"


class ExportFormat(StrEnum):
    """What is exported."""

    NDJSON = "ndjson"
    FHIR = "fhir"
    CHECKPOINTS = "checkpoints"


LedgerOption = Annotated[
    str | None, typer.Option("--ledger", metavar="URL", help="The ledger. [default: CDS_LEDGER]")
]
FormatOption = Annotated[Format, typer.Option("--format", help="The output format.")]
SinceOption = Annotated[
    str | None,
    typer.Option("--since", metavar="DATE", help="Only decisions of this day or moment and later."),
]
BeforeOption = Annotated[
    str | None, typer.Option("--before", metavar="DATE", help="Only decisions before this day or moment.")
]
KeysOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--public-key",
        metavar="FILE",
        help="PEM file of a key that may have signed; repeatable. [default: that of CDS_LEDGER_KEY_FILE]",
    ),
]


@app.callback()
def ledger() -> None:
    """List, show, verify and replay stored decisions."""


@app.command("list", epilog=LIST_EXAMPLE)
def list_(
    since: SinceOption = None,
    before: BeforeOption = None,
    limit: Annotated[int, typer.Option(min=1, help="The most decisions to list.")] = 20,
    format_: FormatOption = Format.TEXT,
    url: LedgerOption = None,
) -> int:
    """List decisions, the newest first."""
    require_extra("ledger", "cds ledger")
    from cds_api.commands.ledger import list_decisions

    return list_decisions(url, moment(since), moment(before), limit, as_json=format_ is Format.JSON)


@app.command("show", epilog=SHOW_EXAMPLE)
def show(
    identifier: Annotated[str, typer.Argument(metavar="ID", help="The decision, as `list` shows it.")],
    proof: Annotated[
        bool, typer.Option("--proof", help="Print the proof that the decision is in the ledger, as JSON.")
    ] = False,
    format_: FormatOption = Format.TEXT,
    url: LedgerOption = None,
) -> int:
    """Show one decision as it was given.

    With its advice and the feedback on it; as JSON with input and answer, byte for byte.
    """
    require_extra("ledger", "cds ledger")
    from cds_api.commands.ledger import show_decision, show_proof

    if proof:
        return show_proof(url, identifier)
    return show_decision(url, identifier, as_json=format_ is Format.JSON)


@app.command("verify", epilog=VERIFY_EXAMPLES)
def verify(
    public_keys: KeysOption = None,
    checkpoints: Annotated[
        list[Path] | None,
        typer.Option(
            "--checkpoint", metavar="FILE", help="Checkpoints that were published elsewhere; repeatable."
        ),
    ] = None,
    proof: Annotated[
        Path | None,
        typer.Option("--proof", metavar="FILE", help="Verify this proof alone; needs no ledger."),
    ] = None,
    format_: FormatOption = Format.TEXT,
    url: LedgerOption = None,
) -> int:
    """Name entries that were changed, removed, moved or cut off.

    Exits with 1 if there are any.
    """
    require_extra("ledger", "cds ledger")
    from cds_api.commands.ledger_verify import verify_ledger, verify_proof

    if proof is not None:
        return verify_proof(proof, public_keys or [])
    as_json = format_ is Format.JSON
    return verify_ledger(url, public_keys or [], checkpoints or [], as_json=as_json)


@app.command("replay", epilog=REPLAY_EXAMPLE)
def replay(
    since: SinceOption = None,
    before: BeforeOption = None,
    rulebook: Annotated[
        str | None,
        typer.Option(
            "--rulebook",
            metavar="NAME|DIR",
            help="Use this rulebook instead of the stored one, and compare the advice.",
        ),
    ] = None,
    format_: FormatOption = Format.TEXT,
    url: LedgerOption = None,
) -> int:
    """Evaluate stored inputs again, and compare the answers.

    Exits with 1 if an answer differs.
    """
    require_extra("ledger", "cds ledger")
    from cds_api.commands.ledger_replay import replay_decisions

    return replay_decisions(url, moment(since), moment(before), rulebook, as_json=format_ is Format.JSON)


@app.command("export", epilog=EXPORT_EXAMPLE)
def export(
    format_: Annotated[
        ExportFormat,
        typer.Option(
            "--format",
            help="Decisions as JSON or FHIR AuditEvents, or checkpoints to publish; one a line.",
        ),
    ] = ExportFormat.NDJSON,
    since: SinceOption = None,
    before: BeforeOption = None,
    output: OutputOption = None,
    url: LedgerOption = None,
) -> int:
    """Write decisions for other programs, the oldest first."""
    require_extra("ledger", "cds ledger")
    from cds_api.commands.ledger import export_decisions

    return export_decisions(url, format_.value, moment(since), moment(before), output)


@app.command("prune", epilog=PRUNE_EXAMPLE)
def prune(
    before: Annotated[
        str, typer.Option("--before", metavar="DATE", help="Remove the content of what is older.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count.")] = False,
    url: LedgerOption = None,
) -> int:
    """Remove the content of old decisions for ever.

    Their digests stay, so that the rest can be verified. Needs CDS_LEDGER_KEY_FILE: a signed
    checkpoint records that they were pruned.
    """
    require_extra("ledger", "cds ledger")
    from cds_api.commands.ledger import prune_decisions

    return prune_decisions(url, evaluation_date(before), dry_run=dry_run)


def moment(text: str | None) -> datetime.date | None:
    """Return the day or the moment that a text gives.

    Raises:
        typer.BadParameter: if it gives neither.
    """
    return None if text is None else evaluation_date(text)
