"""The folders of tests mirror the packages."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = sorted(path.parent for path in ROOT.glob("*/cds_*/*/__init__.py"))


TESTED_WITH = {"commands": "cli"}
"""What the commands do is tested through the command line."""


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_package_has_a_folder_of_tests(package: Path) -> None:
    name = TESTED_WITH.get(package.name, package.name)
    tests = ROOT / "tests" / package.parent.parent.name / name
    assert list(tests.glob("test_*.py"))
