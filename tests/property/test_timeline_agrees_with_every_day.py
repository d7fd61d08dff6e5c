"""Nothing changes between two days of change: a timeline equals the evaluation of every day."""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from cds_engine.evaluate import Engine
from cds_engine.facts.derivations import Derivations
from cds_engine.language.expressions import Comparison
from cds_engine.language.kleene import Truth, compile_expression
from cds_engine.language.queries import facts_read
from cds_engine.record.chart import build_chart
from cds_engine.record.models import Record
from cds_engine.rulebook import Rulebook
from cds_engine.rulebook.model import Fact
from cds_engine.timeline import record_timeline
from cds_engine.timeline.days import Dates, Span, birthdays
from cds_engine.timeline.motion import Motions
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.engine.charts import shipped
from tests.property.entries import PARAMETERS, programs, records
from tests.property.records import RandomRecords, Words
from tests.rulebook import tiny
from tests.spec.cases import AS_OF, chapter, names

CI = bool(os.environ.get("CI"))
ONE_DAY = datetime.timedelta(days=1)
THRESHOLDS = [Decimal(text) for text in ("0", "1", "2", "6.5", "7", "30", "45")]
Json = dict[str, Any]


# Facts


class _Facts:
    """Some facts of records, and comparisons of each of them with each threshold."""

    def __init__(self, rulebook: Rulebook, parameters: Mapping[str, Decimal], facts: Iterable[Fact]) -> None:
        self.engine = Engine(rulebook)
        self.parameters = parameters
        self.facts = tuple(facts)
        self.compared = [leaf for fact in self.facts for leaf in _leaves(fact)]
        self._compiled = [compile_expression(leaf) for leaf in self.compared]
        self._derivations = Derivations(self.facts, parameters)

    def motions(self, record: Record) -> Motions:
        return Motions(self.facts, self.parameters, self.compared, Dates(record, self.engine.vocabulary))

    def truths(self, record: Record, day: datetime.date) -> list[Truth]:
        """Return the truth of each comparison on a day."""
        chart = build_chart(record, day, self.engine.vocabulary, "record")
        values, _ = self._derivations.derive(chart)
        return [compiled.truth(values) for compiled in self._compiled]

    def foreseeable(self, record: Record) -> _Facts:
        """Return the facts that do not need an evaluation on every day."""
        unforeseeable = self.motions(record).every_day
        kept = []
        for fact in self.facts:
            assert fact.derivation is not None
            if fact.name in unforeseeable or unforeseeable & set(facts_read(fact.derivation)):
                unforeseeable.add(fact.name)
            else:
                kept.append(fact)
        return _Facts(self.engine.rulebook, self.parameters, kept)


def _leaves(fact: Fact) -> Iterator[Comparison]:
    yield Comparison(fact.name, "known", True)
    if fact.kind == "number":
        for threshold in THRESHOLDS:
            yield Comparison(fact.name, "less_than", threshold)
            yield Comparison(fact.name, "is", threshold)
    elif fact.kind == "boolean":
        yield Comparison(fact.name, "is", True)


def _check(facts: _Facts, document: Json) -> int:
    """Compare each day with the one before it; return how many days need no evaluation."""
    record = facts.engine.read(document)
    foreseeable = facts.foreseeable(record)
    motions = foreseeable.motions(record)
    assert not motions.every_day
    span = Span(AS_OF - 50 * ONE_DAY, AS_OF + 60 * ONE_DAY, record.as_of or AS_OF)
    days = span.always() | set(span.inside({*motions.days, *birthdays(record.patient, span.last)}))
    before: list[Truth] = []
    for day in span.every_day():
        truths = foreseeable.truths(record, span.at(day))
        if day not in days:
            changed = [
                leaf
                for leaf, one, other in zip(foreseeable.compared, before, truths, strict=True)
                if one is not other
            ]
            assert not changed, (day, changed, foreseeable.facts, document)
        before = truths
    return 111 - len(days)


@pytest.mark.slow
@settings(
    max_examples=25 if CI else 3,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),  # to shrink an example of so many records takes minutes
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)
@given(programs(30), st.integers(0, 2**32))
def test_any_facts_change_on_days_of_change_only(facts: list[Fact], seed: int) -> None:
    drawn = _Facts(chapter("patient").engine.rulebook, PARAMETERS, facts)
    assert sum(_check(drawn, document) for document in records(seed, 8)) > 100


@pytest.mark.parametrize("name", names())
def test_facts_of_the_specification_change_on_days_of_change_only(name: str) -> None:
    rulebook = chapter(name).engine.rulebook
    derived = [fact for fact in rulebook.facts.values() if fact.derivation is not None]
    facts = _Facts(rulebook, rulebook.values_at(AS_OF), derived)
    for case in chapter(name).cases[:: 1 if CI else 4]:
        assert _check(facts, case.record) > 0


# Rulebooks

SHIPPED = Words(
    as_of=datetime.date(2026, 11, 23),
    values={
        "neutrophils": ("0.4", "0.99", "1.2", "4"),
        "leukocytes": ("2.5", "3.5", "8"),
        "body-weight": ("70", "75", "90"),
        "hamd17": ("7", "12", "24"),
    },
    drugs=("mianserin", "fluoxetine", "phenelzine", "carbamazepine"),
    conditions=("major-depressive-disorder", "insomnia", "pregnancy"),
    symptoms=("fever", "dizziness"),
    doses=("7.5", "20", "60", "250"),
    courses=2,
    unclear=0.02,
)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["shipped", "tiny"])
def test_a_timeline_equals_the_evaluation_of_every_day(name: str) -> None:
    engine, words = (Engine(shipped()[0]), SHIPPED) if name == "shipped" else (tiny.engine(), tiny.WORDS)
    random = Random(name)
    drawn = RandomRecords(engine.rulebook, words, random)
    intervals = 0
    for _ in range(30 if CI else 10):
        document = _with_a_life(drawn.record(), random, words)
        begin = words.as_of - ONE_DAY * random.choice([20, 60, 100, 410])
        found = record_timeline(
            engine, engine.read(document), words.as_of, begin=begin, end=begin + 150 * ONE_DAY
        )
        assert not found.every_day
        for number in range(151):
            day = begin + number * ONE_DAY
            listed = {each.rule for each in found.advisories if each.begin <= day <= each.end}
            assert listed == _fired(engine, document, day), (day, document)
        for each in found.advisories:
            outside = (
                _fired(engine, document, begin - ONE_DAY),
                _fired(engine, document, begin + 151 * ONE_DAY),
            )
            assert each.began_before == (each.begin == begin and each.rule in outside[0])
            assert each.continues == (each.end == found.end and each.rule in outside[1])
        intervals += len(found.advisories)
    assert intervals > (50 if name == "shipped" else 5)


def _with_a_life(document: Json, random: Random, words: Words) -> Json:
    """Return a record with a course after another, a birthday near the evaluation, and sometimes a death."""
    as_of = words.as_of
    if random.random() < 0.8:
        first, second = (as_of - ONE_DAY * random.choice(days) for days in ([40, 95, 400], [0, 6, 7, 8, 30]))
        dose = {"value": float(random.choice(words.doses)), "unit": "mg/d"}
        course = {"drug": words.drugs[0], "daily_dose": dose, "indication": words.conditions[0]}
        stop = second - ONE_DAY * random.choice([0, 7, 8])
        document["medications"] = [
            {**course, "start": first.isoformat(), "stop": stop.isoformat()},
            {**course, "start": second.isoformat()},
        ]
        document["incomplete"] = []
    if random.random() < 0.7:
        near = as_of + ONE_DAY * random.randint(-60, 60)
        born = near.replace(day=min(near.day, 28), year=near.year - random.choice([18, 25, 65]))
        document["patient"].pop("age_years", None)
        document["patient"]["birth_date"] = born.isoformat()
    if random.random() < 0.2:
        document["patient"]["deceased_date"] = (as_of + ONE_DAY * random.randint(-20, 60)).isoformat()
    if random.random() < 0.3:
        document["as_of"] += "T12:00:00Z"
    return document


def _fired(engine: Engine, document: Json, day: datetime.date) -> set[str]:
    """Return the rules that fire if the record is evaluated as of a day."""
    if document["as_of"][:10] != day.isoformat():
        document = {**document, "as_of": day.isoformat()}
    evaluation = engine.evaluate(engine.read(document), day)
    return {advisory.rule for advisory in evaluation.advisories}
