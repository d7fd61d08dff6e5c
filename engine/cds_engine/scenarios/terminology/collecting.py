"""Collects files of terminology cases for pytest: one test for each case."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cds_engine.errors import Problem
from cds_engine.rulebook.shared_folder import is_shared
from cds_engine.scenarios.features import FeatureError
from cds_engine.scenarios.names import NameLookup
from cds_engine.scenarios.problems import ScenarioError
from cds_engine.scenarios.recording import TerminologyCase
from cds_engine.scenarios.running import environment_of, shown_path
from cds_engine.scenarios.terminology.reading import WrittenCase, read_cases
from cds_engine.scenarios.terminology.resolving import UnknownConceptError, check_case

LONGEST_NAME = 100
"""The most characters of a case that the name of its test has."""


class CasesFile(pytest.File):
    """A file of terminology cases."""

    rulebook: Path
    """The folder of the rulebook whose terminology the cases are about."""
    problems: tuple[Problem, ...] = ()
    """Why the file cannot be run."""

    def collect(self) -> Iterator[CaseItem]:
        """Yield the cases in their order."""
        try:
            cases = read_cases(self.path)
        except FeatureError as error:
            self.problems = error.problems
            raise self.CollectError(str(error)) from None
        for case in cases:
            text = case.text if len(case.text) <= LONGEST_NAME else f"{case.text[:LONGEST_NAME]}..."
            yield CaseItem.from_parent(self, name=f"{case.line}: {text}", case=case, rulebook=self.rulebook)


class CaseItem(pytest.Item):
    """One terminology case."""

    def __init__(self, *, case: WrittenCase, rulebook: Path, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.case = case
        self.rulebook = rulebook
        self.feature = shown_path(self.path, self.config)
        self.held: TerminologyCase | None = None
        """The case with its checks, once all of them held."""

    def runtest(self) -> None:
        """Check the case; a case of a shared terminology is skipped if the rulebook lacks its concept.

        Raises:
            StepError: if the rulebook does not have a name of the case.
            ExpectationError: if the terminology says something else, with the line of each code.
        """
        names = environment_of(self.config, self.rulebook).names
        assert isinstance(names, NameLookup)  # the environment is that of one rulebook
        shared = any(is_shared(folder) for folder in self.path.parents)
        try:
            checks = check_case(self.case, names, shared=shared)
        except UnknownConceptError as error:
            if not shared:
                raise
            pytest.skip(str(error))
        self.held = TerminologyCase(self.feature, self.case.line, self.case.text, checks, self.case.reviewed)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """Return the case and why it fails, without a traceback."""
        if not isinstance(excinfo.value, ScenarioError):
            return super().repr_failure(excinfo, style)
        lines = [f"{self.feature}:{self.case.line}: {self.case.text}"]
        lines += [f"    {line}" for line in str(excinfo.value).splitlines()]
        return "\n".join(lines)

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """Return the place of the case and its name."""
        return Path(self.path), self.case.line - 1, self.name
