"""How many entries of each concept a symbolic record needs."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from cds_engine.audit.program import Program
from cds_engine.language.expressions import leaves
from cds_engine.language.queries import Query, Section

SOME: Mapping[Section, int] = {"observations": 3, "medications": 3, "conditions": 2, "symptoms": 2}
"""How many entries of each concept the proofs allow, unless a fact counts further."""
FEW: Mapping[Section, int] = {"observations": 2, "medications": 1, "conditions": 1, "symptoms": 1}
"""How many are enough for most examples."""
MANY = 12
"""How far a fact may count before the proofs no longer follow."""


def entries_needed(program: Program) -> dict[Section, int]:
    """Return the number of entries for each section: few, unless a fact counts or ranks further.

    A rule about at least five results needs five of them, and one more to be just above.
    """
    size = dict(SOME)
    compared: dict[str, list[Decimal]] = {}
    for decision in program.decisions.values():
        for leaf in decision.leaves:
            if leaf.threshold is not None:
                compared.setdefault(leaf.comparison.fact, []).append(leaf.threshold)
    for fact in program.rulebook.needed_facts(program.facts_asked):
        query = fact.derivation
        if isinstance(query, Query):
            numbers = compared.get(fact.name, []) if query.take == "number" else []
            numbers += _ranks(query)
            section = query.of.section
            size[section] = max([size[section], *(min(MANY, int(number) + 2) for number in numbers)])
    return size


def _ranks(query: Query) -> list[Decimal]:
    where = leaves(query.where) if query.where is not None else ()
    return [leaf.operand for leaf in where if leaf.fact == "rank" and isinstance(leaf.operand, Decimal)]
