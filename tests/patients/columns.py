"""Patients as columns: the five tables, block by block, each block drawn from a generator of its own.

A patient depends on the seed and on his number alone: the first hundred of a million are the same as a
hundred. What the patients have is drawn by :mod:`tests.patients.clinic`; here it is written as people write
it: in codes of many systems and in many units, with sections that nobody filled in, and in no order.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from cds_engine.rulebook.vocabulary import Section

from tests.patients.clinic import BLOCK, NEVER, NONE, SEVERITIES, SEXES, STATUSES, Clinic, Rows, chosen
from tests.patients.draw import Draw, Floats, Ints
from tests.patients.faults import Faults
from tests.patients.terms import Terms, terms

AS_OF = datetime.date(2026, 11, 23)
EVENTS_PER_PATIENT = 20

NOT_RECORDED = {"condition": 0.04, "medication": 0.03, "observation": 0.04, "symptom": 0.12}
"""The tables that are sections of a record, and how often a section was not recorded at all."""
TABLES = ("patient", *NOT_RECORDED)
Tables = Mapping[str, pa.Table]
"""The tables by name."""
_EPOCH = datetime.date(1970, 1, 1)


@dataclass(frozen=True)
class Population:
    """What to draw: the same values give the same patients.

    ``events_per_patient`` are the rows beside the patient's own, on average; from about 10 on, blood counts
    make up what the other tables leave. ``faulty`` is the share of patients whose records are refused.
    """

    seed: int = 1
    as_of: datetime.date = AS_OF
    events_per_patient: float = EVENTS_PER_PATIENT
    faulty: float = 0

    def blocks(self, patients: int) -> Iterator[Tables]:
        """Yield the tables of that many patients, :data:`BLOCK` patients at a time."""
        for number in range(-(-patients // BLOCK)):
            yield self.block(number, min(BLOCK, patients - number * BLOCK))

    def tables(self, patients: int) -> Tables:
        """Return the tables of that many patients at once."""
        blocks = list(self.blocks(patients))
        return {name: pa.concat_tables(block[name] for block in blocks) for name in blocks[0]}

    def block(self, number: int, patients: int = BLOCK) -> Tables:
        """Return the tables of the first ``patients`` of one block."""
        draw, words = Draw(self.seed, number), terms(self.as_of)
        rows = dict(Clinic(draw, words, self.as_of, self.events_per_patient).rows())
        for section, share in NOT_RECORDED.items():
            recorded = draw.pick([1, NONE], BLOCK, [0.7, 0.3])
            rows["patient"][section] = np.where(draw.chance(share, BLOCK), 0, recorded)
        faults = Faults(rows, words).put(draw, self.faulty)
        ids = [f"p{number * BLOCK + index:07}{fault}" for index, fault in enumerate(faults, 1)]
        return _Writer(draw, words, self.as_of, ids).tables(rows, patients)


class _Writer:
    """Writes the rows of one block as its tables."""

    def __init__(self, draw: Draw, words: Terms, as_of: datetime.date, ids: Sequence[str]) -> None:
        self.draw = draw
        self.words = words
        self.as_of = as_of
        self.ids = ids

    def tables(self, rows: Mapping[str, Rows], patients: int) -> Tables:
        """Return the tables of the first patients; all are written, so that it makes no odds how many."""
        people = rows["patient"]
        write = {
            "condition": self._condition,
            "medication": self._medication,
            "observation": self._observation,
            "symptom": self._symptom,
        }
        tables = {"patient": self._patient(people).slice(0, patients)}
        for name, written in write.items():
            kept = self._kept(rows[name], people[name])
            tables[name] = written(kept).slice(0, np.searchsorted(kept["patient"], patients))
        return tables

    def _kept(self, rows: Rows, recorded: Ints) -> Rows:
        """Return the rows of sections that were recorded: those of a patient together, in no order."""
        who = rows["patient"]
        order = np.argsort(who + self.draw.random.random(len(who)))
        return chosen(rows, order[recorded[who[order]] != 0])

    def _patient(self, rows: Rows) -> pa.Table:
        return pa.table(
            {
                "patient_id": self._ids(rows),
                "as_of": self._days(np.zeros(len(self.ids), np.int64)),
                "birth_date": self._days(rows["birth"]),
                "age_years": _numbers(rows["age_years"]),
                "sex": _texts(rows["sex"], SEXES),
                "deceased_date": self._days(rows["deceased"]),
                **{f"history.{field}": _numbers(rows["trials"]) for field in self.words.history},
                **{f"{section}s_recorded": _truths(rows[section]) for section in NOT_RECORDED},
            }
        )

    def _condition(self, rows: Rows) -> pa.Table:
        return pa.table(
            {
                "patient_id": self._ids(rows),
                "code": self._codes("conditions", rows["concept"]),
                "present": _truths(rows["present"]),
                "onset": self._days(rows["onset"]),
                "resolved": self._days(rows["resolved"]),
            }
        )

    def _medication(self, rows: Rows) -> pa.Table:
        dose = np.full(len(rows["dose"]), self.words.units.number["dose"])
        return pa.table(
            {
                "patient_id": self._ids(rows),
                "drug": self._codes("drugs", rows["concept"]),
                **self._quantities(("dose_value", "dose_unit"), dose, rows["dose"], rows["slip"]),
                "start": self._days(rows["start"]),
                "stop": self._days(rows["stop"]),
                "indication": self._codes("conditions", rows["indication"]),
            }
        )

    def _observation(self, rows: Rows) -> pa.Table:
        quantity = rows["quantity"]
        return pa.table(
            {
                "patient_id": self._ids(rows),
                "code": self._codes("observations", self.words.measured[quantity], named=0.5),
                **self._quantities(("value", "unit"), quantity, rows["steps"], rows["slip"]),
                "date": self._days(rows["ago"]),
                "status": _texts(rows["status"], STATUSES),
            }
        )

    def _symptom(self, rows: Rows) -> pa.Table:
        return pa.table(
            {
                "patient_id": self._ids(rows),
                "code": self._codes("symptoms", rows["concept"]),
                "present": _truths(rows["present"]),
                "severity": _texts(rows["severity"], SEVERITIES),
            }
        )

    # columns

    def _ids(self, rows: Rows) -> pa.Array:
        return _texts(rows["patient"], self.ids)

    def _days(self, ago: Ints) -> pa.Array:
        days = ((self.as_of - _EPOCH).days - ago).astype(np.int32)
        return pa.array(days, pa.int32(), mask=ago == NEVER).view(pa.date32())

    def _codes(self, section: Section, concepts: Ints, named: float = 0.85) -> pa.Array:
        """Return what is written for concepts; nothing where there is none."""
        known = self.words.concepts[section]
        return _texts(np.where(concepts < 0, NONE, known.written(self.draw, concepts, named)), known.texts)

    def _quantities(
        self, names: tuple[str, str], quantities: Ints, steps: Ints, slips: Ints
    ) -> Mapping[str, pa.Array]:
        """Return the columns of values and units; a wrong number is one in the canonical unit."""
        units, draw = self.words.units, self.draw
        written = units.written(draw, quantities, canonical=0.7)
        written = np.where(slips == 0, written, units.canonical(quantities))
        values: Floats = units.values(steps, written, slips)
        missing = steps == NONE
        unsaid = missing & draw.chance(0.5, len(steps))
        return {
            names[0]: pa.array(values, pa.float64(), mask=missing),
            names[1]: _texts(np.where(unsaid, NONE, written), units.texts),
        }


def _numbers(values: Ints) -> pa.Array:
    return pa.array(values, pa.int64(), mask=values == NONE)


def _truths(values: Ints) -> pa.Array:
    return pa.array(values == 1, pa.bool_(), mask=values == NONE)


def _texts(indices: Ints, texts: Sequence[str | None]) -> pa.Array:
    """Return one of ``texts`` for each index."""
    chosen = pa.array(indices.astype(np.int32), pa.int32(), mask=indices == NONE)
    return pa.DictionaryArray.from_arrays(chosen, pa.array(texts, pa.string())).cast(pa.string())
