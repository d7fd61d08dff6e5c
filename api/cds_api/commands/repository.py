"""The git repository that a rulebook is in."""

from __future__ import annotations

import subprocess
from pathlib import Path

TIMEOUT = 10.0
"""Seconds that git may take."""


def commit_of(folder: Path) -> str | None:
    """Return the commit of the repository of ``folder``, and whether files in it changed; None without."""
    commit = _git(folder, "rev-parse", "--short=12", "HEAD")
    if not commit:
        return None
    return f"{commit} with changes" if _git(folder, "status", "--porcelain", ".") else commit


def _git(folder: Path, *arguments: str) -> str | None:
    """Return what git prints; None if there is no git, no repository or no answer."""
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
