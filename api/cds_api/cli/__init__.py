"""The command line ``cds``: the outermost layer, which alone reads files, the clock and the terminal."""

from cds_api.cli.main import main

__all__ = ["main"]
