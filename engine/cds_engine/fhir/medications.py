"""Reads orders and statements of medications as courses of drugs."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from cds_engine.fhir.bounds import ONE_DAY, Bounds, bounds_of, whole
from cds_engine.fhir.bundle import Item
from cds_engine.fhir.coded import Coded, Entry, Reader
from cds_engine.fhir.dosage import daily_dose
from cds_engine.fhir.products import drug_place, drugs_of
from cds_engine.fhir.values import Json, Moment, UnclearError, moment, objects

REQUEST = "MedicationRequest"
STATEMENT = "MedicationStatement"
ENDED = frozenset({"completed", "stopped"})
NEVER_TAKEN = frozenset({"entered-in-error", "cancelled", "draft", "not-taken", "intended"})
NOT_ORDERS = frozenset({"proposal", "plan", "option"})


@dataclass(frozen=True, slots=True)
class Drafts:
    """The orders that are being written: the places of their resources, and the day of writing."""

    pointers: Collection[str] = ()
    day: datetime.date | None = None


@dataclass(slots=True)
class Course:
    """One drug as one resource states it; ``unclear`` says why it has no dose.

    ``taken`` is False if the drug is perhaps not taken. A course that was ``stopped`` without ``stop`` was
    stopped on an unknown day.
    """

    item: Item
    coded: Coded
    dosages: str
    dose: Decimal | None = None
    unclear: str | None = None
    no_dosage: bool = False
    start: datetime.date | None = None
    stop: datetime.date | None = None
    stopped: bool = False
    taken: bool = True
    indication: str | None = None
    draft: bool = False
    parts: dict[str, str] = field(default_factory=dict)

    @property
    def drug(self) -> str:
        """The drug, as the record names it."""
        return self.coded.code

    def is_active(self, as_of: datetime.date) -> bool:
        """Return whether the drug is being taken on ``as_of``, or perhaps is."""
        begun = self.start is None or self.start <= as_of
        return begun and not self.stopped and (self.stop is None or self.stop > as_of)

    def last_day(self, as_of: datetime.date) -> datetime.date:
        """Return the day whose dose counts: ``as_of``, or the nearest day on which the drug is taken."""
        last = min(as_of, self.stop - ONE_DAY) if self.stop is not None else as_of
        return max(last, self.start) if self.start is not None else last

    def start_with(self, others: Iterable[Course]) -> None:
        """Set the start to the earliest of this and ``others``, which are the same treatment."""
        starts = [self.start, *(other.start for other in others)]
        known = [start for start in starts if start is not None]
        self.start = min(known) if len(known) == len(starts) else None


def courses(reader: Reader, items: Iterable[Item], drafts: Drafts) -> list[Course]:
    """Return the drugs that are or were taken, from the orders and statements of one patient.

    Orders among ``drafts`` count as if they were in force; stored drafts do not.
    """
    return [course for item in items for course in _Medication(reader, item, drafts).courses()]


class _Medication:
    """Reads the courses of one MedicationRequest or MedicationStatement."""

    def __init__(self, reader: Reader, item: Item, drafts: Drafts) -> None:
        self.reader = reader
        self.item = item
        self.body = item.body
        self.as_of = reader.as_of
        self.status = str(item.body.get("status"))
        self.draft = item.kind == REQUEST and item.pointer in drafts.pointers
        self.written = drafts.day or reader.as_of
        self.dosing = "dosageInstruction" if item.kind == REQUEST else "dosage"

    def courses(self) -> Iterator[Course]:
        at = f"{self.item.pointer}/{self.dosing}"
        if self.item.flaw is not None:
            yield from (
                Course(self.item, drug, at, taken=False, draft=self.draft)
                for drug in drugs_of(self.reader, self.item)
            )
            return
        if self.status == "entered-in-error":
            return
        reason = self._not_taken()
        if reason is not None:
            self._note(f"{reason}; ignored")
            return
        drugs = drugs_of(self.reader, self.item)
        dosages = objects(self.body.get(self.dosing))
        begun = self._begun()
        periods = bounds_of(dosages, begun)
        period = self._period(whole(periods))
        indication = self._indication() if drugs else None
        for drug, only in drugs.items():
            course = Course(self.item, drug, at, draft=self.draft, no_dosage=not dosages)
            course.start, course.indication = self._start(period.start or begun), indication
            course.parts = self._places(periods)
            self._end(course, period)
            try:
                if not only:
                    raise UnclearError("a product with several ingredients")
                day = course.last_day(self.as_of)
                course.dose = daily_dose(dosages, periods, day, self.reader.vocabulary.dose)
            except UnclearError as unclear:
                course.unclear = str(unclear)
            yield course

    def _places(self, periods: Sequence[Bounds]) -> dict[str, str]:
        """Return where the resource states what its courses have in common."""
        period = self.body.get("effectivePeriod")
        stated = period if self.item.kind == STATEMENT and isinstance(period, dict) else {}
        names = {
            "start": next((n for n in ("effectiveDateTime", "authoredOn") if n in self.body), self.dosing),
            "stop": self.dosing,
            "stopped": "status",
            "taken": "status",
            "indication": "reasonCode" if "reasonCode" in self.body else "reasonReference",
        }
        if any(one.start is not None and not one.follows for one in periods):
            names["start"] = self.dosing
        names |= {
            name: f"effectivePeriod/{part}"
            for name, part in (("start", "start"), ("stop", "end"))
            if part in stated
        }
        return {name: f"{self.item.pointer}/{part}" for name, part in names.items()}

    def _note(self, message: str) -> None:
        self.reader.notes.add_grouped(f"{self.item.kind}: {message}", self.item.pointer)

    def _not_taken(self) -> str | None:
        """Return why the resource does not count as a drug being taken; None if it counts."""
        if self.status in NEVER_TAKEN and not (self.draft and self.status == "draft"):
            return f"status '{self.status}'"
        if self.body.get("doNotPerform") is True:
            return "an order not to give it"
        reported = self.body.get("reportedBoolean") is True or "reportedReference" in self.body
        intent = self.body.get("intent")
        if self.item.kind == REQUEST and intent in NOT_ORDERS and not (self.draft or reported):
            return f"intent '{intent}'"
        return None

    def _begun(self) -> Moment | None:
        """Return the day on which a statement says that it began, or on which an order was written.

        A draft is being written now, whenever someone began to.
        """
        if self.item.kind == STATEMENT:
            period = self.body.get("effectivePeriod")
            if isinstance(period, dict):
                return moment(period.get("start"))
            # A single time says that it was taken then, not since when: only a later one is a start.
            stated = moment(self.body.get("effectiveDateTime"))
            return stated if stated is not None and stated.first > self.as_of else None
        written = moment(self.body.get("authoredOn"))
        if self.draft and (written is None or written.first < self.written):
            return Moment(self.written, self.written)
        return written

    def _period(self, dosed: Bounds) -> Bounds:
        """Return the period in which it is taken: that of the statement, otherwise that of its dosage."""
        period = self.body.get("effectivePeriod")
        if self.item.kind != STATEMENT or not isinstance(period, dict):
            return dosed
        end = moment(period.get("end"))
        if end is None:
            limited = dosed.limited or "end" in period
            return Bounds(moment(period.get("start")) or dosed.start, dosed.end, limited)
        return Bounds(moment(period.get("start")) or dosed.start, end)

    def _start(self, begun: Moment | None) -> datetime.date | None:
        """Return the first day; None if it is not stated, or may be one of several in the past."""
        if begun is not None and begun.day is None and begun.first <= self.as_of:
            self._note("the start has no day; the start is not known")
            return None
        return begun.first if begun is not None else None

    def _end(self, course: Course, period: Bounds) -> None:
        """Set when the course ended or will end, and whether it is certain that the drug is taken.

        FHIR's last day is still a day with the drug; the record has the first day without it. If the day of
        the end is not stated, this is the latest possible day, so that a waiting time after it does not seem
        to be over too early.
        """
        status, end, start = self.status, period.end, course.start
        course.taken = status != "unknown"
        if status == "unknown":
            self._note("status 'unknown'; it may be taken")
        last = end.last + ONE_DAY if end is not None else None
        if last is not None and last <= self.as_of:
            if status not in ENDED and status != "unknown":
                self._note(f"status '{status}', but its period has ended; treated as stopped then")
            course.stop = last if start is None or last >= start else start
        elif status in {"active", "draft", "unknown"}:
            if end is not None and end.day is not None:
                course.stop = last
            elif period.limited and (end is None or end.first < self.as_of):
                self._note("for a limited time, whose end is not known; it may be taken")
                course.taken = False
        elif start is None or start <= self.as_of:
            if end is not None and end.day == self.as_of:
                course.stop = self.as_of
            else:
                self._note(f"status '{status}', but no end date; stopped on an unknown day")
            course.stopped = True

    def _indication(self) -> str | None:
        """Return the indication: a condition of the rulebook, otherwise a code that it does not know."""
        references = objects(self.body.get("reasonReference"))
        reasons = [self.reader.resources.follow(self.item, reference) for reference in references]
        stated = [
            *objects(self.body.get("reasonCode")),
            *(reason.body.get("code") for reason in reasons if reason is not None and reason.flaw is None),
        ]
        read = [self.reader.read("conditions", reason) for reason in stated]
        known = [coded for coded in read if not coded.is_something_else]
        if len({coded.concept or "" for coded in known}) > 1:
            self._note("several reasons; the indication is not known")
            return self.reader.unreadable("conditions", ", ".join(coded.code for coded in known)).code
        # A reason that is certainly something else is kept under its own code.
        return next((coded.code for coded in (*known, *read) if "|" in coded.code or coded.concept), None)


def as_entries(reader: Reader, found: Iterable[Course]) -> list[Entry]:
    """Return ``found`` as entries of the record; add a notice for every missing dose."""
    entries = []
    unit = reader.vocabulary.dose.unit
    for course in found:
        body: Json = {"drug": course.drug}
        if course.dose is not None:
            body["daily_dose"] = {"value": course.dose, "unit": unit}
        elif (
            course.unclear is not None and course.coded.concept is not None and course.is_active(reader.as_of)
        ):
            reader.notes.add(
                course.dosages, f"{course.unclear}: the daily dose of {course.drug} is not known"
            )
        for name, day in (("start", course.start), ("stop", course.stop)):
            if day is not None:
                body[name] = day.isoformat()
        if course.stopped and course.stop is None:
            body["stopped"] = True
        if not course.taken:
            body["taken"] = None
        if course.indication is not None:
            body["indication"] = course.indication
        parts = {**drug_place(course.item), "daily_dose": course.dosages, **course.parts}
        unclear = course.item.flaw is not None
        entries.append(Entry(body, course.item.pointer, parts, unclear=unclear))
    return entries
