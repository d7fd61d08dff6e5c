"""The peers, each with its own form of the rules, checked against the engine and then measured beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from statistics import median
from typing import Any

from cds_engine.inference.edition import Edition
from cds_engine.language.kleene import Truth
from cds_engine.record.chart import build_chart
from cds_engine.record.models import Record

from tests.benchmarks.host import Rules as HostRules
from tests.benchmarks.measure import ROUNDS, Work
from tests.benchmarks.peers import node
from tests.benchmarks.peers.clips_rules import ClipsRules
from tests.benchmarks.peers.elm import library
from tests.benchmarks.peers.json_rules import json_rules
from tests.benchmarks.peers.portable import Rules
from tests.benchmarks.workload import Facts, engine, made_up
from tests.benchmarks.zen_table import DecisionTable
from tests.patients.columns import AS_OF, Population
from tests.patients.records import records

PATIENTS, MADE_UP = 100, 300
"""How many synthetic patients are measured, and for how many further sets of facts all must agree."""
SLICE_SECONDS = 0.1
WARM_UP = 3

Timer = Callable[[int], float]
"""Runs so many passes over the patients and returns the seconds of one."""


@dataclass(frozen=True)
class Contender:
    """A peer; ``note`` says what it makes of unknown values or, without a timer, why it is not measured."""

    name: str
    version: str
    note: str
    timed: Timer | None = None


@dataclass(frozen=True)
class Measured:
    """Evaluations a second, and how many times as fast as the peer ours are: medians of rounds."""

    inference: float
    whole: float
    theirs: float
    inference_ratio: float
    whole_ratio: float


@dataclass(frozen=True)
class Workload:
    """Patients to measure, further facts to agree on, and what the engine says of each."""

    edition: Edition
    patients: Sequence[Record]
    facts: Sequence[Facts]
    truths: Sequence[Mapping[str, Truth]]

    def check(self, name: str, told: Iterable[Iterable[str]], wanted: Truth = True) -> None:
        """Make sure that the rules that a peer names are those whose conditions come to ``wanted``.

        Raises:
            AssertionError: with the rules that it does not agree about.
        """
        for theirs, ours in zip(told, self.truths, strict=True):
            differing = frozenset(theirs) ^ {rule for rule, truth in ours.items() if truth is wanted}
            assert not differing, f"{name} does not agree about {', '.join(sorted(differing))}"


def workload() -> Workload:
    """Return synthetic patients and made-up facts; the dead are left out, as no rule applies to them."""
    edition = engine().edition(AS_OF)
    patients: list[Record] = []
    facts: list[Facts] = []
    for document in records(Population().tables(2 * PATIENTS)):
        record = engine().read(document)
        chart = build_chart(record, AS_OF, engine().vocabulary, "record")
        if len(patients) < PATIENTS and not chart.deceased:
            patients.append(record)
            facts.append(edition.derivations.derive(chart)[0])
    facts += made_up(edition, MADE_UP)
    return Workload(edition, patients, facts, [dict(_truths(edition, known)) for known in facts])


def _truths(edition: Edition, facts: Facts) -> Iterator[tuple[str, Truth]]:
    """Yield what each rule comes to, to whoever knows no difference between its two conditions."""
    rule_outcomes = edition.evaluate_rules(facts)
    for rule, compiled_rule in edition.compiled_rules.items():
        truths = [part.truth(rule_outcomes.facts) for part in compiled_rule.parts]
        both = False if False in truths else None if None in truths else True
        assert (both is True) is (rule_outcomes.outcomes[rule] == "fired")
        yield rule, both


def measured() -> Iterator[tuple[Contender, Measured | None]]:
    """Yield every peer with what was measured, if it is there."""
    work = workload()
    inference = here([partial(work.edition.evaluate_rules, known) for known in work.facts[:PATIENTS]])
    whole = here([partial(engine().evaluate, record) for record in work.patients])
    with ExitStack() as stack:
        for contender in contenders(work, stack):
            timed = contender.timed
            yield contender, None if timed is None else _in_turns(inference, whole, timed)


def _in_turns(inference: Timer, whole: Timer, theirs: Timer) -> Measured:
    """Measure the three in alternating rounds, so that a busy moment of the machine slows them all."""
    timers = (inference, whole, theirs)
    passes = [max(1, round(SLICE_SECONDS / min(timed(1) for _ in range(WARM_UP)))) for timed in timers]
    rounds = [
        [timed(number) for timed, number in zip(timers, passes, strict=True)] for _ in range(WARM_UP + ROUNDS)
    ][WARM_UP:]
    rates = [PATIENTS / median(seconds) for seconds in zip(*rounds, strict=True)]
    inference_ratio, whole_ratio = (median(taken[2] / taken[own] for taken in rounds) for own in (0, 1))
    return Measured(rates[0], rates[1], rates[2], inference_ratio, whole_ratio)


def here(works: Sequence[Work]) -> Timer:
    """Return the timer of what runs in this process."""

    def timed(passes: int) -> float:
        started = time.perf_counter()
        for _ in range(passes):
            for work in works:
                work()
        return (time.perf_counter() - started) / passes

    return timed


def contenders(work: Workload, stack: ExitStack) -> Iterator[Contender]:
    """Yield the peers one after the other, each once it agrees with the engine."""
    rules = Rules(work.edition)
    host, table, clips = HostRules(work.edition), DecisionTable(work.edition), ClipsRules(rules)
    yield _here(
        work,
        Contender(
            "durable-rules in its own host",
            version("durable-rules"),
            "are left out and match nothing, so conditions may not negate; a finding is two rules",
        ),
        lambda facts: partial(host.evaluate, host.fact(facts)),
    )
    yield _here(
        work,
        Contender(
            "zen-engine, a decision table",
            version("zen-engine"),
            "need a guard in every cell; findings are written out in every rule that asks for them",
        ),
        lambda facts: partial(table.evaluate, table.given(facts)),
    )
    yield _here(
        work,
        Contender(
            "CLIPS by clipspy",
            version("clipspy"),
            "are left out and match nothing, so conditions may not negate; a finding is two rules",
        ),
        lambda facts: partial(clips.evaluate, clips.given(facts)),
    )
    yield _in_node(
        work,
        stack,
        Contender(
            "json-rules-engine",
            node.version("json-rules-engine"),
            "differ from every value: `is not` needs a guard, conditions may not negate; a finding is two "
            "conditions",
        ),
        json_rules(rules),
        rules.given,
    )
    unknown = dict.fromkeys(rules.facts.values())
    yield _in_node(
        work,
        stack,
        Contender(
            "cql-execution",
            node.version("cql-execution"),
            "are null, and the logic is three-valued: not met and not evaluable are told apart, as here",
        ),
        {"elm": library(rules), "names": list(rules.rules)},
        lambda facts: unknown | rules.given(facts),
    )


def _here(work: Workload, contender: Contender, prepare: Callable[[Facts], Callable[[], Any]]) -> Contender:
    """Return a contender that runs in this process, once it agrees."""
    ready = [prepare(facts) for facts in work.facts]
    work.check(contender.name, (evaluate() for evaluate in ready))
    return replace(contender, timed=here(ready[:PATIENTS]))


def _in_node(
    work: Workload, stack: ExitStack, contender: Contender, rules: Any, prepare: Callable[[Facts], Any]
) -> Contender:
    """Return a contender that runs in Node, once it agrees; if it is not there, one that says so."""
    given = [prepare(facts) for facts in work.facts]
    try:
        served = stack.enter_context(closing(node.Served(contender.name, rules, given, PATIENTS)))
    except node.MissingError as missing:
        return replace(contender, note=f"not measured: {missing}")
    work.check(contender.name, (answer["fired"] for answer in served.answers))
    if "unknown" in served.answers[0]:
        work.check(contender.name, (answer["unknown"] for answer in served.answers), None)
    return replace(contender, timed=served.timed)
