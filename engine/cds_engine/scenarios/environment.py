"""Opens what the scenarios of a run share: engines, and a server if a scenario asks for HTTP."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NoReturn

from cds_engine.errors import ProblemsError
from cds_engine.evaluate import Engine
from cds_engine.rulebook import load_rulebook
from cds_engine.rulebook.shipped import FILE, default_rulebook, find_rulebook
from cds_engine.scenarios.case import HTTP, IN_PROCESS, Environment
from cds_engine.scenarios.evaluators import Evaluator, in_process, over_http
from cds_engine.scenarios.names import NameLookup
from cds_engine.scenarios.problems import ScenarioError, StepError
from cds_engine.scenarios.server import serving
from cds_engine.scenarios.several import SeveralNames


@contextmanager
def open_environment(
    rulebook: Path | None, url: str | None, *, may_serve: bool = True
) -> Iterator[Environment]:
    """Yield the environment for ``rulebook`` (the default one if None).

    Scenarios over HTTP use the API at ``url``. Without a URL, the first of them starts ``cds serve``, which
    is stopped at the end; unless ``may_serve``, these scenarios fail instead.
    """
    folder = rulebook or default_rulebook()
    with ExitStack() as stack:
        yield _Opener(folder, url, stack, may_serve=may_serve).open((folder,))


class _Opener:
    """Opens environments for the rulebook of a run, and for others that scenarios name; each once."""

    def __init__(self, folder: Path, url: str | None, stack: ExitStack, *, may_serve: bool) -> None:
        self._folder = folder
        self._may_serve = may_serve
        self._url = url
        self._stack = stack
        self._engines: dict[Path, Engine] = {}
        self._opened: dict[tuple[Path, ...], Environment] = {}

    def open(self, folders: tuple[Path, ...]) -> Environment:
        """Return the environment for the rulebooks in ``folders``."""
        if folders not in self._opened:
            self._opened[folders] = self._open(folders)
        return self._opened[folders]

    def _open(self, folders: tuple[Path, ...]) -> Environment:
        engines = tuple(self._engine(folder) for folder in folders)
        evaluators = {IN_PROCESS: in_process(engines)}

        def evaluator(transport: str) -> Evaluator:
            if transport not in evaluators:
                evaluators[HTTP] = self._over_http(folders, engines)
            return evaluators[transport]

        today = datetime.datetime.now(datetime.UTC).date()
        lookups = [NameLookup(engine) for engine in engines]
        names = lookups[0] if len(lookups) == 1 else SeveralNames(lookups)
        return Environment(engines, names, today, evaluator, self._for_names)

    def _engine(self, folder: Path) -> Engine:
        if folder not in self._engines:
            self._engines[folder] = Engine(load_rulebook(folder))
        return self._engines[folder]

    def _for_names(self, names: Sequence[str]) -> Environment:
        """Return the environment for rulebooks that a step names.

        Raises:
            StepError: if there is no such rulebook, or if it has errors.
        """
        try:
            return self.open(tuple(dict.fromkeys(self._find(name) for name in names)))
        except ProblemsError as error:
            raise StepError(str(error)) from None

    def _find(self, name: str) -> Path:
        """Return the folder of a rulebook: that of this run, one beside it, or a shipped one."""
        own = self._engines.get(self._folder)
        if own is not None and own.rulebook.id == name:
            return self._folder
        beside = self._folder.absolute().parent / name
        if (beside / FILE).is_file():
            return beside
        return find_rulebook(name)

    def _over_http(self, folders: tuple[Path, ...], engines: Sequence[Engine]) -> Evaluator:
        """Return the evaluator over HTTP; if no server starts, every scenario fails without waiting again."""
        only_own = folders == (self._folder,)
        asked = () if only_own else tuple(engine.rulebook.id for engine in engines)
        try:
            if self._url is None and not self._may_serve:
                raise ScenarioError("a scenario over HTTP cannot run here; run it with: cds scenarios")
            return over_http(self._url or self._stack.enter_context(serving(folders)), asked)
        except ScenarioError as error:
            reason = str(error)

            def unreachable(_: object) -> NoReturn:
                raise ScenarioError(reason)

            return unreachable
