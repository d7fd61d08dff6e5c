"""The options of ``cds serve``."""

from __future__ import annotations

from typing import Annotated

import typer

from cds_api.cli.options import RulebooksOption

EXAMPLES = """Examples:

\b
  cds serve
  cds serve --port 8080 --workers 4
  cds serve --rulebook rules/one --rulebook rules/another
  CDS_API_KEYS=ward:$(printf %s "$KEY" | sha256sum | cut -d' ' -f1) cds serve --host 0.0.0.0

Every other setting is an environment variable: see docs/configuration.md.
"""


def serve(
    host: Annotated[
        str | None, typer.Option(help="Address to bind to. [default: CDS_HOST, else 127.0.0.1]")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to bind to. [default: CDS_PORT, else 8000]")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Worker processes. [default: CDS_WORKERS, else 1]")
    ] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Allow a non-loopback address without authentication.")
    ] = False,
    rulebook: RulebooksOption = None,
) -> int:
    """Serve the HTTP API and the workbench.

    Stops at SIGTERM or Ctrl+C, after finishing the requests in flight.
    """
    from cds_api.commands.serve import serve_api

    options = {"host": host, "port": port, "workers": workers, "rulebook": rulebook or None}
    given = {name: value for name, value in options.items() if value is not None}
    return serve_api({**given, "insecure": True} if insecure else given)
