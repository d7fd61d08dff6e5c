"""``cds serve``: the HTTP service."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from cds_api.cli.options import RulebookOption, open_rulebook

EXAMPLES = """Examples:

\b
  cds serve
  cds serve --port 8080 --workers 4
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
        bool,
        typer.Option("--insecure", help="Allow an address other than loopback without any key or token."),
    ] = False,
    rulebook: RulebookOption = None,
) -> int:
    """Serve the HTTP API until SIGTERM or Ctrl+C; requests in flight are finished."""
    # Only this command needs the web framework, which takes longer to import than an evaluation takes.
    from cds_api.server import serve as run
    from cds_api.settings import read_settings

    options: dict[str, Any] = {"host": host, "port": port, "workers": workers, "rulebook": rulebook}
    given = {name: value for name, value in options.items() if value is not None}
    if insecure:
        given["insecure"] = True
    settings = read_settings(**given)
    open_rulebook(settings.rulebook)
    return run(settings)
