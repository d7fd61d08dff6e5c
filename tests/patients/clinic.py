"""What the patients of one block have, take and show: numbers only, not yet written as anyone would write it.

A row is of ``patient``, a number within the block. Concepts are numbers of :class:`tests.patients.spelling.
Concepts`, quantities are whole steps of the canonical unit, times are days before the date of the records.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from tests.patients.draw import Draw, Floats, Ints, Mask
from tests.patients.spelling import POUNDS, UNKNOWN_RESULT
from tests.patients.terms import DECIMALS, Terms, around

BLOCK = 10_000
"""How many patients are drawn at a time."""
NONE = -1
"""Nothing is said: of an index, a truth value, a number of steps."""
NEVER = 10**6
"""No day is said: of a number of days ago."""

AGES = range(102)

Rows = dict[str, npt.NDArray[np.int64]]

SEXES = ("female", "male", "other", "unknown")
FEMALE, MALE = 0, 1
STATUSES = ("final", "preliminary", "amended", "corrected", "entered-in-error", "cancelled")
FINAL, PRELIMINARY, AMENDED, CORRECTED = range(4)
SEVERITIES = ("mild", "moderate", "severe")

CONDITIONS = {
    "treatment-resistant-depression": 0.12,
    "insomnia": 0.25,
    "mania": 0.02,
    "severe-liver-disease": 0.015,
    "hypersensitivity": 0.01,
    "epilepsy": 0.03,
    "diabetes": 0.13,
    "cardiac-disease": 0.15,
    "long-qt": 0.015,
    "renal-insufficiency": 0.08,
    "angle-closure-glaucoma": 0.03,
    "alcohol-use": 0.08,
    "unknown": 0.4,
}
SYMPTOMS = {
    "drowsiness": 0.22,
    "dry-mouth": 0.1,
    "increased-appetite": 0.12,
    "weight-gain": 0.14,
    "dizziness": 0.16,
    "constipation": 0.12,
    "fever": 0.05,
    "chills": 0.02,
    "sore-throat": 0.03,
    "stomatitis": 0.01,
    "infection": 0.04,
    "postural-hypotension": 0.05,
    "urinary-retention": 0.02,
    "tachycardia": 0.03,
    "jaundice": 0.008,
    "convulsion": 0.008,
    "hypomania": 0.01,
    "unknown": 0.15,
}
"""How often each is named: present in most cases, else denied or left open."""
OTHER_DRUGS = {
    "fluoxetine": (0.24, 0.08),
    "sertraline": (0.07, 0.06),
    "other_antidepressant": (0.07, 0.2),
    "maoi": (0.012, 0.05),
    "enzyme_inducer": (0.03, 0.01),
    "sedative_drug": (0.15, 0.08),
    "warfarin": (0.04, 0.01),
    "unknown": (0.3, 0.05),
}
"""How often each is taken now, and was taken formerly."""
BLOOD = {
    "neutrophils": (420, 130, 60, 30),
    "leukocytes": (680, 340, 260, 150),
    "platelets": (250, 70, 45, 20),
    "haemoglobin": (138, 108, 92, 72),
}
"""A usual value, in steps, and three that are ever lower."""
ROWS_WITHOUT_BLOOD, ROWS_OF_A_PANEL = 8.95, 3.73
"""How many rows a patient has on average beside his blood counts, and how many one set of these is."""


class Clinic:
    """Draws one block of patients."""

    def __init__(self, draw: Draw, terms: Terms, as_of: datetime.date, events: float) -> None:
        self.draw = draw
        self.terms = terms
        self.as_of = as_of
        self.panels = max(0.2, (events - ROWS_WITHOUT_BLOOD) / ROWS_OF_A_PANEL)
        self.everyone = np.arange(BLOCK)
        self.people = self._people()
        self.age, self.sex = self.people["age"], self.people["sex"]
        self.on_mianserin = draw.chance(0.82, BLOCK)
        self.start = self._durations(BLOCK)
        mdd, insomnia = terms.condition("major-depressive-disorder"), terms.condition("insomnia")
        resistant, unknown = terms.condition("treatment-resistant-depression"), terms.condition("unknown")
        self.indication = draw.pick(
            [mdd, insomnia, resistant, unknown, NONE], BLOCK, [0.7, 0.17, 0.02, 0.03, 0.08]
        )

    def rows(self) -> Mapping[str, Rows]:
        """Return the rows of all tables."""
        return {
            "patient": self.people,
            "condition": self._conditions(),
            "medication": self._medications(),
            "observation": self._observations(),
            "symptom": self._symptoms(),
        }

    # people

    def _people(self) -> Rows:
        draw = self.draw
        elderly = 65 + (36 * draw.random.beta(1.2, 2.6, BLOCK)).astype(np.int64)
        adult = np.where(draw.chance(0.04, BLOCK), draw.between(15, 17, BLOCK), draw.between(18, 64, BLOCK))
        age = np.where(draw.chance(0.5, BLOCK), elderly, adult)
        # Some complete just today, or tomorrow, the year that a rule asks for.
        turning = draw.chance(0.06, BLOCK)
        age = np.where(turning, draw.pick(self.terms.thresholds("a"), BLOCK), age)
        past_birthday = np.where(turning, draw.pick([0, -1], BLOCK), draw.between(0, 364, BLOCK))
        birth = self._days_since_birthday()[age] + past_birthday
        birth = np.where(draw.chance(0.005, BLOCK), self._days_since_leap_day()[np.minimum(age, 96)], birth)
        known = draw.pick([0, 1, 2], BLOCK, [0.85, 0.12, 0.03])
        return {
            "patient": self.everyone,
            "birth": np.where(known == 0, birth, NEVER),
            "age_years": np.where(known == 1, age - (past_birthday < 0), NONE),
            "age": age,
            "sex": draw.pick([FEMALE, MALE, 2, 3, NONE], BLOCK, [0.58, 0.38, 0.005, 0.01, 0.025]),
            "deceased": np.where(draw.chance(0.015, BLOCK), draw.pick([1, 2, 30, 400, 0, -5], BLOCK), NEVER),
            "trials": draw.pick([NONE, 0, 1, 2, 3, 4, 5], BLOCK, [0.3, 0.32, 0.17, 0.11, 0.06, 0.03, 0.01]),
        }

    def _days_since_birthday(self) -> Ints:
        """Return by age how long ago the birth was of who completes that age today."""
        day = min(self.as_of.day, 28) if self.as_of.month == 2 else self.as_of.day
        births = [self.as_of.replace(year=self.as_of.year - age, day=day) for age in AGES]
        return np.array([(self.as_of - birth).days for birth in births], np.int64)

    def _days_since_leap_day(self) -> Ints:
        births = [datetime.date((self.as_of.year - age - 1) // 4 * 4, 2, 29) for age in AGES]
        return np.array([(self.as_of - birth).days for birth in births], np.int64)

    def _durations(self, number: int) -> Ints:
        """Return for how many days something has been going on: often just as long as a rule asks for."""
        draw = self.draw
        exact = draw.pick(around(self.terms.thresholds("d"), 1), number)
        return np.select(
            [draw.chance(0.3, number), draw.chance(0.35, number)],
            [exact, draw.between(0, 90, number)],
            np.minimum(draw.about(400, 1.0, number), 9000),
        )

    # conditions and symptoms

    def _conditions(self) -> Rows:
        number = self.terms.concepts["conditions"].number
        fertile = (self.sex == FEMALE) & (self.age < 50)
        mdd = self.indication == number["major-depressive-disorder"]
        shares: dict[str, float | Floats] = {
            **CONDITIONS,
            "major-depressive-disorder": np.where(mdd, 0.95, 0.4),
            "prostatic-hyperplasia": np.where((self.sex == MALE) & (self.age > 55), 0.25, 0.005),
            "pregnancy": np.where(fertile, 0.06, 0.001),
            "breast-feeding": np.where(fertile, 0.05, 0.001),
        }
        rows = self._stated({number[name]: share for name, share in shares.items()})
        draw, size = self.draw, len(rows["patient"])
        onset = draw.about(900, 1.2, size)
        onset = np.where(draw.chance(0.55, size), np.minimum(onset, 25_000), NEVER)
        ends = np.minimum(draw.pick([-30, -1, 0, 1, 200], size), onset)
        rows["resolved"] = np.where(draw.chance(0.05, size), ends, NEVER)
        begins = draw.pick([-40, -1, 0], size)
        rows["onset"] = np.where((rows["resolved"] == NEVER) & draw.chance(0.01, size), begins, onset)
        return rows

    def _symptoms(self) -> Rows:
        number = self.terms.concepts["symptoms"].number
        rows = self._stated({number[name]: share for name, share in SYMPTOMS.items()})
        size = len(rows["patient"])
        severity = self.draw.pick([NONE, 0, 1, 2], size, [0.3, 0.35, 0.25, 0.1])
        rows["severity"] = np.where(rows["present"] == 1, severity, NONE)
        return rows

    def _stated(self, shares: Mapping[int, float | Floats]) -> Rows:
        """Return who has which of several concepts, or is said not to; some say it twice, or both."""
        draw = self.draw
        found = {concept: np.flatnonzero(draw.chance(share, BLOCK)) for concept, share in shares.items()}
        patient = np.concatenate(list(found.values()))
        concept = np.repeat(list(found), [len(who) for who in found.values()])
        again = np.flatnonzero(draw.chance(0.02, len(patient)))
        patient, concept = np.append(patient, patient[again]), np.append(concept, concept[again])
        present = draw.pick([1, 0, NONE], len(patient), [0.88, 0.09, 0.03])
        return {"patient": patient, "concept": concept, "present": present}

    # medications

    def _medications(self) -> Rows:
        rows = stacked([*self._mianserin(), *self._other_drugs()])
        draw, size = self.draw, len(rows["patient"])
        rows["dose"][draw.chance(0.03, size)] = NONE
        rows["start"][draw.chance(0.03, size)] = NEVER
        endless = (rows["stop"] == NEVER) | (rows["start"] < 0)
        rows["stop"] = np.where(endless, NEVER, np.minimum(rows["stop"], rows["start"]))
        rows["slip"] = np.where(draw.chance(0.006, size), draw.pick([-3, 3], size), 0)
        return rows

    def _mianserin(self) -> list[Rows]:
        draw = self.draw
        drug = self.terms.drugs("mianserin")[0]
        current = np.flatnonzero(self.on_mianserin)
        size = len(current)
        dose, start = self._mianserin_doses(self.indication[current]), self.start[current]
        # A second course at the same time: half of the dose by itself, or an odd one on top.
        both = np.flatnonzero(draw.chance(0.05, size))
        halved = both[draw.chance(0.6, len(both)) & (dose[both] % 2 == 0)]
        dose[halved] //= 2
        later = np.maximum(start[both] - draw.between(0, 40, len(both)), 0)
        start = np.where(draw.chance(0.01, size), draw.pick([-1, -20], size), start)
        stop = np.where(draw.chance(0.03, size), draw.pick([-1, -14, -60, 0], size), NEVER)
        before = np.flatnonzero(draw.chance(0.08, BLOCK))
        ended = self.start[before] + draw.between(0, 300, len(before))
        begun = ended + draw.between(1, 700, len(before))
        return [
            course(current, drug, dose, (start, stop), self.indication[current]),
            course(current[both], drug, dose[both], (later, NEVER), self.indication[current[both]]),
            course(
                before,
                drug,
                self._mianserin_doses(self.indication[before]),
                (begun, ended),
                self.indication[before],
            ),
        ]

    def _mianserin_doses(self, indication: Ints) -> Ints:
        draw, size = self.draw, len(indication)
        insomnia = indication == self.terms.condition("insomnia")
        usual = draw.pick([3000, 4500, 6000, 7500, 9000, 12000], size, [0.32, 0.08, 0.36, 0.06, 0.14, 0.04])
        low = draw.pick([500, 750, 1000, 1250, 1500, 3000], size, [0.08, 0.1, 0.5, 0.1, 0.12, 0.1])
        exact = draw.pick(around(self.terms.thresholds("mg/d", decimals=2), 1, 25), size)
        return np.where(draw.chance(0.25, size), exact, np.where(insomnia, low, usual))

    def _other_drugs(self) -> list[Rows]:
        draw = self.draw
        unknown = np.array([self.terms.concepts["drugs"].number["unknown"]])
        parts = []
        for name, shares in OTHER_DRUGS.items():
            drugs = unknown if name == "unknown" else self.terms.drugs(name)
            for share, former in zip(shares, (False, True), strict=True):
                who = np.flatnonzero(draw.chance(share, BLOCK))
                size = len(who)
                stop = self._durations(size) if former else np.full(size, NEVER)
                start = self._durations(size) + (stop if former else 0)
                dose = self._fluoxetine_doses(size) if name == "fluoxetine" else self._round_doses(size)
                indication = np.where(draw.chance(0.5, size), self.indication[who], NONE)
                parts.append(course(who, draw.pick(drugs, size), dose, (start, stop), indication))
        return parts

    def _fluoxetine_doses(self, size: int) -> Ints:
        studied = self.terms.thresholds("mg/d", "augmentation.fluoxetine", decimals=2)
        draw = self.draw
        exact = draw.pick(around(studied, 1), size)
        return np.select(
            [draw.chance(0.6, size), draw.chance(0.2, size)],
            [np.full(size, studied[0]), exact],
            draw.pick([1000, 4000, 6000], size),
        )

    def _round_doses(self, size: int) -> Ints:
        return self.draw.pick([50, 250, 500, 1000, 2500, 5000, 7500, 10_000, 15_000, 22_500], size)

    # observations

    def _observations(self) -> Rows:
        rows = stacked([*self._blood(), self._weights(), self._scores(), self._unknown_results()])
        draw, size = self.draw, len(rows["patient"])
        rows["status"] = draw.pick(
            [NONE, *range(len(STATUSES))], size, [0.3, 0.645, 0.015, 0.01, 0.015, 0.008, 0.007]
        )
        rows["ago"] = np.select(
            [draw.chance(0.004, size), draw.chance(0.005, size)],
            [np.full(size, NEVER), draw.pick([-1, -30], size)],
            rows["ago"],
        )
        rows["steps"][draw.chance(0.006, size)] = NONE
        rows["slip"] = np.where(draw.chance(0.006, size), draw.pick([-3, 3], size), 0)
        return stacked([rows, self._repeated(rows)])

    def _repeated(self, rows: Rows) -> Rows:
        """Return further results of the same days: some agree, some do not, some correct the first one."""
        draw = self.draw
        again = chosen(rows, draw.chance(0.02, len(rows["patient"])))
        size = len(again["patient"])
        other = np.where(draw.chance(0.5, size), 0, draw.between(1, 9, size))
        again["steps"] = np.where(again["steps"] == NONE, NONE, again["steps"] + other)
        again["status"] = draw.pick([NONE, FINAL, PRELIMINARY, AMENDED, CORRECTED], size)
        return again

    def _blood(self) -> list[Rows]:
        draw = self.draw
        who, rank, first = self._several(draw.random.poisson(self.panels, BLOCK))
        ago = self._panel_days(who, rank, first)
        numbers = self.terms.units.number
        parts = []
        state = draw.pick([0, 1, 2, 3], BLOCK, [0.86, 0.08, 0.04, 0.02])
        for name, levels in BLOOD.items():
            # Low counts come together, but not always.
            own = np.where(
                draw.chance(0.6, BLOCK), state, draw.pick([0, 1, 2, 3], BLOCK, [0.9, 0.07, 0.02, 0.01])
            )
            level = draw.about(np.array(levels)[own], 0.2, BLOCK)
            latest = self._around_thresholds(draw.about(level, 0.1, BLOCK), name)
            steps = draw.about(level[who], 0.1, len(who))
            if name in ("neutrophils", "leukocytes"):
                halved = draw.chance(0.05, BLOCK)[who]
                double = 2 * latest[who] + draw.pick([0, 0, -1, 1], len(who))
                steps = np.where(halved, np.maximum(double, 0), steps)
                latest[draw.chance(0.003, BLOCK)] = 0
            steps = np.where(rank == 0, latest[who], steps)
            taken = np.flatnonzero(draw.chance(0.95, len(who)))
            parts.append(result(who[taken], numbers[name], steps[taken], ago[taken]))
        return parts

    def _several(self, counts: Ints) -> tuple[Ints, Ints, Ints]:
        """Return for rows of which each patient has ``counts``: whose, which of his, and where his begin."""
        who = np.repeat(self.everyone, counts)
        begins = np.repeat(np.cumsum(counts) - counts, counts)
        return who, np.arange(len(who)) - begins, begins

    def _panel_days(self, who: Ints, rank: Ints, begins: Ints) -> Ints:
        """Return when blood was taken, the latest first: not long ago, then every few weeks before."""
        draw, size = self.draw, len(who)
        latest = np.where(draw.chance(0.45, BLOCK), draw.between(0, 28, BLOCK), self._durations(BLOCK))
        gaps = np.where(rank == 0, 0, draw.about(25, 0.7, size) + 1)
        total = np.cumsum(gaps)
        ago = latest[who] + total - total[begins]
        # The last of some patients' panels is the one before, or just after, mianserin was started.
        oldest = np.append(who[1:] != who[:-1], True) if size else np.zeros(0, np.bool_)
        window = around(self.terms.thresholds("d", "monitoring.baseline"), 1)
        offset = np.where(
            draw.chance(0.7, size), draw.pick(window, size), -draw.pick(window[window < 10], size)
        )
        baseline = np.maximum(self.start[who] + offset, 0)
        return np.where(oldest & draw.chance(0.4, BLOCK)[who], baseline, ago)

    def _around_thresholds(self, steps: Ints, name: str) -> Ints:
        draw = self.draw
        units = {"haemoglobin": "g/L"}
        exact = around(
            self.terms.thresholds(units.get(name, "10*9/L"), f"blood.{name}", decimals=DECIMALS[name]), 1
        )
        return np.where(draw.chance(0.06, BLOCK), draw.pick(exact, BLOCK), steps)

    def _weights(self) -> Rows:
        """Return weights around the start of mianserin and now, in kilograms or in pounds."""
        draw = self.draw
        numbers = self.terms.units.number
        pounds = draw.chance(0.12, BLOCK)
        before = np.clip(draw.about(740, 0.2, BLOCK), 380, 1500) * np.where(pounds, 2.2, 1.0)
        before = (before / 20).astype(np.int64) * 20  # the percentages of these are whole steps
        exact = draw.pick(self.terms.thresholds("%", "weight."), BLOCK)
        now = np.where(
            draw.chance(0.2, BLOCK),
            before + before * exact // 100 + draw.pick([-1, 0, 1], BLOCK),
            draw.about(before * np.float64(1.02), 0.05, BLOCK),
        )
        offset = np.where(draw.chance(0.8, BLOCK), draw.between(0, 60, BLOCK), -draw.between(1, 10, BLOCK))
        quantity = np.where(pounds, numbers[POUNDS], numbers["body-weight"])
        return self._followed(quantity, before, now, offset, [0.3, 0.12, 0.33, 0.25])

    def _scores(self) -> Rows:
        """Return scores before mianserin and now, often just at response or at remission."""
        draw = self.draw
        before = draw.between(7, 16, BLOCK) * 2
        exact = np.where(
            draw.chance(0.5, BLOCK),
            before // 2 + draw.pick([-1, 0, 1], BLOCK),
            draw.pick(around(self.terms.thresholds("{score}"), 1), BLOCK),
        )
        now = np.where(draw.chance(0.35, BLOCK), exact, np.minimum(draw.between(2, 26, BLOCK), before + 4))
        offset = np.where(draw.chance(0.9, BLOCK), draw.between(0, 20, BLOCK), -draw.between(1, 10, BLOCK))
        quantity = np.full(BLOCK, self.terms.units.number["hamd17"])
        return self._followed(quantity, before, now, offset, [0.3, 0.12, 0.38, 0.2])

    def _followed(self, quantity: Ints, before: Ints, now: Ints, offset: Ints, weights: list[float]) -> Rows:
        """Return for each patient up to three results: now, around the start of mianserin, and between."""
        draw = self.draw
        who, rank, _ = self._several(draw.pick([0, 1, 2, 3], BLOCK, weights))
        begin = np.maximum(self.start + offset, 0)
        latest = draw.between(0, np.minimum(begin, 45), BLOCK)
        ago = np.choose(rank, [latest[who], begin[who], (latest + begin)[who] // 2])
        steps = np.choose(rank, [now[who], before[who], (now + before)[who] // 2])
        return result(who, quantity[who], steps, ago)

    def _unknown_results(self) -> Rows:
        draw = self.draw
        who = np.flatnonzero(draw.chance(0.3, BLOCK))
        steps, ago = draw.between(30, 140, len(who)), draw.between(0, 400, len(who))
        return result(who, self.terms.units.number[UNKNOWN_RESULT], steps, ago)


def course(who: Ints, drug: int | Ints, dose: Ints, days: tuple[Ints, int | Ints], indication: Ints) -> Rows:
    """Return rows of the medication table; ``days`` are those of the start and the stop."""
    start, stop = days
    return _rows(patient=who, concept=drug, dose=dose, start=start, stop=stop, indication=indication)


def result(who: Ints, quantity: int | Ints, steps: Ints, ago: Ints) -> Rows:
    """Return rows of the observation table."""
    return _rows(patient=who, quantity=quantity, steps=steps, ago=ago)


def _rows(patient: Ints, **columns: int | Ints) -> Rows:
    whole = {
        name: np.broadcast_to(values, patient.shape).astype(np.int64) for name, values in columns.items()
    }
    return {"patient": patient, **whole}


def stacked(parts: list[Rows]) -> Rows:
    """Return the rows of ``parts``, one after the other."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def chosen(rows: Rows, which: Ints | Mask) -> Rows:
    """Return some of the rows."""
    return {name: values[which] for name, values in rows.items()}
