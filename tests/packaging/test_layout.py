"""The folders of tests mirror the packages."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(path.parent for path in ROOT.glob("*/cds_*/*/__init__.py"))


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_package_has_a_folder_of_tests(package: Path) -> None:
    tests = ROOT / "tests" / package.parent.parent.name / package.name
    assert list(tests.glob("test_*.py"))
