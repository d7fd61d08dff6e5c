"""Under mixed load with failures, every acknowledged answer is in the ledger, which verifies and replays."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from cds_api.ledger import tables
from cds_api.ledger.database import Database
from cds_api.ledger.reading import read_entries
from cds_api.ledger.replay import Replayer
from cds_api.ledger.verify import verify
from cds_api.replays import REPLAYS
from cds_engine import Engine

from tests.api.cds_hooks.calls import call, order
from tests.api.conftest import EXAMPLES, JSON, Served, serving
from tests.api.ledger.conftest import Files
from tests.api.ledger.postgres import PostgresServer
from tests.api.ledger.test_storing import BUNDLE, NDJSON, WHEN, rows

pytestmark = pytest.mark.slow

CLIENTS = 64
LINES = 5
"""Lines of a batch."""
LEAST = 200
"""The fewest decisions that are acknowledged, however slow the machine is."""


class Load:
    """Clients that send evaluations, batches, hook calls and feedback, and note what is acknowledged."""

    def __init__(self, served: Served, engine: Engine, seconds: float) -> None:
        self.url = served.url
        self.engine = engine
        self.started = time.monotonic()
        self.seconds = seconds
        self.decisions: dict[str, str] = {}
        """The digest of each acknowledged answer, by the id of its decision."""
        self.lines: Counter[str] = Counter()
        """The digests of acknowledged answers in batches."""
        self.feedback: Counter[str] = Counter()
        """The cards with acknowledged feedback."""
        self.statuses: Counter[int] = Counter()
        self.examples = [json.loads(path.read_bytes()) for path in EXAMPLES]

    def has_reached(self, part: float) -> bool:
        """Return whether this part of the time, and of the decisions, has passed."""
        elapsed = time.monotonic() - self.started
        return elapsed >= part * self.seconds and len(self.decisions) >= part * LEAST

    async def run(self) -> None:
        """Send until the time is over."""
        limits = httpx.Limits(max_connections=CLIENTS)
        async with httpx.AsyncClient(base_url=self.url, timeout=60, limits=limits) as http:
            await asyncio.gather(*(self.client(http, number) for number in range(CLIENTS)))

    async def client(self, http: httpx.AsyncClient, number: int) -> None:
        draw = random.Random(number)
        kinds = [self.evaluate, self.evaluate, self.bundle, self.batch, self.hook]
        request = 0
        while not self.has_reached(1):
            request += 1
            try:
                await draw.choice(kinds)(http, draw, f"{number}-{request}")
            except httpx.TransportError:  # its worker was killed
                self.statuses[0] += 1
                await asyncio.sleep(0.05)

    def record(self, draw: random.Random, patient: str) -> dict[str, Any]:
        found = dict(draw.choice(self.examples))
        return {**found, "patient": {**found["patient"], "id": patient}}

    def acknowledge(self, response: httpx.Response) -> bool:
        """Note an answer; return whether it is one, and not an error."""
        self.statuses[response.status_code] += 1
        if response.status_code != 200:
            assert response.status_code == 503, response.text
            return False
        self.decisions[response.headers["x-decision-id"]] = sha256(response.content)
        return True

    async def evaluate(self, http: httpx.AsyncClient, draw: random.Random, name: str) -> None:
        self.acknowledge(await http.post("/v1/evaluate", json=self.record(draw, name)))

    async def bundle(self, http: httpx.AsyncClient, draw: random.Random, name: str) -> None:
        patient = {**BUNDLE["entry"][0]["resource"], "id": name}  # type: ignore[index]
        self.acknowledge(await http.post("/v1/evaluate", json={**BUNDLE, "entry": [{"resource": patient}]}))

    async def batch(self, http: httpx.AsyncClient, draw: random.Random, name: str) -> None:
        records = [self.record(draw, f"{name}-{line}") for line in range(LINES)]
        body = "".join(f"{json.dumps(record)}\n" for record in records)
        response = await http.post("/v1/evaluate/batch", content=body, headers=NDJSON)
        self.statuses[response.status_code] += 1
        for line in response.text.splitlines():
            if "advisories" in json.loads(line):
                self.lines[sha256(line.encode())] += 1

    async def hook(self, http: httpx.AsyncClient, draw: random.Random, name: str) -> None:
        body = {**call("order-sign", order(self.engine)), "hookInstance": str(uuid_of(name))}
        path = f"/cds-services/{self.engine.rulebook.id}-order-sign"
        response = await http.post(path, json=body)
        if self.acknowledge(response):
            card = response.json()["cards"][0]["uuid"]
            item = {"card": card, "outcome": "overridden", "outcomeTimestamp": WHEN}
            given = await http.post(f"{path}/feedback", json={"feedback": [item]}, headers=JSON)
            self.statuses[given.status_code] += 1
            if given.status_code == 200:
                self.feedback[card] += 1


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def uuid_of(name: str) -> str:
    digits = hashlib.sha256(name.encode()).hexdigest()
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:32]}"


@dataclass(frozen=True)
class Target:
    """A new ledger, its server if it has one, and how long it is put under load."""

    url: str
    seconds: float
    server: PostgresServer | None = None


CASES = [
    pytest.param(("sqlite", 5), marks=pytest.mark.ci),
    pytest.param(("postgresql", 120), marks=pytest.mark.ci),
]


@pytest.fixture(params=CASES, ids=["sqlite", "postgresql-two-minutes"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Target:
    kind, seconds = request.param
    if kind == "sqlite":
        return Target(f"sqlite:///{tmp_path}/decisions.db", seconds)
    server: PostgresServer = request.getfixturevalue("postgres")
    return Target(server.create_database(), seconds, server)


async def fail(served: Served, target: Target, load: Load) -> None:
    """Kill a worker, restart PostgreSQL, and kill another worker."""

    async def wait_for(part: float) -> None:
        while not load.has_reached(part):
            await asyncio.sleep(0.02)

    await wait_for(0.25)
    os.kill(served.children()[0], signal.SIGKILL)
    if target.server is not None:
        await wait_for(0.5)
        await asyncio.to_thread(target.server.restart)
    await wait_for(0.75)
    os.kill(served.children()[-1], signal.SIGKILL)


def test_mixed_load(target: Target, tmp_path: Path, engine: Engine, files: Files) -> None:
    variables = {
        "CDS_LEDGER": target.url,
        "CDS_LEDGER_KEY_FILE": str(files.key),
        "CDS_LEDGER_CHECKPOINT_SECONDS": "1",
    }
    with serving(tmp_path / "log", "--workers", "2", **variables) as served:
        load = Load(served, engine, target.seconds)

        async def all_together() -> None:
            await asyncio.gather(load.run(), fail(served, target, load))

        asyncio.run(all_together())
    assert load.statuses.keys() <= {0, 200, 503}
    assert len(load.decisions) >= LEAST
    database = Database(target.url)
    columns = tables.entries.c
    found = {row["id"]: row for row in rows(database, columns.id, columns.route, columns.answer_digest)}
    missing = load.decisions.keys() - found.keys()
    assert not missing
    changed = [key for key, answer in load.decisions.items() if found[key]["answer_digest"] != answer]
    assert not changed
    answers = Counter(row["answer_digest"] for row in found.values() if row["route"].endswith("batch"))
    assert load.lines <= answers
    feedback = rows(database, tables.feedback)
    assert all(row["entry"] in found for row in feedback)
    assert load.feedback <= Counter(row["card"] for row in feedback)
    result = verify(database, files.trusted)
    assert result.findings == []
    assert result.checkpoints > 1
    assert result.uncovered == 0  # the workers wrote a last checkpoint when they were stopped
    with database.snapshot() as connection, database.connect() as rulebooks:
        replayed = Replayer(rulebooks, REPLAYS).replay(read_entries(connection))
        assert Counter(one.status for one in replayed) == Counter(identical=len(found))
    database.close()
