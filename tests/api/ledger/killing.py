"""Starts writers of a ledger and kills them: ``python -m tests.api.ledger.killing URL KEY KILLS SEED``.

It prints the identifiers that were acknowledged, one a line. The writers are forked from this process, which
has no threads, so that each starts within milliseconds.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from cds_api.decisions import Decision, WithoutIdentifiers
from cds_api.ledger.database import Database
from cds_api.ledger.ledger import Ledger
from cds_api.settings import Settings
from cds_engine import Engine, load_rulebook

from tests.rulebook.tiny import TINY

WRITERS = 2
"""Writers that run at the same time."""
CLIENTS = 8
"""Tasks of each writer."""
MOST = 40
"""The most decisions that writers store before the first of them is killed."""
EARLY = 0.2
"""The share of writers that are killed while they open the ledger."""
MAX_DELAY = 0.02
"""The longest time, in seconds, after which a writer is killed then."""
READY = "ready"


def clock() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)


def write(settings: Settings, engine: Engine, pipe: int) -> None:
    """Store decisions until killed; write the identifier of each that is acknowledged into a pipe."""
    ledger = Ledger(settings, clock)
    os.write(pipe, f"{READY}\n".encode())

    async def client(number: int) -> None:
        for request in range(1_000_000):
            name = f"{os.getpid()} {number} {request}"
            cards = (name,) if request % 10 == 0 else ()
            decision = Decision(
                route="/v1/evaluate",
                body=name.encode(),
                answer=json.dumps({"cards": [{"uuid": card} for card in cards], "x": "x" * 5000}).encode(),
                answer_type="application/json",
                engines=(engine,),
                parameters={},
                without_identifiers=lambda _: WithoutIdentifiers([], b"{}"),
                hook_instance=name if cards else None,
                cards=cards,
            )
            [identifier] = await ledger.record([decision], "killed", clock())
            os.write(pipe, f"{identifier}\n".encode())

    async def clients() -> None:
        await asyncio.gather(*map(client, range(CLIENTS)))

    asyncio.run(clients())


def start(settings: Settings, engine: Engine, pipe: int) -> int:
    """Start a writer, and return its process id."""
    pid = os.fork()
    if pid == 0:
        try:
            write(settings, engine, pipe)
        finally:
            os._exit(1)
    return pid


def main(url: str, key: str, kills: int, seed: int) -> None:
    """Kill writers at random moments."""
    settings = Settings(ledger=url, ledger_key_file=Path(key), ledger_checkpoint_seconds=0.02)
    engine = Engine(load_rulebook(TINY))
    database = Database(url)
    database.check()  # also imports the driver, which then no writer has to do
    database.close()
    draw = random.Random(seed)
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    acknowledged: list[str] = []
    for _ in range(-(-kills // WRITERS)):
        pids = [start(settings, engine, writing) for _ in range(WRITERS)]
        written = b""
        if draw.random() >= EARLY:
            written = wait_for(reading, WRITERS + draw.randrange(MOST))
        for pid in pids:
            time.sleep(draw.uniform(0, MAX_DELAY))
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            written += read(reading)
        acknowledged += [line for line in written.decode().split() if line != READY]
    print("\n".join(acknowledged))


def wait_for(pipe: int, lines: int) -> bytes:
    """Return what the writers have written when these are as many lines."""
    written = b""
    while written.count(b"\n") < lines:
        time.sleep(0.002)
        written += read(pipe)
    return written


def read(pipe: int) -> bytes:
    """Return what is in a pipe."""
    try:
        return os.read(pipe, 1 << 20)
    except BlockingIOError:
        return b""


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
