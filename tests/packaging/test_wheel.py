"""The shipped rulebooks are found in a checkout and in an installed wheel."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cds_engine.rulebook.shipped import shipped_rulebooks

ROOT = Path(__file__).parents[2]


def test_in_a_checkout() -> None:
    assert shipped_rulebooks() == ROOT / "rules"


@pytest.mark.slow
def test_in_a_wheel(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path)
    for folder in ("rules", "features"):
        on_disk = {path.relative_to(ROOT) for path in (ROOT / folder).rglob("*") if path.is_file()}
        assert on_disk
        assert {f"cds_engine/_shipped/{path.as_posix()}" for path in on_disk} <= names
    for package in ("engine/cds_engine/design", "api/cds_api/workbench"):
        files = {path.relative_to(ROOT / package.split("/")[0]) for path in (ROOT / package).rglob("*.*")}
        wanted = {path.as_posix() for path in files if "__pycache__" not in path.parts}
        assert wanted <= names  # templates, stylesheets, scripts
    assert "cds_api/ledger/migrations/versions/v0001_tables.py" in names
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"cds_engine", "cds_api"}

    ask = "from cds_engine.rulebook.shipped import shipped_rulebooks; print(shipped_rulebooks())"
    done = subprocess.run(
        [sys.executable, "-c", ask], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(tmp_path / "cds_engine" / "_shipped" / "rules")
