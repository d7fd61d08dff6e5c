"""The pytest plugin: runs feature files as clinical scenarios, without any Python code.

pytest loads this module in every project of the environment in which it is installed, so the module imports
nothing but pytest. It imports the engine when it collects the first feature file that it was asked to run: a
file named on the command line, or one below a folder that the setting ``cds_features`` names.

The plugin belongs to the outermost layer, like the command line: it only turns pytest's options into
arguments of :mod:`cds_engine.scenarios`. It cannot be part of that package, since importing a submodule of
``cds_engine`` imports the whole engine. ``cds scenarios`` and ``cds audit`` do not need it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and the setting."""
    group = parser.getgroup("cds", "clinical scenarios")
    group.addoption(
        "--cds-rulebook",
        metavar="NAME|DIR",
        help="rulebook to evaluate with (default: the one in whose folder a feature is, else CDS_RULEBOOK, "
        "else the default one)",
    )
    group.addoption(
        "--cds-http",
        nargs="?",
        const="",
        metavar="URL",
        help="run every scenario through the API at URL; without URL, start 'cds serve' for the run",
    )
    parser.addini("cds_features", "folders whose feature files are clinical scenarios", "paths", default=[])


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Return the scenarios or terminology cases that this run was asked for; None for any other file."""
    if file_path.suffix not in (".feature", ".cases"):
        return None
    folders: Iterable[Path] = parent.config.getini("cds_features")
    asked = parent.session.isinitpath(file_path)
    if not asked and not any(file_path.is_relative_to(folder) for folder in folders):
        return None
    from cds_engine.errors import RulebookError
    from cds_engine.rulebook.shipped import find_rulebook, split_names
    from cds_engine.scenarios.collecting import collect_feature
    from cds_engine.scenarios.running import Settings

    named = parent.config.getoption("cds_rulebook")
    others = split_names(os.environ.get("CDS_RULEBOOK", ""))
    try:
        rulebook = find_rulebook(named) if named else None
        default = find_rulebook(others[0]) if others else None
    except RulebookError as error:
        pytest.exit(str(error), returncode=pytest.ExitCode.USAGE_ERROR)
    http = parent.config.getoption("cds_http")
    return collect_feature(file_path, parent, Settings(http), rulebook, default)
