"""The project's wheel, built once for all tests of the package."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTEST = """#!{python}
import sys

from pytest import console_main

sys.exit(console_main())
"""
"""The command as pip installs it. Unlike ``python -m pytest`` it does not put the folder on the path."""


@pytest.fixture(scope="package")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel with what the environment already holds, and return its path."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [built] = folder.glob("mianserin_cds-*-py3-none-any.whl")
    return built


@pytest.fixture(scope="package")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an environment that has the wheel and the dependencies of this one, but not the checkout.

    A path file makes the dependencies visible; the path files of this environment, such as the one of an
    editable installation, have no effect there.
    """
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, symlinks=True)
    site = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(folder), "platbase": str(folder)}))
    dependencies = dict.fromkeys((sysconfig.get_path("purelib"), sysconfig.get_path("platlib")))
    (site / "dependencies.pth").write_text("\n".join(dependencies), encoding="utf-8")
    install = [sys.executable, "-m", "pip", "--python", str(folder), "install", "--quiet"]
    install += ["--no-index", "--no-deps", "--ignore-installed", str(wheel)]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    command = folder / "bin" / "pytest"
    command.write_text(PYTEST.format(python=folder / "bin" / "python"), encoding="utf-8")
    command.chmod(0o755)
    return folder
