"""Opens what the scenarios of a run share: one engine, and a server if a scenario asks for HTTP."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

from cds_engine.evaluate import Engine
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.shipped import default_rulebook
from cds_engine.scenarios.case import HTTP, IN_PROCESS, Environment
from cds_engine.scenarios.evaluators import Evaluator, in_process, over_http
from cds_engine.scenarios.names import NameLookup
from cds_engine.scenarios.problems import ScenarioError
from cds_engine.scenarios.server import serving


@contextmanager
def open_environment(
    rulebook: Path | None, url: str | None, *, may_serve: bool = True
) -> Iterator[Environment]:
    """Yield the environment for ``rulebook`` (the shipped one if None).

    Scenarios over HTTP use the API at ``url``. Without a URL, the first of them starts ``cds serve``, which
    is stopped at the end; unless ``may_serve``, these scenarios fail instead.
    """
    folder = rulebook or default_rulebook()
    engine = Engine(load_rulebook(folder))
    with ExitStack() as stack:
        evaluators = {IN_PROCESS: in_process(engine)}

        def evaluator(transport: str) -> Evaluator:
            if transport not in evaluators:
                evaluators[HTTP] = _http_evaluator(url, folder, stack, may_serve=may_serve)
            return evaluators[transport]

        today = datetime.datetime.now(datetime.UTC).date()
        yield Environment(engine, NameLookup(engine), today, evaluator)


def _http_evaluator(url: str | None, folder: Path, stack: ExitStack, *, may_serve: bool) -> Evaluator:
    """Return the evaluator over HTTP; if no server starts, every scenario fails without waiting again."""
    try:
        if url is None and not may_serve:
            raise ScenarioError("a scenario over HTTP cannot run here; run it with: cds scenarios")
        return over_http(url or stack.enter_context(serving(folder)))
    except ScenarioError as error:
        reason = str(error)

        def unreachable(_: object) -> NoReturn:
            raise ScenarioError(reason)

        return unreachable
