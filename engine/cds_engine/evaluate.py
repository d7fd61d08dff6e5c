"""A record in, an evaluation out."""

from __future__ import annotations

import datetime
import threading
from bisect import bisect_right

from cds_engine.answer.models import Evaluation, RulebookIdentity
from cds_engine.answer.report import Report
from cds_engine.answer.wording import Renderer
from cds_engine.errors import RecordError
from cds_engine.inference.edition import Edition
from cds_engine.record.chart import build_chart, unit_problems
from cds_engine.record.models import Record
from cds_engine.record.validation import read_record
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.vocabulary import Vocabulary


class Engine:
    """Evaluates records against one rulebook; safe to share between threads."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.vocabulary = Vocabulary(rulebook.terminology)
        self.identity = RulebookIdentity(id=rulebook.id, version=rulebook.version, digest=rulebook.digest)
        self._renderers: dict[int, Renderer] = {}
        self._making = threading.Lock()

    @property
    def history_fields(self) -> tuple[str, ...]:
        """The fields that ``history`` of a record may have."""
        return self.rulebook.history_fields

    def read(self, value: object, source: str = "record") -> Record:
        """Return the record that ``value`` (parsed JSON) is.

        Raises:
            RecordError: with every fault at once, those of units included.
        """
        try:
            return read_record(value, source, history_fields=self.history_fields)
        except RecordError as error:
            units = unit_problems(value, self.vocabulary, source)
            raise RecordError((*error.problems, *units)) from None

    def edition(self, as_of: datetime.date) -> Edition:
        """Return the edition that holds on ``as_of``; it is made once and kept."""
        return self._renderer(as_of).edition

    def _renderer(self, as_of: datetime.date) -> Renderer:
        number = bisect_right(self.rulebook.editions, as_of)
        renderer = self._renderers.get(number)
        if renderer is None:
            with self._making:
                renderer = self._renderers.get(number)
                if renderer is None:
                    renderer = Renderer(self.rulebook, Edition(self.rulebook, self.vocabulary, as_of))
                    self._renderers[number] = renderer
        return renderer

    def evaluate(
        self,
        record: Record,
        as_of: datetime.date | None = None,
        *,
        explain: bool = False,
        source: str = "record",
        doubtful: frozenset[str] = frozenset(),
    ) -> Evaluation:
        """Evaluate ``record`` as of its own date, or as of ``as_of`` where it carries none.

        Args:
            record: the patient record, as read by :func:`cds_engine.record.validation.read_record`.
            as_of: the day to evaluate for, if the record does not say; nothing here reads a clock.
            explain: whether every rule is traced.
            source: the record's name in errors.
            doubtful: drugs of which the record's own source does not tell whether they are or were taken.

        Raises:
            ValueError: if neither the record nor the caller says the date.
            RecordError: with every unit that is of the wrong dimension or not understood.
        """
        day = record.as_of or as_of
        if day is None:
            raise ValueError("a record without as_of needs a date to be evaluated for")
        renderer = self._renderer(day)
        edition = renderer.edition
        chart = build_chart(record, day, self.vocabulary, source, doubtful)
        facts, sources = edition.derivations.derive(chart)
        rule_outcomes = edition.none_applies(facts) if chart.deceased else edition.evaluate_rules(facts)
        report = Report(renderer, rule_outcomes, sources)
        return Evaluation.model_construct(
            research_use_only=True,
            disclaimer=self.rulebook.file.disclaimer,
            as_of=day,
            patient_id=record.patient.id if record.patient is not None else None,
            rulebook=self.identity,
            advisories=report.advisories(),
            not_evaluable=report.not_evaluable(),
            outcomes=report.outcome_counts(),
            notices=tuple(chart.notices),
            trace=report.trace() if explain else None,
        )
