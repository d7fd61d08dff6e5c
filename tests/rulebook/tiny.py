"""The rulebook of an invented compound, on which the engine is tried without the shipped one."""

from __future__ import annotations

import datetime
import json
from functools import cache
from pathlib import Path
from typing import Any

from cds_engine import Engine, Evaluation, load_rulebook, read_record
from cds_engine.record.json_text import parse_json

from tests.property.records import Words

TINY = Path(__file__).parents[1] / "data" / "tiny"
OTHER = Path(__file__).parents[1] / "data" / "other"
"""A second invented rulebook: it knows another drug and the same analyte."""
AS_OF = datetime.date(2026, 11, 23)
FULL: dict[str, Any] = {
    "patient": {"id": "t-1", "age_years": 30},
    "conditions": [],
    "medications": [{"drug": "velozine", "daily_dose": {"value": 350, "unit": "ug/d"}}],
    "observations": [{"code": "zorbulin", "value": 1.5, "unit": "umol/L", "date": "2026-11-20"}],
    "symptoms": [{"code": "hiccup-storm"}],
    "history": {"earlier_courses": 0},
}
"""A record in which everything is known; an indication is not stated, and none is present."""

WORDS = Words(
    as_of=AS_OF,
    values={"zorbulin": ("0.5", "1.5", "9")},
    drugs=("velozine",),
    conditions=("grumbling",),
    symptoms=("hiccup-storm",),
    doses=("0.1", "0.35", "0.9"),
)
"""What random records of the compound mention."""


@cache
def engine() -> Engine:
    return Engine(load_rulebook(TINY))


@cache
def engines() -> tuple[Engine, Engine]:
    """Both invented rulebooks."""
    return engine(), Engine(load_rulebook(OTHER))


def evaluate(
    sections: dict[str, Any],
    as_of: datetime.date | None = AS_OF,
    *,
    explain: bool = False,
    by: Engine | None = None,
) -> Evaluation:
    used = by or engine()
    record = read_record(
        parse_json(json.dumps(sections).encode(), "record"), "record", history_fields=used.history_fields
    )
    return used.evaluate(record, as_of, explain=explain)


def as_json(sections: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return the evaluation of a record as it is written."""
    result: dict[str, Any] = json.loads(evaluate(sections, **options).to_json())
    return result
