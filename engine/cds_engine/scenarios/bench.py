"""The bench of a pytest run: one rulebook and one engine; a server only if a scenario asks for HTTP."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

from cds_engine.evaluate import Engine
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.shipped import default_rulebook
from cds_engine.scenarios.case import HTTP, IN_PROCESS, Bench
from cds_engine.scenarios.evaluators import Evaluator, in_process, over_http
from cds_engine.scenarios.names import Names
from cds_engine.scenarios.problems import ScenarioError
from cds_engine.scenarios.server import serving


@contextmanager
def set_up(rulebook: Path | None, url: str | None) -> Iterator[Bench]:
    """Give a bench for ``rulebook`` (the shipped one if None).

    Scenarios over HTTP go to the API at ``url``; without one, ``cds serve`` is started for the first of them
    and stopped in the end.
    """
    folder = rulebook or default_rulebook()
    engine = Engine(load_rulebook(folder))
    with ExitStack() as stack:
        evaluators = {IN_PROCESS: in_process(engine)}

        def evaluator(way: str) -> Evaluator:
            if way not in evaluators:
                evaluators[HTTP] = _reached(url, folder, stack)
            return evaluators[way]

        today = datetime.datetime.now(datetime.UTC).date()
        yield Bench(engine, Names(engine), today, evaluator)


def _reached(url: str | None, folder: Path, stack: ExitStack) -> Evaluator:
    """Return the evaluation over HTTP; where no server starts, each scenario says so and none waits again."""
    try:
        return over_http(url or stack.enter_context(serving(folder)))
    except ScenarioError as error:
        reason = str(error)

        def unreachable(_: object) -> NoReturn:
            raise ScenarioError(reason)

        return unreachable
