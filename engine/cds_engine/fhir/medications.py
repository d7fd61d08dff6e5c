"""Orders and statements of medication as the medications of a record."""

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
    """One drug as one resource has it; ``unclear`` says why there is no dose."""

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
        """Whether the drug is being taken on ``as_of``."""
        begun = self.start is None or self.start <= as_of
        return begun and (self.stop is None or self.stop > as_of)

    def start_with(self, others: Iterable[Course]) -> None:
        """Take the earliest start among this and ``others``, which are the same treatment."""
        starts = [self.start, *(other.start for other in others)]
        known = [start for start in starts if start is not None]
        self.start = min(known) if len(known) == len(starts) else None


def courses(reader: Reader, items: Iterable[Item], *, drafts: bool) -> list[Course] | None:
    """Return what ``items`` (orders and statements of one patient) say is or was taken.

    With ``drafts`` the draft orders are taken as if in force; each replaces the orders of its drug. None
    means that not one could be told, though there is something: it is not known what is taken.
    """
    read = [_Medication(reader, item, drafts=drafts) for item in items]
    found = [course for medication in read for course in medication.courses()]
    unidentified = [medication.item for medication in read if medication.unidentified]
    if unidentified and not found:
        message = "no medication could be told by a code; what is taken is not known"
        reader.notes.say(unidentified[0].pointer, message)
        return None
    return found


class _Medication:
    """One MedicationRequest or MedicationStatement on its way to courses."""

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
            self._count(f"{reason}; not taken as given")
            return
        dosages = objects(self.body.get(self.dosing))
        held = self._held(bounds(dosages))
        start = self._start(held.start)
        stop = self._stop(start, held.end)
        indication = self._indication()
        for drug, whole in drugs.items():
            course = Course(self.item, drug, f"{self.item.pointer}/{self.dosing}", draft=self.draft)
            course.start, course.stop, course.indication = start, stop, indication
            try:
                if not whole:
                    raise UnclearError("the dose of a product with several ingredients")
                course.dose = daily_dose(dosages, self.as_of, self.reader.vocabulary.dose)
            except UnclearError as unclear:
                course.unclear = str(unclear)
            yield course

    def _count(self, message: str) -> None:
        self.reader.notes.count(f"{self.item.kind}: {message}", self.item.pointer)

    def _not_taken(self) -> str | None:
        """Return why the drug is not, or not known to be, meant to be taken."""
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
        """Return the drugs of the rulebook that this is, each with whether it is the whole product."""
        concept, product = self.body.get("medicationCodeableConcept"), None
        at = f"{self.item.pointer}/medicationCodeableConcept"
        if concept is None:
            reference = self.body.get("medicationReference")
            product = self.reader.resources.follow(self.item, reference)
            if product is None or product.kind != "Medication":
                self._count("its medicationReference leads to no Medication of the Bundle; not used")
                self.unidentified = True
                return {}
            if product.body.get("status") == "entered-in-error":
                self._count("its Medication was entered in error; not used")
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

    def _held(self, dosed: Bounds) -> Bounds:
        """Return from when to when it is taken: a statement's own period, else that of its dosage."""
        period = self.body.get("effectivePeriod")
        if not isinstance(period, dict):
            return dosed
        return Bounds(moment(period.get("start")) or dosed.start, moment(period.get("end")) or dosed.end)

    def _start(self, begun: Moment | None) -> datetime.date | None:
        """Return the first day: as stated, else for an order the day on which it was written."""
        if begun is None and self.item.kind == REQUEST:
            begun = moment(self.body.get("authoredOn"))
            if begun is None and self.draft:
                return self.as_of
        if begun is None:
            return None
        if begun.day is None and begun.first <= self.as_of:
            self._count("a start without a day; not known")
            return None
        return begun.first

    def _stop(self, start: datetime.date | None, end: Moment | None) -> datetime.date | None:
        """Return the first day without the drug.

        FHIR's last day is still a day with it. Where something ended on a day that is not stated, the
        latest possible one is taken: a wait that is counted from it must not be thought to be over.
        """
        last = end.last + ONE_DAY if end is not None else None
        if last is not None and last <= self.as_of:
            if self.status not in ENDED:
                self._count(f"status '{self.status}', but its period has ended; taken as stopped then")
        elif self.status in {"active", "draft"}:
            return last if end is not None and end.day is not None else None
        elif start is not None and start > self.as_of:
            return None
        else:
            self._count(
                f"status '{self.status}', and not since when; taken as stopped on {self.as_of}, "
                "since a time that must pass after it is not known to have passed"
            )
            last = self.as_of
        return last if start is None or last >= start else start

    def _indication(self) -> str | None:
        """Return what it is taken for: a condition of the rulebook, else a code that it does not know."""
        references = objects(self.body.get("reasonReference"))
        reasons = [self.reader.resources.follow(self.item, reference) for reference in references]
        stated = [
            *objects(self.body.get("reasonCode")),
            *(reason.body.get("code") for reason in reasons if reason is not None),
        ]
        at = f"{self.item.pointer}/reasonCode"
        known = {self.reader.concept("conditions", reason, at) for reason in stated} - {None}
        if len(known) > 1:
            self._count("several reasons; what it is taken for is not known")
            return None
        if known:
            return known.pop()
        foreign = (
            f"{system}|{code}" for reason in stated for system, code in codings(reason) if system is not None
        )
        return next((code for code in foreign if len(code) <= MOST_CODE), None)


def as_entries(reader: Reader, found: list[Course]) -> list[Entry]:
    """Return ``found`` as entries of the record, with a notice for every dose that is missing."""
    entries = []
    unit = reader.vocabulary.dose.unit
    for course in found:
        body: Json = {"drug": course.drug}
        if course.dose is not None:
            body["daily_dose"] = {"value": course.dose, "unit": unit}
        elif course.is_active(reader.as_of):
            at = course.dosages if text(course.unclear) else course.item.pointer
            reader.notes.say(at, f"{course.unclear}: the daily dose of {course.drug} is not known")
        for name, day in (("start", course.start), ("stop", course.stop)):
            if day is not None:
                body[name] = day.isoformat()
        if course.indication is not None:
            body["indication"] = course.indication
        entries.append(Entry(body, course.item.pointer, {"daily_dose": course.dosages}))
    return entries
