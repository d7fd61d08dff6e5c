"""A record as a page received it, with its evaluation or what is wrong with it."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from cds_engine.answer.models import Evaluation
from cds_engine.errors import Problem, ProblemsError
from cds_engine.evaluate import Engine
from cds_engine.explain import fact_places
from cds_engine.fhir import FhirEvaluation, NativeRecord, evaluate_document, is_fhir, read_document
from cds_engine.record.json_text import parse_json
from cds_engine.record.models import Record

from cds_api.workbench.evaluating.lines import Lines, Remark, remarks_of
from cds_api.workbench.evaluating.record_text import format_json, readable

T = TypeVar("T")
SOURCE = "record"
"""The name of the record in problems."""


@dataclass(frozen=True)
class Workspace:
    """A text that is or should be a record, and its evaluation.

    ``document`` is None if the text is not JSON, and ``result`` if the document cannot be evaluated;
    ``problems`` then says why.
    """

    engine: Engine
    text: str
    moment: datetime.date
    document: object | None
    result: FhirEvaluation | None
    problems: tuple[Problem, ...] = ()

    @property
    def evaluation(self) -> Evaluation:
        """The evaluation of a record without problems."""
        assert self.result is not None
        return self.result.evaluation

    @property
    def is_bundle(self) -> bool:
        """Whether the record is a FHIR Bundle."""
        return self.document is not None and is_fhir(self.document)

    @cached_property
    def native(self) -> NativeRecord:
        """The native record that the document is read as."""
        return read_document(self.engine, self.document, self.moment, source=SOURCE)

    @cached_property
    def places(self) -> Mapping[str, tuple[str, ...]]:
        """The pointers of the values that each known fact comes from."""
        return fact_places(self.engine, self.document, self.moment, source=SOURCE)

    def lines_of(self, fact: str, pointers: Iterable[str] = ()) -> tuple[int, ...]:
        """Return the lines of the values that a fact comes from, or else those of ``pointers``."""
        return self.lines.of_all(self.places.get(fact, tuple(pointers)))

    @cached_property
    def used(self) -> tuple[str, ...]:
        """The pointers of the values behind the advisories, each once."""
        return tuple(
            dict.fromkeys(
                at
                for advisory in self.evaluation.advisories
                for because in advisory.because
                for at in self.places.get(because.fact, because.sources)
            )
        )

    @cached_property
    def record(self) -> Record:
        """The native record, read."""
        return self.engine.read(self.native.record, SOURCE)

    @cached_property
    def lines(self) -> Lines:
        """The lines of the record, with problems, notices and the values behind advisories."""
        remarks = [Remark("problem", each.message, each.pointer, each.line) for each in self.problems]
        if self.result is not None:
            remarks += remarks_of(self.evaluation.notices, self.used)
        return Lines(self.text, remarks, valid=self.document is not None)

    def changed(self, record: Mapping[str, Any]) -> Workspace:
        """Return the workspace of another native record, evaluated for the same moment."""
        return open_workspace(self.engine, format_json(dict(record)), self.moment)


def open_workspace(engine: Engine, text: str, moment: datetime.date) -> Workspace:
    """Evaluate a text as a record or a FHIR Bundle.

    Args:
        engine: the engine.
        text: the text.
        moment: the day or the time to evaluate for, if the record has none.
    """
    text, document, result, problems = read_text(
        text, lambda document: evaluate_document(engine, document, moment, source=SOURCE)
    )
    return Workspace(engine, text, moment, document, result, problems)


def read_text(
    text: str, evaluate: Callable[[object], T]
) -> tuple[str, object | None, T | None, tuple[Problem, ...]]:
    """Return a text as pages show it, its document, and its evaluation or what is wrong with it."""
    text = readable(text.removeprefix("\ufeff"))
    document: object | None = None
    try:
        document = parse_json(text.encode("utf-8", "replace"), SOURCE)
        return text, document, evaluate(document), ()
    except ProblemsError as error:
        return text, document, None, error.problems
