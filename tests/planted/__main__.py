"""Plants every mistake of the list, prints what nothing reports, and how many are reported.

    python -m tests.planted [--kind KIND] [--no-proof] [--verbose]

Exits with 1 if fewer than 95 % are reported with a line. It takes some minutes.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.planted.detection import Copy, Report
from tests.planted.mistakes import Mistake, read_mistakes

REQUIRED = 0.95


def main() -> int:
    """Run the command and return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kind", help="only the mistakes of one kind")
    parser.add_argument("--no-proof", action="store_true", help="prove nothing, which is quicker")
    parser.add_argument("--verbose", action="store_true", help="print every report as well")
    options = parser.parse_args()
    chosen = [mistake for mistake in read_mistakes() if options.kind in (None, mistake.kind)]
    found: list[tuple[Mistake, Report | None]] = []
    with tempfile.TemporaryDirectory(prefix="cds-planted-") as folder:
        copy = Copy(Path(folder))
        for mistake in chosen:
            report = copy.detect(mistake, proof=not options.no_proof)
            found.append((mistake, report))
            if report is None or options.verbose:
                print(_line(mistake, report), flush=True)
    _print_figures(found)
    reported = sum(has_line(report) for _, report in found)
    return 0 if reported >= REQUIRED * len(found) else 1


def has_line(report: Report | None) -> bool:
    return report is not None and report.line > 0


def _line(mistake: Mistake, report: Report | None) -> str:
    if report is None:
        return f"NOT REPORTED  {mistake.name}"
    message = " ".join(report.message.split())[:160]
    return f"{report.by:<13} {mistake.name}\n{'':14}{Path(report.file).name}:{report.line}: {message}"


def _print_figures(found: list[tuple[Mistake, Report | None]]) -> None:
    """Print how many mistakes are reported, by kind and by what reports them first."""
    kinds = Counter(mistake.kind for mistake, _ in found)
    reported = Counter(mistake.kind for mistake, report in found if has_line(report))
    for kind, count in kinds.items():
        print(f"{kind:<15} {reported[kind]:>3} of {count}")
    ways = Counter(report.by for _, report in found if report is not None)
    total, all_ = sum(reported.values()), len(found)
    print(f"{total} of {all_} planted mistakes are reported with a line: {total / all_:.1%}")
    print("first by: " + ", ".join(f"{way} {count}" for way, count in ways.most_common()))


if __name__ == "__main__":
    sys.exit(main())
