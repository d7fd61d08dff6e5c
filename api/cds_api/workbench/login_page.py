"""``/login`` and ``/logout``: a browser shows a key or a token once, and then has a session."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from cds_api.problems import ApiError
from cds_api.security import Authenticator
from cds_api.sessions import LIFETIME, Client
from cds_api.workbench.forms import read_form
from cds_api.workbench.render import Pages

SEE_OTHER = 303
PATH = "/login"


def router(pages: Pages, authenticator: Authenticator) -> APIRouter:
    """Return the routes of the pages."""
    routes = APIRouter()
    settings = pages.service.settings

    @routes.get(PATH)
    async def login(request: Request, next: str = "/") -> Response:
        if not authenticator.required:
            return RedirectResponse(local_path(next), SEE_OTHER)
        return page(request, next)

    @routes.post(PATH)
    async def check(request: Request) -> Response:
        form = await read_form(request, settings)
        try:
            client, lifetime = _check(form.text("key"))
        except ApiError as error:
            return page(request, form.text("next", "/"), error.detail)
        headers = authenticator.sessions.login_headers(client, lifetime, secure=secure(request))
        return RedirectResponse(local_path(form.text("next", "/")), SEE_OTHER, headers)

    @routes.post("/logout")
    async def logout(request: Request) -> Response:
        await read_form(request, settings)
        headers = authenticator.sessions.logout_headers(secure=secure(request))
        return RedirectResponse(PATH, SEE_OTHER, headers)

    def secure(request: Request) -> bool:
        return request.url.scheme == "https" or (settings.public_url or "").startswith("https:")

    def page(request: Request, next_: str, problem: str = "") -> Response:
        return pages.render(
            request,
            "login.html.j2",
            status=401 if problem else 200,
            title="Log in",
            section="",
            next=local_path(next_),
            problem=problem,
            hours=LIFETIME // 3600,
        )

    def _check(credentials: str) -> tuple[Client, int]:
        """Return who may log in with a key or token, and for how many seconds."""
        if credentials.count(".") == 2:
            return authenticator.check_token(credentials, PATH), settings.jwt_max_lifetime
        return authenticator.check_key(credentials.encode()), LIFETIME

    return routes


def local_path(path: str) -> str:
    """Return ``path`` if it is an address within this service, else ``/``."""
    local = path.startswith("/") and not path.startswith(("//", "/\\"))
    return path if local and path.isprintable() and path.isascii() else "/"
