"""The results of populations that the service was started with: those of the settings, and the opened one."""

from __future__ import annotations

import asyncio
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cds_engine.cohort.result_folders import result_folders
from cds_engine.errors import EngineError, nearest
from fastapi import Request

from cds_api.extras import MissingExtraError, require_extra
from cds_api.problems import ApiError
from cds_api.workbench.render import Pages
from cds_api.workbench.views.populations import unique_names

if TYPE_CHECKING:
    from cds_engine.cohort.compare import OutcomeChanges
    from cds_engine.cohort.result import ResultFolder

OPENED = "opened"
"""The name of the result that ``cds open`` opened."""


class Results:
    """The results by name; each folder is opened when it is first shown."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        found = [_named(path.absolute().name, path) for path in pages.service.settings.populations]
        pairs = [pair for named in found for pair in named.items()]
        names = unique_names(name for name, _ in pairs)
        self._configured = dict(zip(names, (folder for _, folder in pairs), strict=True))
        self._folders: dict[Path, ResultFolder] = {}
        self._compared: dict[tuple[Path, Path], OutcomeChanges] = {}

    def paths(self, request: Request) -> dict[str, Path]:
        """Return the folders of the results that a request may see, by name."""
        opened = self._pages.opened
        if opened is None or not opened.path.is_dir() or not opened.allows(request.scope):
            return self._configured
        return {**_named(OPENED, opened.path), **self._configured}

    async def get(self, request: Request, name: str) -> ResultFolder:
        """Return the result of a name.

        Raises:
            ApiError: 404, if there is none for this request; 501, if populations are not installed.
        """
        paths = self.paths(request)
        if name not in paths:
            hint = nearest(name, list(paths))
            raise ApiError(404, f"The service was not started with a result '{name}'{hint}.")
        return await asyncio.to_thread(self._open, paths[name])

    def _open(self, path: Path) -> ResultFolder:
        try:
            require_extra("cohort", "This page")
        except MissingExtraError as error:
            raise ApiError(501, f"{error}.") from None
        from cds_engine.cohort.result import ResultFolder

        if path not in self._folders:
            try:
                self._folders[path] = ResultFolder(path)
            except EngineError as error:
                raise ApiError(404, f"{error}.") from None
        return self._folders[path]

    async def compare(self, before: ResultFolder, after: ResultFolder) -> OutcomeChanges:
        """Return how the outcomes of two results differ; computed once."""
        return await asyncio.to_thread(self._compare, before, after)

    def _compare(self, before: ResultFolder, after: ResultFolder) -> OutcomeChanges:
        from cds_engine.cohort.compare import compare_outcomes

        key = before.path, after.path
        if key not in self._compared:
            with tempfile.TemporaryDirectory(prefix="cds-compare-") as scratch:
                self._compared[key] = compare_outcomes(before.files, after.files, Path(scratch))
        return self._compared[key]


def _named(name: str, path: Path) -> dict[str, Path]:
    """Return the results in a folder by name; those of several rulebooks have the rulebook in their name."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "-", name)
    return {safe if folder == path else f"{safe}-{folder.name}": folder for folder in result_folders(path)}
