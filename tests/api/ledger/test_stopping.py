"""A service that is stopped closes its ledger: a last checkpoint covers everything."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from cds_api.ledger.database import Database
from cds_api.ledger.verify import verify

from tests.api.conftest import serving
from tests.api.ledger.conftest import Files

pytestmark = pytest.mark.slow

ENTRIES = 5


@pytest.mark.parametrize("workers", ["1", pytest.param("2", marks=pytest.mark.ci)])
def test_a_stopped_service_writes_a_last_checkpoint(tmp_path: Path, files: Files, workers: str) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    variables = {
        "CDS_LEDGER": f"sqlite:///{tmp_path}/d.db",
        "CDS_LEDGER_KEY_FILE": str(files.key),
        "CDS_LEDGER_CHECKPOINT_SECONDS": "3600",
        "TMPDIR": str(temporary),
    }
    with serving(tmp_path / "log", "--workers", workers, **variables) as served:
        for _ in range(ENTRIES):
            assert httpx.post(f"{served.url}/v1/evaluate", json={}).status_code == 200
    assert served.process.returncode == 0
    assert list(temporary.iterdir()) == []
    database = Database(variables["CDS_LEDGER"])
    result = verify(database, files.trusted)
    database.close()
    assert result.findings == []
    assert (result.entries, result.uncovered) == (ENTRIES, 0)
