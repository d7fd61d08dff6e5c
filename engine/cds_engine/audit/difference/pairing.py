"""Two rulebooks prepared for one question: with common facts, parameters and terminology."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cds_engine.rulebook.files import TerminologyFile
from cds_engine.rulebook.meaning import fact_meaning
from cds_engine.rulebook.model import Rulebook

_CONCEPTS = ("drugs", "drug_groups", "conditions", "symptoms", "observations", "observation_groups")


def paired(before: Rulebook, after: Rulebook) -> tuple[Rulebook, Rulebook]:
    """Return both rulebooks with facts that mean the same as one object, and the concepts of both.

    The first one also gets the facts and parameters that only the second one has; none of its rules reads
    them.
    """
    facts = {
        name: before.facts[name]
        if name in before.facts and fact_meaning(before.facts[name]) == fact_meaning(fact)
        else fact
        for name, fact in after.facts.items()
    }
    terminology = _merged(before.terminology, after.terminology)
    return (
        replace(
            before,
            terminology=terminology,
            facts={**facts, **before.facts},
            parameters={**after.parameters, **before.parameters},
        ),
        replace(after, terminology=terminology, facts=facts),
    )


def _merged(before: TerminologyFile, after: TerminologyFile) -> TerminologyFile:
    """Return the terminology ``after`` with the concepts that only ``before`` has."""
    both: dict[str, Mapping[str, Any]] = {
        section: {**getattr(before, section), **getattr(after, section)} for section in _CONCEPTS
    }
    return after.model_copy(update=both)
