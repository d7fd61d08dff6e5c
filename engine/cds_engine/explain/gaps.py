"""What a record lacks for a fact to be known, found from the way in which the fact is derived."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any as AnyValue
from typing import Literal

from cds_engine.evaluate import Engine, RecordFacts
from cds_engine.explain.fields import AGE, SEX, Field, Fields, history_field
from cds_engine.facts.queries import UNLISTED, Compiler
from cds_engine.language.expressions import ALWAYS, All, Any, Comparison, Expression, leaves
from cds_engine.language.formulas import FORMULA_TYPES, facts_in
from cds_engine.language.kleene import compile_expression
from cds_engine.language.queries import (
    ORDER,
    Computed,
    FactName,
    HistoryValue,
    PatientValue,
    Query,
    Section,
    facts_read,
    operand_formulas,
)
from cds_engine.record.chart import CONCEPTS, Chart, Entry
from cds_engine.record.models import Record
from cds_engine.rulebook.text import capitalised

Action = Literal["set", "list", "state", "complete", "identify", "add"]
_FIELD = {
    "value": "value",
    "ago": "date",
    "rank": "date",
    "time": "date",
    "dose": "daily_dose",
    "indication": "indication",
    "severity": "severity",
    "present": "present",
}
"""The field of a record's entry for an attribute of a chart's entry."""
_BEGUN_ENDED = {"medications": ("start", "stop"), "conditions": ("onset", "resolved")}


@dataclass(frozen=True, slots=True)
class Gap:
    """Something that a record lacks; gaps with the same ``id`` are closed by one answer."""

    id: str
    text: str
    action: Action
    section: Section | Literal["patient", "history"]
    fields: tuple[Field, ...]
    concepts: tuple[str, ...] = ()
    pointer: str | None = None


class Gaps:
    """Finds the gaps of one record."""

    def __init__(self, engine: Engine, chart: Chart, facts: RecordFacts, record: Record) -> None:
        self._rulebook = engine.rulebook
        self._vocabulary = engine.vocabulary
        self._fields = Fields(engine.rulebook, engine.vocabulary)
        self._compiler = Compiler(engine.edition(facts.as_of).parameters)
        self._chart = chart
        self._known = facts.values
        self._record = record

    def of(self, name: str) -> list[Gap]:
        """Return the gaps because of which a fact is unknown, each once."""
        fact = self._rulebook.facts[name]
        text = fact.question or f"{capitalised(fact.title)}?"
        found = {gap.id + "".join(field.name for field in gap.fields): gap for gap in self._of(name, text)}
        return list(found.values())

    def _of(self, name: str, text: str) -> Iterator[Gap]:
        """Yield the gaps of a fact; ``text`` asks for what reads it, if it has no question of its own."""
        fact = self._rulebook.facts[name]
        text = fact.question or text
        if name in self._known:
            return
        match fact.derivation:
            case PatientValue(attribute):
                fields = AGE if attribute == "age_years" else SEX
                yield Gap(f"set:patient:{attribute}", text, "set", "patient", fields)
            case HistoryValue(field):
                yield Gap(f"set:history:{field}", text, "set", "history", (history_field(fact, field),))
            case Computed() as computed:
                for read in facts_read(computed):
                    yield from self._of(read, text)
            case Query() as query:
                yield from self._query(query, text)

    def _query(self, query: Query, text: str) -> Iterator[Gap]:
        for formula in operand_formulas(query.where):
            for read in facts_in(formula):
                yield from self._of(read, text)
        counted, possible, listed = self._compiler.compile(query).filter(self._chart, self._known)
        section = query.of.section
        found = False
        if any(entry is UNLISTED for entry in possible):
            found = True
            yield self._unlisted(query, text)
        attributes = _attributes(query)
        if query.of.kind == "treatment":
            needed = self._courses(query)
        else:
            needed = [*counted, *possible, *_left_out(query, listed)]
        for entry in needed:
            for gap in self._entry(section, entry, attributes, text):
                found = True
                yield gap
        if not found and isinstance(query.if_none, FactName) and not counted:
            yield from self._of(query.if_none.name, text)
        if not found and not possible:
            yield from self._add(query, text)

    def _courses(self, query: Query) -> list[Entry]:
        """Return the courses that treatments are made of."""
        by_concept = self._chart.medications.by_concept
        return [entry for member in query.of.members for entry in by_concept.get(member, ())]

    def _unlisted(self, query: Query, text: str) -> Gap:
        """Return the question about what a section may contain and does not list."""
        section, members = query.of.section, query.of.members
        not_stated = self._not_stated(section, members)
        if section in ("conditions", "symptoms") and not_stated:
            return self._state(section, not_stated, text)
        fields, asked = self._fields, tuple[Field, ...]()
        if section == "medications":
            asked = (
                fields.several(section, "current", "taken now", members),
                fields.several(section, "former", "taken and stopped", members),
            )
        else:
            label = "on record" if section == "observations" else "present"
            asked = (fields.several(section, "listed", label, members),)
        return Gap(f"list:{section}", _LIST[section], "list", section, asked, members)

    def _state(self, section: Section, members: Sequence[str], text: str) -> Gap:
        if len(members) == 1:
            field = self._fields.of_entry(section, members[0], "present")
        else:
            field = self._fields.several(section, "present", "present", members)
        return Gap(f"state:{section}:{','.join(members)}", text, "state", section, (field,), tuple(members))

    def _entry(self, section: Section, entry: Entry, attributes: Iterable[str], text: str) -> Iterator[Gap]:
        """Yield what one entry lacks."""
        if entry is UNLISTED:
            return
        stated = self._stated(entry)
        concept = self._concept(section, entry)
        if concept is None:
            yield self._identify(section, entry)
            return
        names = []
        if section == "medications" and getattr(stated, "taken", True) is None:
            names.append("taken")
        for attribute in attributes:
            if attribute in entry.attributes:
                continue
            name = self._field_name(section, attribute, entry)
            if name is not None and getattr(stated, name) is None:
                names.append(name)
        if names:
            fields = tuple(self._fields.of_entry(section, concept, name) for name in dict.fromkeys(names))
            title = self._fields.title(section, concept)
            yield Gap(
                f"complete:{entry.pointer}",
                text if title.casefold() in text.casefold() else f"{capitalised(title)}: {text}",
                "complete",
                section,
                fields,
                (concept,),
                entry.pointer,
            )

    @staticmethod
    def _field_name(section: Section, attribute: str, entry: Entry) -> str | None:
        if attribute in ("begun", "ended"):
            begun, ended = _BEGUN_ENDED[section]
            if attribute == "begun":
                return begun
            over = entry.attributes.get("active") is False or entry.attributes.get("present") is False
            return ended if over else None
        return _FIELD.get(attribute)

    def _stated(self, entry: Entry) -> AnyValue:
        """Return the entry of the record that an entry of the chart was read from."""
        _, section, index = entry.pointer.split("/")
        return getattr(self._record, section)[int(index)]

    def _concept(self, section: Section, entry: Entry) -> str | None:
        """Return the concept that an entry certainly is."""
        stated = self._stated(entry)
        code = stated.drug if section == "medications" else stated.code
        return self._vocabulary.concept(CONCEPTS[section], code)

    def _identify(self, section: Section, entry: Entry) -> Gap:
        stated = self._stated(entry)
        code: str = stated.drug if section == "medications" else stated.code
        perhaps = self._vocabulary.meaning(CONCEPTS[section], code).perhaps
        field = self._fields.one(section, "concept", perhaps, or_other=True)
        text = f"What is '{code.partition('|')[2] or code}', which is not understood?"
        return Gap(f"identify:{entry.pointer}", text, "identify", section, (field,), (), entry.pointer)

    def _not_stated(self, section: Section, members: Sequence[str]) -> list[str]:
        """Return the concepts of which the record neither says that they are there nor that they are not."""
        entries = self._chart.section(section)
        return [
            member
            for member in members
            if member not in entries.denied and not _is_stated(entries.by_concept.get(member, ()))
        ]

    def _add(self, query: Query, text: str) -> Iterator[Gap]:
        """Yield the question for an entry that the record does not have."""
        section, members = query.of.section, query.of.members
        if section in ("conditions", "symptoms"):
            not_stated = self._not_stated(section, members)
            if not_stated:
                yield self._state(section, not_stated, text)
            return
        names = ("value", "date") if section == "observations" else ("daily_dose", "start")
        fields = [self._fields.of_entry(section, members[0], name) for name in names]
        if len(members) > 1:
            fields.insert(0, self._fields.one(section, "concept", members))
        yield Gap(f"add:{section}:{','.join(members)}", text, "add", section, tuple(fields), members)


_LIST = {
    "medications": "Which of these drugs does the patient take, or has the patient taken? What is not chosen "
    "or listed counts as never taken.",
    "observations": "Of which of these are there results? What is not chosen or listed counts as never "
    "measured.",
    "conditions": "Which of these does the patient have? What is not chosen or listed counts as absent.",
    "symptoms": "Which of these does the patient have? What is not chosen or listed counts as absent.",
}


def _left_out(query: Query, listed: Iterable[Entry]) -> list[Entry]:
    """Return the entries that a query leaves out only because they do not state something."""
    if query.where is None or not any(leaf.operator == "known" for leaf in leaves(query.where)):
        return []
    stated = compile_expression(_as_if_known(query.where)).truth
    return [entry for entry in listed if stated(entry.attributes) is not False]


def _as_if_known(where: Expression) -> Expression:
    """Return a filter for entries that state everything that it wants to be known.

    Comparisons with parameters or formulas are left out: they do not matter for what to ask.
    """
    match where:
        case Comparison(operator="known", operand=True):
            return ALWAYS
        case Comparison(parameter=str()):
            return ALWAYS
        case Comparison(operand=operand) if isinstance(operand, FORMULA_TYPES):
            return ALWAYS
        case All(children):
            return All(tuple(_as_if_known(child) for child in children))
        case Any(children):
            return Any(tuple(_as_if_known(child) for child in children))
    return where


def _is_stated(entries: Iterable[Entry]) -> bool:
    return any(entry.certain for entry in entries)


def _attributes(query: Query) -> list[str]:
    """Return the attributes that a query reads, those of its filter first."""
    found = [leaf.fact for leaf in leaves(query.where)] if query.where is not None else []
    if query.give is not None:
        found.append(query.give)
    if query.take in ("latest", "previous", "earliest") and query.of.kind in ORDER:
        found.append(ORDER[query.of.kind])
    if query.of.kind == "treatment":
        found += ["begun", "ended"]
        if "dose_changed" in found:
            found.append("dose")
    return [name for name in dict.fromkeys(found) if name != "dose_changed"]
