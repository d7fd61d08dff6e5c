"""The columns that the tables may have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from cds_engine.language.queries import Section
from cds_engine.rulebook import vocabulary

Kind = Literal["text", "date", "moment", "number", "boolean"]
TableName = Literal["patient", "condition", "medication", "observation", "symptom"]
EventName = Literal["condition", "medication", "observation", "symptom"]
TABLES: tuple[TableName, ...] = ("patient", "condition", "medication", "observation", "symptom")
TYPES: Mapping[Kind, str] = {
    "text": "string",
    "date": "date",
    "moment": "string",
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
    """The columns of a table of entries; ``code`` is the one that names a concept."""

    code: str
    section: Section
    """The section of a record that has these entries."""
    concepts: vocabulary.Section
    """The section of the terminology that has their concepts."""

    @property
    def recorded(self) -> str:
        """The column of the patient that is false if the section was not recorded."""
        return f"{self.section}_recorded"

    @property
    def incomplete(self) -> str:
        """The column of the patient that is true if the section may contain more than it lists."""
        return f"{self.section}_incomplete"


EVENTS: Mapping[EventName, EventLayout] = {
    "condition": EventLayout(
        {"patient_id": "text", "code": "text", "present": "boolean", "onset": "date", "resolved": "date"},
        ("patient_id", "code"),
        "code",
        "conditions",
        "conditions",
    ),
    "medication": EventLayout(
        {
            "patient_id": "text",
            "drug": "text",
            "dose_value": "number",
            "dose_unit": "text",
            "start": "date",
            "stop": "date",
            "stopped": "boolean",
            "taken": "boolean",
            "indication": "text",
        },
        ("patient_id", "drug"),
        "drug",
        "medications",
        "drugs",
    ),
    "observation": EventLayout(
        {
            "patient_id": "text",
            "code": "text",
            "value": "number",
            "unit": "text",
            "date": "moment",
            "status": "text",
        },
        ("patient_id", "code"),
        "code",
        "observations",
        "observations",
    ),
    "symptom": EventLayout(
        {"patient_id": "text", "code": "text", "present": "boolean", "severity": "text"},
        ("patient_id", "code"),
        "code",
        "symptoms",
        "symptoms",
    ),
}


def layouts(history_fields: Iterable[str]) -> Mapping[TableName, Layout]:
    """Return the layout of every table; the patients' has a column for each of ``history_fields``."""
    patient: dict[str, Kind] = {
        "patient_id": "text",
        "as_of": "moment",
        "birth_date": "date",
        "age_years": "number",
        "sex": "text",
        "deceased_date": "date",
    }
    patient.update((HISTORY + field, "number") for field in history_fields)
    for event in EVENTS.values():
        patient.update({event.recorded: "boolean", event.incomplete: "boolean"})
    found: dict[TableName, Layout] = {"patient": Layout(patient, ("patient_id",))}
    found.update(EVENTS.items())
    return found
