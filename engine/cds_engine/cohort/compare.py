"""Compares two rulebooks on one population: for which patients the outcome of which rule differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir

from cds_engine.cohort.backend import DuckDB, as_outcome
from cds_engine.cohort.report.comparison import EXAMPLES, Patient, Transition
from cds_engine.cohort.rule_outcomes import AGE_BAND, KEYS

_KEY = [*KEYS, "occurrence"]
_AFTER = "{name} after"


@dataclass(frozen=True)
class OutcomeChanges:
    """How the outcomes of two runs on one population differ."""

    patients: int
    """The patients whom both runs evaluated."""
    rejected: int
    """The patients whom only one run evaluated."""
    affected: int
    """The patients for whom some rule fires in one run only."""
    transitions: Mapping[str, Mapping[Transition, int]]
    """For each rule of either run, the number of patients by transition, without unchanged outcomes."""
    examples: Mapping[str, Mapping[Transition, Sequence[Patient]]]
    """Some patients for each transition."""


def compare_outcomes(before: Sequence[Path], after: Sequence[Path], scratch: Path) -> OutcomeChanges:
    """Return how the outcomes in the Parquet files ``after`` differ from those in ``before``."""
    connection = DuckDB(scratch).connection
    first, second = (_outcomes(connection, files) for files in (before, after))
    joined = first.inner_join(second, _KEY, rname=_AFTER)
    connection.raw_sql(f"create temp table joined as {connection.compile(joined)}")
    both = connection.table("joined")
    rules = sorted({*first.columns, *second.columns} - set(_KEY))
    pairs = {rule: _pair(both, first, second, rule) for rule in rules}
    changed = _changed(connection, both, pairs)
    transitions = {
        rule: _transitions(connection, both, pair) if rule in changed else {} for rule, pair in pairs.items()
    }
    examples = {
        rule: {transition: _examples(connection, both, pairs[rule], transition) for transition in found}
        for rule, found in transitions.items()
    }
    affected = reduce(or_, ((was == "fired") != (now == "fired") for was, now in pairs.values()))

    def count(table: ir.Table) -> int:
        return int(connection.execute(table.count()))

    return OutcomeChanges(
        patients=count(both),
        rejected=count(first.anti_join(second, _KEY)) + count(second.anti_join(first, _KEY)),
        affected=count(both.filter(affected)),
        transitions=transitions,
        examples=examples,
    )


def _outcomes(connection: Any, files: Sequence[Path]) -> ir.Table:
    """Return outcomes with a key that is unique even if a patient has several rows or rows have no id."""
    rows = connection.read_parquet(files, filename=True, file_row_number=True)
    rows = rows.drop(*({AGE_BAND} & set(rows.columns)))
    rules = set(rows.columns) - {*KEYS, "filename", "file_row_number"}
    rows = rows.mutate(
        patient_id=rows.patient_id.fill_null(""), **{rule: as_outcome(rows[rule]) for rule in rules}
    )
    keys = [rows[key] for key in KEYS]
    often = rows.group_by(keys).having(rows.count() > 1).aggregate()
    occurrence = ibis.literal(0, "int64")
    if connection.execute(often.count()):
        order = [rows["filename"], rows["file_row_number"]]
        occurrence = ibis.row_number().over(ibis.window(group_by=keys, order_by=order))
    return rows.mutate(occurrence=occurrence).drop("filename", "file_row_number")


def _pair(both: ir.Table, first: ir.Table, second: ir.Table, rule: str) -> tuple[ir.Value, ir.Value]:
    """Return the outcomes of a rule before and after."""
    absent = ibis.literal("absent")
    if rule not in first.columns:
        return absent, both[rule].cast("string")
    if rule not in second.columns:
        return both[rule].cast("string"), absent
    return both[rule], both[_AFTER.format(name=rule)]


def _changed(
    connection: Any, both: ir.Table, pairs: Mapping[str, tuple[ir.Value, ir.Value]]
) -> frozenset[str]:
    """Return the rules whose outcome changes for some patient, found in one pass."""
    moved = {rule: (before != after).any() for rule, (before, after) in pairs.items()}
    found = connection.to_pyarrow(both.aggregate(**moved)).to_pylist()[0]
    return frozenset(rule for rule, changes in found.items() if changes)


def _transitions(
    connection: Any, both: ir.Table, pair: tuple[ir.Value, ir.Value]
) -> Mapping[Transition, int]:
    before, after = pair
    moved = both.filter(before != after).group_by(before=before, after=after)
    rows = connection.to_pyarrow(moved.aggregate(patients=lambda group: group.count())).to_pylist()
    return {(row["before"], row["after"]): row["patients"] for row in rows}


def _examples(
    connection: Any, both: ir.Table, pair: tuple[ir.Value, ir.Value], transition: Transition
) -> Sequence[Patient]:
    before, after = pair
    moved = both.filter(before == transition[0], after == transition[1]).select(*KEYS)
    rows = connection.to_pyarrow(moved.order_by(*KEYS).limit(EXAMPLES)).to_pylist()
    return [(row["patient_id"], row["as_of"]) for row in rows]
