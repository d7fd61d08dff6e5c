"""A symbolic record: any patient's chart within some number of entries for each concept."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise

from cds_engine.audit.proof.entries import OTHER, Course, Result, Statement, SymbolicEntry, Terms
from cds_engine.audit.proof.logic import NO, Formula, every, no, some
from cds_engine.audit.proof.parts import Model, Parts
from cds_engine.audit.proof.variables import Variable
from cds_engine.language.expressions import Scalar
from cds_engine.language.queries import OLDEST, SEVERITIES, SEXES, Section
from cds_engine.quantities import numbers
from cds_engine.record.chart import Chart, Entries, Entry
from cds_engine.rulebook.model import Rulebook
from cds_engine.rulebook.vocabulary import Vocabulary

_GIVEN = 1
LARGEST = int(numbers.LARGEST) - 1


class SymbolicChart:
    """A chart whose sections, entries and attributes arise when a formula asks for them.

    Args:
        rulebook: whose terminology the chart has.
        vocabulary: its quantities.
        entries: how many entries a concept may have, by section.
        fineness: the number of steps in the resolution of a measured value.
    """

    def __init__(
        self, rulebook: Rulebook, vocabulary: Vocabulary, entries: Mapping[Section, int], fineness: int = 1
    ) -> None:
        codes = _codes(rulebook)
        indications = {code: codes[code] for code in (*rulebook.terminology.conditions, OTHER)}
        self.parts = Parts()
        self._terms = Terms(self.parts, codes, indications, vocabulary, fineness)
        self._size = entries
        self.fineness = fineness
        self.likely: Mapping[str, Scalar] = {}
        """The values that facts of a real record have, for charts near one."""
        self._open: dict[Section, Formula] = {}
        self._entries: dict[tuple[Section, str], list[SymbolicEntry]] = {}
        self._patient: dict[str, Variable] = {}
        self._history: dict[str, Variable] = {}

    def is_open(self, section: Section) -> Formula:
        """Return whether a section may contain more than it lists."""
        if section not in self._open:
            given, incomplete = self._given(section), self.parts.flag(section, "incomplete")
            self.parts.wish(given, _GIVEN)
            self.parts.wish(no(incomplete), _GIVEN)
            self._open[section] = some(no(given), incomplete)
        return self._open[section]

    def _given(self, section: Section) -> Formula:
        return self.parts.flag(section, "given")

    def entries(self, section: Section, concept: str) -> list[SymbolicEntry]:
        """Return the entries that a section may list for a concept."""
        found = self._entries.get((section, concept))
        if found is None:
            found = [self._entry(section, concept, number) for number in range(self._size[section])]
            self._entries[section, concept] = found
            for previous, entry in pairwise(found):
                entry.follow(previous)
            self._rank(found)
            self.is_open(section)
            self.parts.require(some(self._given(section), no(found[0].exists)))
        return found

    def _entry(self, section: Section, concept: str, number: int) -> SymbolicEntry:
        match section:
            case "observations":
                return Result(self._terms, concept, number)
            case "medications":
                return Course(self._terms, concept, number)
        return Statement("condition" if section == "conditions" else "symptom", self._terms, concept, number)

    def _rank(self, entries: Sequence[SymbolicEntry]) -> None:
        """Let the results of an observation have ranks if all of them are understood and have dates."""
        results = [entry for entry in entries if isinstance(entry, Result)]
        unranked = [
            every(result.exists, no(every(result.certain, result.attribute("ago").known)))
            for result in results
        ]
        if results:
            ranked = no(some(self.is_open("observations"), *unranked))
            for number, result in enumerate(results):
                result.rank(number, ranked)

    def denied(self, section: Section, concept: str) -> Formula:
        """Return whether the record states that the patient does not have a condition or symptom."""
        if section not in ("conditions", "symptoms"):
            return NO
        statements = self.entries(section, concept)
        return some(*(statement.denied for statement in statements if isinstance(statement, Statement)))

    def patient(self, attribute: str) -> Variable:
        """Return the patient's age in years or sex."""
        if attribute not in self._patient:
            known = self.parts.flag("patient", attribute, "known")
            self.parts.wish(known, _GIVEN)
            if attribute == "sex":
                codes = {code: self._terms.codes[code] for code in SEXES}
                value = self.parts.code("patient", attribute, among=codes)
                self._patient[attribute] = Variable(known, value, codes=codes)
            else:
                years = self.parts.number("patient", attribute, low=0, high=OLDEST)
                self._patient[attribute] = Variable(known, years)
        return self._patient[attribute]

    def history(self, name: str) -> Variable:
        """Return a field of the history, a whole number."""
        if name not in self._history:
            known = self.parts.flag("history", name, "known")
            self.parts.wish(known, _GIVEN)
            self._history[name] = Variable(known, self.parts.number("history", name, low=0, high=LARGEST))
        return self._history[name]

    def chart(self, model: Model, day: datetime.date) -> Chart:
        """Return the chart that the solver found, as of ``day``."""
        chart = Chart(day)
        for attribute, variable in self._patient.items():
            if model.truth(variable.known) and attribute == "sex":
                chart.sex = model.code(variable.value, variable.codes)
            elif model.truth(variable.known):
                chart.age_years = model.number(variable.value)
        chart.history = {
            name: Decimal(model.number(variable.value))
            for name, variable in self._history.items()
            if model.truth(variable.known)
        }
        for section, is_open in self._open.items():
            entries = chart.section(section)
            entries.open = model.truth(is_open)
            self._list(entries, section, model)
        return chart

    def _list(self, entries: Entries, section: Section, model: Model) -> None:
        for (of, concept), symbolic in self._entries.items():
            if of != section:
                continue
            listed: list[Entry] = [found for entry in symbolic if (found := entry.listed(model)) is not None]
            if listed:
                entries.by_concept[concept] = listed
            if model.truth(self.denied(section, concept)):
                entries.denied.add(concept)


def _codes(rulebook: Rulebook) -> dict[str, int]:
    """Return a number for every code; the severities are in order."""
    terms = rulebook.terminology
    concepts = (*terms.conditions, OTHER, *terms.symptoms, *terms.drugs, *terms.observations)
    return {code: number for number, code in enumerate(dict.fromkeys((*SEVERITIES, *SEXES, *concepts)))}
