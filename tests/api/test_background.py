"""Work in the background: one piece after the other, and in short turns."""

from __future__ import annotations

import asyncio
import sys
import threading
import time

import pytest
from cds_api.background import TURN_SECONDS, Background


def test_work_is_done_one_at_a_time() -> None:
    background = Background("test")
    running: list[int] = []

    def work() -> int:
        running.append(1)
        time.sleep(0.01)
        together = len(running)
        running.clear()
        return together

    async def all_at_once() -> list[int]:
        return await asyncio.gather(*(background.run(work) for _ in range(5)))

    assert asyncio.run(all_at_once()) == [1] * 5


def test_turns_are_short_only_while_something_is_done() -> None:
    usual = sys.getswitchinterval()
    assert usual > TURN_SECONDS
    both, one_left = threading.Barrier(2), threading.Event()

    def short() -> float:
        both.wait(10)
        return sys.getswitchinterval()

    def long() -> float:
        both.wait(10)
        one_left.wait(10)
        return sys.getswitchinterval()

    async def overlapping() -> tuple[float, float]:
        longer = asyncio.create_task(Background("long").run(long))
        found = await Background("short").run(short)
        one_left.set()
        return found, await longer

    assert asyncio.run(overlapping()) == (TURN_SECONDS, TURN_SECONDS)
    assert sys.getswitchinterval() == usual


def test_turns_are_usual_again_after_a_failure() -> None:
    usual = sys.getswitchinterval()

    def fail() -> None:
        raise ValueError(str(sys.getswitchinterval()))

    with pytest.raises(ValueError, match=str(TURN_SECONDS)):
        asyncio.run(Background("test").run(fail))
    assert sys.getswitchinterval() == usual
