"""``kill -9`` at any moment loses nothing that was acknowledged, and leaves a ledger that verifies."""

from __future__ import annotations

import subprocess
import sys

import pytest
from cds_api.ledger.database import Database
from cds_api.ledger.verify import verify

from tests.api.ledger.conftest import Files
from tests.api.ledger.test_storing import stored


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kills", "seed"),
    [pytest.param(24, 1), pytest.param(200, 2, marks=pytest.mark.ci)],
    ids=["24 kills", "200 kills"],
)
def test_killed_writers(url: str, files: Files, kills: int, seed: int) -> None:
    Database(url).create_or_upgrade()
    command = [sys.executable, "-m", "tests.api.ledger.killing", url, str(files.key), str(kills), str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    acknowledged = done.stdout.split()
    assert len(acknowledged) > kills
    database = Database(url)
    found = stored(database)
    assert set(acknowledged) <= {row["id"] for row in found}
    assert len({row["chain"] for row in found}) > kills / 3
    result = verify(database, files.trusted)
    assert result.findings == []
    assert result.checkpoints > 1
    database.close()
