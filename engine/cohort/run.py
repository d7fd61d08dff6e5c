"""A population evaluated: each partition of the input judged, written and counted."""

from __future__ import annotations

import datetime
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import ibis
import ibis.expr.types as ir

from engine.cohort import Layout
from engine.cohort.backend import OUTCOMES, Backend
from engine.cohort.counts import BAND_STARTS, BANDS, UNKNOWN_AGE, Counts
from engine.cohort.judging import KEYS, judge
from engine.cohort.output import Output
from engine.cohort.report.data import identity_data
from engine.cohort.source import Batch, Source, Span, spans
from engine.evaluate import Engine
from engine.rulebook import files

Progress = Callable[[int], None]
"""Called with the weight of what was done since the last call."""
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


class Run:
    """The evaluation of a population by one rulebook on one backend."""

    def __init__(self, engine: Engine, backend: Backend) -> None:
        self.engine = engine
        self.backend = backend
        self.spans = spans(engine)
        self._queries: dict[tuple[ibis.Schema, ...], str] = {}
        self.rules = tuple(rule.id for rule in engine.rulebook.active_rules)
        facts = engine.rulebook.facts.values()
        self.age = next((fact.name for fact in facts if isinstance(fact.derivation, files.Age)), None)
        self.about = {
            "research_use_only": "true",
            "disclaimer": engine.rulebook.file.disclaimer,
            "rulebook": json.dumps(identity_data(engine.rulebook)),
        }

    def evaluate(self, source: Source, output: Output, progress: Progress) -> Counts:
        """Evaluate every partition that is not yet done, and return the counts of all."""
        todo = [part for part in source.partitions if not output.is_done(part.name)]
        progress(sum(part.weight for part in source.partitions) - sum(part.weight for part in todo))
        for batch in source.read(todo, self.backend, output.scratch):
            rejects = self.backend.connection.to_pyarrow(batch.rejects).to_pylist()
            with self.backend.kept(self._query(batch)) as kept:
                counts = self._counts(kept)
                counts.rejected = _rejected(rejects, source.layout)
                counts.unused = self._unused(batch)
                outcomes = kept.select(*KEYS, *self.rules)
                output.write(
                    batch.partition.name,
                    partial(self.backend.write, outcomes, about=self.about),
                    (json.dumps(row, default=str, ensure_ascii=False) + "\n" for row in rejects),
                    counts,
                )
            progress(batch.partition.weight)
        return output.done()

    def _query(self, batch: Batch) -> str:
        """Return the SQL that judges a batch, of which only the views that it reads are new.

        To write it takes as long as to evaluate many thousand patients.
        """
        connection = self.backend.connection
        schemas = []
        for number, span in enumerate(self.spans):
            facts = batch.facts(span)
            connection.create_view(f"facts{number}", facts, overwrite=True)
            schemas.append(facts.schema())
        key = tuple(schemas)
        if key not in self._queries:
            # Every edition is a branch of the union, and gives the same columns.
            tables = [ibis.table(schema, name=f"facts{number}") for number, schema in enumerate(schemas)]
            judged = ibis.union(*map(self._judged, tables, self.spans))
            self._queries[key] = connection.compile(judged)
        return self._queries[key]

    def _unused(self, batch: Batch) -> Counter[str]:
        if batch.unused is None:
            return Counter()
        rows = self.backend.connection.to_pyarrow(batch.unused).to_pylist()
        return Counter({row["fact"]: row["values"] for row in rows if row["values"]})

    def _judged(self, facts: ir.Table, span: Span) -> ir.Table:
        facts = facts.mutate(**{_BAND: self._band(facts)})
        judged = judge(facts, span.edition, keep=[_BAND])
        missing = {_MISSING + fact: waiting for fact, waiting in judged.missing.items()}
        return judged.table.select(*KEYS, _BAND, **judged.outcomes(self.backend.label), **missing)

    def _band(self, facts: ir.Table) -> ir.StringValue:
        if self.age is None or self.age not in facts.columns:
            return ibis.literal(UNKNOWN_AGE)
        age = facts[self.age]
        bands = [(age < after, band) for after, band in zip(BAND_STARTS[1:], BANDS, strict=False)]
        return ibis.cases((age.isnull(), UNKNOWN_AGE), *bands, else_=BANDS[len(BAND_STARTS) - 1])

    def _counts(self, judged: ir.Table) -> Counts:
        """Count in one pass: sums of truths, of which a database makes thousands of millions a second."""
        cells = {f"{rule} {outcome}": (rule, outcome) for rule in self.rules for outcome in OUTCOMES}
        facts = [name.removeprefix(_MISSING) for name in judged.columns if name.startswith(_MISSING)]
        sums = {name: (judged[rule] == outcome).sum() for name, (rule, outcome) in cells.items()}
        sums |= {_MISSING + fact: judged[_MISSING + fact].sum() for fact in facts}
        bands = judged.group_by(_BAND).aggregate(patients=judged.count(), **sums)
        counts = Counts()
        for row in self.backend.connection.to_pyarrow(bands).to_pylist():
            band = row[_BAND]
            counts.patients += row["patients"]
            counts.ages[band] = row["patients"]
            for name, (rule, outcome) in cells.items():
                if row[name]:
                    counts.outcomes[rule, band, outcome] = row[name]
            for fact in facts:
                if row[_MISSING + fact]:
                    counts.missing[fact] += row[_MISSING + fact]
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
