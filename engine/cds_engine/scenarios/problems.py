"""How a scenario fails: with a text for whoever wrote it, never a traceback."""

from __future__ import annotations

from cds_engine.scenarios.recording import FailureKind


class ScenarioError(Exception):
    """A scenario that does not hold, or that cannot be run as it is written."""

    kind: FailureKind = "error"


class StepError(ScenarioError):
    """A step that is not in the vocabulary, or names something that the rulebook does not have."""

    kind = "step"


class ExpectationError(ScenarioError):
    """A Then that does not hold."""

    kind = "expectation"


class NoExpectationError(ScenarioError):
    """A scenario that would pass whatever the rules said."""

    kind = "no_expectation"
