"""``cds timeline``: when each advisory of a record begins and ends."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Literal

from cds_engine.errors import Problem, RecordError
from cds_engine.fhir import read_document
from cds_engine.record.json_text import parse_json
from cds_engine.timeline import RangeError, Timeline, document_timeline

from cds_api.commands.evaluate import read_input
from cds_api.commands.output import write_output
from cds_api.commands.rulebooks import open_engine

Format = Literal["text", "json", "svg"]


def print_timeline(  # noqa: PLR0913 - the options of the command
    name: str,
    format_: Format,
    as_of: datetime.date,
    rulebook: str | None,
    *,
    begin: datetime.date | None,
    end: datetime.date | None,
    logarithmic: bool = False,
    output: Path | None = None,
) -> int:
    """Print the timeline of a record or Bundle; return the exit code.

    Args:
        name: a path; ``-`` is standard input.
        format_: the output format.
        as_of: the moment that the input is about, if it has none.
        rulebook: the name or folder of a rulebook, or None for the default one.
        begin: the first day; None for the first day of a drug or result.
        end: the last day; None for the day of the evaluation.
        logarithmic: whether a picture has logarithmic axes.
        output: a file to write to instead of stdout.
    """
    engine = open_engine(rulebook)
    document = parse_json(read_input(name), name)
    try:
        found = document_timeline(engine, document, as_of, begin=begin, end=end, source=name)
    except RangeError as error:
        raise RecordError([Problem("--from, --to", str(error))]) from None
    if format_ == "svg":
        from cds_engine.timeline.svg import draw_timeline

        record = engine.read(read_document(engine, document, as_of, source=name).record, name)
        text = draw_timeline(engine, record, found, logarithmic=logarithmic)
    else:
        text = _written(found, format_)
    write_output(f"{text}\n", output)
    return 0


def _written(found: Timeline, format_: Literal["text", "json"]) -> str:
    if format_ == "json":
        return found.to_json(indent=2)
    from cds_engine.timeline.text import timeline_text

    return timeline_text(found)
