"""What the proofs assume beyond the facts and rules as they are written."""

from __future__ import annotations

from collections.abc import Iterator

from cds_engine.audit.program import Program
from cds_engine.audit.proof.formulas import fold
from cds_engine.audit.proof.size import entries_needed
from cds_engine.language.formulas import is_linear, resolve_formula
from cds_engine.language.queries import LONGEST, Computed

_NAMED = 10


def assumptions(program: Program) -> tuple[str, ...]:
    """Return what the proofs about ``program`` assume."""
    return tuple(_assumptions(program))


def _assumptions(program: Program) -> Iterator[str]:
    size = entries_needed(program)
    numbers = ", ".join(f"{number} in {section}" for section, number in size.items())
    yield f"a record has at most so many entries of one concept: {numbers}"
    yield (
        "a value between two multiples of the resolution stands for all values between them, as thresholds "
        "are multiples of it"
    )
    yield "a computed number is exact, although records round it to a millionth of its resolution"
    free = [
        fact.name
        for fact in program.rulebook.needed_facts(program.facts_asked)
        if isinstance(fact.derivation, Computed)
        and not is_linear(fold(resolve_formula(fact.derivation.formula, program.parameters)))
    ]
    if free:
        more = f" and {len(free) - _NAMED} more" if len(free) > _NAMED else ""
        names = ", ".join(free[:_NAMED]) + more
        yield (
            f"{names}: any number within the declared domain, because the formula is not linear; the same "
            "for the same inputs, and perhaps unknown"
        )
    yield "parameters have their newest values"
    yield f"dates lie at most {LONGEST} days before the day of the evaluation"
    yield "the patient is alive"
