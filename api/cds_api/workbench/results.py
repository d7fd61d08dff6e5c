"""The results of populations that the service was started with: those of the settings, and the opened one."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from cds_engine.errors import EngineError, nearest
from fastapi import Request

from cds_api.cli.extras import MissingExtraError, require_extra
from cds_api.problems import ApiError
from cds_api.workbench.open_page import require_opened
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
        folders = pages.service.settings.populations
        names = unique_names(re.sub(r"[^A-Za-z0-9._-]+", "-", path.absolute().name) for path in folders)
        self._folders: Mapping[str, Path] = dict(zip(names, folders, strict=True))
        self._opened: dict[Path, ResultFolder] = {}
        self._compared: dict[tuple[Path, Path], OutcomeChanges] = {}

    def names(self, request: Request) -> list[str]:
        """Return the names of the results that a request may see."""
        opened = self._pages.opened
        shown = opened is not None and opened.path.is_dir() and opened.allows(request.scope)
        return [*([OPENED] if shown else []), *self._folders]

    async def get(self, request: Request, name: str) -> ResultFolder:
        """Return the result of a name.

        Raises:
            ApiError: 404, if there is none for this request; 501, if populations are not installed.
        """
        if name == OPENED and OPENED not in self._folders:
            path = require_opened(request, self._pages)
        elif name in self._folders:
            path = self._folders[name]
        else:
            hint = nearest(name, list(self._folders))
            raise ApiError(404, f"The service was not started with a result '{name}'{hint}.")
        return await asyncio.to_thread(self._open, path)

    def _open(self, path: Path) -> ResultFolder:
        try:
            require_extra("cohort", "This page")
        except MissingExtraError as error:
            raise ApiError(501, f"{error}.") from None
        from cds_engine.cohort.result import ResultFolder

        if path not in self._opened:
            try:
                self._opened[path] = ResultFolder(path)
            except EngineError as error:
                raise ApiError(404, f"{error}.") from None
        return self._opened[path]

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
