"""The Python interface for notebooks and scripts: load a rulebook and evaluate records in one line each."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from cds_engine.combined import CombinedResult, combine, engines_by_id, evaluate_with_all
from cds_engine.errors import Problem, RecordError
from cds_engine.evaluate import Engine
from cds_engine.fhir import FhirEvaluation, evaluate_document
from cds_engine.record.json_text import MAX_BYTES, parse_json
from cds_engine.record.models import Record
from cds_engine.record.moments import parse_moment
from cds_engine.results import CombinedEvaluationResult, EvaluationResult
from cds_engine.rulebook import load
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.shipped import find_rulebook

if TYPE_CHECKING:
    import pandas

RecordLike: TypeAlias = Mapping[str, Any] | Record | str | os.PathLike[str]
"""A record or FHIR Bundle as a dictionary, a record that was already read, or the path of a JSON file."""
RulebookLike: TypeAlias = Rulebook | str | os.PathLike[str]
"""A rulebook, the name of a shipped one, or the path of its folder."""
Rulebooks: TypeAlias = list[RulebookLike] | tuple[RulebookLike, ...]
"""Several rulebooks, which answer together."""
COLUMNS = ("patient_id", "as_of", "rule", "family", "indicator", "outcome", "missing")


def load_rulebook(name_or_path: str | os.PathLike[str] | None = None) -> Rulebook:
    """Load a rulebook.

    Args:
        name_or_path: the name of a shipped rulebook or the path of a folder; None means the default rulebook.

    Raises:
        RulebookError: with every problem found, each with file, line and column.
    """
    return load.load_rulebook(find_rulebook(name_or_path))


@overload
def evaluate(
    record: RecordLike,
    rulebook: RulebookLike | None = None,
    *,
    as_of: datetime.date | str | None = None,
    explain: bool = False,
) -> EvaluationResult: ...
@overload
def evaluate(
    record: RecordLike,
    rulebook: Rulebooks,
    *,
    as_of: datetime.date | str | None = None,
    explain: bool = False,
) -> CombinedEvaluationResult: ...
@overload
def evaluate(
    record: Iterable[RecordLike],
    rulebook: RulebookLike | Rulebooks | None = None,
    *,
    as_of: datetime.date | str | None = None,
) -> pandas.DataFrame: ...
def evaluate(
    record: RecordLike | Iterable[RecordLike],
    rulebook: RulebookLike | Rulebooks | None = None,
    *,
    as_of: datetime.date | str | None = None,
    explain: bool = False,
) -> EvaluationResult | CombinedEvaluationResult | pandas.DataFrame:
    """Evaluate one record, or many records into a DataFrame.

    A record is a dictionary or the path of a JSON file. It is either a record in the format of this project
    or a FHIR R4 Bundle, which has a ``resourceType``.

    For a list or another iterable of records the result is a pandas DataFrame with one row for each record
    and rule, and the columns ``patient_id``, ``as_of``, ``rule``, ``family``, ``indicator``, ``outcome`` and
    ``missing`` (a tuple of the unknown facts that would decide the rule). With a list of rulebooks it also
    has the column ``rulebook``. This needs pandas.

    Args:
        record: one record, or an iterable of records.
        rulebook: a loaded rulebook, or a name or path for :func:`load_rulebook`; None means the default one.
            A list of them gives one answer, in which each advisory names its rulebook.
        as_of: the date or time to evaluate for if a record has no ``as_of``; None means now (UTC).
        explain: whether the result has a trace of every comparison; only for a single record.

    Raises:
        RecordError: with every error in the record or records, each with a JSON pointer.
        RulebookError: with every problem in the rulebook.
    """
    day = _moment(as_of)
    engines = _engines(rulebook)
    together = isinstance(rulebook, list | tuple)
    if isinstance(record, Mapping | Record | str | bytes | os.PathLike) or not isinstance(record, Iterable):
        if together:
            return _evaluate_together(engines, record, "record", day, explain=explain)
        return _evaluate(engines[0], record, "record", day, explain=explain)
    if explain:
        raise ValueError("explain=True is for a single record; evaluate that record alone")
    return _evaluate_all(engines, record, day, named=together)


def _engines(rulebook: RulebookLike | Rulebooks | None) -> list[Engine]:
    if not isinstance(rulebook, list | tuple):
        return [_engine(rulebook)]
    if not rulebook:
        raise ValueError("expected at least one rulebook")
    return list(engines_by_id(map(_engine, rulebook)).values())


def _moment(as_of: datetime.date | str | None) -> datetime.date:
    """Return a date or a timestamp with an offset; the time (UTC) if None."""
    if as_of is None:
        return datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    if isinstance(as_of, datetime.datetime) and as_of.tzinfo is None:
        raise ValueError(f"expected as_of to be a date, or a datetime with a time zone, found '{as_of}'")
    if isinstance(as_of, datetime.date):
        return as_of
    try:
        return parse_moment(as_of)
    except ValueError:
        expected = "a date written YYYY-MM-DD, or a timestamp with an offset"
        raise ValueError(f"expected as_of to be {expected}, found '{as_of}'") from None


def _engine(rulebook: RulebookLike | None) -> Engine:
    if rulebook is None:
        return _default_engine()
    return _compile(rulebook if isinstance(rulebook, Rulebook) else load_rulebook(rulebook))


@cache
def _default_engine() -> Engine:
    return Engine(load_rulebook())


@lru_cache(maxsize=8)
def _compile(rulebook: Rulebook) -> Engine:
    return Engine(rulebook)


def _evaluate(
    engine: Engine, record: RecordLike, source: str, day: datetime.date, *, explain: bool = False
) -> EvaluationResult:
    if isinstance(record, Record):
        return EvaluationResult.of(
            engine.evaluate(record, day, explain=explain, source=source), engine.rulebook
        )
    document, source = _document(record, source)
    evaluation = evaluate_document(engine, document, day, explain=explain, source=source).evaluation
    return EvaluationResult.of(evaluation, engine.rulebook)


def _evaluate_together(
    engines: Sequence[Engine], record: RecordLike, source: str, day: datetime.date, *, explain: bool = False
) -> CombinedEvaluationResult:
    if isinstance(record, Record):
        parts = {
            engine.rulebook.id: FhirEvaluation(engine.evaluate(record, day, explain=explain, source=source))
            for engine in engines
        }
        combined = combine([part.evaluation for part in parts.values()])
        return CombinedEvaluationResult.of_parts(CombinedResult(combined, parts), engines)
    document, source = _document(record, source)
    result = evaluate_with_all(engines, document, day, explain=explain, source=source)
    return CombinedEvaluationResult.of_parts(result, engines)


def _document(record: object, source: str) -> tuple[object, str]:
    """Return the JSON document of a record and its name in errors."""
    if isinstance(record, Mapping):
        return dict(record), source
    if isinstance(record, str | os.PathLike):
        name = os.fspath(record)
        return parse_json(_read(name), name), name
    raise TypeError(f"{source}: expected a dictionary or a path, found {type(record).__name__}")


def _read(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        hint = "; this is JSON text, so pass json.loads(text) instead" if path.lstrip()[:1] == "{" else ""
        name = path if len(path) <= 100 else path[:100] + "..."
        raise RecordError([Problem(name, f"cannot be read: {reason}{hint}", code="file")]) from None


def _evaluate_all(
    engines: Sequence[Engine], records: Iterable[RecordLike], day: datetime.date, *, named: bool = False
) -> pandas.DataFrame:
    """Return a row for each record, rulebook and rule; with the column ``rulebook`` if it is ``named``."""
    try:
        import pandas
    except ImportError:
        message = "a list of records needs pandas; install it with: pip install 'mianserin-cds[cohort]'"
        raise ImportError(message) from None
    rows: list[tuple[object, ...]] = []
    problems: list[Problem] = []
    for index, record in enumerate(records):
        try:
            if not named:
                rows += _rows(engines[0], _evaluate(engines[0], record, f"records[{index}]", day))
                continue
            together = _evaluate_together(engines, record, f"records[{index}]", day)
            for engine in engines:
                name = engine.rulebook.id
                rows += ((*row, name) for row in _rows(engine, together.parts[name]))
        except RecordError as error:
            problems += error.problems
    if problems:
        raise RecordError(problems)
    return pandas.DataFrame(rows, columns=[*COLUMNS, *(["rulebook"] if named else [])]).astype(
        {"as_of": "datetime64[s]"}
    )


def _rows(engine: Engine, result: EvaluationResult) -> Iterable[tuple[object, ...]]:
    missing = {entry.rule: entry.missing for entry in result.not_evaluable}
    for name, outcome in result.outcomes_by_rule.items():
        rule = engine.rulebook.rules[name]
        yield (
            result.patient_id,
            result.as_of,
            name,
            rule.family,
            rule.file.advisory.indicator,
            outcome,
            missing.get(name, ()),
        )
