"""A native record with changes put into it, and the changes in words."""

from __future__ import annotations

import copy
import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from cds_engine.audit.proof.distance import ChangedAttribute, ChangedItem
from cds_engine.audit.proof.entries import OTHER
from cds_engine.evaluate import Engine
from cds_engine.language.expressions import Scalar
from cds_engine.quantities.numbers import to_json
from cds_engine.record.chart import CONCEPTS
from cds_engine.record.editing import Json, add_entry, complete_section
from cds_engine.record.moments import day_of
from cds_engine.rulebook.text import format_value

_DAYS = {
    ("observations", "ago"): "date",
    ("medications", "begun"): "start",
    ("medications", "ended"): "stop",
    ("conditions", "begun"): "onset",
    ("conditions", "ended"): "resolved",
}
_WORDS = {
    "date": "day of the result",
    "start": "first day",
    "stop": "stopped on",
    "onset": "began on",
    "resolved": "ended on",
    "value": "result",
    "dose": "daily dose",
    "indication": "taken for",
    "severity": "severity",
    "age_years": "age",
    "sex": "sex",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a record: its place in the changed record, its text, and both values for people.

    ``pointer`` is None for an entry that was left out. ``before`` is None for what was not known or listed.
    """

    pointer: str | None
    text: str
    before: str | None
    after: str | None


def changed_record(
    engine: Engine, record: Mapping[str, Any], as_of: datetime.date, changes: Sequence[ChangedItem]
) -> tuple[Json, tuple[Change, ...]]:
    """Return a native record after ``changes``, and the changes in words."""
    return _Editor(engine, record, as_of).edited(changes)


class _Editor:
    def __init__(self, engine: Engine, record: Mapping[str, Any], as_of: datetime.date) -> None:
        self._words = engine.vocabulary
        self._terms = engine.rulebook.terminology
        self._record: Json = copy.deepcopy(dict(record))
        self._as_of = as_of

    def edited(self, changes: Sequence[ChangedItem]) -> tuple[Json, tuple[Change, ...]]:
        made = [change for item in changes for change in self._item(item)]
        # Entries are left out last, so that the pointers of the other changes are valid until then.
        removed = sorted((item for item in changes if item.removed), key=_index, reverse=True)
        made += [Change(None, f"without {self._name(item)}", self._name(item), None) for item in removed]
        for item in removed:
            del self._record[item.section][_index(item)]
            made = [replace(change, pointer=_moved(change.pointer, item)) for change in made]
        return self._record, tuple(made)

    def _item(self, item: ChangedItem) -> Iterator[Change]:
        if item.removed:
            return
        if item.section in ("patient", "history"):
            yield from (self._value(item.section, attribute) for attribute in item.attributes)
        elif item.concept is None:
            yield self._complete(item.section)
        elif item.pointer is None:
            yield self._new(item)
        else:
            yield from self._existing(item)

    def _value(self, section: str, attribute: ChangedAttribute) -> Change:
        values: Json = dict(self._record.get(section) or {})
        self._record[section] = values
        name, after = attribute.name, attribute.after
        at = f"/{section}/{name}"
        if name == "age_years" and values.get("birth_date") is not None:
            assert isinstance(after, Decimal)
            values["birth_date"] = self._born(values["birth_date"], int(after))
            at = f"/{section}/birth_date"
        else:
            assert after is not None
            values[name] = _json(after)
        unit = "a" if name == "age_years" else None
        label = _WORDS.get(name, name.replace("_", " "))
        return _change(at, label, _shown(attribute.before, unit), _shown(after, unit))

    def _born(self, stated: str, years: int) -> str:
        """Return a date of birth with the same birthday, at which the patient has an age."""
        birth, day = datetime.date.fromisoformat(stated), day_of(self._as_of)
        year = day.year - years - int((day.month, day.day) < (birth.month, birth.day))
        try:
            return birth.replace(year=year).isoformat()
        except ValueError:
            return datetime.date(year, 3, 1).isoformat()

    def _complete(self, section: str) -> Change:
        """Let a section be complete as it is, or empty if it was not given."""
        given = self._record.get(section) is not None
        complete_section(self._record, section)
        what = "lists everything" if given else "is given and lists nothing else"
        return Change(f"/{section}", f"the list of {section} {what}", None, "complete")

    def _new(self, item: ChangedItem) -> Change:
        section, concept = item.section, item.concept
        assert concept is not None
        entry: Json = {"drug" if section == "medications" else "code": concept}
        parts = []
        for attribute in item.attributes:
            parts += self._set(entry, item, attribute)
        if section in ("conditions", "symptoms") and "present" not in entry:
            entry["present"] = True
        index = add_entry(self._record, section, entry)
        title = self._name(item)
        if entry.get("present") is False:
            title = f"no {title}"
        details = ", ".join(part for part in parts if part)
        text = f"in addition: {title}{f' ({details})' if details else ''}"
        return Change(f"/{section}/{index}", text, None, title)

    def _existing(self, item: ChangedItem) -> Iterator[Change]:
        entry: Json = self._record[item.section][_index(item)]
        name = self._name(item)
        for attribute in item.attributes:
            before = self._shown(item, attribute.name, attribute.before)
            self._set(entry, item, attribute)
            after = self._shown(item, attribute.name, attribute.after)
            if attribute.name == "active":
                text = f"{name}: {'still taken' if attribute.after else 'no longer taken'}"
                yield Change(item.pointer, text, before, after)
            elif attribute.name in ("present", "certain"):
                verb = "taken" if attribute.name == "certain" else "present"
                text = f"{name}: {'' if attribute.after else 'not '}{verb}"
                yield Change(item.pointer, text, before, after)
            elif attribute.after is not None:
                key = self._key(item.section, attribute.name)
                label = f"{name}, {_WORDS.get(key, _WORDS.get(attribute.name, key))}"
                yield _change(f"{item.pointer}/{key}", label, before, after)

    def _set(self, entry: Json, item: ChangedItem, attribute: ChangedAttribute) -> list[str]:
        """Set an attribute in an entry; return it in words."""
        section, name, after = item.section, attribute.name, attribute.after
        key = self._key(section, name)
        shown = self._shown(item, name, after)
        match name:
            case "active":
                if after:
                    entry.pop("stop", None)
                    entry.pop("stopped", None)
                elif entry.get("stop") is None:
                    entry["stopped"] = True
                return ["taken" if after else "stopped"]
            case "certain":
                entry.pop("taken", None)
                return []
            case "value":
                assert item.concept is not None
                entry["value"], entry["unit"] = _json(after), self._words.quantities[item.concept].unit
            case "dose":
                entry["daily_dose"] = {"value": _json(after), "unit": self._words.dose.unit}
            case _ if after is None:
                entry.pop(key, None)
            case _ if (section, name) in _DAYS:
                entry[key] = self._date(after)
                if key == "stop":
                    entry.pop("stopped", None)
            case _:
                entry[key] = OTHER if after == OTHER else _json(after)
        label = _WORDS.get(key, _WORDS.get(name, key))
        if shown is None or name == "present":
            return []
        return [shown if name in ("value", "dose", "severity") else f"{label} {shown}"]

    @staticmethod
    def _key(section: str, name: str) -> str:
        """Return the field of a record's entry for an attribute."""
        return _DAYS.get((section, name), "daily_dose" if name == "dose" else name)

    def _shown(self, item: ChangedItem, name: str, value: Scalar | None) -> str | None:
        if value is None:
            return None
        if (item.section, name) in _DAYS:
            return self._date(value)
        if name == "value":
            assert item.concept is not None
            return format_value(value, self._words.quantities[item.concept].unit)
        if name == "indication" and value in self._terms.conditions:
            return self._terms.conditions[str(value)].title
        return format_value(value, self._words.dose.unit if name == "dose" else None)

    def _date(self, days: Scalar) -> str:
        assert isinstance(days, Decimal)
        return (day_of(self._as_of) - datetime.timedelta(days=int(days))).isoformat()

    def _name(self, item: ChangedItem) -> str:
        """Return what people call an entry, with the day of a result."""
        section: Any = CONCEPTS[item.section]  # type: ignore[index]
        title: str = getattr(self._terms, section)[item.concept].title
        if item.section == "observations" and item.pointer is not None:
            day = self._record["observations"][_index(item)].get("date")
            return title if day is None else f"{title} of {day[:10]}"
        return title


def _index(item: ChangedItem) -> int:
    assert item.pointer is not None
    return int(item.pointer.rpartition("/")[2])


def _moved(pointer: str | None, removed: ChangedItem) -> str | None:
    """Return the pointer of a place after an entry was left out."""
    if pointer is None or not pointer.startswith(f"/{removed.section}/"):
        return pointer
    _, section, index, *rest = pointer.split("/")
    moved = int(index) - (int(index) > _index(removed))
    return "/".join(["", section, str(moved), *rest])


def _change(pointer: str, label: str, before: str | None, after: str | None) -> Change:
    instead = "" if before is None else f" instead of {before}"
    return Change(pointer, f"{label}: {after}{instead}", before, after)


def _shown(value: Scalar | None, unit: str | None) -> str | None:
    return None if value is None else format_value(value, unit)


def _json(value: Scalar | None) -> Any:
    return to_json(value) if isinstance(value, Decimal) else value
