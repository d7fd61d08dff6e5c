"""``cds serve``: runs the HTTP service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cds_api.app import open_ledger
from cds_api.server import serve
from cds_api.service import open_served
from cds_api.settings import read_settings


def serve_api(options: Mapping[str, Any]) -> int:
    """Serve until stopped; return the exit code.

    The rulebooks are loaded and the ledger opened here first, so that their problems are printed before any
    worker starts.

    Args:
        options: settings that override the environment.
    """
    settings = read_settings(**options)
    open_served(settings)
    if (ledger := open_ledger(settings)) is not None:
        ledger.close()
    return serve(settings)
