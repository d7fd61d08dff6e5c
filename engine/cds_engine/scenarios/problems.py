"""The errors with which a scenario fails: messages for its author, without a traceback."""

from __future__ import annotations

from cds_engine.scenarios.recording import FailureKind


class ScenarioError(Exception):
    """A scenario that fails or that cannot be run."""

    kind: FailureKind = "error"


class StepError(ScenarioError):
    """A step that does not exist, or that names something that the rulebook does not have."""

    kind = "step"


class ExpectationError(ScenarioError):
    """A Then that does not hold."""

    kind = "expectation"


class NoExpectationError(ScenarioError):
    """A scenario that checks nothing, so that it would always pass."""

    kind = "no_expectation"
