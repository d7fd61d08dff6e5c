"""The command line ``cds``: the options and the help text of every command.

The modules here import only the standard library and Typer when they load. A command's function then imports
the one module of :mod:`cds_api.commands` that does its work. So ``cds --help``, ``cds --version`` and shell
completion start without the engine, the web framework and the database libraries.
"""

from cds_api.cli.main import main

__all__ = ["main"]
