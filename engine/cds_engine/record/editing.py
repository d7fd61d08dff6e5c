"""Changes to native records that are JSON data; the functions change the record that they are given."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


def add_entry(record: Json, section: str, entry: Json) -> int:
    """Add an entry to a section and return its index; a section that was not given stays incomplete."""
    if record.get(section) is None:
        record[section] = []
        record["incomplete"] = [*(record.get("incomplete") or ()), section]
    record[section].append(entry)
    return len(record[section]) - 1


def complete_section(record: Json, section: str) -> None:
    """Let a section list everything: it is given, and not incomplete."""
    record[section] = list(record.get(section) or ())
    left = [name for name in record.get("incomplete") or () if name != section]
    if left:
        record["incomplete"] = left
    else:
        record.pop("incomplete", None)
