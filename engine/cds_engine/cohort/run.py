"""A population evaluated: each partition of the input judged, written and counted."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import ibis
import ibis.expr.types as ir

from cds_engine.cohort import Layout
from cds_engine.cohort.backend import KEPT, Backend
from cds_engine.cohort.counts import BAND_STARTS, BANDS, UNKNOWN_AGE, Counts
from cds_engine.cohort.output import Output
from cds_engine.cohort.report.data import identity_data
from cds_engine.cohort.rule_outcomes import KEYS, evaluate_rules
from cds_engine.cohort.source import Batch, Source, Span, spans
from cds_engine.evaluate import Engine
from cds_engine.language.kleene import OUTCOMES
from cds_engine.language.queries import PatientValue

Progress = Callable[[int, int], None]
"""Called with the weight of what was done since the last call, and how many rows this run evaluated of it."""
_BAND = "band of age"
_MISSING = "missing "


def work(engine: Engine, source: Source, backend: str, as_of: datetime.date) -> dict[str, Any]:
    """Return all that the outcomes depend on, as JSON."""
    return {
        "rulebook": identity_data(engine.rulebook),
        "layout": source.layout,
        "backend": backend,
        "date": str(as_of),
        "input": [[str(path), path.stat().st_size, path.stat().st_mtime_ns] for path in source.files],
        "partitions": [[part.name, part.weight] for part in source.partitions],
    }


@dataclass(frozen=True)
class Queries:
    """SQL that judges facts, and two queries of what it comes to: the counts, and the outcomes to write."""

    evaluated: str
    counts: str
    outcomes: str


class Run:
    """The evaluation of a population by one rulebook on one backend."""

    def __init__(self, engine: Engine, backend: Backend) -> None:
        self.engine = engine
        self.backend = backend
        self.spans = spans(engine)
        self._written: dict[tuple[ibis.Schema, ...], Queries] = {}
        self.rules = tuple(rule.id for rule in engine.rulebook.active_rules)
        self._cells = {f"{rule} {outcome}": (rule, outcome) for rule in self.rules for outcome in OUTCOMES}
        facts = engine.rulebook.facts.values()
        self.age = next((fact.name for fact in facts if fact.derivation == PatientValue("age_years")), None)
        self.about = {
            "research_use_only": "true",
            "disclaimer": engine.rulebook.file.disclaimer,
            "rulebook": json.dumps(identity_data(engine.rulebook)),
        }

    def evaluate(self, source: Source, output: Output, progress: Progress) -> Counts:
        """Evaluate every partition that is not yet done, and return the counts of all."""
        todo = [part for part in source.partitions if not output.is_done(part.name)]
        progress(sum(part.weight for part in source.partitions) - sum(part.weight for part in todo), 0)
        for batch in source.read(todo, self.backend, output.scratch):
            rejects = self._rows(batch.rejects)
            queries = self.queries(batch)
            with self.backend.kept(queries.evaluated):
                counts = self._counts(queries.counts)
                counts.rejected = _rejected(rejects, source.layout)
                counts.unused = self._unused(batch)
                output.write(
                    batch.partition.name,
                    partial(self.backend.write, queries.outcomes, about=self.about),
                    (json.dumps(row, default=str, ensure_ascii=False) + "\n" for row in rejects),
                    counts,
                )
            progress(batch.partition.weight, counts.patients + counts.rejected)
        return output.done()

    def queries(self, batch: Batch) -> Queries:
        """Return the queries of a batch, of which only the views that they read are new.

        To write them takes as long as to evaluate many thousand patients.
        """
        schemas = []
        for number, span in enumerate(self.spans):
            facts = batch.facts(span)
            self.backend.connection.create_view(f"facts{number}", facts, overwrite=True)
            schemas.append(facts.schema())
        key = tuple(schemas)
        if key not in self._written:
            self._written[key] = self._write_queries(key)
        return self._written[key]

    def _write_queries(self, schemas: tuple[ibis.Schema, ...]) -> Queries:
        compiled = self.backend.connection.compile
        # Every edition is a branch of the union, and gives the same columns.
        tables = [ibis.table(schema, name=f"facts{number}") for number, schema in enumerate(schemas)]
        evaluated = ibis.union(*map(self._judged, tables, self.spans))
        kept = ibis.table(evaluated.schema(), name=KEPT)
        return Queries(
            compiled(evaluated), compiled(self._sums(kept)), compiled(kept.select(*KEYS, *self.rules))
        )

    def _rows(self, table: ir.Table) -> list[dict[str, Any]]:
        # Not by way of its SQL: only Ibis makes the rows that Python has known to the database.
        rows: list[dict[str, Any]] = self.backend.connection.to_pyarrow(table).to_pylist()
        return rows

    def _unused(self, batch: Batch) -> Counter[str]:
        if batch.unused is None:
            return Counter()
        return Counter({row["fact"]: row["values"] for row in self._rows(batch.unused) if row["values"]})

    def _judged(self, facts: ir.Table, span: Span) -> ir.Table:
        facts = facts.mutate(**{_BAND: self._band(facts)})
        evaluated = evaluate_rules(facts, span.edition, keep=[_BAND])
        missing = {_MISSING + fact: waiting for fact, waiting in evaluated.missing.items()}
        return evaluated.table.select(*KEYS, _BAND, **evaluated.outcomes(self.backend.label), **missing)

    def _band(self, facts: ir.Table) -> ir.StringValue:
        if self.age is None or self.age not in facts.columns:
            return ibis.literal(UNKNOWN_AGE)
        age = facts[self.age]
        bands = [(age < after, band) for after, band in zip(BAND_STARTS[1:], BANDS, strict=False)]
        return ibis.cases((age.isnull(), UNKNOWN_AGE), *bands, else_=BANDS[len(BAND_STARTS) - 1])

    def _sums(self, evaluated: ir.Table) -> ir.Table:
        """Count in one pass: sums of truths, of which a database makes thousands of millions a second."""
        sums = {name: (evaluated[rule] == outcome).sum() for name, (rule, outcome) in self._cells.items()}
        sums |= {name: evaluated[name].sum() for name in evaluated.columns if name.startswith(_MISSING)}
        return evaluated.group_by(_BAND).aggregate(patients=evaluated.count(), **sums)

    def _counts(self, query: str) -> Counts:
        counts = Counts()
        for row in self.backend.fetch(query):
            band = row[_BAND]
            counts.patients += row["patients"]
            counts.ages[band] = row["patients"]
            for name, found in row.items():
                # DuckDB gives a sum as a number of 128 bits, which comes as a Decimal.
                if found and name in self._cells:
                    rule, outcome = self._cells[name]
                    counts.outcomes[rule, band, outcome] = int(found)
                elif found and name.startswith(_MISSING):
                    counts.missing[name.removeprefix(_MISSING)] += int(found)
        return counts


def _rejected(rejects: Sequence[Mapping[str, Any]], layout: Layout) -> int:
    """Return how many were rejected, of whom each may have several reasons.

    In tables that is a patient; elsewhere it is a row or a document, whoever it is about.
    """
    found: set[object] = set()
    for number, reject in enumerate(rejects):
        if layout == "tables":
            found.add(reject["patient_id"] or number)
        else:
            found.add((reject["source"], reject["row"] or -number))
    return len(found)
