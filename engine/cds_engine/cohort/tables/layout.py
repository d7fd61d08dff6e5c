"""The columns that the tables may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from cds_engine.rulebook.vocabulary import Section

Kind = Literal["text", "date", "number", "boolean"]
TableName = Literal["patient", "condition", "medication", "observation", "symptom"]
EventName = Literal["condition", "medication", "observation", "symptom"]
TABLES: tuple[TableName, ...] = ("patient", "condition", "medication", "observation", "symptom")
TYPES: Mapping[Kind, str] = {
    "text": "string",
    "date": "date",
    "number": "decimal(18, 6)",
    "boolean": "boolean",
}
"""What a cell of each kind is read as."""
HISTORY = "history."


@dataclass(frozen=True)
class Layout:
    """The columns of a table with their kinds; ``required`` ones cannot be missing."""

    columns: Mapping[str, Kind]
    required: tuple[str, ...]


@dataclass(frozen=True)
class EventLayout(Layout):
    """The columns of a table of entries: ``code`` is the one that names a concept of ``section``."""

    code: str
    section: Section
    recorded: str
    """The column of the patient that says whether the section was recorded."""


EVENTS: Mapping[EventName, EventLayout] = {
    "condition": EventLayout(
        {"patient_id": "text", "code": "text", "present": "boolean", "onset": "date", "resolved": "date"},
        ("patient_id", "code"),
        "code",
        "conditions",
        "conditions_recorded",
    ),
    "medication": EventLayout(
        {
            "patient_id": "text",
            "drug": "text",
            "dose_value": "number",
            "dose_unit": "text",
            "start": "date",
            "stop": "date",
            "indication": "text",
        },
        ("patient_id", "drug"),
        "drug",
        "drugs",
        "medications_recorded",
    ),
    "observation": EventLayout(
        {
            "patient_id": "text",
            "code": "text",
            "value": "number",
            "unit": "text",
            "date": "date",
            "status": "text",
        },
        ("patient_id", "code"),
        "code",
        "observations",
        "observations_recorded",
    ),
    "symptom": EventLayout(
        {"patient_id": "text", "code": "text", "present": "boolean", "severity": "text"},
        ("patient_id", "code"),
        "code",
        "symptoms",
        "symptoms_recorded",
    ),
}


def layouts(history_fields: Iterable[str]) -> Mapping[TableName, Layout]:
    """Return the layout of every table; the patients' has a column for each of ``history_fields``."""
    patient: dict[str, Kind] = {
        "patient_id": "text",
        "as_of": "date",
        "birth_date": "date",
        "age_years": "number",
        "sex": "text",
        "deceased_date": "date",
    }
    patient.update((HISTORY + field, "number") for field in history_fields)
    patient.update((event.recorded, "boolean") for event in EVENTS.values())
    found: dict[TableName, Layout] = {"patient": Layout(patient, ("patient_id",))}
    found.update(EVENTS.items())
    return found
