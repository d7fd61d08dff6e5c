"""From a record, as JSON would give it, to its chart and its facts."""

from __future__ import annotations

import datetime
import json
from functools import cache
from pathlib import Path
from typing import Any

from cds_engine.facts.derivations import Derivations
from cds_engine.language.expressions import Scalar
from cds_engine.record.chart import Chart, build_chart
from cds_engine.record.json_text import parse_json
from cds_engine.record.models import Record
from cds_engine.record.validation import read_record
from cds_engine.rulebook import Rulebook, load_rulebook
from cds_engine.rulebook.shipped import shipped_rulebooks
from cds_engine.rulebook.vocabulary import Vocabulary

AS_OF = datetime.date(2026, 11, 23)


@cache
def shipped() -> tuple[Rulebook, Vocabulary, Derivations]:
    """Return the shipped rulebook, with every fact of it ready to be derived."""
    rulebook = load_rulebook(Path(shipped_rulebooks()) / "mianserin")
    vocabulary = Vocabulary(rulebook.terminology)
    return rulebook, vocabulary, Derivations(rulebook.facts.values(), rulebook.values_at(AS_OF))


def day(ago: int) -> str:
    """Return the day that lies ``ago`` days before the date of the records."""
    return (AS_OF - datetime.timedelta(days=ago)).isoformat()


def record(sections: dict[str, Any]) -> Record:
    data = parse_json(json.dumps(sections).encode(), "record")
    return read_record(data, "record", history_fields=shipped()[0].history_fields)


def chart(sections: dict[str, Any], as_of: datetime.date = AS_OF) -> Chart:
    return build_chart(record(sections), as_of, shipped()[1], "record")


def facts(sections: dict[str, Any], as_of: datetime.date = AS_OF) -> dict[str, Scalar]:
    """Return every known fact of a record; a fact that is not in it is unknown."""
    return dict(shipped()[2].derive(chart(sections, as_of))[0])


def notices(sections: dict[str, Any], as_of: datetime.date = AS_OF) -> dict[str, str]:
    """Return the notices of a record by their pointers."""
    return {notice.pointer: notice.message for notice in chart(sections, as_of).notices}
