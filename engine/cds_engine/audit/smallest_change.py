"""The smallest change of a record that would make a rule fire or silence it: an explanation, not advice.

The solver proposes the change, and the engine confirms it; no other change is ever returned.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from cds_engine.audit.changed_record import Change, changed_record
from cds_engine.audit.program import Program
from cds_engine.audit.proof.distance import ChangedItem
from cds_engine.audit.proof.nearest import MOST_CHANGEABLE, Near, nearest
from cds_engine.errors import RecordError
from cds_engine.evaluate import Engine
from cds_engine.language.kleene import Outcome
from cds_engine.record.chart import CONCEPTS, build_chart
from cds_engine.record.models import Record
from cds_engine.record.moments import day_of
from cds_engine.rulebook.model import Rulebook

LABEL = (
    "An explanation of the rule, not advice: the smallest change of this record after which the engine finds "
    "another outcome. It says nothing about what should be done for a patient."
)
ASSUMPTIONS = (
    f"of each concept, the latest {MOST_CHANGEABLE} entries may change, and a few entries may be new",
    "what the record states stays known, and a list that is complete stays complete",
    "numbers are multiples of their resolution, or half-way between two of them",
    "the day of the evaluation and the parameters stay the same",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeSearch:
    """The smallest change for a rule, or why there is none.

    ``status`` is ``found``; ``already`` if the rule has the wanted outcome; ``none`` if it is proved, under
    ``assumptions``, that no change has the effect; ``unknown`` if the time was over first, or if the engine
    confirmed none of the changes that the solver proposed.
    """

    rule: str
    fires: bool
    """Whether the change makes the rule fire; otherwise it silences it."""
    status: Literal["found", "already", "none", "unknown"]
    is_smallest: bool = False
    """Whether it is proved that no change is smaller."""
    changes: tuple[Change, ...] = ()
    record: Mapping[str, Any] | None = None
    """The changed record."""
    outcome_before: Outcome
    outcome_after: Outcome | None = None
    appeared: tuple[str, ...] = ()
    """The rules that fire for the changed record and not for the record."""
    disappeared: tuple[str, ...] = ()
    """The rules that fire for the record and not for the changed one."""
    label: str = LABEL
    assumptions: tuple[str, ...] = ASSUMPTIONS


def smallest_change(  # noqa: PLR0913 - what is asked, of what, and for how long
    engine: Engine,
    record: Mapping[str, Any],
    rule: str,
    as_of: datetime.date,
    *,
    fires: bool,
    seconds: float = 10,
    source: str = "record",
) -> ChangeSearch:
    """Return the smallest change of a native record after which a rule fires, or is silent.

    Silent means that the rule certainly does not fire. The change with the fewest changed entries is the
    smallest and, among several of these, the one that changes values by the least.

    Args:
        engine: the engine.
        record: the native record; a FHIR Bundle is read with :func:`cds_engine.fhir.read_document` first.
        rule: the id of an active rule.
        as_of: the moment to evaluate for if the record has none.
        fires: whether the rule is to fire.
        seconds: the time limit.
        source: the record's name in errors.

    Raises:
        KeyError: if no active rule has the id ``rule``.
        RecordError: with every problem of the record.
    """
    read = engine.read(dict(record), source)
    moment = read.as_of or as_of
    before = engine.evaluate(read, moment, source=source).outcomes.by_rule
    outcome = before[rule]
    if (outcome == "fired") is fires and outcome != "not_evaluable":
        return ChangeSearch(rule=rule, fires=fires, status="already", outcome_before=outcome)
    facts = engine.facts(read, moment, source=source)
    if facts.deceased:
        return ChangeSearch(rule=rule, fires=fires, status="none", outcome_before=outcome)
    chart = build_chart(read, moment, engine.vocabulary, source)

    def outcomes(changes: Sequence[ChangedItem]) -> Mapping[str, Outcome] | None:
        changed, _ = changed_record(engine, record, moment, changes)
        try:
            return engine.evaluate(engine.read(changed, source), moment, source=source).outcomes.by_rule
        except RecordError:
            return None

    def confirm(changes: Sequence[ChangedItem]) -> bool:
        after = outcomes(changes)
        return after is not None and _is_wanted(after[rule], fires=fires)

    near = Near(chart, facts.values, _fixed(engine, read), _denied(read))
    found = nearest(
        _program(engine.rulebook, day_of(moment)),
        engine.vocabulary,
        near,
        rule,
        fires=fires,
        confirm=confirm,
        seconds=seconds,
    )
    if found.status != "found":
        return ChangeSearch(rule=rule, fires=fires, status=found.status, outcome_before=outcome)
    changed, changes = changed_record(engine, record, moment, found.changes)
    after = outcomes(found.changes)
    assert after is not None
    return ChangeSearch(
        rule=rule,
        fires=fires,
        status="found",
        is_smallest=found.is_smallest,
        changes=changes,
        record=changed,
        outcome_before=outcome,
        outcome_after=after[rule],
        appeared=_fired_only(after, before),
        disappeared=_fired_only(before, after),
    )


def _is_wanted(outcome: Outcome, *, fires: bool) -> bool:
    return outcome == "fired" if fires else outcome in ("not_met", "not_applicable")


def _fired_only(one: Mapping[str, Outcome], other: Mapping[str, Outcome]) -> tuple[str, ...]:
    return tuple(sorted(name for name in one if one[name] == "fired" != other[name]))


@lru_cache(maxsize=8)
def _program(rulebook: Rulebook, day: datetime.date) -> Program:
    return Program(rulebook, day)


def _fixed(engine: Engine, record: Record) -> frozenset[str]:
    """Return the pointers of entries that a change may not touch.

    An entry that is not understood may be several concepts at once. Of several results of one day, the chart
    has only one.
    """
    found = set()
    days: dict[tuple[str, datetime.date], list[str]] = {}
    for index, result in enumerate(record.observations or ()):
        concept = engine.vocabulary.concept(CONCEPTS["observations"], result.code)
        if concept is not None and result.date is not None:
            days.setdefault((concept, day_of(result.date)), []).append(f"/observations/{index}")
    for pointers in days.values():
        if len(pointers) > 1:
            found.update(pointers)
    for section in CONCEPTS:
        for index, entry in enumerate(getattr(record, section) or ()):
            code = entry.drug if section == "medications" else entry.code
            if engine.vocabulary.concept(CONCEPTS[section], code) is None:
                found.add(f"/{section}/{index}")
    return frozenset(found)


def _denied(record: Record) -> frozenset[str]:
    """Return the pointers of entries that state that the patient does not have something."""
    return frozenset(
        f"/{section}/{index}"
        for section in ("conditions", "symptoms")
        for index, entry in enumerate(getattr(record, section) or ())
        if entry.present is False
    )
