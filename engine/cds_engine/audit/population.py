"""Population coverage: which rules ever fire for given records, and which missing facts prevent it."""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from cds_engine.answer.models import Evaluation
from cds_engine.errors import Problem, ProblemsError, RecordError
from cds_engine.evaluate import Engine
from cds_engine.language.kleene import OUTCOMES
from cds_engine.record.json_text import parse_json
from cds_engine.record.validation import read_record

SUFFIXES = (".json", ".ndjson", ".jsonl")


def survey(engine: Engine, paths: Iterable[Path], day: datetime.date) -> dict[str, Any]:
    """Return how often each rule has each outcome for the records in ``paths``.

    Args:
        engine: what evaluates the records.
        paths: JSON files, NDJSON files, or folders of them.
        day: the day of the evaluation for a record without ``as_of``.

    Raises:
        RecordError: if a path has no record. A refused record is counted and raises nothing.
    """
    outcomes: dict[str, Counter[str]] = {rule.id: Counter() for rule in engine.rulebook.active_rules}
    blame: Counter[str] = Counter()
    records = refused = 0
    for source, data in _records(paths):
        records += 1
        try:
            evaluation = _evaluate(engine, data, source, day)
        except ProblemsError:
            refused += 1
            continue
        assert evaluation.trace is not None
        for trace in evaluation.trace:
            outcomes[trace.rule][trace.outcome] += 1
        blame.update(fact for entry in evaluation.not_evaluable for fact in entry.missing)
    return {
        "records": records,
        "refused": refused,
        "rules": {name: {kind: found[kind] for kind in OUTCOMES} for name, found in outcomes.items()},
        "never_applies": [name for name, found in outcomes.items() if set(found) <= {"not_applicable"}],
        "never_fires": [name for name, found in outcomes.items() if not found["fired"]],
        "never_evaluable": [
            name for name, found in outcomes.items() if found["not_evaluable"] and not _evaluable(found)
        ],
        "blame": dict(blame.most_common()),
    }


def _evaluable(found: Counter[str]) -> int:
    return found["fired"] + found["not_met"]


def _evaluate(engine: Engine, data: bytes, source: str, day: datetime.date) -> Evaluation:
    record = read_record(parse_json(data, source), source, history_fields=engine.history_fields)
    return engine.evaluate(record, day, explain=True, source=source)


def _records(paths: Iterable[Path]) -> Iterator[tuple[str, bytes]]:
    """Yield every record with its name: a JSON file is one, each line of an NDJSON file is one."""
    for path in paths:
        files = (
            sorted(file for file in path.rglob("*") if file.suffix in SUFFIXES) if path.is_dir() else [path]
        )
        for file in files:
            try:
                data = file.read_bytes()
            except OSError as error:
                raise RecordError([Problem(str(file), f"cannot be read: {error.strerror}")]) from None
            if file.suffix == ".json":
                yield str(file), data
            else:
                yield from (
                    (f"{file}:{n}", line) for n, line in enumerate(data.splitlines(), 1) if line.strip()
                )
        if not files:
            raise RecordError([Problem(str(path), f"no record in it ({', '.join(SUFFIXES)})", code="file")])
