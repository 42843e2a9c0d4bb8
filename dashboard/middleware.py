"""What happens around every request: maintenance, database trouble, an ended session under htmx."""

from collections.abc import Callable
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render, resolve_url
from django.template.loader import render_to_string
from django.utils.cache import patch_vary_headers

from dashboard import written
from dashboard.views import unavailable

type GetResponse = Callable[[HttpRequest], HttpResponseBase]


def maintenance(get_response: GetResponse) -> GetResponse:
    """With MAINTENANCE=1 every page is a 503 that needs no database; health and static files still answer."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if not settings.MAINTENANCE:
            return get_response(request)
        return HttpResponse(render_to_string("maintenance.html"), status=503, headers={"Retry-After": "120"})

    return middleware


def not_stored(get_response: GetResponse) -> GetResponse:
    """Pages are about one team's plans: neither the browser's disk nor a proxy keeps them, and sign-out clears up."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        if request.method == "POST" and request.path == resolve_url("account_logout"):
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    return middleware


class Trouble:
    """Database errors of a view become the 503 page. Those of a middleware end in `dashboard.views.server_error`.

    What the request has written is watched, so that the page can tell what is true.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with written.watch():
            return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        return unavailable(request, error) if isinstance(error, DatabaseError | InterfaceError) else None


def trouble(get_response: GetResponse) -> Trouble:
    return Trouble(get_response)


def sign_in_again(get_response: GetResponse) -> GetResponse:
    """An htmx request of an ended session gets 401 and a note, never a sign-in page swapped into a panel."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        patch_vary_headers(response, ["HX-Request"])
        is_sent_to_sign_in = response.status_code == 302 and response.headers["Location"].startswith(
            resolve_url(settings.LOGIN_URL) + "?"
        )
        if is_sent_to_sign_in and "HX-Request" in request.headers:
            answer = render(request, "401.html", {"sign_in": _sign_in_link(request)}, status=401)
            answer.headers["HX-Retarget"] = "#notice"
            answer.headers["HX-Reswap"] = "innerHTML"
            return answer
        return response

    return middleware


def _sign_in_link(request: HttpRequest) -> str:
    """Sign-in that leads back to the page in the browser's address bar, not to the part that htmx asked for."""
    page = urlsplit(request.headers.get("HX-Current-URL", ""))._replace(scheme="", netloc="").geturl()
    return f"{resolve_url(settings.LOGIN_URL)}?{urlencode({REDIRECT_FIELD_NAME: page or '/'})}"
