"""Charts near a real one: each value of the record may change, and each change is counted and measured.

What is known stays known, and a list that is complete stays complete: a change never takes information away,
except that an entry may be left out. Some entries of each concept may be new.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import combinations, pairwise
from math import lcm

import z3

from cds_engine.audit.proof.chart import SymbolicChart
from cds_engine.audit.proof.distance import (
    DAYS,
    ONE_MORE,
    PATIENT,
    STATED,
    WHOLE_CHANGE,
    WITHOUT,
    ChangedAttribute,
    ChangedItem,
    Item,
    changed_attributes,
    differs,
    distance_from,
    weigh,
)
from cds_engine.audit.proof.entries import Course, Result, Statement, SymbolicEntry
from cds_engine.audit.proof.kept import Kept
from cds_engine.audit.proof.logic import NO, Formula, choose, every, implies, no, some
from cds_engine.audit.proof.parts import Model
from cds_engine.audit.proof.variables import Variable
from cds_engine.language.expressions import Scalar
from cds_engine.language.queries import Section, unclear
from cds_engine.record.chart import KINDS, Chart, Entry
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.vocabulary import Vocabulary


class NearbyChart(SymbolicChart):
    """A symbolic chart around ``real``.

    Args:
        rulebook: whose terminology the chart has.
        vocabulary: its quantities.
        real: the chart of the record.
        changeable: how many entries of each concept may change: the latest ones.
        new: how many entries of each concept may be new, by section.
        fixed: the pointers of entries that may not change.
        denied: the pointers of entries that state an absence.
        fineness: the number of steps in the resolution of a measured value.
    """

    def __init__(  # noqa: PLR0913 - what is known of the record
        self,
        rulebook: Rulebook,
        vocabulary: Vocabulary,
        real: Chart,
        *,
        changeable: int,
        new: Mapping[Section, int],
        fixed: frozenset[str] = frozenset(),
        denied: frozenset[str] = frozenset(),
        fineness: int = 1,
    ) -> None:
        super().__init__(rulebook, vocabulary, new, fineness)
        self._real = real
        self._changeable = changeable
        self._fixed = fixed
        self._denied_at = denied
        self._pairs: dict[tuple[Section, str], list[tuple[SymbolicEntry, Entry | None]]] = {}

    def entries(self, section: Section, concept: str) -> list[SymbolicEntry]:
        """Return the entries of the record for a concept, and those that may be new."""
        if (section, concept) not in self._pairs:
            found = self._pairs[section, concept] = list(self._slots(section, concept))
            new = [each for each, real in found if real is None]
            for one, other in pairwise(new):
                self.parts.require(implies(other.exists, one.exists))
            self.is_open(section)
            for each, _ in found:
                self.parts.require(some(self._given(section), no(each.exists)))
            if section == "observations":
                self._rank_results([each for each, _ in found])
        return [each for each, _ in self._pairs[section, concept]]

    def _slots(self, section: Section, concept: str) -> Iterator[tuple[SymbolicEntry, Entry | None]]:
        """Yield the entries with those of the record; the ones that stay come first, the new ones last."""
        listed = _latest_first(self._real.section(section).by_concept.get(concept, []))
        free = [entry for entry in listed if entry.pointer not in self._fixed][: self._changeable]
        for entry in listed:
            if not any(entry is each for each in free):
                denied = entry.pointer in self._denied_at
                yield Kept(self._terms, concept, KINDS[section], entry, denied=denied), entry
        for number, slot in enumerate([*free, *[None] * self._size[section]]):
            yield self._near(section, concept, number, slot), slot

    def denied(self, section: Section, concept: str) -> Formula:
        """Return whether the record states that the patient does not have a condition or symptom."""
        if section not in ("conditions", "symptoms"):
            return NO
        entries = self.entries(section, concept)
        return some(*(each.denied for each in entries if isinstance(each, Kept | Statement)))

    def _near(self, section: Section, concept: str, number: int, real: Entry | None) -> SymbolicEntry:
        terms = self._terms
        quantity = terms.vocabulary.quantities.get(concept) if section == "observations" else None
        if section == "medications":
            quantity = terms.vocabulary.doses.get(concept, terms.vocabulary.dose)
        value = None if real is None else real.attributes.get("value", real.attributes.get("dose"))
        if quantity is not None and isinstance(value, Decimal):
            # The value of the record is a whole number of steps.
            steps = Fraction(value) / Fraction(quantity.resolution)
            terms = replace(terms, fineness=lcm(terms.fineness, steps.denominator))
        match section:
            case "observations":
                return Result(terms, concept, number)
            case "medications":
                return Course(terms, concept, number)
        return Statement("condition" if section == "conditions" else "symptom", terms, concept, number)

    def _rank_results(self, results: Sequence[SymbolicEntry]) -> None:
        """Let each day have one result, and the results ranks if all are understood and have dates."""
        unranked = [
            every(result.exists, no(every(result.certain, result.attribute("ago").known)))
            for result in results
        ]
        ranked = no(some(self.is_open("observations"), *unranked))
        for result in results:
            ago = result.attribute("ago")
            later = [
                every(other.exists, other.attribute("ago").value < ago.value)
                for other in results
                if other is not result
            ]
            rank = z3.Sum([z3.If(each, 1, 0) for each in later]) if later else z3.IntVal(0)
            result.attributes["rank"] = Variable(ranked, rank)
        for one, other in combinations(results, 2):
            if isinstance(one, Kept) and isinstance(other, Kept):
                continue
            both = every(*(each for result in (one, other) for each in (result.exists, result.certain)))
            days = one.attribute("ago"), other.attribute("ago")
            self.parts.require(
                implies(every(both, days[0].known, days[1].known), days[0].value != days[1].value)
            )

    def items(self) -> list[Item]:
        """Return what may change, of all that formulas have asked for; require the rest to stay."""
        return [*self._open_sections(), *self._patient_items(), *self._history_items(), *self._entry_items()]

    def _open_sections(self) -> Iterator[Item]:
        for section, is_open in self._open.items():
            if self._real.section(section).open:
                yield Item(no(is_open), [choose(is_open, z3.IntVal(0), z3.IntVal(WHOLE_CHANGE))], section)
            else:
                self.parts.require(no(is_open))

    def _patient_items(self) -> Iterator[Item]:
        age, sex = self._real.age_years, self._real.sex
        stated: dict[str, Scalar] = {}
        if age is not None:
            stated["age_years"] = Decimal(age)
        if sex is not None:
            stated["sex"] = sex
        for name, variable in self._patient.items():
            before = {name: stated[name]} if name in stated else {}
            item = self._item("patient", {name: variable}, before)
            yield replace(item, distance=[part * PATIENT for part in item.distance])

    def _history_items(self) -> Iterator[Item]:
        for name, variable in self._history.items():
            value = self._real.history.get(name)
            before: dict[str, Scalar] = {name: value} if isinstance(value, Decimal) else {}
            yield self._item("history", {name: variable}, before)

    def _item(self, section: str, values: Mapping[str, Variable], before: Mapping[str, Scalar]) -> Item:
        changed, distance = [], []
        for name, variable in values.items():
            if name in before:
                self.parts.require(variable.known)
            changed.append(differs(variable, before.get(name)))
            distance.append(distance_from(variable, before.get(name)))
        return Item(some(*changed), distance, section, values=values, before=before)

    def _entry_items(self) -> Iterator[Item]:
        for (section, _), pairs in self._pairs.items():
            listed = pairs[0][1] is not None
            for entry, real in pairs:
                if real is None:
                    yield self._new(section, entry, ONE_MORE if listed else WHOLE_CHANGE)
                elif not isinstance(entry, Kept):
                    yield self._existing(section, entry, real)

    def _new(self, section: Section, entry: SymbolicEntry, weight: int) -> Item:
        """Return an entry that may be new."""
        values = _values(entry)
        distance = [weigh(entry.exists, weight)]
        for name, variable in values.items():
            stated = every(entry.exists, variable.known)
            distance.append(weigh(stated, STATED))
            if name in DAYS:
                distance.append(choose(stated, variable.value, z3.IntVal(0)))
        self.parts.require(implies(entry.exists, entry.certain))
        if "indication" in values:
            self.parts.require(no(entry.is_unclear("indication")))
        if "time" in values:
            self.parts.require(no(values["time"].known))
        if isinstance(entry, Statement):
            self.parts.require(no(entry.over))
            self.parts.require(entry.attributes["present"].known)
        return Item(entry.exists, distance, section, entry, None, values)

    def _existing(self, section: Section, entry: SymbolicEntry, real: Entry) -> Item:
        """Return an entry of the record."""
        values, before = _values(entry), real.attributes
        changed, distance = [no(entry.exists)], [choose(entry.exists, z3.IntVal(0), z3.IntVal(WITHOUT))]
        for name, variable in values.items():
            value = before.get(name)
            if value is not None and name != "ended":
                self.parts.require(implies(entry.exists, variable.known))
            changed.append(every(entry.exists, differs(variable, value)))
            apart = distance_from(variable, value)
            if value is None and name in DAYS:
                apart = choose(variable.known, variable.value, z3.IntVal(0))
            distance.append(choose(entry.exists, apart, z3.IntVal(0)))
        if real.certain:
            self.parts.require(implies(entry.exists, entry.certain))
        else:
            changed.append(entry.certain)
            distance.append(weigh(entry.certain))
        self._stays_clear(entry, real)
        if "time" in values:
            self.parts.require(no(differs(values["time"], before.get("time"))))
        if isinstance(entry, Course) and "ended" in values and (before["active"] or "ended" in before):
            # When a drug was stopped stays known, and a drug that is stopped now is stopped on a known day.
            self.parts.require(implies(no(values["active"].value), values["ended"].known))
        if isinstance(entry, Statement):
            denied = real.pointer in self._denied_at
            over = before.get("present") is False and not denied
            self.parts.require(entry.over if over else no(entry.over))
            if over:
                self.parts.require(no(entry.attributes["present"].value))
        return Item(some(*changed), distance, section, entry, real, values, before)

    def _stays_clear(self, entry: SymbolicEntry, real: Entry) -> None:
        """Require that an indication that is understood is not replaced by one that is not."""
        if unclear("indication") in entry.attributes:
            unclear_now = unclear("indication") in real.attributes
            value = entry.attributes[unclear("indication")].value
            stated = entry.attributes["indication"].known
            self.parts.require(some(value, stated) if unclear_now else no(value))

    def changes(self, items: Sequence[Item], model: Model) -> list[ChangedItem]:
        """Return what a model changes."""
        return [self._change(item, model) for item in items if model.truth(item.changed)]

    @staticmethod
    def _change(item: Item, model: Model) -> ChangedItem:
        if item.entry is None:
            attributes = tuple(changed_attributes(item, model))
            return ChangedItem(item.section, attributes=attributes)
        entry, real = item.entry, item.real
        pointer = None if real is None else real.pointer
        if not model.truth(entry.exists):
            return ChangedItem(item.section, entry.concept, pointer, removed=True)
        attributes = tuple(changed_attributes(item, model))
        if real is not None and not real.certain and model.truth(entry.certain):
            attributes += (ChangedAttribute("certain", before=False, after=True),)
        return ChangedItem(item.section, entry.concept, pointer, attributes=attributes)


def _latest_first(entries: Sequence[Entry]) -> list[Entry]:
    """Return entries by their days, the latest first, then those without a day."""

    def key(entry: Entry) -> Decimal:
        day = entry.attributes.get("ago", entry.attributes.get("ended", entry.attributes.get("begun")))
        return day if isinstance(day, Decimal) else Decimal("Infinity")

    return sorted(entries, key=key)


def _values(entry: SymbolicEntry) -> dict[str, Variable]:
    """Return the attributes of an entry that a record states."""
    derived = {entry.kind, "rank", unclear("indication")}
    return {name: variable for name, variable in entry.attributes.items() if name not in derived}
