"""Evaluates the examples of a rulebook as often as asked, for :mod:`tests.benchmarks.earlier`.

Each line of input is a number of rounds; the answer is the CPU time of one evaluation, in seconds. This uses
only what both commits have.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from cds_engine import Engine, load_rulebook, parse_json


def main(rulebook: Path) -> None:
    engine = Engine(load_rulebook(rulebook))
    paths = sorted((rulebook / "examples").glob("*.json"))
    records = [engine.read(parse_json(path.read_bytes(), path.name)) for path in paths]
    for line in sys.stdin:
        rounds = int(line)
        started = time.process_time()
        for _ in range(rounds):
            for record in records:
                engine.evaluate(record)
        print((time.process_time() - started) / rounds / len(records), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
