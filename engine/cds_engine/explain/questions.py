"""The questions whose answers would settle rules that cannot be evaluated.

Each unknown fact is traced back to what the record lacks: a value of the patient, a list that is not given, a
field of an entry, or an entry. This follows from how the rulebook derives the fact.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from cds_engine.evaluate import Engine
from cds_engine.explain.fields import Field
from cds_engine.explain.gaps import Action, Gap, Gaps
from cds_engine.language.queries import Section
from cds_engine.record.chart import build_chart


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question, the entry of the record that would answer it, and the rules that it is about.

    What ``action`` does with the answer:

    - ``set`` sets values of the patient or the history;
    - ``list`` lists concepts in a section, which is then complete;
    - ``state`` states which of some conditions or symptoms are present;
    - ``complete`` sets fields of the entry at ``pointer``;
    - ``identify`` says what the entry at ``pointer`` is;
    - ``add`` adds an entry.
    """

    id: str
    text: str
    action: Action
    section: Section | Literal["patient", "history"]
    concepts: tuple[str, ...] = ()
    pointer: str | None = None
    fields: tuple[Field, ...]
    facts: tuple[str, ...]
    """The unknown facts that it is about."""
    rules: tuple[str, ...]
    """The rules that miss one of these facts."""
    settles: tuple[str, ...]
    """Those of them that miss nothing else."""


@dataclass(slots=True)
class _Merged:
    """The gaps that one question is about."""

    gaps: list[Gap] = field(default_factory=list)
    facts: dict[str, None] = field(default_factory=dict)


def questions(
    engine: Engine, record: Mapping[str, Any], as_of: datetime.date, *, source: str = "record"
) -> tuple[Question, ...]:
    """Return the questions about a native record, those that most rules need first.

    A FHIR Bundle has to be read first, with :func:`cds_engine.fhir.read_document`.

    Raises:
        RecordError: with every problem of the record.
    """
    read = engine.read(dict(record), source)
    evaluation = engine.evaluate(read, as_of, source=source)
    facts = engine.facts(read, as_of, source=source)
    chart = build_chart(read, facts.as_of, engine.vocabulary, source)
    gaps = Gaps(engine, chart, facts, read)
    missing = {entry.rule: entry.missing for entry in evaluation.not_evaluable}
    merged: dict[str, _Merged] = {}
    for name in dict.fromkeys(fact for names in missing.values() for fact in names):
        for gap in gaps.of(name):
            found = merged.setdefault(gap.id, _Merged())
            found.gaps.append(gap)
            found.facts[name] = None
    asked = [_question(found, missing) for found in merged.values()]
    return tuple(sorted(asked, key=lambda each: (-len(each.rules), -len(each.settles))))


def _question(merged: _Merged, missing: Mapping[str, Iterable[str]]) -> Question:
    first = merged.gaps[0]
    fields = _merged_fields([each for gap in merged.gaps for each in gap.fields])
    facts = merged.facts
    rules = {name: names for name, names in missing.items() if not facts.keys().isdisjoint(names)}
    return Question(
        id=first.id,
        text=first.text,
        action=first.action,
        section=first.section,
        concepts=tuple(dict.fromkeys(concept for gap in merged.gaps for concept in gap.concepts)),
        pointer=first.pointer,
        fields=fields,
        facts=tuple(facts),
        rules=tuple(rules),
        settles=tuple(name for name, names in rules.items() if facts.keys() >= set(names)),
    )


def _merged_fields(fields: Iterable[Field]) -> tuple[Field, ...]:
    """Return each field once; those that choose concepts have the choices of all."""
    found: dict[str, Field] = {}
    for each in fields:
        other = found.get(each.name)
        if other is None:
            found[each.name] = each
        elif other.choices != each.choices:
            choices = {choice.value: choice for choice in (*other.choices, *each.choices)}
            ordered = sorted(choices.values(), key=lambda choice: choice.label.casefold())
            found[each.name] = replace(other, choices=tuple(ordered))
    return tuple(found.values())
