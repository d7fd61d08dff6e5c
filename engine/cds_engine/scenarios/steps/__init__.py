"""The steps, one module per group. Every feature file gets all of them."""

from cds_engine.scenarios.steps import (
    advisories,
    conditions,
    evaluation,
    families,
    history,
    medications,
    observations,
    outcomes,
    patient,
    reasons,
    record,
    symptoms,
)

MODULES = (
    patient,
    conditions,
    medications,
    observations,
    symptoms,
    history,
    record,
    evaluation,
    outcomes,
    reasons,
    advisories,
    families,
)

__all__ = ["MODULES"]
