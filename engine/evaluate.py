"""A record in, an evaluation out."""

from __future__ import annotations

import datetime
import threading
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Literal, TypeAlias

from engine.advisory import (
    INDICATORS,
    Advisory,
    Because,
    ConflictItem,
    Evaluation,
    EvidenceItem,
    Mechanism,
    NotEvaluable,
    Outcomes,
    RulebookIdentity,
    Trace,
    TracedCondition,
    TruthName,
    Value,
)
from engine.chart import draw_up, unit_problems
from engine.edition import Edition, Judgement, Ruling
from engine.errors import RecordError
from engine.facts import Sources
from engine.logic import Term, Truth, grounds, unknowns
from engine.numbers import displayed, to_json
from engine.record import Record, read_record
from engine.rulebook.model import Fact, Rulebook
from engine.rulebook.text import PLACEHOLDER, fill, written
from engine.rulebook.tree import Comparison, Scalar
from engine.rulebook.vocabulary import Vocabulary

Part: TypeAlias = Literal["applies_to", "when", "finding"]
_TRUTH: Mapping[bool | None, TruthName] = {True: "true", False: "false", None: "unknown"}


class Engine:
    """Evaluates records against one rulebook; safe to share between threads."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.vocabulary = Vocabulary(rulebook.terminology)
        self.identity = RulebookIdentity(id=rulebook.id, version=rulebook.version, digest=rulebook.digest)
        self._writers: dict[int, _Writer] = {}
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

    def _writer(self, as_of: datetime.date) -> _Writer:
        number = bisect_right(self.rulebook.editions, as_of)
        writer = self._writers.get(number)
        if writer is None:
            with self._making:
                writer = self._writers.get(number)
                if writer is None:
                    writer = _Writer(self.rulebook, Edition(self.rulebook, self.vocabulary, as_of))
                    self._writers[number] = writer
        return writer

    def evaluate(
        self,
        record: Record,
        as_of: datetime.date | None = None,
        *,
        explain: bool = False,
        source: str = "record",
    ) -> Evaluation:
        """Evaluate ``record`` as of its own date, or as of ``as_of`` where it carries none.

        Args:
            record: the patient record, as read by :func:`engine.record.read_record`.
            as_of: the day to evaluate for, if the record does not say; nothing here reads a clock.
            explain: whether every rule is traced.
            source: the record's name in errors.

        Raises:
            ValueError: if neither the record nor the caller says the date.
            RecordError: with every unit that is of the wrong dimension or not understood.
        """
        day = record.as_of or as_of
        if day is None:
            raise ValueError("a record without as_of needs a date to be evaluated for")
        writer = self._writer(day)
        edition = writer.edition
        chart = draw_up(record, day, self.vocabulary, source)
        facts, sources = edition.derivations.derive(chart)
        if chart.deceased:
            judgement = Judgement(edition.settle(facts), dict.fromkeys(edition.rulings, "not_applicable"))
        else:
            judgement = edition.judge(facts)
        report = _Report(writer, judgement, sources)
        return Evaluation.model_construct(
            research_use_only=True,
            disclaimer=self.rulebook.file.disclaimer,
            as_of=day,
            patient_id=record.patient.id if record.patient is not None else None,
            rulebook=self.identity,
            advisories=report.advisories(),
            not_evaluable=report.not_evaluable(),
            outcomes=_count(judgement),
            notices=tuple(chart.notices),
            trace=report.trace() if explain else None,
        )


class _Writer:
    """What evaluations of one edition say that depends on no record: made once."""

    def __init__(self, rulebook: Rulebook, edition: Edition) -> None:
        self.edition = edition
        self.says = {
            ruling.rule.id: _Says(rulebook, edition, ruling)
            for ruling in sorted(edition.rulings.values(), key=_precedence)
        }
        self.by_id = sorted(edition.rulings.items())
        roots = {id(root): root for ruling in edition.rulings.values() for root in ruling.parts}
        roots.update((id(finding), finding) for finding in edition.findings.values())
        leaves = [leaf for root in roots.values() for leaf in comparisons(root)]
        self.shown = {id(leaf.condition): _Shown(rulebook, edition, leaf) for leaf in leaves}
        self.in_order = {
            name: [self.shown[id(leaf.condition)] for leaf in comparisons(root)]
            for name, root in roots.items()
        }


def _precedence(ruling: Ruling) -> tuple[int, str]:
    """Sort the most urgent rule first, then by id."""
    return INDICATORS.index(ruling.rule.file.advisory.indicator), ruling.rule.id


class _Says:
    """What one rule says when it fires, as far as it depends on no record."""

    def __init__(self, rulebook: Rulebook, edition: Edition, ruling: Ruling) -> None:
        file, evidence = ruling.rule.file, rulebook.evidence
        self.ruling = ruling
        self.summary = _Text(file.advisory.summary, rulebook, edition)
        self.detail = _Text(file.advisory.detail, rulebook, edition)
        evidence_items = tuple(
            EvidenceItem(
                claim=claim,
                basis=evidence.claims[claim].basis,
                statement=evidence.claims[claim].statement,
                source=evidence.sources[evidence.claims[claim].source].title,
                locator=evidence.claims[claim].locator,
            )
            for claim in file.evidence
        )
        mechanism = tuple(
            Mechanism(target=target, statement=rulebook.pharmacology.targets[target].implication)
            for target in file.mechanism
        )
        conflicts = tuple(
            ConflictItem(
                conflict=name,
                statement=evidence.conflicts[name].statement,
                decision=evidence.conflicts[name].decision,
            )
            for name in file.conflicts
        )
        self.unwritten = Advisory(
            rule=file.id,
            family=ruling.rule.family,
            indicator=file.advisory.indicator,
            summary="",
            detail="",
            because=(),
            evidence=evidence_items,
            mechanism=mechanism,
            conflicts=conflicts,
            limitations=tuple(file.limitations),
        )

    def advisory(self, facts: Mapping[str, Scalar], because: tuple[Because, ...]) -> Advisory:
        return self.unwritten.model_copy(
            update={
                "summary": self.summary.written(facts),
                "detail": self.detail.written(facts),
                "because": because,
            }
        )


class _Text:
    """A text of a rule with its parameters filled in: what stands around the facts, and the facts."""

    def __init__(self, template: str, rulebook: Rulebook, edition: Edition) -> None:
        def parameter(placeholder: str) -> str | None:
            name = placeholder.removeprefix("$")
            if name == placeholder:
                return None
            return written(edition.parameters[name], rulebook.parameters[name].unit)

        pieces = PLACEHOLDER.split(fill(template, parameter))
        self.first = pieces[0]
        facts = (rulebook.facts[name] for name in pieces[1::2])
        self.between = list(zip(facts, pieces[2::2], strict=True))

    def written(self, facts: Mapping[str, Scalar]) -> str:
        text = self.first
        for fact, after in self.between:
            text += _displayed(facts.get(fact.name), fact) + after
        return text


class _Shown:
    """How one comparison is shown: among the grounds of an advisory, and in a trace."""

    def __init__(self, rulebook: Rulebook, edition: Edition, leaf: Term) -> None:
        assert isinstance(leaf.condition, Comparison)
        self.leaf = leaf
        self.comparison = leaf.condition
        self.fact = leaf.condition.fact
        self.finding = edition.findings.get(self.fact)
        self.unit = rulebook.facts[self.fact].unit
        self.threshold = _threshold(self.comparison)

    def because(self, value: Scalar | None, sources: Sources) -> Because:
        return Because(
            fact=self.fact,
            value=_json(value),
            unit=self.unit,
            operator=self.comparison.operator,
            threshold=self.threshold,
            parameter=self.comparison.parameter,
            sources=sources,
        )

    def traced(
        self, part: Part, value: Scalar | None, truth: Truth, conditions: tuple[TracedCondition, ...] = ()
    ) -> TracedCondition:
        return TracedCondition(
            part=part,
            fact=self.fact,
            value=_json(value),
            unit=self.unit,
            operator=self.comparison.operator,
            threshold=self.threshold,
            parameter=self.comparison.parameter,
            truth=_TRUTH[truth],
            conditions=conditions,
        )


# Most values come again in the next record: what is said about one is written once and kept for a while.


@lru_cache(maxsize=16384, typed=True)
def _because(shown: _Shown, value: Scalar | None, sources: Sources) -> Because:
    return shown.because(value, sources)


@lru_cache(maxsize=16384, typed=True)
def _traced(shown: _Shown, part: Part, value: Scalar | None) -> TracedCondition:
    """Trace a comparison that is not with a finding, so that its truth depends on nothing else."""
    facts = {} if value is None else {shown.fact: value}
    return shown.traced(part, value, shown.leaf.truth(facts))


@lru_cache(maxsize=4096)
def _still_open(rule: str, missing: tuple[str, ...]) -> NotEvaluable:
    return NotEvaluable(rule=rule, missing=tuple(dict.fromkeys(missing)))


class _Report:
    """What one evaluation says; what several of its rules share is worked out once."""

    def __init__(self, writer: _Writer, judgement: Judgement, sources: Mapping[str, Sources]) -> None:
        self.writer = writer
        self.edition = writer.edition
        self.outcomes = judgement.outcomes
        self.facts = judgement.facts
        self.sources = sources
        self._grounds: dict[int, tuple[Comparison, ...]] = {}
        self._missing: dict[int, tuple[str, ...]] = {}
        self._traced: dict[tuple[Part, int], tuple[TracedCondition, ...]] = {}
        self._findings: dict[tuple[Part, _Shown], TracedCondition] = {}

    def advisories(self) -> tuple[Advisory, ...]:
        """Say what the fired rules say, the most urgent first."""
        return tuple(
            [
                says.advisory(self.facts, self.because(says.ruling))
                for name, says in self.writer.says.items()
                if self.outcomes[name] == "fired"
            ]
        )

    def because(self, ruling: Ruling) -> tuple[Because, ...]:
        leaves = {id(leaf): leaf for root in (ruling.when, ruling.applies_to) for leaf in self.grounds(root)}
        shown = self.writer.shown
        return tuple(
            [
                _because(shown[key], self.facts.get(leaf.fact), self.sources.get(leaf.fact, ()))
                for key, leaf in leaves.items()
            ]
        )

    def grounds(self, root: Term) -> tuple[Comparison, ...]:
        found = self._grounds.get(id(root))
        if found is None:
            found = self._grounds[id(root)] = tuple(grounds(root, self.facts, self.edition.findings))
        return found

    def not_evaluable(self) -> tuple[NotEvaluable, ...]:
        """Name the facts on which it depends whether each open rule fires."""
        return tuple(
            [
                _still_open(name, self.missing(ruling.applies_to) + self.missing(ruling.when))
                for name, ruling in self.writer.by_id
                if self.outcomes[name] == "not_evaluable"
            ]
        )

    def missing(self, root: Term) -> tuple[str, ...]:
        found = self._missing.get(id(root))
        if found is None:
            found = self._missing[id(root)] = tuple(unknowns(root, self.facts, self.edition.findings))
        return found

    def trace(self) -> tuple[Trace, ...]:
        """Trace every rule."""
        return tuple(
            [
                Trace(
                    rule=name,
                    outcome=self.outcomes[name],
                    conditions=self.traced("applies_to", ruling.applies_to)
                    + self.traced("when", ruling.when),
                )
                for name, ruling in self.edition.rulings.items()
            ]
        )

    def traced(self, part: Part, root: Term) -> tuple[TracedCondition, ...]:
        found = self._traced.get((part, id(root)))
        if found is None:
            found = self._traced[part, id(root)] = tuple(
                [
                    _traced(shown, part, self.facts.get(shown.fact))
                    if shown.finding is None
                    else self.traced_finding(shown, part, shown.finding)
                    for shown in self.writer.in_order[id(root)]
                ]
            )
        return found

    def traced_finding(self, shown: _Shown, part: Part, finding: Term) -> TracedCondition:
        found = self._findings.get((part, shown))
        if found is None:
            value, truth = self.facts.get(shown.fact), shown.leaf.truth(self.facts)
            found = shown.traced(part, value, truth, self.traced("finding", finding))
            self._findings[part, shown] = found
        return found


def _count(judgement: Judgement) -> Outcomes:
    counts = Counter(judgement.outcomes.values())
    return Outcomes(
        fired=counts["fired"],
        not_met=counts["not_met"],
        not_evaluable=counts["not_evaluable"],
        not_applicable=counts["not_applicable"],
    )


def comparisons(whole: Term) -> Iterator[Term]:
    """Yield the terms of the comparisons in ``whole`` from left to right."""
    if isinstance(whole.condition, Comparison):
        yield whole
    for part in whole.parts:
        yield from comparisons(part)


def _displayed(value: Scalar | None, fact: Fact) -> str:
    if isinstance(value, Decimal):
        value = displayed(value, fact.resolution)
    return "unknown" if value is None else written(value, fact.unit)


def _threshold(leaf: Comparison) -> Value | tuple[str, ...]:
    if isinstance(leaf.operand, tuple):
        return leaf.operand
    value = _json(leaf.operand)
    assert value is not None
    return value


def _json(value: Scalar | None) -> Value | None:
    return to_json(value) if isinstance(value, Decimal) else value
