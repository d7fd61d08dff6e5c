"""What would change in the answer if one value of the record were another."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from cds_engine.answer.models import Advisory, Evaluation
from cds_engine.errors import Problem, RecordError, pointer
from cds_engine.language.kleene import Outcome
from cds_engine.quantities.numbers import in_bounds, to_json

SECTIONS = ("medications", "observations", "conditions", "symptoms")
FIELDS: Mapping[str, tuple[str, ...]] = {
    "medications": ("drug", "daily_dose/value", "daily_dose/unit", "start", "stop", "indication", "taken"),
    "observations": ("code", "value", "unit", "date", "status"),
    "conditions": ("code", "present", "onset", "resolved"),
    "symptoms": ("code", "present", "severity"),
}
"""The fields of entries that can be changed, also those that an entry does not have."""
PATIENT_FIELDS = ("birth_date", "age_years", "sex")


@dataclass(frozen=True, slots=True)
class Place:
    """A value that can be changed: its pointer, what people call it, and its text now."""

    pointer: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """The values of one entry of the record."""

    title: str
    places: tuple[Place, ...]
    entry: str | None
    """The pointer of the entry, which can be removed."""


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs in the answer after a change; ``outcomes`` are rules, each with before and after."""

    appear: tuple[Advisory, ...]
    disappear: tuple[Advisory, ...]
    reworded: tuple[tuple[Advisory, Advisory], ...]
    outcomes: tuple[tuple[str, Outcome, Outcome], ...]

    @property
    def nothing(self) -> bool:
        """Whether the answer is the same."""
        return not (self.appear or self.disappear or self.reworded or self.outcomes)


def groups(record: Mapping[str, Any]) -> Iterator[Group]:
    """Yield the values of a native record that can be changed, entry by entry."""
    general = [Place("/as_of", "day of the evaluation", _text(record.get("as_of")))]
    patient = record.get("patient") or {}
    for name in PATIENT_FIELDS:
        general.append(Place(pointer("patient", name), _label(name), _text(patient.get(name))))
    for name, value in (record.get("history") or {}).items():
        general.append(Place(pointer("history", name), _label(name), _text(value)))
    yield Group("patient and date", tuple(general), None)
    for section in SECTIONS:
        for index, entry in enumerate(record.get(section) or ()):
            at = pointer(section, index)
            places = (
                Place(f"{at}/{name}", _label(name), _text(_find(entry, name.split("/"))))
                for name in FIELDS[section]
            )
            yield Group(_entry_title(section, entry), tuple(places), at)


def apply_change(record: Mapping[str, Any], at: str, text: str) -> dict[str, Any]:
    """Return ``record`` with one value changed.

    Args:
        record: a native record.
        at: the pointer of a value that :func:`groups` names, or of an entry, which is then removed.
        text: the new value; a blank one means that the value is not stated.

    Raises:
        RecordError: if there is no such place.
    """
    known = list(groups(record))
    if not any(at == group.entry or at in {place.pointer for place in group.places} for group in known):
        raise RecordError([Problem("change", f"expected the place of a value, found '{at[:60]}'", at[:60])])
    changed: dict[str, Any] = copy.deepcopy(dict(record))
    *path, last = (part.replace("~1", "/").replace("~0", "~") for part in at.split("/")[1:])
    where: Any = changed
    for step in path:
        if isinstance(where, dict) and where.get(step) is None:
            where[step] = {}
        where = where[int(step)] if isinstance(where, list) else where[step]
    if isinstance(where, list):
        del where[int(last)]
    elif not text:
        where.pop(last, None)
    else:
        where[last] = _value(last, text, number="history" in path)
        where.pop(_OTHER_AGE.get(last), None)
    return changed


_OTHER_AGE = {"birth_date": "age_years", "age_years": "birth_date"}
_WORDS: Mapping[str, bool | None] = {"yes": True, "true": True, "no": False, "false": False, "unknown": None}


def _value(name: str, text: str, *, number: bool) -> object:
    """Return the JSON value that a person means by a text; the record says if it does not fit."""
    if name in ("present", "taken"):
        return _WORDS.get(text.lower(), text)
    if number or name in ("value", "age_years"):
        try:
            exact = Decimal(text.replace(",", "."))
        except InvalidOperation:
            return text
        return to_json(exact) if in_bounds(exact) else text
    return text


def compare(before: Evaluation, after: Evaluation) -> Difference:
    """Return what differs between two evaluations with the same rulebook."""
    old = {advisory.rule: advisory for advisory in before.advisories}
    new = {advisory.rule: advisory for advisory in after.advisories}
    outcomes = before.outcomes.by_rule
    return Difference(
        appear=tuple(advisory for rule, advisory in new.items() if rule not in old),
        disappear=tuple(advisory for rule, advisory in old.items() if rule not in new),
        reworded=tuple(
            (old[rule], advisory)
            for rule, advisory in new.items()
            if rule in old and (old[rule].summary, old[rule].detail) != (advisory.summary, advisory.detail)
        ),
        outcomes=tuple(
            (rule, outcomes[rule], outcome)
            for rule, outcome in sorted(after.outcomes.by_rule.items())
            if outcomes[rule] != outcome and "fired" not in (outcomes[rule], outcome)
        ),
    )


def _find(value: Any, path: list[str]) -> object:
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def _text(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
    return str(value)


def _label(name: str) -> str:
    return name.replace("_", " ").replace("/", " ")


def _entry_title(section: str, entry: Mapping[str, Any]) -> str:
    name = str(entry.get("drug") or entry.get("code") or "entry")
    when = entry.get("date") or entry.get("start") or entry.get("onset")
    return f"{section[:-1]}: {name}{f', {when}' if when else ''}"
