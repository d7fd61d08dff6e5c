"""Print the comparison as Markdown: ``python -m tests.benchmarks.peers``."""

from __future__ import annotations

from tests.benchmarks.peers import markdown

if __name__ == "__main__":
    print(markdown())
