"""``kill -9`` at any moment loses nothing that was acknowledged, and leaves a ledger that verifies."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from cds_api.ledger.database import Database
from cds_api.ledger.verify import verify

from tests.api.ledger.conftest import Files
from tests.api.ledger.test_storing import stored

KILLS = 200 if os.environ.get("CI") else 24
SEED = "1"


@pytest.mark.slow
def test_killed_writers(url: str, files: Files) -> None:
    Database(url).create_or_upgrade()
    command = [sys.executable, "-m", "tests.api.ledger.killing", url, str(files.key), str(KILLS), SEED]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    acknowledged = done.stdout.split()
    assert len(acknowledged) > KILLS
    database = Database(url)
    found = stored(database)
    assert set(acknowledged) <= {row["id"] for row in found}
    assert len({row["chain"] for row in found}) > KILLS / 3
    result = verify(database, files.trusted)
    assert result.findings == []
    assert result.checkpoints > 1
    database.close()
