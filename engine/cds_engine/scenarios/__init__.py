"""Clinical scenarios in Gherkin: steps, the pytest plugin that runs them, and what a run leaves behind."""

from cds_engine.scenarios.recording import Answer, Example, Expectation, Failure, Recording, holds, judged

__all__ = ["Answer", "Example", "Expectation", "Failure", "Recording", "holds", "judged"]
