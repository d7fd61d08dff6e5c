"""Random records: few concepts, days and values, so that entries coincide.

The records use every field for uncertain data: sections left out or incomplete, results without a date or a
value, courses that were perhaps not taken, starts and ends that are not known, contradicting statements.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from random import Random
from typing import Any

from cds_engine.evaluate import Engine
from cds_engine.language.expressions import leaves
from cds_engine.language.queries import Query
from cds_engine.rulebook import Rulebook

Json = dict[str, Any]
PRESENT = (True, True, None, False)


@dataclass(frozen=True)
class Words:
    """What records may mention, and how many entries of one concept they have at most.

    ``values`` are those of each observation, around the numbers that rules compare with; ``unclear`` is the
    share of entries that are not understood.
    """

    as_of: datetime.date
    values: Mapping[str, Sequence[str]]
    drugs: Sequence[str] = ()
    conditions: Sequence[str] = ()
    symptoms: Sequence[str] = ()
    days: Sequence[int] = (0, 1, 3, 7, 8, 15, 28, 29, 30, 31, 90, 91, 400)
    doses: Sequence[str] = ("20", "30", "60")
    ages: Sequence[int] = (0, 17, 18, 24, 25, 64, 65, 150)
    results: int = 3
    courses: int = 3
    statements: int = 2
    unclear: float = 0


class RandomRecords:
    """Draws records as JSON data, as of one day."""

    def __init__(self, rulebook: Rulebook, words: Words, random: Random) -> None:
        self.terms = rulebook.terminology
        self.fields = rulebook.history_fields
        self.words = words
        self.random = random

    def record(self) -> Json:
        """Return a record."""
        words = self.words
        record: Json = {"as_of": words.as_of.isoformat()}
        sections: dict[str, tuple[Sequence[str], int, Callable[[str], Json]]] = {
            "observations": (list(words.values), words.results, self.result),
            "medications": (words.drugs, words.courses, self.course),
            "conditions": (words.conditions, words.statements, self.condition),
            "symptoms": (words.symptoms, words.statements, self.symptom),
        }
        for name, (concepts, most, entry) in sections.items():
            if self.often(0.9):
                found = [entry(concept) for concept in concepts for _ in range(self.random.randint(0, most))]
                self.random.shuffle(found)
                for one in found:
                    if self.often(self.words.unclear):
                        one["drug" if name == "medications" else "code"] = "text|something"
                record[name] = found
        record["incomplete"] = [name for name in sections if self.often(0.1)]
        record["patient"] = {}
        if self.often(0.9):
            record["patient"]["age_years"] = self.random.choice(words.ages)
        if self.often(0.8):
            record["patient"]["sex"] = self.random.choice(["female", "male", "other", "unknown"])
        values = (None, 0, 1, 2, 60)
        record["history"] = {name: self.random.choice(values) for name in self.fields if self.often(0.8)}
        return record

    def often(self, share: float) -> bool:
        """Return true in a share of the calls."""
        return self.random.random() < share

    def date(self, days: int) -> str:
        """Return a date, given the days before the evaluation."""
        return (self.words.as_of - datetime.timedelta(days=days)).isoformat()

    def result(self, name: str) -> Json:
        """Return a result of an observation."""
        result: Json = {"code": name}
        if self.often(0.85):
            result["value"] = Decimal(self.random.choice(self.words.values[name]))
            result["unit"] = self.terms.observations[name].unit
        if self.often(0.85):
            result["date"] = self.date(self.random.choice(self.words.days))
            if self.often(0.3):
                result["date"] += self.random.choice(["T06:00:00Z", "T12:00:00Z", "T12:00:01Z"])
        return result

    def course(self, name: str) -> Json:
        """Return a course of a drug."""
        course: Json = {"drug": name, **self.dates("start", "stop", 0.85, 0.5)}
        if self.often(0.1):
            course["stopped"] = True
        if self.often(0.8):
            dose = Decimal(self.random.choice(self.words.doses))
            course["daily_dose"] = {"value": dose, "unit": self.terms.dose.unit}
        if self.often(0.5):
            course["indication"] = self.random.choice([*self.words.conditions, "something else"])
        if self.often(0.2):
            course["taken"] = self.random.choice([None, None, False])
        return course

    def dates(self, first: str, last: str, started: float, ended: float) -> Json:
        """Return two dates in order, either of which may be left out; some lie after the evaluation."""
        days = sorted((self.random.choice([*self.words.days, -1]) for _ in range(2)), reverse=True)
        shares = {first: started, last: ended}
        return {
            name: self.date(day)
            for (name, share), day in zip(shares.items(), days, strict=True)
            if self.often(share)
        }

    def condition(self, name: str) -> Json:
        """Return a statement about a condition."""
        dates = self.dates("onset", "resolved", 0.7, 0.4) if self.often(0.5) else {}
        return {"code": name, "present": self.random.choice(PRESENT), **dates}

    def symptom(self, name: str) -> Json:
        """Return a statement about a symptom."""
        severity = {"severity": self.random.choice(["mild", "moderate", "severe"])} if self.often(0.6) else {}
        return {"code": name, "present": self.random.choice(PRESENT), **severity}


def words_of(engine: Engine, as_of: datetime.date, most: int = 6) -> Words:
    """Return words for random records of a rulebook: what its rules read, with values around thresholds."""
    edition = engine.edition(as_of)
    members: dict[str, dict[str, None]] = {}
    thresholds: dict[str, set[Decimal]] = {}
    for rule in edition.compiled_rules.values():
        for leaf in (leaf for part in rule.parts for leaf in leaves(part.expression)):
            if isinstance(leaf.operand, Decimal):
                thresholds.setdefault(leaf.fact, set()).add(leaf.operand)
    values: dict[str, set[Decimal]] = {}
    for fact in edition.derived:
        query = fact.derivation
        if not isinstance(query, Query):
            continue
        members.setdefault(query.of.section, {}).update(dict.fromkeys(query.of.members))
        if query.of.kind == "observation" and query.give == "value":
            for name in query.of.members:
                near = {each + step for each in thresholds.get(fact.name, ()) for step in (-1, 0, 1)}
                values.setdefault(name, set()).update(near)
    plausible = {
        name: [value for value in sorted(values.get(name, ())) if quantity.plausible(value)]
        for name, quantity in engine.vocabulary.quantities.items()
        if name in members.get("observations", ())
    }
    drugs = sorted(members.get("medications", ()), key=lambda name: not name.startswith(engine.rulebook.id))
    return Words(
        as_of=as_of,
        values={name: [str(value) for value in found] or ["1"] for name, found in plausible.items()},
        drugs=drugs[:most],
        conditions=list(members.get("conditions", ()))[:most],
        symptoms=list(members.get("symptoms", ()))[:most],
        results=2,
        courses=2,
    )
