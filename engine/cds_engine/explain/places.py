"""Where in the submitted document the value of each fact comes from.

Facts keep the pointers of the entries that they were derived from. How a fact is derived says which fields of
these entries it reads, so that a value can be linked to the field that states it.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cds_engine.errors import RecordError, pointer
from cds_engine.evaluate import Engine, RecordFacts
from cds_engine.fhir import bundle_to_record, is_fhir
from cds_engine.language.expressions import leaves
from cds_engine.language.queries import Computed, HistoryValue, PatientValue, Query, facts_read
from cds_engine.record.models import Record, RecordModel
from cds_engine.rulebook.model import Rulebook

_FIELDS: Mapping[str, tuple[str, ...]] = {
    "value": ("value",),
    "ago": ("date",),
    "rank": ("date",),
    "time": ("date",),
    "dose": ("daily_dose",),
    "begun": ("start", "onset"),
    "ended": ("stop", "resolved"),
    "dose_changed": ("daily_dose", "start"),
    "indication": ("indication",),
    "present": ("present",),
    "severity": ("severity",),
}
"""The fields of a record's entry that state an attribute of a chart's entry."""
_PATIENT = {"age_years": ("birth_date", "age_years"), "sex": ("sex",)}


def fact_places(
    engine: Engine, document: object, as_of: datetime.date, *, source: str = "record"
) -> dict[str, tuple[str, ...]]:
    """Return, for each known fact, the JSON pointers of the values in a document that it comes from.

    The pointer of a whole entry stands for an entry of which no single field decides, and that of a section
    for what the section does not list. In a FHIR Bundle, the pointers are those of its resources.

    Args:
        engine: the engine that evaluates the document.
        document: a document as :func:`cds_engine.record.json_text.parse_json` returns it.
        as_of: the moment to evaluate for, unless a native record states its own.
        source: the document's name in errors.

    Raises:
        RecordError: with every problem of the document.
    """
    if not is_fhir(document):
        record = engine.read(document, source)
        return _Places(engine.rulebook, record, engine.facts(record, as_of, source=source), str).all()
    native, _, references = bundle_to_record(document, source, engine.vocabulary, as_of)
    try:
        record = engine.read(native, source)
        facts = engine.facts(record, as_of, source=source)
    except RecordError as error:
        raise references.located(error) from None
    return _Places(engine.rulebook, record, facts, references.pointer).all()


class _Places:
    def __init__(
        self, rulebook: Rulebook, record: Record, facts: RecordFacts, place: Callable[[str], str]
    ) -> None:
        self._rulebook = rulebook
        self._record = record
        self._facts = facts
        self._place = place

    def all(self) -> dict[str, tuple[str, ...]]:
        return {
            name: tuple(dict.fromkeys(self._place(at) for at in self._of(name)))
            for name in self._facts.values
        }

    def _of(self, name: str) -> Iterator[str]:
        """Yield pointers into the record."""
        match self._rulebook.facts[name].derivation:
            case PatientValue(attribute):
                yield from self._stated("/patient", _PATIENT[attribute])
            case HistoryValue(field):
                yield pointer("history", field)
            case Computed() as computed:
                for read in facts_read(computed):
                    yield from self._of(read)
            case Query() as query:
                fields = tuple(_fields(query))
                for at in self._facts.sources[name]:
                    yield from self._stated(at, fields)

    def _stated(self, at: str, fields: tuple[str, ...]) -> Iterator[str]:
        """Yield the places of the fields that an object of the record states; its own if it states none."""
        found: Any = self._record
        for part in at.split("/")[1:]:
            found = found[int(part)] if part.isdecimal() else getattr(found, part)
        named = found.model_fields_set if isinstance(found, RecordModel) else ()
        stated = [
            name for name in dict.fromkeys(fields) if name in named and getattr(found, name) is not None
        ]
        for name in stated:
            yield f"{at}/{name}/value" if name == "daily_dose" else f"{at}/{name}"
        if not stated:
            yield at


def _fields(query: Query) -> Iterator[str]:
    """Yield the fields that a query reads, the one with its answer first."""
    if query.give is not None:
        yield from _FIELDS.get(query.give, ())
    for leaf in leaves(query.where) if query.where is not None else ():
        yield from _FIELDS.get(leaf.fact, ())
