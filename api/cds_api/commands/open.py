"""``cds open``: shows a record, or the result of a population, in the workbench."""

from __future__ import annotations

import os
import sys
import webbrowser
from collections.abc import Sequence
from pathlib import Path

from cds_engine.cohort.result_folders import SUMMARY, result_folders
from cds_engine.errors import Problem, RecordError
from fastapi import FastAPI

from cds_api.app import create_app
from cds_api.commands.rulebooks import open_engines
from cds_api.opened import Opened
from cds_api.server import serve
from cds_api.settings import read_settings


def open_path(path: Path, rulebooks: Sequence[str], port: int, *, browser: bool) -> int:
    """Serve the workbench on this machine, with a record or a result opened, until stopped.

    Keys and tokens of the environment do not apply: the address has a key of its own. Nor does the ledger,
    which everyone on this machine could read then.

    Args:
        path: a record's file, or the folder of a result.
        rulebooks: the names or folders of the rulebooks; without any, the default one.
        port: the port; 0 for a free one.
        browser: whether to open the address in a browser.

    Raises:
        RecordError: if the path is neither a file that can be read nor the folder of a result.
    """
    _check(path)
    settings = read_settings(
        host="127.0.0.1",
        port=port,
        workers=1,
        log_level="warning",
        api_keys=(),
        api_keys_file=None,
        jwt_issuers={},
        public_url=None,
        ledger=None,
    )
    engines = open_engines(rulebooks)
    opened = Opened(path.resolve())

    def app() -> FastAPI:
        bound = settings.model_copy(update={"port": int(os.environ["CDS_PORT"])})
        return create_app(bound, *engines, opened=opened)

    show = webbrowser.open if browser and _has_browser() else None
    return serve(settings, app, path=opened.address, listening=show)


def _check(path: Path) -> None:
    if path.is_dir():
        if not result_folders(path):
            message = f"expected the result of cds cohort evaluate, found no {SUMMARY} in it"
            raise RecordError([Problem(str(path), message, code="file")])
        return
    try:
        path.open("rb").close()
    except OSError as error:
        raise RecordError([Problem(str(path), f"cannot be read: {error.strerror}", code="file")]) from None


def _has_browser() -> bool:
    """Return whether there is a desktop: without one, Python may start a browser in this terminal."""
    if not sys.platform.startswith("linux"):
        return True
    return any(name in os.environ for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"))
