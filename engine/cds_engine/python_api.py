"""The Python interface for notebooks and scripts: load a rulebook and evaluate records in one line each."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, overload

from pydantic import PrivateAttr

from cds_engine.answer.html import evaluation_html
from cds_engine.answer.models import Evaluation
from cds_engine.answer.phrases import outcome_counts
from cds_engine.answer.text import evaluation_text
from cds_engine.errors import Problem, RecordError
from cds_engine.evaluate import Engine
from cds_engine.fhir import evaluate_document
from cds_engine.language.kleene import Outcome
from cds_engine.record.json_text import MAX_BYTES, parse_json
from cds_engine.record.models import Record
from cds_engine.record.moments import parse_moment
from cds_engine.rulebook import load
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.shipped import find_rulebook

if TYPE_CHECKING:
    import pandas

RecordLike: TypeAlias = Mapping[str, Any] | Record | str | os.PathLike[str]
"""A record or FHIR Bundle as a dictionary, a record that was already read, or the path of a JSON file."""
RulebookLike: TypeAlias = Rulebook | str | os.PathLike[str]
"""A rulebook, the name of a shipped one, or the path of its folder."""
COLUMNS = ("patient_id", "as_of", "rule", "family", "indicator", "outcome", "missing")


class EvaluationResult(Evaluation):
    """An evaluation that prints as text and renders as HTML in Jupyter; its JSON is that of `Evaluation`."""

    _rulebook: Rulebook = PrivateAttr()

    @classmethod
    def of(cls, evaluation: Evaluation, rulebook: Rulebook) -> EvaluationResult:
        """Return ``evaluation``, which was made with ``rulebook``, as a result."""
        result = cls.model_construct(**dict(evaluation))
        result._rulebook = rulebook
        return result

    @property
    def outcomes_by_rule(self) -> dict[str, Outcome]:
        """The outcome of every active rule, by rule id."""
        return dict(sorted(self.outcomes.by_rule.items()))

    def __repr__(self) -> str:
        patient = self.patient_id or "no patient id"
        return f"<EvaluationResult: {patient}, as of {self.as_of}, {outcome_counts(self.outcomes)}>"

    def __str__(self) -> str:
        return evaluation_text(self._rulebook, self)

    def _repr_html_(self) -> str:
        return evaluation_html(self._rulebook, self)


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
    record: Iterable[RecordLike],
    rulebook: RulebookLike | None = None,
    *,
    as_of: datetime.date | str | None = None,
) -> pandas.DataFrame: ...
def evaluate(
    record: RecordLike | Iterable[RecordLike],
    rulebook: RulebookLike | None = None,
    *,
    as_of: datetime.date | str | None = None,
    explain: bool = False,
) -> EvaluationResult | pandas.DataFrame:
    """Evaluate one record, or many records into a DataFrame.

    A record is a dictionary or the path of a JSON file. It is either a record in the format of this project
    or a FHIR R4 Bundle, which has a ``resourceType``.

    For a list or another iterable of records the result is a pandas DataFrame with one row for each record
    and rule, and the columns ``patient_id``, ``as_of``, ``rule``, ``family``, ``indicator``, ``outcome`` and
    ``missing`` (a tuple of the unknown facts that would decide the rule). This needs pandas.

    Args:
        record: one record, or an iterable of records.
        rulebook: a loaded rulebook, or a name or path for :func:`load_rulebook`; None means the default one.
        as_of: the date or time to evaluate for if a record has no ``as_of``; None means now (UTC).
        explain: whether the result has a trace of every comparison; only for a single record.

    Raises:
        RecordError: with every error in the record or records, each with a JSON pointer.
        RulebookError: with every problem in the rulebook.
    """
    day = _moment(as_of)
    if isinstance(record, Mapping | Record | str | bytes | os.PathLike) or not isinstance(record, Iterable):
        return _evaluate(_engine(rulebook), record, "record", day, explain=explain)
    if explain:
        raise ValueError("explain=True is for a single record; evaluate that record alone")
    return _evaluate_all(_engine(rulebook), record, day)


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
    if isinstance(record, Mapping):
        document: object = dict(record)
    elif isinstance(record, str | os.PathLike):
        source = os.fspath(record)
        document = parse_json(_read(source), source)
    else:
        raise TypeError(f"{source}: expected a dictionary or a path, found {type(record).__name__}")
    evaluation = evaluate_document(engine, document, day, explain=explain, source=source).evaluation
    return EvaluationResult.of(evaluation, engine.rulebook)


def _read(path: str) -> bytes:
    try:
        with Path(path).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        hint = "; this is JSON text, so pass json.loads(text) instead" if path.lstrip()[:1] == "{" else ""
        name = path if len(path) <= 100 else path[:100] + "..."
        raise RecordError([Problem(name, f"cannot be read: {reason}{hint}", code="file")]) from None


def _evaluate_all(engine: Engine, records: Iterable[RecordLike], day: datetime.date) -> pandas.DataFrame:
    try:
        import pandas
    except ImportError:
        message = "a list of records needs pandas; install it with: pip install 'mianserin-cds[cohort]'"
        raise ImportError(message) from None
    rows: list[tuple[object, ...]] = []
    problems: list[Problem] = []
    for index, record in enumerate(records):
        try:
            rows += _rows(engine, _evaluate(engine, record, f"records[{index}]", day))
        except RecordError as error:
            problems += error.problems
    if problems:
        raise RecordError(problems)
    return pandas.DataFrame(rows, columns=list(COLUMNS)).astype({"as_of": "datetime64[s]"})


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
