"""A record in, an evaluation out."""

from __future__ import annotations

import datetime
import threading
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from cds_engine.answer.models import Evaluation, RulebookIdentity
from cds_engine.answer.report import Report
from cds_engine.answer.wording import Renderer
from cds_engine.errors import RecordError
from cds_engine.facts.derivations import Sources
from cds_engine.inference.compile import compile_edition
from cds_engine.inference.edition import Edition
from cds_engine.language.expressions import Scalar
from cds_engine.notices import Notice
from cds_engine.record.chart import build_chart, unit_problems
from cds_engine.record.models import Record
from cds_engine.record.moments import day_of
from cds_engine.record.validation import read_record
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class RecordFacts:
    """The facts of one record as of a moment, each with the pointers of the entries it came from."""

    as_of: datetime.date
    values: Mapping[str, Scalar]
    sources: Mapping[str, Sources]
    deceased: bool
    notices: tuple[Notice, ...]


class Engine:
    """Evaluates records with one rulebook; safe to share between threads."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.vocabulary = Vocabulary(rulebook.terminology)
        self.identity = RulebookIdentity(id=rulebook.id, version=rulebook.version, digest=rulebook.digest)
        self._renderers: dict[int, Renderer] = {}
        self._compiling = threading.Lock()

    @property
    def history_fields(self) -> tuple[str, ...]:
        """The fields that ``history`` of a record may have."""
        return self.rulebook.history_fields

    def read(self, value: object, source: str = "record") -> Record:
        """Return the record that ``value`` (parsed JSON) is.

        Raises:
            RecordError: with every error at once, those of units included.
        """
        try:
            return read_record(value, source, history_fields=self.history_fields)
        except RecordError as error:
            units = unit_problems(value, self.vocabulary, source)
            raise RecordError((*error.problems, *units)) from None

    def edition(self, as_of: datetime.date) -> Edition:
        """Return the edition that holds on ``as_of``; it is compiled once."""
        return self._renderer(as_of).edition

    def _renderer(self, as_of: datetime.date) -> Renderer:
        number = bisect_right(self.rulebook.editions, day_of(as_of))
        renderer = self._renderers.get(number)
        if renderer is None:
            with self._compiling:
                renderer = self._renderers.get(number)
                if renderer is None:
                    renderer = Renderer(self.rulebook, compile_edition(self.rulebook, day_of(as_of)))
                    self._renderers[number] = renderer
        return renderer

    def facts(
        self, record: Record, as_of: datetime.date | None = None, *, source: str = "record"
    ) -> RecordFacts:
        """Return the facts of ``record`` as of its own date, or as of ``as_of`` if it has none.

        Raises:
            ValueError: if neither the record nor the caller gives the date.
            RecordError: with every unit that is of the wrong dimension or not understood.
        """
        moment = record.as_of or as_of
        if moment is None:
            raise ValueError("a record without as_of needs a date to be evaluated for")
        chart = build_chart(record, moment, self.vocabulary, source)
        values, sources = self.edition(moment).derivations.derive(chart)
        return RecordFacts(moment, values, sources, chart.deceased, tuple(chart.notices))

    def evaluate(
        self,
        record: Record,
        as_of: datetime.date | None = None,
        *,
        explain: bool = False,
        source: str = "record",
    ) -> Evaluation:
        """Return the evaluation of ``record`` as of its own date, or as of ``as_of`` if it has none.

        Args:
            record: the patient record, as read by :meth:`read`.
            as_of: the date or timestamp to evaluate for if the record has none; no clock is read here.
            explain: whether every rule is traced.
            source: the record's name in errors.

        Raises:
            ValueError: if neither the record nor the caller gives the date.
            RecordError: with every unit that is of the wrong dimension or not understood.
        """
        facts = self.facts(record, as_of, source=source)
        renderer = self._renderer(facts.as_of)
        edition = renderer.edition
        outcomes = (
            edition.none_applies(facts.values) if facts.deceased else edition.evaluate_rules(facts.values)
        )
        report = Report(renderer, outcomes, facts.sources)
        return Evaluation.model_construct(
            research_use_only=True,
            disclaimer=self.rulebook.file.disclaimer,
            as_of=facts.as_of,
            patient_id=record.patient.id if record.patient is not None else None,
            rulebook=self.identity,
            advisories=report.advisories(),
            not_evaluable=report.not_evaluable(),
            outcomes=report.outcome_counts(),
            notices=facts.notices,
            trace=report.trace() if explain else None,
        )
