"""The steps, one module for each group; the plugin gives all of them to every feature file."""

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
