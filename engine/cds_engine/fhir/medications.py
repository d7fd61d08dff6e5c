"""Reads medication orders and statements as the medications of a record."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from cds_engine.fhir.bundle import Item
from cds_engine.fhir.coded import Entry, Reader, codings, report_unknown
from cds_engine.fhir.dosage import Bounds, bounds, daily_dose
from cds_engine.fhir.values import Json, Moment, UnclearError, moment, objects, text

REQUEST = "MedicationRequest"
STATEMENT = "MedicationStatement"
ENDED = frozenset({"completed", "stopped"})
NEVER_TAKEN = frozenset({"entered-in-error", "cancelled", "draft", "not-taken", "intended"})
NOT_ORDERS = frozenset({"proposal", "plan", "option"})
ONE_DAY = datetime.timedelta(days=1)
MOST_CODE = 200


@dataclass(slots=True)
class Course:
    """One drug as one resource states it; ``unclear`` says why it has no dose."""

    item: Item
    drug: str
    dosages: str
    dose: Decimal | None = None
    unclear: str | None = None
    start: datetime.date | None = None
    stop: datetime.date | None = None
    indication: str | None = None
    draft: bool = False
    parts: dict[str, str] = field(default_factory=dict)

    def is_active(self, as_of: datetime.date) -> bool:
        """Return whether the drug is being taken on ``as_of``."""
        begun = self.start is None or self.start <= as_of
        return begun and (self.stop is None or self.stop > as_of)

    def start_with(self, others: Iterable[Course]) -> None:
        """Set the start to the earliest of this and ``others``, which are the same treatment."""
        starts = [self.start, *(other.start for other in others)]
        known = [start for start in starts if start is not None]
        self.start = min(known) if len(known) == len(starts) else None


def courses(reader: Reader, items: Iterable[Item], *, drafts: bool) -> list[Course] | None:
    """Return the drugs that are or were taken, from the orders and statements of one patient.

    With ``drafts``, draft orders count as if they were in force, and each replaces the other orders of its
    drug. None means that there are medications but not one could be identified: what is taken is unknown.
    """
    read = [_Medication(reader, item, drafts=drafts) for item in items]
    found = [course for medication in read for course in medication.courses()]
    unidentified = [medication.item for medication in read if medication.unidentified]
    if unidentified and not found:
        message = "no medication could be identified by its code; what is taken is not known"
        reader.notes.add(unidentified[0].pointer, message)
        return None
    return found


class _Medication:
    """Reads the courses of one MedicationRequest or MedicationStatement."""

    def __init__(self, reader: Reader, item: Item, *, drafts: bool) -> None:
        self.reader = reader
        self.item = item
        self.body = item.body
        self.as_of = reader.as_of
        self.status = str(item.body.get("status"))
        self.draft = drafts and item.kind == REQUEST and self.status == "draft"
        self.unidentified = False
        self.named: list[str] = []
        self.dosing = "dosageInstruction" if item.kind == REQUEST else "dosage"

    def courses(self) -> Iterator[Course]:
        if self.status == "entered-in-error":
            return
        drugs = self._drugs()
        reason = self._not_taken()
        if not drugs:
            self.unidentified = self.unidentified and reason is None
            if reason is None:
                self.reader.perhaps_taken.update(dict.fromkeys(self.named, self.item.pointer))
            return
        if reason is not None:
            self._note(f"{reason}; ignored")
            return
        dosages = objects(self.body.get(self.dosing))
        period = self._period(bounds(dosages))
        start = self._start(period.start)
        stop = self._stop(start, period.end)
        indication = self._indication()
        for drug, whole in drugs.items():
            course = Course(self.item, drug, f"{self.item.pointer}/{self.dosing}", draft=self.draft)
            course.start, course.stop, course.indication = start, stop, indication
            try:
                if not whole:
                    raise UnclearError("a product with several ingredients")
                course.dose = daily_dose(dosages, self.as_of, self.reader.vocabulary.dose)
            except UnclearError as unclear:
                course.unclear = str(unclear)
            yield course

    def _note(self, message: str) -> None:
        self.reader.notes.add_grouped(f"{self.item.kind}: {message}", self.item.pointer)

    def _not_taken(self) -> str | None:
        """Return why the resource does not count as a drug being taken; None if it counts."""
        if self.status in NEVER_TAKEN and not self.draft:
            return f"status '{self.status}'"
        if self.body.get("doNotPerform") is True:
            return "an order not to give it"
        reported = self.body.get("reportedBoolean") is True or "reportedReference" in self.body
        intent = self.body.get("intent")
        if self.item.kind == REQUEST and intent in NOT_ORDERS and not (self.draft or reported):
            return f"intent '{intent}'"
        return None

    def _drugs(self) -> dict[str, bool]:
        """Return the rulebook's drugs in the product, each with whether it is the only ingredient."""
        concept, product = self.body.get("medicationCodeableConcept"), None
        at = f"{self.item.pointer}/medicationCodeableConcept"
        if concept is None:
            reference = self.body.get("medicationReference")
            product = self.reader.resources.follow(self.item, reference)
            if product is None or product.kind != "Medication":
                self._note("its medicationReference is not a Medication in the Bundle; not used")
                self.unidentified = True
                return {}
            if product.body.get("status") == "entered-in-error":
                self._note("its Medication was entered in error; not used")
                return {}
            concept, at = product.body.get("code"), f"{product.pointer}/code"
        drug = self.reader.concept("drugs", concept, at)
        if drug is not None:
            return {drug: True}
        found = self._ingredients(product) if product is not None else {}
        if not found:
            named = report_unknown(self.reader, self.item, concept, "drugs")
            self.named = named
            self.unidentified = bool(named) or next(codings(concept), None) is None
        return found

    def _ingredients(self, product: Item) -> dict[str, bool]:
        ingredients = objects(product.body.get("ingredient"))
        found = (
            self.reader.concept(
                "drugs", entry.get("itemCodeableConcept"), f"{product.pointer}/ingredient/{index}"
            )
            for index, entry in enumerate(ingredients)
        )
        return {drug: len(ingredients) == 1 for drug in found if drug is not None}

    def _period(self, dosed: Bounds) -> Bounds:
        """Return the period in which it is taken: that of the statement, otherwise that of its dosage."""
        period = self.body.get("effectivePeriod")
        if not isinstance(period, dict):
            return dosed
        return Bounds(moment(period.get("start")) or dosed.start, moment(period.get("end")) or dosed.end)

    def _start(self, begun: Moment | None) -> datetime.date | None:
        """Return the first day: as stated, otherwise the day on which an order was written."""
        if begun is None and self.item.kind == REQUEST:
            begun = moment(self.body.get("authoredOn"))
            if begun is None and self.draft:
                return self.as_of
        if begun is None:
            return None
        if begun.day is None and begun.first <= self.as_of:
            self._note("the start has no day; the start is not known")
            return None
        return begun.first

    def _stop(self, start: datetime.date | None, end: Moment | None) -> datetime.date | None:
        """Return the first day without the drug.

        FHIR's last day is still a day with the drug. If the day of the end is not stated, this is the latest
        possible day, so that a waiting time after it does not seem to be over too early.
        """
        last = end.last + ONE_DAY if end is not None else None
        if last is not None and last <= self.as_of:
            if self.status not in ENDED:
                self._note(f"status '{self.status}', but its period has ended; treated as stopped then")
        elif self.status in {"active", "draft"}:
            return last if end is not None and end.day is not None else None
        elif start is not None and start > self.as_of:
            return None
        else:
            self._note(
                f"status '{self.status}', but no end date; treated as stopped on {self.as_of}, "
                "so that no waiting time is assumed to be over"
            )
            last = self.as_of
        return last if start is None or last >= start else start

    def _indication(self) -> str | None:
        """Return the indication: a condition of the rulebook, otherwise a code that it does not know."""
        references = objects(self.body.get("reasonReference"))
        reasons = [self.reader.resources.follow(self.item, reference) for reference in references]
        stated = [
            *objects(self.body.get("reasonCode")),
            *(reason.body.get("code") for reason in reasons if reason is not None),
        ]
        at = f"{self.item.pointer}/reasonCode"
        known = {self.reader.concept("conditions", reason, at) for reason in stated} - {None}
        if len(known) > 1:
            self._note("several reasons; the indication is not known")
            return None
        if known:
            return known.pop()
        foreign = (
            f"{system}|{code}" for reason in stated for system, code in codings(reason) if system is not None
        )
        return next((code for code in foreign if len(code) <= MOST_CODE), None)


def as_entries(reader: Reader, found: list[Course]) -> list[Entry]:
    """Return ``found`` as entries of the record; add a notice for every missing dose."""
    entries = []
    unit = reader.vocabulary.dose.unit
    for course in found:
        body: Json = {"drug": course.drug}
        if course.dose is not None:
            body["daily_dose"] = {"value": course.dose, "unit": unit}
        elif course.is_active(reader.as_of):
            at = course.dosages if text(course.unclear) else course.item.pointer
            reader.notes.add(at, f"{course.unclear}: the daily dose of {course.drug} is not known")
        for name, day in (("start", course.start), ("stop", course.stop)):
            if day is not None:
                body[name] = day.isoformat()
        if course.indication is not None:
            body["indication"] = course.indication
        entries.append(Entry(body, course.item.pointer, {"daily_dose": course.dosages}))
    return entries
