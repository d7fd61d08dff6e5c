"""A record in, an evaluation out."""

from __future__ import annotations

import datetime
import threading
from bisect import bisect_right

from engine.advisory import Evaluation, RulebookIdentity
from engine.chart import draw_up, unit_problems
from engine.edition import Edition
from engine.errors import RecordError
from engine.record import Record, read_record
from engine.report import Report
from engine.rulebook.model import Rulebook
from engine.rulebook.vocabulary import Vocabulary
from engine.wording import Writer


class Engine:
    """Evaluates records against one rulebook; safe to share between threads."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.vocabulary = Vocabulary(rulebook.terminology)
        self.identity = RulebookIdentity(id=rulebook.id, version=rulebook.version, digest=rulebook.digest)
        self._writers: dict[int, Writer] = {}
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
        return self._writer(as_of).edition

    def _writer(self, as_of: datetime.date) -> Writer:
        number = bisect_right(self.rulebook.editions, as_of)
        writer = self._writers.get(number)
        if writer is None:
            with self._making:
                writer = self._writers.get(number)
                if writer is None:
                    writer = Writer(self.rulebook, Edition(self.rulebook, self.vocabulary, as_of))
                    self._writers[number] = writer
        return writer

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
            record: the patient record, as read by :func:`engine.record.read_record`.
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
        writer = self._writer(day)
        edition = writer.edition
        chart = draw_up(record, day, self.vocabulary, source, doubtful)
        facts, sources = edition.derivations.derive(chart)
        judgement = edition.none_applies(facts) if chart.deceased else edition.judge(facts)
        report = Report(writer, judgement, sources)
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
