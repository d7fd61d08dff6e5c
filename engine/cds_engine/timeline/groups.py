"""Groups of facts that read the same entries, so that a day of change concerns a part of the record only."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cds_engine.facts.derivations import Derivations
from cds_engine.inference.edition import Edition
from cds_engine.language.expressions import Comparison, Scalar, leaves
from cds_engine.language.queries import PatientValue, Query, Section
from cds_engine.record.chart import CONCEPTS, build_chart
from cds_engine.record.models import ObservationEntry, Record
from cds_engine.record.moments import day_of
from cds_engine.rulebook.model import Fact
from cds_engine.rulebook.vocabulary import Meaning, Vocabulary
from cds_engine.rulebook.vocabulary import Section as Concepts
from cds_engine.timeline.days import Dates, Span, birthdays
from cds_engine.timeline.motion import Motions

Reads = frozenset[tuple[Section, str]]
"""The concepts that facts read, by section."""


@dataclass(frozen=True, slots=True)
class Group:
    """Facts that rules compare and that read the same concepts, with all the facts that they read."""

    asked: frozenset[str]
    facts: tuple[Fact, ...]
    reads: Reads


def fact_groups(edition: Edition, dates: Dates) -> list[Group]:
    """Return the facts that an edition's rules compare as groups.

    All facts whose entries have no dates are one group.
    """
    asked: dict[Reads, set[str]] = {}
    for fact in edition.asked:
        reads = _reads(edition.rulebook.needed_facts([fact.name]))
        if not any(dates.of(section, [concept]) for section, concept in reads):
            reads = frozenset()
        asked.setdefault(reads, set()).add(fact.name)
    found = []
    for names in asked.values():
        facts = edition.rulebook.needed_facts(names)
        found.append(Group(frozenset(names), facts, _reads(facts)))
    return found


def _reads(facts: tuple[Fact, ...]) -> Reads:
    return frozenset(
        (fact.derivation.of.section, member)
        for fact in facts
        if isinstance(fact.derivation, Query)
        for member in fact.derivation.of.members
    )


@dataclass(frozen=True, slots=True)
class PatientData:
    """A record with the vocabulary that it is read with, and its dates."""

    record: Record
    vocabulary: Vocabulary
    dates: Dates


class GroupTimeline:
    """The values of a group's facts on each day on which they can change.

    A number of days is given as of the day of change before; no comparison changes until the next one.
    """

    def __init__(self, group: Group, edition: Edition, patient: PatientData, span: Span) -> None:
        self.group = group
        self._span = span
        self._words = _Words(patient.vocabulary, group.reads)
        self._record = _only(patient.record, self._words)
        self._results = _by_day(self._record)
        self._derivations = Derivations(group.facts, edition.parameters)
        compared = [leaf for leaf in comparisons(edition) if leaf.fact in group.asked]
        motions = Motions(group.facts, edition.parameters, compared, patient.dates)
        self.every_day = motions.every_day
        days = span.always() | set(span.inside(motions.days))
        if any(isinstance(fact.derivation, PatientValue) for fact in group.facts):
            days.update(span.inside(birthdays(patient.record.patient, span.last)))
        self.days = sorted(span.every_day() if self.every_day else days)

    def values(self, day: datetime.date) -> Mapping[str, Scalar]:
        """Return the known facts of the group on a day."""
        record = self._record
        if record.observations:
            known = tuple(result for dated, result in self._results if dated <= day)
            record = record.model_copy(update={"observations": known})
        chart = build_chart(record, self._span.at(day), self._words, "record")
        values, _ = self._derivations.derive(chart)
        return {name: value for name, value in values.items() if name in self.group.asked}


def comparisons(edition: Edition) -> Iterator[Comparison]:
    """Yield the comparisons of an edition's rules and findings."""
    for rule in edition.compiled_rules.values():
        for part in rule.parts:
            yield from leaves(part.expression)
    for finding in edition.findings.values():
        yield from leaves(finding.expression)


class _Words(Vocabulary):
    """A vocabulary of which only some drugs, observations and symptoms are left.

    The conditions stay, because they are also what drugs are taken for.
    """

    def __init__(self, whole: Vocabulary, reads: Reads) -> None:
        self.__dict__.update(whole.__dict__)
        self._reads = reads
        self._left: dict[Concepts, frozenset[str]] = {
            CONCEPTS[section]: frozenset(concept for of, concept in reads if of == section)
            for section in CONCEPTS
            if section != "conditions"
        }

    def meaning(self, section: Concepts, code: str) -> Meaning:
        """Return what ``code`` means among the concepts that are left."""
        found = super().meaning(section, code)
        left = self._left.get(section)
        if left is None:
            return found
        return Meaning(found.concept if found.concept in left else None, found.perhaps & left)

    def is_read(self, section: Section, code: str) -> bool:
        """Return whether an entry is, or may be, a concept that is read."""
        found = self.meaning(CONCEPTS[section], code)
        return any((section, concept) in self._reads for concept in (found.concept, *found.perhaps))


def _only(record: Record, words: _Words) -> Record:
    """Return a record without its date, and with only the entries that the vocabulary reads."""

    def kept(section: Section, name: str) -> object:
        entries = getattr(record, section)
        if entries is None:
            return None
        return tuple([entry for entry in entries if words.is_read(section, getattr(entry, name))])

    return record.model_copy(
        update={
            "as_of": None,
            "conditions": kept("conditions", "code"),
            "medications": kept("medications", "drug"),
            "observations": kept("observations", "code"),
            "symptoms": kept("symptoms", "code"),
        }
    )


def _by_day(record: Record) -> list[tuple[datetime.date, ObservationEntry]]:
    """Return the results with a day before which they are certainly not known: the one before their date.

    Far in the west, a result of tomorrow may be one of today.
    """
    early = datetime.timedelta(days=1)
    return [
        (datetime.date.min if result.date is None else day_of(result.date) - early, result)
        for result in record.observations or ()
    ]
