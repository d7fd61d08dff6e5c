"""The pytest plugin: feature files run with no Python beside them, on the steps of this package.

It keeps out of everybody else's way. A feature file is collected only if it is named on the command line or
lies in a folder that ``cds_features`` in the configuration names; nothing but this small module is loaded
before that; and the steps are seen by such files only.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

RUNNING = "cds_scenarios_running"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options and the setting."""
    group = parser.getgroup("cds", "clinical scenarios")
    group.addoption("--cds-rulebook", metavar="DIR", help="the rulebook of the scenarios; the shipped one")
    group.addoption(
        "--cds-http",
        nargs="?",
        const="",
        metavar="URL",
        help="run every scenario through the API, at URL or as 'cds serve' started for the run",
    )
    parser.addini("cds_features", "folders whose feature files are clinical scenarios", "paths", default=[])


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a feature file that was asked for."""
    if file_path.suffix != ".feature":
        return None
    folders: Iterable[Path] = parent.config.getini("cds_features")
    asked = parent.session.isinitpath(file_path) or any(
        file_path.is_relative_to(folder) for folder in folders
    )
    if not asked:
        return None
    from cds_engine.scenarios import running
    from cds_engine.scenarios.collecting import FeatureFile

    if not parent.config.pluginmanager.has_plugin(RUNNING):
        parent.config.pluginmanager.register(running, RUNNING)
    return FeatureFile.from_parent(parent, path=file_path)
