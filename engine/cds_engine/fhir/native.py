"""Writes the native record that a Bundle or a record is read as, with the source of each value."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cds_engine.errors import RecordError, pointer
from cds_engine.evaluate import Engine
from cds_engine.fhir.bundle import is_fhir
from cds_engine.fhir.medications import Drafts
from cds_engine.fhir.read import NO_DRAFTS, bundle_to_record
from cds_engine.fhir.values import Json
from cds_engine.record.models import Record


@dataclass(frozen=True, slots=True)
class NativeRecord:
    """A native record, and where each of its values comes from: pointers to pointers into the input."""

    record: Json
    sources: Mapping[str, str]

    def to_json(self, *, indent: int | None = None, sources: bool = False) -> str:
        """Return the record as JSON; with ``sources``, as an object of ``record`` and ``map``."""
        value = {"record": self.record, "map": dict(self.sources)} if sources else self.record
        separators = (",", ":") if indent is None else None
        return json.dumps(value, ensure_ascii=False, indent=indent, separators=separators)


def read_document(
    engine: Engine, document: object, as_of: datetime.date, *, source: str = "record"
) -> NativeRecord:
    """Return the native record that a FHIR Bundle, or a native record, is read as.

    Its evaluation has the same advisories and outcomes as that of the document. It states the moment of the
    evaluation, so it can be evaluated on any day.

    Args:
        engine: the engine that evaluates it.
        document: a document as :func:`cds_engine.record.json_text.parse_json` returns it.
        as_of: the moment to evaluate for, unless a native record states its own.
        source: the document's name in errors.

    Raises:
        RecordError: with every problem of the document, as its evaluation would.
    """
    if not is_fhir(document):
        record = engine.read(document, source)
        engine.facts(record, as_of, source=source)
        written = _written(record, as_of)
        stated = _written(record, None)
        return NativeRecord(written, {at: at for at in _values(stated)})
    return read_bundle_record(engine, document, as_of, source=source)


def read_bundle_record(  # noqa: PLR0913 - each of these is a separate choice of the caller
    engine: Engine,
    bundle: object,
    as_of: datetime.date,
    *,
    source: str = "bundle",
    drafts: Drafts = NO_DRAFTS,
    patient: str | None = None,
    searched: Collection[str] = (),
    unknown: Collection[str] = (),
) -> NativeRecord:
    """Return the native record that a FHIR Bundle is read as, as :func:`read_document` does.

    See :func:`cds_engine.fhir.read.bundle_to_record` for the other arguments.

    Raises:
        RecordError: if ``bundle`` is not a readable Bundle or contradicts itself.
    """
    native, _, references = bundle_to_record(
        bundle,
        source,
        engine.vocabulary,
        as_of,
        drafts=drafts,
        patient=patient,
        searched=searched,
        unknown=unknown,
    )
    try:
        record = engine.read(native, source)
        engine.facts(record, as_of, source=source)
    except RecordError as error:
        raise references.located(error) from None
    written = _written(record, as_of)
    return NativeRecord(written, _sources(written, references.known_pointer))


def _written(record: Record, as_of: datetime.date | None) -> Json:
    """Return a record as JSON values, with what it states and its moment."""
    stated = record.model_dump(exclude_unset=True)
    moment = record.as_of or as_of
    ordered = {name: stated[name] for name in Record.model_fields if name in stated}
    if moment is not None:
        ordered = {"as_of": moment, **ordered}
    written: Json = _plain(ordered)
    return written


def _plain(value: Any) -> Any:
    match value:
        case Decimal():
            # A record's numbers have at most 15 digits, which a double holds.
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime.date():
            return value.isoformat()
        case Mapping():
            return {name: _plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
    return value


def _values(value: Any, at: str = "") -> Iterator[str]:
    """Yield the pointer of every single value."""
    if isinstance(value, dict) and value:
        for name, inner in value.items():
            yield from _values(inner, f"{at}{pointer(name)}")
    elif isinstance(value, list) and value:
        for index, inner in enumerate(value):
            yield from _values(inner, f"{at}/{index}")
    elif at:
        yield at


def _sources(record: Json, source_of: Callable[[str], str | None]) -> dict[str, str]:
    found = ((at, source_of(at)) for at in _values(record))
    return {at: source for at, source in found if source is not None}
