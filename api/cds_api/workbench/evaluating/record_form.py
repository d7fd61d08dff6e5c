"""A record as the fields of a form, and the fields of a form as a record."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from cds_engine.quantities.numbers import in_bounds, to_json
from cds_engine.rulebook.model import Rulebook

from cds_api.workbench.forms import Form

Kind = Literal["concept", "number", "date", "text", "choice"]
SECTIONS = ("medications", "observations", "conditions", "symptoms")
MAX_ENTRIES = 200
"""A record with more entries is edited as text."""
MAX_ROWS = 1000
_YES_NO = (("", "yes"), ("no", "no"), ("unknown", "not known"))
_WORDS: Mapping[str, bool | None] = {"no": False, "unknown": None}
_STATES: Mapping[str, Mapping[str, bool | None]] = {
    "stopped": {"stopped": True},
    "not-taken": {"taken": False},
    "unknown": {"taken": None},
}


@dataclass(frozen=True, slots=True)
class Column:
    """A field that every entry of a section has; ``path`` is its place in the entry."""

    path: str
    label: str
    kind: Kind
    choices: tuple[tuple[str, str], ...] = ()
    concepts: str = ""
    """The section whose concepts it may name."""


COLUMNS: Mapping[str, tuple[Column, ...]] = {
    "medications": (
        Column("drug", "drug", "concept", concepts="medications"),
        Column("daily_dose/value", "daily dose", "number"),
        Column("daily_dose/unit", "unit", "text"),
        Column("start", "first day", "date"),
        Column("stop", "stopped on", "date"),
        Column("indication", "taken for", "concept", concepts="conditions"),
        Column(
            "state",
            "state",
            "choice",
            (
                ("", "as the days say"),
                ("stopped", "stopped, day not known"),
                ("not-taken", "not taken"),
                ("unknown", "not known whether taken"),
            ),
        ),
    ),
    "observations": (
        Column("code", "measurement or score", "concept", concepts="observations"),
        Column("value", "result", "number"),
        Column("unit", "unit", "text"),
        Column("date", "day or time", "text"),
        Column(
            "status",
            "status",
            "choice",
            tuple(
                (value, value or "final")
                for value in ("", "amended", "corrected", "preliminary", "entered-in-error", "cancelled")
            ),
        ),
    ),
    "conditions": (
        Column("code", "condition", "concept", concepts="conditions"),
        Column("present", "present", "choice", _YES_NO),
        Column("onset", "since", "date"),
        Column("resolved", "until", "date"),
    ),
    "symptoms": (
        Column("code", "symptom", "concept", concepts="symptoms"),
        Column("present", "present", "choice", _YES_NO),
        Column(
            "severity",
            "severity",
            "choice",
            tuple((value, value or "not stated") for value in ("", "mild", "moderate", "severe")),
        ),
    ),
}
PATIENT = (
    Column("id", "id", "text"),
    Column("birth_date", "date of birth", "date"),
    Column("age_years", "or age in years", "number"),
    Column(
        "sex",
        "sex",
        "choice",
        tuple((value, value or "not stated") for value in ("", "female", "male", "other", "unknown")),
    ),
    Column("deceased_date", "date of death", "date"),
)


@dataclass(frozen=True, slots=True)
class Section:
    """A section of a record in the form; ``rows`` are the texts of its entries, by the path of the column."""

    name: str
    complete: bool
    rows: tuple[Mapping[str, str], ...]


def sections(record: Mapping[str, Any], blank: Mapping[str, int]) -> Iterator[Section]:
    """Yield the sections of a native record for the form, each with some blank rows at its end."""
    incomplete = record.get("incomplete") or ()
    for name in SECTIONS:
        entries = record.get(name)
        rows = [dict(_texts(name, entry)) for entry in entries or ()]
        rows += [{}] * blank.get(name, 0)
        yield Section(name, entries is not None and name not in incomplete, tuple(rows))


def _texts(section: str, entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for column in COLUMNS[section]:
        if column.path == "state":
            found = {key: entry[key] for key in ("stopped", "taken") if entry.get(key, True) is not True}
            found |= {"stopped": True} if entry.get("stopped") else {}
            yield "state", next((name for name, stated in _STATES.items() if stated == found), "")
            continue
        value: Any = entry
        for step in column.path.split("/"):
            value = value.get(step, "") if isinstance(value, Mapping) else ""
        yield column.path, _text(column, value)


def _text(column: Column, value: object) -> str:
    if column.choices == _YES_NO:
        return {False: "no", None: "unknown"}.get(value, "") if isinstance(value, bool | None) else ""
    return "" if value is None else str(value)


def patient_texts(record: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the texts of the patient's fields."""
    patient = record.get("patient") or {}
    return {column.path: _text(column, patient.get(column.path)) for column in PATIENT}


def record_of(form: Form) -> dict[str, Any]:
    """Return the native record that the fields of a form state; a blank field is not stated."""
    record: dict[str, Any] = {}
    patient = {
        column.path: _value(column, text)
        for column in PATIENT
        if (text := form.text(f"patient.{column.path}"))
    }
    if patient:
        record["patient"] = patient
    if form.text("as_of"):
        record["as_of"] = form.text("as_of")
    incomplete = []
    for section in SECTIONS:
        entries = list(_entries(section, form))
        complete = f"{section}.complete" in form
        if entries or complete:
            record[section] = entries
        if entries and not complete:
            incomplete.append(section)
    if incomplete:
        record["incomplete"] = incomplete
    names = [name for name in form.fields if name.startswith("history.")]
    history = {name.removeprefix("history."): _number(form.text(name)) for name in names if form.text(name)}
    if history:
        record["history"] = history
    return record


def _entries(section: str, form: Form) -> Iterator[dict[str, Any]]:
    for index in range(MAX_ROWS):
        if f"{section}.{index}.{COLUMNS[section][0].path}" not in form:
            return
        entry: dict[str, Any] = {}
        for column in COLUMNS[section]:
            text = form.text(f"{section}.{index}.{column.path}")
            if not text:
                continue
            if column.path == "state":
                entry |= _STATES.get(text, {})
                continue
            *outer, last = column.path.split("/")
            where = entry.setdefault(outer[0], {}) if outer else entry
            where[last] = _value(column, text)
        if entry.get("daily_dose") == {"unit": form.text(f"{section}.{index}.daily_dose/unit")}:
            del entry["daily_dose"]
        if entry:
            yield entry


def _value(column: Column, text: str) -> object:
    if column.choices == _YES_NO:
        return _WORDS.get(text, True)
    return _number(text) if column.kind == "number" else text


def _number(text: str) -> int | float | str:
    """Return the number that a person wrote; the text itself if it is none, which the record then says."""
    try:
        number = Decimal(text.replace(",", "."))
    except InvalidOperation:
        return text
    return to_json(number) if in_bounds(number) else text


def concepts(rulebook: Rulebook) -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """Return the concepts that each section may name: title and unit by name."""
    terms = rulebook.terminology
    drugs = {name: (each.title, terms.dose.unit) for name, each in terms.drugs.items()}
    return {
        "medications": drugs,
        "observations": {name: (each.title, each.unit) for name, each in terms.observations.items()},
        "conditions": {name: (each.title, "") for name, each in terms.conditions.items()},
        "symptoms": {name: (each.title, "") for name, each in terms.symptoms.items()},
    }
