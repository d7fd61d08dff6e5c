"""Evaluates a population: reads, evaluates, writes and counts each partition of the input."""

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
from cds_engine.cohort.backend import MATERIALIZED, Backend
from cds_engine.cohort.counts import BAND_STARTS, BANDS, UNKNOWN_AGE, Counts
from cds_engine.cohort.output import Output
from cds_engine.cohort.report.data import identity_data
from cds_engine.cohort.rule_outcomes import AGE_BAND, KEYS, evaluate_rules
from cds_engine.cohort.source import Batch, Source, Span, spans
from cds_engine.evaluate import Engine
from cds_engine.language.kleene import OUTCOMES
from cds_engine.language.queries import PatientValue

Progress = Callable[[int, int], None]
"""Called with the weight of the work done since the last call, and the number of rows evaluated in it."""
_MISSING = "missing "


def run_identity(engine: Engine, source: Source, backend: str, as_of: datetime.date) -> dict[str, Any]:
    """Return everything that the outcomes depend on, as JSON data."""
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
    """SQL that evaluates facts, and two queries on its result: the counts, and the outcomes to write."""

    evaluated: str
    counts: str
    outcomes: str


class CohortRun:
    """The evaluation of a population by one rulebook on one backend."""

    def __init__(self, engine: Engine, backend: Backend) -> None:
        self.engine = engine
        self.backend = backend
        self.spans = spans(engine)
        self._queries: dict[tuple[ibis.Schema, ...], Queries] = {}
        self.rules = tuple(rule.id for rule in engine.rulebook.active_rules)
        self._cells = {f"{rule} {outcome}": (rule, outcome) for rule in self.rules for outcome in OUTCOMES}
        facts = engine.rulebook.facts.values()
        self.age = next((fact.name for fact in facts if fact.derivation == PatientValue("age_years")), None)
        self.metadata = {
            "research_use_only": "true",
            "disclaimer": engine.rulebook.file.disclaimer,
            "rulebook": json.dumps(identity_data(engine.rulebook)),
        }

    def evaluate(self, source: Source, output: Output, progress: Progress) -> Counts:
        """Evaluate every partition that is not done yet, and return the counts of all partitions."""
        todo = [part for part in source.partitions if not output.is_done(part.name)]
        progress(sum(part.weight for part in source.partitions) - sum(part.weight for part in todo), 0)
        for batch in source.read(todo, self.backend, output.scratch):
            rejects = self._rows(batch.rejects)
            queries = self.queries(batch)
            with self.backend.materialized(queries.evaluated):
                counts = self._counts(queries.counts)
                counts.rejected = _rejected(rejects, source.layout)
                counts.unused = self._unused(batch)
                output.write(
                    batch.partition.name,
                    partial(self.backend.write, queries.outcomes, metadata=self.metadata),
                    (json.dumps(row, default=str, ensure_ascii=False) + "\n" for row in rejects),
                    counts,
                )
            progress(batch.partition.weight, counts.patients + counts.rejected)
        return output.done()

    def queries(self, batch: Batch) -> Queries:
        """Return the queries of a batch; batches with the same schema share them and only replace the views.

        Writing the queries takes as long as evaluating many thousand patients.
        """
        schemas = []
        for number, span in enumerate(self.spans):
            facts = batch.facts(span)
            self.backend.connection.create_view(f"facts{number}", facts, overwrite=True)
            schemas.append(facts.schema())
        key = tuple(schemas)
        if key not in self._queries:
            self._queries[key] = self._write_queries(key)
        return self._queries[key]

    def _write_queries(self, schemas: tuple[ibis.Schema, ...]) -> Queries:
        compiled = self.backend.connection.compile
        # Every edition is a branch of the union, with the same columns.
        tables = [ibis.table(schema, name=f"facts{number}") for number, schema in enumerate(schemas)]
        evaluated = ibis.union(*map(self._evaluated, tables, self.spans))
        materialized = ibis.table(evaluated.schema(), name=MATERIALIZED)
        return Queries(
            compiled(evaluated),
            compiled(self._sums(materialized)),
            compiled(materialized.select(*KEYS, AGE_BAND, *self.rules)),
        )

    def _rows(self, table: ir.Table) -> list[dict[str, Any]]:
        # Not through its SQL: only Ibis registers in-memory tables with the database.
        rows: list[dict[str, Any]] = self.backend.connection.to_pyarrow(table).to_pylist()
        return rows

    def _unused(self, batch: Batch) -> Counter[str]:
        if batch.unused is None:
            return Counter()
        return Counter({row["fact"]: row["values"] for row in self._rows(batch.unused) if row["values"]})

    def _evaluated(self, facts: ir.Table, span: Span) -> ir.Table:
        facts = facts.mutate(**{AGE_BAND: self._band(facts)})
        evaluated = evaluate_rules(facts, span.edition, keep=[AGE_BAND])
        missing = {_MISSING + fact: waiting for fact, waiting in evaluated.missing.items()}
        return evaluated.table.select(*KEYS, AGE_BAND, **evaluated.outcomes(self.backend.label), **missing)

    def _band(self, facts: ir.Table) -> ir.StringValue:
        if self.age is None or self.age not in facts.columns:
            return ibis.literal(UNKNOWN_AGE)
        age = facts[self.age]
        bands = [(age < after, band) for after, band in zip(BAND_STARTS[1:], BANDS, strict=False)]
        return ibis.cases((age.isnull(), UNKNOWN_AGE), *bands, else_=BANDS[len(BAND_STARTS) - 1])

    def _sums(self, evaluated: ir.Table) -> ir.Table:
        """Return all counts, as sums of booleans in one pass."""
        sums = {name: (evaluated[rule] == outcome).sum() for name, (rule, outcome) in self._cells.items()}
        sums |= {name: evaluated[name].sum() for name in evaluated.columns if name.startswith(_MISSING)}
        return evaluated.group_by(AGE_BAND).aggregate(patients=evaluated.count(), **sums)

    def _counts(self, query: str) -> Counts:
        counts = Counts()
        for row in self.backend.fetch(query):
            band = row[AGE_BAND]
            counts.patients += row["patients"]
            counts.ages[band] = row["patients"]
            for name, found in row.items():
                # DuckDB returns sums as 128-bit numbers, which arrive as Decimal.
                if found and name in self._cells:
                    rule, outcome = self._cells[name]
                    counts.outcomes[rule, band, outcome] = int(found)
                elif found and name.startswith(_MISSING):
                    counts.missing[name.removeprefix(_MISSING)] += int(found)
        return counts


def _rejected(rejects: Sequence[Mapping[str, Any]], layout: Layout) -> int:
    """Return the number of rejected patients (tables), or rejected rows or documents (other layouts).

    Each may be rejected for several reasons.
    """
    found: set[object] = set()
    for number, reject in enumerate(rejects):
        if layout == "tables":
            found.add(reject["patient_id"] or number)
        else:
            found.add((reject["source"], reject["row"] or -number))
    return len(found)
