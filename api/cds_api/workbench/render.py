"""Renders the pages of the workbench: templates, navigation, and the addresses of other pages and files."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from importlib.resources import files
from typing import Any, ParamSpec, TypeVar
from urllib.parse import urlencode

from cds_engine.design import COMPONENTS, environment, stylesheet
from cds_engine.evaluate import Engine
from cds_engine.timeline.svg import STYLESHEET as DRAWING_STYLESHEET
from fastapi import Request, Response
from jinja2 import Environment, PackageLoader

from cds_api.background import Background
from cds_api.observability import CLIENT
from cds_api.opened import Opened
from cds_api.security import area_of
from cds_api.service import Service, now
from cds_api.workbench.evaluating.combined import SharedExample, shared_examples
from cds_api.workbench.views.book import Book

T = TypeVar("T")
P = ParamSpec("P")
SITE = "CDS workbench"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
"""The Content-Security-Policy of pages: only files of this service, and nothing inline.

Their Referrer-Policy lets a browser say which site sent a form.
"""
MIN_COMPRESSED = 1024
"""Shorter pages are sent as they are, in bytes."""
_MEDIA_TYPES = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}


@dataclass(frozen=True, slots=True)
class NavigationEntry:
    """An entry of the main navigation.

    ``path`` and ``others`` are the beginnings of the addresses of its pages.
    """

    title: str
    path: str
    others: tuple[str, ...] = ()

    def has(self, path: str) -> bool:
        """Return whether the page at ``path`` belongs to the entry."""
        return any(path == start or path.startswith(start + "/") for start in (self.path, *self.others))


NAVIGATION = (
    NavigationEntry("Evaluate", "/"),
    NavigationEntry("Rules", "/rules", ("/approvals",)),
    NavigationEntry("Facts", "/facts", ("/parameters",)),
    NavigationEntry("Evidence", "/evidence", ("/conflicts", "/sources", "/pharmacology")),
    NavigationEntry("Terminology", "/terminology", ("/cases",)),
    NavigationEntry("Audit", "/audit", ("/differences",)),
    NavigationEntry("Populations", "/populations"),
    NavigationEntry("Scenarios", "/scenarios"),
    NavigationEntry("Decisions", "/decisions"),
)
RULEBOOK_PARAMETER = "rulebook"


@dataclass(frozen=True)
class Pages:
    """Renders pages for the rulebooks of a service.

    ``opened`` is what ``cds open`` opened, and ``navigation`` the entries of the main navigation; the first
    one is the page at ``/``.
    """

    service: Service
    opened: Opened | None = None
    navigation: tuple[NavigationEntry, ...] = NAVIGATION

    def engine(self, request: Request) -> Engine:
        """Return the engine of the rulebook that a request names with ``?rulebook=``, else the default.

        Raises:
            ApiError: 404, if there is no such rulebook.
        """
        return self.engines(request)[0]

    def engines(self, request: Request) -> list[Engine]:
        """Return the engines of all rulebooks that a request names with ``?rulebook=``, else the default.

        Raises:
            ApiError: 404, if there is no such rulebook.
        """
        names = request.query_params.getlist(RULEBOOK_PARAMETER)
        return [self.service.engine_of(name) for name in dict.fromkeys(names)] or [self.service.engine]

    @cached_property
    def shared_examples(self) -> tuple[SharedExample, ...]:
        """The examples for which several of the rulebooks have an advisory."""
        return tuple(shared_examples(tuple(self.service.engines.values()), now()))

    def shared_example(self, name: str) -> SharedExample | None:
        """Return the example for several rulebooks of a name, if there is one."""
        return next((each for each in self.shared_examples if each.example.name == name), None)

    @cached_property
    def _books(self) -> dict[str, Book]:
        return {}

    def book(self, request: Request) -> Book:
        """Return the rulebook of a request with what its pages need.

        Raises:
            ApiError: 404, if there is no such rulebook.
        """
        return self.book_of(self.engine(request).rulebook.id)

    def book_of(self, name: str) -> Book:
        """Return a served rulebook by its id, with what its pages need.

        Raises:
            ApiError: 404, if there is no such rulebook.
        """
        engine = self.service.engine_of(name)
        return self._books.setdefault(engine.rulebook.id, Book(engine))

    def render(self, request: Request, template: str, /, *, status: int = 200, **context: Any) -> Response:
        """Return a page as a response.

        Args:
            request: the request; its address says which entry of the navigation is current.
            template: the name of the template, which extends ``base.html.j2``.
            status: the status of the response.
            context: what the template shows, at least ``title``. ``switchable`` says whether the page exists
                for other rulebooks; None means that it shows what its address does not say.
        """
        engines = self.engines(request)
        engine = engines[0]
        link = partial(self.address, request)
        path = request.url.path
        client = request.scope.get(CLIENT)
        shared = {
            "link": link,
            "path": path,
            "navigation": [entry for entry in self.navigation if self.allows(request, entry.path)],
            "section": self._section_of(path),
            "rulebook": engine.rulebook,
            "answering": [each.rulebook for each in engines],
            "rulebooks": {id_: each.rulebook.file.title for id_, each in self.service.engines.items()},
            "other_rulebooks": partial(self._other_rulebooks, engine),
            "together": self.address_in(list(self.service.engines), "/"),
            "client": getattr(client, "name", None),
            "wb": _templates()
            .get_template("workbench.html.j2")
            .make_module({"link": link, "rulebook": engine.rulebook}),
        }
        text = (
            _templates()
            .get_template(template)
            .render({"switchable": True if request.method == "GET" else None, **shared, **context})
        )
        return html_response(request, text, status)

    def allows(self, request: Request, path: str) -> bool:
        """Return whether the client of a request may open a page; everybody may without authentication."""
        client, area = request.scope.get(CLIENT), area_of(path)
        return client is None or area is None or area in client.areas

    def address(self, request: Request, path: str, **parameters: object) -> str:
        """Return the address of a page, with the rulebook of the request if it is not the default."""
        return self.address_in([self.engine(request).rulebook.id], path, **parameters)

    def address_in(self, rulebooks: Sequence[str], path: str, **parameters: object) -> str:
        """Return the address of a page for rulebooks, which it names unless it is the default one alone."""
        named = [] if list(rulebooks) == [self.service.engine.rulebook.id] else rulebooks
        query = urlencode([*parameters.items(), *((RULEBOOK_PARAMETER, name) for name in named)])
        place, hash_, fragment = path.partition("#")
        return f"{place}?{query}{hash_}{fragment}" if query else path

    def here(self, request: Request) -> str:
        """Return the address that evaluates a record with the rulebooks of a request."""
        return self.address_in([engine.rulebook.id for engine in self.engines(request)], "/")

    async def in_background(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what ``work`` returns, without keeping other requests waiting.

        The workbench has one thread of its own, so that large bodies of the API need not wait for people who
        look at a timeline.
        """
        return await self._background.run(work, *args, **kwargs)

    @cached_property
    def _background(self) -> Background:
        return Background("workbench")

    def _section_of(self, path: str) -> str:
        """Return the path of the navigation entry that a page belongs to."""
        start, *others = self.navigation
        found = (each.path for each in others if each.has(path))
        return next(found, start.path)

    def _other_rulebooks(self, engine: Engine, path: str) -> dict[str, str]:
        """Return the address of a page for each rulebook but the one of ``engine``, by the rulebook's id."""
        others = (name for name in self.service.engines if name != engine.rulebook.id)
        return {name: self.address_in([name], path) for name in others}


def html_response(request: Request, text: str, status: int = 200) -> Response:
    """Return HTML as a response, compressed for browsers that accept it."""
    body = text.encode()
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin", "Vary": "Accept-Encoding"}
    accepts = "gzip" in request.headers.get("accept-encoding", "")
    if accepts and len(body) >= MIN_COMPRESSED:
        body = gzip.compress(body, compresslevel=5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(body, status, headers, media_type="text/html")


@cache
def _templates() -> Environment:
    templates = environment(PackageLoader("cds_api.workbench"))
    templates.globals["site"] = SITE
    templates.globals["static"] = static_address
    templates.globals["ui"] = templates.get_template(COMPONENTS).module
    return templates


class StaticFile:
    """A file that pages load, with its address, which changes when the content does."""

    def __init__(self, name: str, content: bytes) -> None:
        self.content = content
        self.media_type = _MEDIA_TYPES[name.rpartition(".")[2]]
        self.address = f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:16]}"

    @cached_property
    def compressed(self) -> bytes:
        """The content as gzip."""
        return gzip.compress(self.content, mtime=0)


@cache
def static_files() -> Mapping[str, StaticFile]:
    """Return the files that pages load, by name."""
    folder = files("cds_api.workbench") / "static"
    found = {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}
    found["workbench.css"] = stylesheet().encode() + found["workbench.css"]
    found["timeline.css"] = DRAWING_STYLESHEET.encode() + found["timeline.css"]
    return {name: StaticFile(name, content) for name, content in sorted(found.items())}


def static_address(name: str) -> str:
    """Return the address of a static file.

    Raises:
        KeyError: if there is no such file.
    """
    return static_files()[name].address
