"""Run the benchmarks and print a table: ``python -m tests.benchmarks [TOPIC...]``."""

from __future__ import annotations

import argparse
import pkgutil
import platform
import time
from importlib import import_module
from importlib.metadata import version

from rich.console import Console
from rich.table import Table

import tests.benchmarks
from tests.benchmarks.measure import Row

PEERS = ("durable-rules", "zen-engine", "clipspy", "pydantic")


def topics() -> list[str]:
    """Return the names of the modules that have rows: all but those that serve them."""
    names = {module.name for module in pkgutil.iter_modules(tests.benchmarks.__path__)}
    serving = {"by_hand", "evaluating", "load", "measure", "server_load", "test_benchmarks", "workload"}
    return sorted(names - {"__main__", *serving})


def _module(name: str):  # type: ignore[no-untyped-def]
    return import_module(f"tests.benchmarks.{name}")


def table(rows: list[Row]) -> Table:
    """Return the rows as a table for people."""
    shown = Table(box=None, pad_edge=False)
    for heading in ("compared", "on"):
        shown.add_column(heading)
    for heading in ("first", "second", "ratio", "goal"):
        shown.add_column(heading, justify="right")
    shown.add_column("")
    for row in rows:
        met = {True: "[green]met[/]", False: "[red]not met[/]", None: ""}[row.met]
        style = "bold" if row.on == "overall" else None
        shown.add_row(row.compared, row.on, row.first, row.second, row.ratio, row.goal, met, style=style)
    return shown


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("topics", nargs="*", metavar="TOPIC", help=f"one of {', '.join(topics())}")
    parser.add_argument("--memory", action="store_true", help="also run the million inferences: minutes")
    arguments = parser.parse_args()
    wanted = arguments.topics or [topic for topic in topics() if topic != "memory" or arguments.memory]
    if unknown := set(wanted) - set(topics()):
        parser.error(f"no topic {', '.join(sorted(unknown))}; there are {', '.join(topics())}")
    console = Console(highlight=False, width=None if Console().is_terminal else 140)
    peers = ", ".join(f"{name} {version(name)}" for name in PEERS)
    console.print(f"Python {platform.python_version()}, {platform.machine()}; {peers}")
    console.print(
        "Medians of interleaved rounds; a figure is evaluations per second unless it says otherwise."
    )
    rows: list[Row] = []
    started = time.monotonic()
    for topic in wanted:
        with console.status(f"measuring {topic}"):
            rows += _module(topic).rows()
    console.print(table(rows))
    console.print(f"{time.monotonic() - started:.0f} seconds")


if __name__ == "__main__":
    main()
