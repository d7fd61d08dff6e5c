"""The files of approvals: one Markdown file for each rule, in the folder ``approvals`` of the features."""

from __future__ import annotations

import datetime
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = "approvals"
_HEADER = re.compile(r"---\n((?:[a-z]+: .*\n)+)---\n\n")
_RECORD = "## Example record\n\n```json\n"
_END = "\n```\n"


@dataclass(frozen=True, slots=True)
class Approval:
    """The text of one rule for an example record, and who approved it when."""

    rule: str
    rulebook: str
    by: str
    on: datetime.date
    digest: str
    rendering: str
    record: Mapping[str, Any]


def approval_path(features: Path, rule: str) -> Path:
    """Return the path of the approval of ``rule``."""
    return features / FOLDER / f"{rule}.md"


def approval_text(approval: Approval) -> str:
    """Return an approval as the text of its file."""
    header = {
        "rule": approval.rule,
        "rulebook": approval.rulebook,
        "by": approval.by,
        "on": approval.on.isoformat(),
        "digest": approval.digest,
    }
    lines = "".join(f"{key}: {value}\n" for key, value in header.items())
    record = json.dumps(approval.record, indent=2, ensure_ascii=False)
    return f"---\n{lines}---\n\n{approval.rendering}\n{_RECORD}{record}{_END}"


def read_approval(path: Path) -> Approval:
    """Return the approval in a file.

    Raises:
        ValueError: if the file was not written by ``cds rules approve``.
    """
    text = path.read_text(encoding="utf-8")
    header = _HEADER.match(text)
    body, found, record = text[header.end() if header else 0 :].rpartition(_RECORD)
    if header is None or not found:
        raise ValueError("not an approval that `cds rules approve` wrote")
    values = dict(line.split(": ", maxsplit=1) for line in header[1].splitlines())
    try:
        return Approval(
            rule=values["rule"],
            rulebook=values["rulebook"],
            by=values["by"],
            on=datetime.date.fromisoformat(values["on"]),
            digest=values["digest"],
            rendering=body.removesuffix("\n"),
            record=json.loads(record.removesuffix(_END)),
        )
    except KeyError as error:
        raise ValueError(f"not an approval that `cds rules approve` wrote: no {error}") from None
