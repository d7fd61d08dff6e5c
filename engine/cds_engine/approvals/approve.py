"""Makes the approval of a rule: its text for a record for which a reviewed scenario expects it to fire."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cds_engine.approvals.check import rendered
from cds_engine.approvals.files import Approval, approval_path, read_approval
from cds_engine.approvals.rendering import digest_of
from cds_engine.errors import RecordError
from cds_engine.evaluate import Engine
from cds_engine.rulebook.model import Rule
from cds_engine.scenarios.recording import Recording


def approve(
    engine: Engine, rule: Rule, records: Sequence[Any], by: str, on: datetime.date
) -> Approval | None:
    """Return the approval of what ``rule`` says now; None if it fires for none of the records.

    Args:
        engine: the engine with the rulebook.
        rule: an active rule.
        records: the possible example records, the preferred one first.
        by: who approves it.
        on: the day of the approval.
    """
    for record in records:
        try:
            text = rendered(engine, rule, record)
        except RecordError:
            continue
        if text is not None:
            return Approval(rule.id, engine.rulebook.id, by, on, digest_of(rule, text), text, record)
    return None


def example_records(rule: Rule, features: Path, recording: Recording) -> list[Any]:
    """Return the records for which ``rule`` may be shown: that of its earlier approval, then scenarios'.

    Keeping the record shows a reviewer only what changed. ``recording`` is a run of the features that
    mention the rule.
    """
    return [*_earlier(rule, features), *_examples(rule, recording)]


def _earlier(rule: Rule, features: Path) -> list[Any]:
    try:
        return [read_approval(approval_path(features, rule.id)).record]
    except (OSError, ValueError):
        return []


def _examples(rule: Rule, recording: Recording) -> list[Any]:
    """Return the records of the reviewed scenarios that expect the rule to fire."""
    return [
        example.record
        for example in recording.examples
        if example.reviewed
        and any(item.kind == "fired" and item.rule == rule.id for item in example.expectations)
    ]
