"""Measuring two contenders side by side, on machines that are not quiet."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import median

ROUNDS = 15
ROUND_SECONDS = 0.02

Work = Callable[[], object]


@dataclass(frozen=True)
class Row:
    """One line of the table; ``met`` is None for what has no goal."""

    compared: str
    on: str
    first: str
    second: str = ""
    ratio: str = ""
    goal: str = ""
    met: bool | None = None


@dataclass(frozen=True)
class Seconds:
    """What one call of each contender takes, and how many times as long the second takes.

    The ratio is the median over rounds in which both ran one after the other: a busy moment then slows both.
    """

    first: float
    second: float
    ratio: float


def side_by_side(first: Work, second: Work) -> Seconds:
    """Measure two contenders in alternating rounds."""
    repeat = _repeats(first), _repeats(second)
    rounds = [(_timed(first, repeat[0]), _timed(second, repeat[1])) for _ in range(ROUNDS)]
    return Seconds(
        median(one for one, _ in rounds),
        median(other for _, other in rounds),
        median(other / one for one, other in rounds),
    )


def _repeats(work: Work) -> int:
    """Return how often to call ``work`` in a round; the first calls also warm it up."""
    once = min(_timed(work, 1) for _ in range(20))
    return max(1, round(ROUND_SECONDS / once))


def _timed(work: Work, times: int) -> float:
    started = time.perf_counter()
    for _ in range(times):
        work()
    return (time.perf_counter() - started) / times


def in_turn(works: Mapping[str, Work]) -> Work:
    """Return the work of doing all of ``works`` once: every example counts once, however long it takes."""
    return lambda: [work() for work in works.values()]


def at_least(compared: str, on: str, measured: Seconds, times: float | None, *, of: int = 1) -> Row:
    """Return the row that says that the first contender is at least ``times`` as fast as the second.

    ``of`` is how many evaluations one call does.
    """
    goal = "" if times is None else f">= {times:g}"
    met = None if times is None else measured.ratio >= times
    return Row(
        compared,
        on,
        rate(of / measured.first),
        rate(of / measured.second),
        f"{measured.ratio:.2f}",
        goal,
        met,
    )


def at_most(compared: str, on: str, measured: Seconds, times: float, *, of: int = 1) -> Row:
    """Return the row that says that the second contender takes at most ``times`` as long as the first."""
    return Row(
        compared,
        on,
        rate(of / measured.first),
        rate(of / measured.second),
        f"{measured.ratio:.2f}",
        f"<= {times:g}",
        measured.ratio <= times,
    )


def rate(per_second: float) -> str:
    """Write a rate for people."""
    return f"{per_second:,.0f}/s"
