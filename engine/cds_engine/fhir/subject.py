"""Finds the patient of a Bundle, and the resources that are about this patient."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import replace

from cds_engine.errors import Problem, RecordError
from cds_engine.fhir.bundle import SUBJECTS, Item, Resources
from cds_engine.fhir.notes import ENTRIES, Notes
from cds_engine.fhir.values import Json, Moment, moment, objects, text
from cds_engine.record.chart import completed_years

ONE_DAY = datetime.timedelta(days=1)
_SEXES = frozenset({"male", "female", "other", "unknown"})


class Subject:
    """The patient of a Bundle: a Patient resource, or the reference that all other resources share."""

    def __init__(self, resources: Resources, source: str, wanted: str | None = None) -> None:
        """Find the patient; ``wanted`` (an id or a reference) chooses among several.

        Raises:
            RecordError: if the Bundle is about several patients, with the place of each.
        """
        self._resources = resources
        self.reference = wanted and (wanted if "/" in wanted or ":" in wanted else f"Patient/{wanted}")
        self.item = self._choose(resources.of("Patient"), source)
        if self.item is not None:
            self.reference = self.item.reference
        elif self.reference is None:
            self.reference = self._only_reference(source)

    def _choose(self, patients: list[Item], source: str) -> Item | None:
        if self.reference is not None:
            chosen = self._resources.find(self.reference)
            return chosen if chosen in patients else None
        if len(patients) > 1:
            clinical = self._resources.of(*SUBJECTS)
            named_patients = {id(self._resources.follow(item, _subject(item))) for item in clinical}
            patients = [patient for patient in patients if id(patient) in named_patients] or patients
        if len(patients) > 1:
            message = f"expected one patient, found {len(patients)}"
            raise RecordError(Problem(source, message, patient.pointer) for patient in patients)
        return patients[0] if patients else None

    def _only_reference(self, source: str) -> str | None:
        found: dict[str, str] = {}
        for item in self._resources.of(*SUBJECTS):
            subject = _subject(item)
            reference = text(subject.get("reference")) if subject is not None else None
            if reference is not None and not reference.startswith("#"):
                found.setdefault(reference, f"{item.pointer}/{SUBJECTS[item.kind]}")
        if len(found) > 1:
            message = f"expected resources about one patient, found {len(found)} patients and no Patient"
            raise RecordError(Problem(source, message, at) for at in found.values())
        return next(iter(found), None)

    def own(self, items: Iterable[Item], notes: Notes) -> list[Item]:
        """Return the ``items`` that are about the patient, or may be; add a notice about the others."""
        own = []
        for item in items:
            at = f"{item.pointer}/{SUBJECTS[item.kind]}"
            about = self._is_about(item)
            if about is None:
                flaw = "names its patient in a way that may mean another one"
                notes.add_grouped(
                    f"this {item.kind} {flaw}; whether it is about the patient is not known", at
                )
                own.append(replace(item, flaw=item.flaw or flaw))
            elif about:
                own.append(item)
            else:
                notes.add_grouped("about another patient; not used", at)
        return own

    def _is_about(self, item: Item) -> bool | None:
        """Return whether a resource is about the patient; a resource that names no patient is.

        Another id than the patient's is another patient. A URN that is not in the Bundle may be anyone.
        """
        subject = _subject(item)
        if subject is None:
            return True
        reference = text(subject.get("reference"))
        if reference is None:
            return self._is_identified_by(subject.get("identifier"))
        found = self._resources.follow(item, subject)
        if self.item is not None and found is self.item:
            return True
        if self.item is None and (self.reference is None or reference.endswith(self.reference)):
            return True
        return None if found is None and reference.startswith("urn:") else False

    def _is_identified_by(self, identifier: object) -> bool | None:
        """Return whether an identifier is the patient's; None if it may be one that is not listed."""
        value = text(identifier.get("value")) if isinstance(identifier, dict) else None
        known = objects(self.item.body.get("identifier")) if self.item is not None else []
        if value is None or not known or value in {text(entry.get("value")) for entry in known}:
            return True
        system = text(identifier.get("system")) if isinstance(identifier, dict) else None
        return (
            False if system is not None and system in {text(entry.get("system")) for entry in known} else None
        )


def _subject(item: Item) -> Json | None:
    subject = item.body.get(SUBJECTS[item.kind])
    return subject if isinstance(subject, dict) else None


def patient_section(
    subject: Subject, as_of: datetime.date, notes: Notes
) -> tuple[Json | None, dict[str, str]]:
    """Return the record's ``patient``, and the place in the Bundle of each of its fields."""
    if subject.item is None:
        notes.add(ENTRIES, "no Patient; age and sex are not known")
        name = (subject.reference or "").rpartition("/")[2].removeprefix("urn:uuid:")
        return ({"id": name} if name else None), {}
    body, at = subject.item.body, subject.item.pointer
    patient: Json = {"id": text(body.get("id")) or (subject.item.url or "").removeprefix("urn:uuid:") or None}
    places = {"": at, "id": f"{at}/id"}
    if subject.item.flaw is not None:
        return patient, places
    if body.get("gender") in _SEXES:
        patient["sex"] = body["gender"]
    if "birthDate" in body:
        patient.update(_birth(body["birthDate"], as_of, f"{at}/birthDate", notes))
    died = next((name for name in ("deceasedDateTime", "deceasedBoolean") if name in body), None)
    if died is not None:
        patient["deceased_date"] = _death(body[died], as_of, f"{at}/{died}", notes)
    return patient, {
        **places,
        "sex": f"{at}/gender",
        "birth_date": f"{at}/birthDate",
        "age_years": f"{at}/birthDate",
        "deceased_date": f"{at}/{died}",
    }


def _birth(value: object, as_of: datetime.date, at: str, notes: Notes) -> Json:
    """Return the birth date, or the age if the year or month of birth is enough to know it."""
    born = moment(value)
    if born is None:
        notes.add(at, "the date of birth is not understood; the age is not known")
        return {}
    if born.day is not None:
        return {"birth_date": born.day.isoformat()}
    if born.last <= as_of and completed_years(born.first, as_of) == completed_years(born.last, as_of):
        return {"age_years": completed_years(born.first, as_of)}
    notes.add(at, f"the date of birth is too imprecise for the age on {as_of}; the age is not known")
    return {}


def _death(value: object, as_of: datetime.date, at: str, notes: Notes) -> str | None:
    """Return the date of death; if its day is not stated, the latest possible day before ``as_of``."""
    if value is False:
        return None
    died: Moment | None = moment(value)
    if died is not None and died.day is not None:
        return died.day.isoformat()
    if died is not None and died.first > as_of:
        return died.first.isoformat()
    day = min(as_of - ONE_DAY, died.last) if died is not None else as_of - ONE_DAY
    notes.add(at, f"the day of death is not stated; it is assumed to be before {as_of}")
    return day.isoformat()
