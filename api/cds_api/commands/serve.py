"""``cds serve``: runs the HTTP service."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cds_api.commands.rulebooks import open_rulebook
from cds_api.server import serve
from cds_api.settings import read_settings


def serve_api(options: Mapping[str, Any]) -> int:
    """Serve until stopped; return the exit code.

    The rulebook is loaded here first, so that its problems are printed before any worker starts.

    Args:
        options: settings that override the environment.
    """
    settings = read_settings(**options)
    open_rulebook(settings.rulebook)
    return serve(settings)
