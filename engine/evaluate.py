"""A record in, an evaluation out."""

from __future__ import annotations

import datetime
import threading
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

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
from engine.logic import Term, grounds, unknowns
from engine.numbers import displayed, to_json
from engine.record import Record, read_record
from engine.rulebook.model import Fact, Rulebook
from engine.rulebook.text import fill, written
from engine.rulebook.tree import Comparison, Scalar
from engine.rulebook.vocabulary import Vocabulary

_TRUTH: Mapping[bool | None, TruthName] = {True: "true", False: "false", None: "unknown"}


class Engine:
    """Evaluates records against one rulebook; safe to share between threads."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self.vocabulary = Vocabulary(rulebook.terminology)
        self.identity = RulebookIdentity(id=rulebook.id, version=rulebook.version, digest=rulebook.digest)
        self._says = {rule.id: _Says(rulebook, rule.id) for rule in rulebook.active_rules}
        self._rank = {
            rule.id: (INDICATORS.index(rule.file.advisory.indicator), rule.id)
            for rule in rulebook.active_rules
        }
        self._editions: dict[int, Edition] = {}
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
        number = bisect_right(self.rulebook.editions, as_of)
        edition = self._editions.get(number)
        if edition is None:
            with self._making:
                edition = self._editions.setdefault(number, Edition(self.rulebook, self.vocabulary, as_of))
        return edition

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
        edition = self.edition(day)
        chart = draw_up(record, day, self.vocabulary, source)
        facts, sources = edition.derivations.derive(chart)
        if chart.deceased:
            judgement = Judgement(edition.settle(facts), dict.fromkeys(edition.rulings, "not_applicable"))
        else:
            judgement = edition.judge(facts)
        return Evaluation.model_construct(
            research_use_only=True,
            disclaimer=self.rulebook.file.disclaimer,
            as_of=day,
            patient_id=record.patient.id if record.patient is not None else None,
            rulebook=self.identity,
            advisories=self._advisories(edition, judgement, sources),
            not_evaluable=_not_evaluable(edition, judgement),
            outcomes=_count(judgement),
            notices=tuple(chart.notices),
            trace=_trace(self.rulebook, edition, judgement) if explain else None,
        )

    def _advisories(
        self, edition: Edition, judgement: Judgement, sources: Mapping[str, Sources]
    ) -> tuple[Advisory, ...]:
        fired = [name for name, found in judgement.outcomes.items() if found == "fired"]
        return tuple(
            self._says[name].advisory(edition, judgement.facts, sources)
            for name in sorted(fired, key=self._rank.__getitem__)
        )


class _Says:
    """What one rule says when it fires; what does not depend on the record is made once."""

    def __init__(self, rulebook: Rulebook, name: str) -> None:
        self.rulebook = rulebook
        self.rule = rulebook.rules[name]
        file, evidence = self.rule.file, rulebook.evidence
        self.evidence = tuple(
            EvidenceItem(
                claim=claim,
                basis=evidence.claims[claim].basis,
                statement=evidence.claims[claim].statement,
                source=evidence.sources[evidence.claims[claim].source].title,
                locator=evidence.claims[claim].locator,
            )
            for claim in file.evidence
        )
        self.mechanism = tuple(
            Mechanism(target=target, statement=rulebook.pharmacology.targets[target].implication)
            for target in file.mechanism
        )
        self.conflicts = tuple(
            ConflictItem(
                conflict=name,
                statement=evidence.conflicts[name].statement,
                decision=evidence.conflicts[name].decision,
            )
            for name in file.conflicts
        )

    def advisory(
        self, edition: Edition, facts: Mapping[str, Scalar], sources: Mapping[str, Sources]
    ) -> Advisory:
        def value_of(placeholder: str) -> str:
            if placeholder.startswith("$"):
                parameter = placeholder[1:]
                return written(edition.parameters[parameter], self.rulebook.parameters[parameter].unit)
            return _displayed(facts.get(placeholder), self.rulebook.facts[placeholder])

        file = self.rule.file
        return Advisory.model_construct(
            rule=file.id,
            family=self.rule.family,
            indicator=file.advisory.indicator,
            summary=fill(file.advisory.summary, value_of),
            detail=fill(file.advisory.detail, value_of),
            because=tuple(self._because(edition.rulings[file.id], edition, facts, sources)),
            evidence=self.evidence,
            mechanism=self.mechanism,
            conflicts=self.conflicts,
            limitations=tuple(file.limitations),
        )

    def _because(
        self,
        ruling: Ruling,
        edition: Edition,
        facts: Mapping[str, Scalar],
        sources: Mapping[str, Sources],
    ) -> Iterator[Because]:
        seen: set[Comparison] = set()
        for part in (ruling.when, ruling.applies_to):
            for leaf in grounds(part, facts, edition.findings):
                if leaf in seen:
                    continue
                seen.add(leaf)
                yield Because.model_construct(
                    fact=leaf.fact,
                    value=_json(facts.get(leaf.fact)),
                    unit=self.rulebook.facts[leaf.fact].unit,
                    operator=leaf.operator,
                    threshold=_threshold(leaf),
                    parameter=leaf.parameter,
                    sources=sources.get(leaf.fact, ()),
                )


def _count(judgement: Judgement) -> Outcomes:
    counts = Counter(judgement.outcomes.values())
    return Outcomes.model_construct(
        fired=counts["fired"],
        not_met=counts["not_met"],
        not_evaluable=counts["not_evaluable"],
        not_applicable=counts["not_applicable"],
    )


def _not_evaluable(edition: Edition, judgement: Judgement) -> tuple[NotEvaluable, ...]:
    result = []
    for name, found in judgement.outcomes.items():
        if found == "not_evaluable":
            ruling = edition.rulings[name]
            missing = dict.fromkeys(
                fact
                for part in (ruling.applies_to, ruling.when)
                for fact in unknowns(part, judgement.facts, edition.findings)
            )
            result.append(NotEvaluable.model_construct(rule=name, missing=tuple(missing)))
    return tuple(sorted(result, key=lambda entry: entry.rule))


def _trace(rulebook: Rulebook, edition: Edition, judgement: Judgement) -> tuple[Trace, ...]:
    """Trace every rule; a comparison that many rules share is written once."""
    tracing = _Tracing(rulebook, edition, judgement.facts)
    return tuple(
        Trace.model_construct(
            rule=name,
            outcome=judgement.outcomes[name],
            conditions=tuple(
                [
                    *tracing.conditions("applies_to", ruling.applies_to),
                    *tracing.conditions("when", ruling.when),
                ]
            ),
        )
        for name, ruling in edition.rulings.items()
    )


class _Tracing:
    def __init__(self, rulebook: Rulebook, edition: Edition, facts: Mapping[str, Scalar]) -> None:
        self.rulebook = rulebook
        self.edition = edition
        self.facts = facts
        self.written: dict[tuple[str, int], list[TracedCondition]] = {}

    def conditions(self, part: str, whole: Term) -> Iterable[TracedCondition]:
        key = (part, id(whole))
        found = self.written.get(key)
        if found is None:
            found = self.written[key] = [self.condition(part, leaf) for leaf in comparisons(whole)]
        return found

    def condition(self, part: str, leaf: Term) -> TracedCondition:
        comparison = leaf.condition
        assert isinstance(comparison, Comparison)
        finding = self.edition.findings.get(comparison.fact)
        return TracedCondition.model_construct(
            part=part,
            fact=comparison.fact,
            value=_json(self.facts.get(comparison.fact)),
            unit=self.rulebook.facts[comparison.fact].unit,
            operator=comparison.operator,
            threshold=_threshold(comparison),
            parameter=comparison.parameter,
            truth=_TRUTH[leaf.truth(self.facts)],
            conditions=() if finding is None else tuple(self.conditions("finding", finding)),
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
