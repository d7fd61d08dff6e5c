"""Documents made into facts: what one process does with a chunk of the records."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from cds_engine.cohort.record_files import Chunk
from cds_engine.cohort.rule_outcomes import DECEASED, KEYS
from cds_engine.cohort.source import REJECTS, spans
from cds_engine.errors import Problem, RecordError
from cds_engine.evaluate import Engine, RecordFacts
from cds_engine.fhir import bundle_to_record, is_fhir
from cds_engine.fhir.values import objects
from cds_engine.language.queries import PatientValue
from cds_engine.record.json_text import parse_json
from cds_engine.record.models import MAX_TEXT
from cds_engine.record.moments import day_of
from cds_engine.rulebook.model import Fact, Rulebook

ROWS = 5000
"""Rows that are held until they are written."""
_TYPES: Mapping[str, pa.DataType] = {"number": pa.float64(), "boolean": pa.bool_(), "code": pa.string()}


@dataclass(frozen=True, slots=True)
class Task:
    """A chunk to derive the facts of, and the folder to write them to."""

    name: str
    chunk: Chunk
    before: int
    """How many lines of the file end before the chunk."""
    folder: Path

    @property
    def facts(self) -> Path:
        """The file of facts."""
        return self.folder / f"{self.name}.facts.parquet"

    @property
    def rejects(self) -> Path:
        """The file of rejected documents."""
        return self.folder / f"{self.name}.rejects.parquet"


class Deriving:
    """What one process needs to make facts of documents."""

    def __init__(self, rulebook: Rulebook, as_of: datetime.date) -> None:
        self.engine = Engine(rulebook)
        self.as_of = as_of
        asked = {fact.name for span in spans(self.engine) for fact in span.edition.asked}
        self.columns = [
            fact
            for fact in rulebook.facts.values()
            if fact.name in asked or fact.derivation == PatientValue("age_years")
        ]

    def do(self, task: Task) -> None:
        """Write the facts of a chunk, and the documents in it that are rejected.

        Raises:
            RecordError: if a file cannot be read.
            OSError: if the results cannot be written.
        """
        with ExitStack() as stack:
            rows = stack.enter_context(closing(_Rows(task.facts, _schema(self.columns))))
            rejects = stack.enter_context(closing(_Rows(task.rejects, REJECTS.to_pyarrow())))
            for document in task.chunk.documents(task.before):
                value = None
                try:
                    value = parse_json(document.data, document.source)
                    rows.add(self.row(value, document.source))
                except RecordError as error:
                    who = id_in(value)
                    for problem in error.problems:
                        rejects.add((document.source, document.row, who, _reason(problem)))

    def row(self, value: object, source: str) -> tuple[object, ...]:
        """Return the row of facts of a parsed document.

        Raises:
            RecordError: with everything that is wrong with it.
        """
        who, facts = self._read(value, source)
        values = (facts.values.get(fact.name) for fact in self.columns)
        # A fact has at most 15 digits, which a double holds.
        numbers = (float(value) if isinstance(value, Decimal) else value for value in values)
        return who, day_of(facts.as_of), facts.deceased, *numbers

    def _read(self, value: object, source: str) -> tuple[str | None, RecordFacts]:
        """Return whose document it is, and its facts; a Bundle's problems point into the Bundle."""
        if not is_fhir(value):
            return self._facts(value, source)
        native, _, references = bundle_to_record(value, source, self.engine.vocabulary, self.as_of)
        try:
            return self._facts(native, source)
        except RecordError as error:
            raise references.located(error) from None

    def _facts(self, value: object, source: str) -> tuple[str | None, RecordFacts]:
        record = self.engine.read(value, source)
        facts = self.engine.facts(record, self.as_of, source=source)
        return record.patient.id if record.patient is not None else None, facts


class _Rows:
    """Rows on their way to a Parquet file; few are held at a time."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        self._schema = schema
        self._renderer = pq.ParquetWriter(path, schema)
        self._held: list[tuple[object, ...]] = []

    def add(self, row: tuple[object, ...]) -> None:
        self._held.append(row)
        if len(self._held) == ROWS:
            self._write()

    def close(self) -> None:
        if self._held:
            self._write()
        self._renderer.close()

    def _write(self) -> None:
        columns = zip(*self._held, strict=True)
        arrays = [pa.array(values, field.type) for values, field in zip(columns, self._schema, strict=True)]
        self._renderer.write_batch(pa.record_batch(arrays, self._schema))
        self._held.clear()


def _schema(columns: Iterable[Fact]) -> pa.Schema:
    who, as_of = KEYS
    keys = [(who, pa.string()), (as_of, pa.date32()), (DECEASED, pa.bool_())]
    return pa.schema([*keys, *((fact.name, _TYPES[fact.kind]) for fact in columns)])


def _reason(problem: Problem) -> str:
    """Return what is wrong and where in the document, of which most are one line long."""
    place = problem.pointer
    if not place and problem.line is not None:
        place = f"column {problem.column}"
        if problem.line > 1:
            place = f"line {problem.line}, {place}"
    return f"{place}: {problem.message}" if place else problem.message


def id_in(value: object) -> str | None:
    """Return whose a rejected document is, if it says so where it should."""
    if not isinstance(value, dict):
        return None
    whose = [value.get("patient")]
    if is_fhir(value):
        resources = [entry.get("resource") for entry in objects(value.get("entry"))]
        whose = [found for found in objects(resources) if found.get("resourceType") == "Patient"]
    names = [who.get("id") for who in objects(whose)]
    name = names[0] if len(names) == 1 else None
    return name if isinstance(name, str) and len(name) <= MAX_TEXT else None
