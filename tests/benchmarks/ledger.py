"""What the decision ledger costs: two workers with it and without it, under the same load.

The database is on the disk of the temporary folder. How long that takes to confirm a write hardly matters as
long as many clients wait at the same time; the processor time of a request does.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median

from tests.benchmarks.load import post, serving
from tests.benchmarks.measure import Row, rate
from tests.benchmarks.server_load import (
    MANY_CONNECTIONS,
    TREE,
    loads_in_turn,
    median_ratio,
    milliseconds,
)
from tests.benchmarks.workload import examples

GOAL = 0.8
WORKERS = ("--workers", "2")


def rows() -> Iterator[Row]:
    """Yield the ratios, with the whole input stored and with pseudonyms."""
    with tempfile.TemporaryDirectory(prefix="cds-bench-") as folder:
        secret = Path(folder) / "secret"
        secret.write_text("a secret of the benchmark")
        full = {"CDS_LEDGER": f"sqlite:///{folder}/full.db"}
        yield from _compared("ledger / no ledger", full, GOAL)
        pseudonymous = {
            "CDS_LEDGER": f"sqlite:///{folder}/pseudonymous.db",
            "CDS_LEDGER_INPUT": "pseudonymous",
            "CDS_LEDGER_SECRET_FILE": str(secret),
        }
        yield from _compared("ledger with pseudonyms / no ledger", pseudonymous, None)


def _compared(compared: str, variables: Mapping[str, str], goal: float | None) -> Iterator[Row]:
    """Yield the rows about a service with the ledger that ``variables`` give."""
    requests = [post("/v1/evaluate", example.text) for example in examples()]
    with serving(TREE, *WORKERS, variables=variables) as kept, serving(TREE, *WORKERS) as plain:
        with_ledger, without = loads_in_turn(kept, plain, requests, MANY_CONNECTIONS)
    speed = median_ratio(with_ledger, without, lambda load: load.requests / load.seconds)
    yield Row(
        f"over HTTP: {compared}",
        f"requests, two workers, {MANY_CONNECTIONS} connections",
        rate(median(load.requests / load.seconds for load in with_ledger)),
        rate(median(load.requests / load.seconds for load in without)),
        f"{speed:.2f}",
        "" if goal is None else f">= {goal:g}",
        None if goal is None else speed >= goal,
    )
    cpu = median_ratio(without, with_ledger, lambda load: load.cpu_per_request)
    yield Row(
        f"over HTTP: {compared}",
        "CPU time of a request",
        milliseconds(median(load.cpu_per_request for load in with_ledger)),
        milliseconds(median(load.cpu_per_request for load in without)),
        f"{cpu:.2f}",
    )
