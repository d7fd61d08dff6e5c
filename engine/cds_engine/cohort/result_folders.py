"""The folders of results in a folder that ``cds cohort evaluate`` wrote: one for each rulebook."""

from __future__ import annotations

from pathlib import Path

SUMMARY = "summary.json"
"""The file by which a result is recognized."""


def result_folders(path: Path) -> list[Path]:
    """Return the results in a folder: the folder itself, or those of several rulebooks in it, if any."""
    if (path / SUMMARY).is_file():
        return [path]
    return sorted(summary.parent for summary in path.glob(f"*/{SUMMARY}"))
