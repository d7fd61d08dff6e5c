"""Hypothesis strategies for records: few concepts, days and values, so that entries coincide.

The records use every field for uncertain data: sections left out or incomplete, results without a date or a
value, courses that were perhaps not taken, starts and ends that are not known, contradicting statements.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cds_engine.rulebook import Rulebook
from hypothesis import strategies as st

Json = dict[str, Any]
Strategy = st.SearchStrategy[Any]


@dataclass(frozen=True)
class Words:
    """What records may mention, and how many entries they have of one concept at most.

    ``values`` are those of each observation, around the numbers that rules compare with.
    """

    as_of: datetime.date
    values: Mapping[str, Sequence[str]]
    drugs: Sequence[str] = ()
    conditions: Sequence[str] = ()
    symptoms: Sequence[str] = ()
    days: Sequence[int] = (0, 1, 3, 7, 8, 28, 29, 30, 31, 90, 91, 400)
    doses: Sequence[str] = ("20", "30", "60")
    ages: Sequence[int] = (0, 17, 18, 24, 25, 64, 65, 150)
    history: Sequence[str] = ()
    results: int = 3
    courses: int = 3
    statements: int = 2


def records(rulebook: Rulebook, words: Words) -> st.SearchStrategy[Json]:
    """Records as JSON data, as of one day."""
    return _Records(rulebook, words).records()


class _Records:
    def __init__(self, rulebook: Rulebook, words: Words) -> None:
        self.terms = rulebook.terminology
        self.words = words
        self.days = st.sampled_from(words.days)

    def records(self) -> st.SearchStrategy[Json]:
        words = self.words
        sections = {
            "observations": self._section(words.values, self._result, words.results),
            "medications": self._section(words.drugs, self._course, words.courses),
            "conditions": self._section(words.conditions, self._condition, words.statements),
            "symptoms": self._section(words.symptoms, self._symptom, words.statements),
        }
        optional: dict[str, Strategy] = {
            **sections,
            "patient": st.fixed_dictionaries(
                {},
                optional={
                    "age_years": st.sampled_from(words.ages),
                    "sex": st.sampled_from(["female", "male", "other", "unknown"]),
                },
            ),
            "incomplete": st.lists(st.sampled_from(list(sections)), unique=True, max_size=2),
            "history": st.fixed_dictionaries(
                {}, optional={name: st.sampled_from([None, 0, 1, 2, 60]) for name in words.history}
            ),
        }
        return st.fixed_dictionaries({"as_of": st.just(words.as_of.isoformat())}, optional=optional)

    def _section(self, concepts: Any, entry: Any, most: int) -> st.SearchStrategy[list[Json]]:
        """A list of entries, with at most some number of one concept."""
        if not concepts:
            return st.just([])
        listed = st.lists(st.sampled_from(list(concepts)), max_size=6)
        limited = listed.map(lambda names: [name for i, name in enumerate(names) if names[:i].count(name) < most])
        return limited.flatmap(lambda names: st.tuples(*map(entry, names)).map(list))

    def _date(self, days: int) -> str:
        return (self.words.as_of - datetime.timedelta(days=days)).isoformat()

    def _dates(self) -> st.SearchStrategy[str]:
        return self.days.map(self._date)

    def _result(self, name: str) -> st.SearchStrategy[Json]:
        numbers = st.sampled_from([Decimal(text) for text in self.words.values[name]])
        valued = numbers.map(lambda number: {"value": number, "unit": self.terms.observations[name].unit})
        times = st.sampled_from(["T06:00:00Z", "T12:00:00Z", "T12:00:01Z"])
        timed = st.builds(str.__add__, st.integers(1, 40).map(self._date), times)
        date = st.one_of(st.none(), self._dates(), self._dates(), timed)
        return st.builds(
            lambda value, day: {"code": name, "date": day} | value, st.one_of(st.just({}), valued, valued), date
        )

    def _course(self, name: str) -> st.SearchStrategy[Json]:
        doses = st.sampled_from(self.words.doses)
        optional: dict[str, Strategy] = {
            "daily_dose": doses.map(lambda dose: {"value": Decimal(dose), "unit": self.terms.dose.unit}),
            "indication": st.sampled_from([*self.words.conditions, "an unnamed one"]),
            "taken": st.sampled_from([True, True, None, False]),
        }
        return st.builds(
            lambda dates, more: {"drug": name, **dates, **more},
            self._ordered("start", "stop") | self._ordered("start", "stop") | st.just({"stopped": True}),
            st.fixed_dictionaries({}, optional=optional),
        )

    def _ordered(self, first: str, last: str) -> st.SearchStrategy[Json]:
        """Two dates in order, either of which may be left out; some lie after the evaluation."""
        days = st.sampled_from([*self.words.days, -1])
        pairs = st.tuples(days, days).map(lambda pair: sorted(pair, reverse=True))
        return st.builds(
            lambda pair, given: {
                name: self._date(day) for name, day, use in zip((first, last), pair, given, strict=True) if use
            },
            pairs,
            st.tuples(st.booleans(), st.booleans()),
        )

    def _condition(self, name: str) -> st.SearchStrategy[Json]:
        present = st.sampled_from([True, True, None, False])
        return st.builds(
            lambda present, dates: {"code": name, "present": present, **dates},
            present,
            st.just({}) | self._ordered("onset", "resolved"),
        )

    def _symptom(self, name: str) -> st.SearchStrategy[Json]:
        return st.fixed_dictionaries(
            {"code": st.just(name), "present": st.sampled_from([True, True, None, False])},
            optional={"severity": st.sampled_from(["mild", "moderate", "severe"])},
        )
