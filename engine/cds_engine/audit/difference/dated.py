"""A rulebook with the numbers of one day, so that two editions of it can be compared."""

from __future__ import annotations

import datetime
from dataclasses import replace

from cds_engine.rulebook.model import Rulebook, value_at


def with_values_of(rulebook: Rulebook, day: datetime.date) -> Rulebook:
    """Return a rulebook in which every parameter has the value of ``day`` on all days."""
    parameters = {
        name: parameter.model_copy(
            update={"values": [parameter.values[0].model_copy(update={"value": value_at(parameter, day)})]}
        )
        for name, parameter in rulebook.parameters.items()
    }
    return replace(rulebook, parameters=parameters)
