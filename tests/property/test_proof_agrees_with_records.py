"""The formulas of the proof have the value that the engine derives, for any query and any record.

Each record is put into the symbolic chart: every part takes the value that the record gives it. Then all
formulas are constants.
"""

from __future__ import annotations

import os
from decimal import Decimal
from fractions import Fraction
from random import Random

import z3
from cds_engine.audit.proof.chart import SymbolicChart
from cds_engine.audit.proof.logic import Formula
from cds_engine.audit.proof.parts import Name
from cds_engine.audit.proof.queries import SymbolicQuery
from cds_engine.audit.proof.size import FEW
from cds_engine.audit.proof.variables import UNKNOWN, Variable
from cds_engine.facts.queries import compile_query
from cds_engine.language.expressions import Scalar
from cds_engine.language.queries import SECTIONS
from cds_engine.record.chart import Chart, Entry, build_chart
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.property.queries import CONCEPTS, PARAMETERS, RandomQueries
from tests.property.records import RandomRecords, Words
from tests.spec.cases import AS_OF, chapter

ENGINE = chapter("counting").engine
WORDS = Words(
    AS_OF,
    {"sodium": ("134", "135", "140"), "potassium": ("4", "4.5")},
    CONCEPTS["drug"],
    CONCEPTS["condition"],
    CONCEPTS["symptom"],
)


def values(chart: Chart, symbolic: SymbolicChart) -> dict[Name, Scalar]:
    """Return the value of each part of a symbolic chart for a real chart."""
    found: dict[Name, Scalar] = {}
    for kind in ("observation", "drug", "condition", "symptom"):
        section = chart.section(SECTIONS[kind])
        given = not section.open or bool(section.by_concept)
        found[SECTIONS[kind], "given"] = given
        found[SECTIONS[kind], "incomplete"] = given and section.open
        for concept, entries in section.by_concept.items():
            dated = sorted((e for e in entries if "ago" in e.attributes), key=lambda e: e.attributes["ago"])
            ordered = [*dated, *(e for e in entries if "ago" not in e.attributes)]
            for number, entry in enumerate(ordered):
                denied = concept in section.denied
                name = (kind, concept, number)
                found |= {(*name, *part): value for part, value in _parts(entry, denied).items()}
    return found


def _parts(entry: Entry, denied: bool) -> dict[Name, Scalar]:
    known = entry.attributes
    parts: dict[Name, Scalar] = {("listed",): True, ("taken", "known"): entry.certain}
    for name, value in known.items():
        parts[name, "known"] = True
        parts[name,] = value
    over = "ended" in known or (known.get("present") is False and not denied)
    parts["over",] = over
    if known.get("present") is False and not denied:
        parts["present",] = True
    return parts


def constant(part: Formula, value: Scalar | None, variable: Variable | None) -> Formula:
    """Return the constant of the solver for a part; flags without a value are false."""
    if z3.is_bool(part):
        return z3.BoolVal(bool(value))
    if value is None:
        return part
    if isinstance(value, str):
        assert variable is not None
        return z3.IntVal(variable.codes.get(value, max(variable.codes.values(), default=0)))
    step = Fraction(1) if variable is None else variable.step
    count = Fraction(value) / step
    return z3.IntVal(round(count))


def fixed(symbolic: SymbolicChart, chart: Chart) -> list[tuple[Formula, Formula]]:
    """Return what to replace each part of a symbolic chart with, so that it is ``chart``."""
    wanted = values(chart, symbolic)
    attributes: dict[Name, Variable] = {}
    for kind, concepts in CONCEPTS.items():
        for concept in concepts if kind != "treatment" else ():
            for number, entry in enumerate(symbolic.entries(SECTIONS[kind], concept)):
                for name, variable in entry.attributes.items():
                    attributes[kind, concept, number, name] = variable
    return [
        (part, constant(part, wanted.get(name), attributes.get(name)))
        for name, part in symbolic.parts.variables.items()
    ]


def value(variable: Variable, replacing: list[tuple[Formula, Formula]]) -> Scalar | None:
    """Return the value of a variable once every part is a constant."""

    def simple(formula: Formula) -> Formula:
        return z3.simplify(z3.substitute(formula, *replacing))

    known = simple(variable.known)
    assert z3.is_true(known) or z3.is_false(known), known
    if z3.is_false(known):
        return None
    found = simple(variable.value)
    if z3.is_bool(found):
        return bool(z3.is_true(found))
    number = found.as_long()
    if variable.codes:
        return next(code for code, other in variable.codes.items() if other == number)
    return float(number * variable.step)  # type: ignore[return-value]


def nothing(_: object) -> Variable:
    """Return an unknown fact: these queries read no other."""
    return UNKNOWN


def same(symbolic: Scalar | None, real: Scalar | None) -> bool:
    if isinstance(real, Decimal):
        return symbolic is not None and abs(float(real) - symbolic) < 1e-9  # type: ignore[operator]
    return symbolic == real


@given(st.integers(0, 2**32))
@settings(max_examples=2000 if os.environ.get("CI") else 200)
def test_queries_agree(seed: int) -> None:
    random = Random(seed)
    chart = build_chart(
        ENGINE.read(RandomRecords(ENGINE.rulebook, WORDS, random).record()),
        AS_OF,
        ENGINE.vocabulary,
        "record",
    )
    asked = [RandomQueries(random).query() for _ in range(8)]
    symbolic = SymbolicChart(ENGINE.rulebook, ENGINE.vocabulary, FEW, fineness=2)
    found = [SymbolicQuery(query, symbolic, PARAMETERS, nothing, nothing).answer() for query in asked]
    replacing = fixed(symbolic, chart)
    solver = z3.Solver()
    solver.add(z3.substitute(z3.And(symbolic.parts.constraints), *replacing))
    assert solver.check() == z3.sat
    for query, variable in zip(asked, found, strict=True):
        answer = compile_query(query, PARAMETERS)(chart, {})
        STAT[answer is not None] += 1
        assert same(value(variable, replacing), None if answer is None else answer[0]), query


STAT = {True: 0, False: 0}
