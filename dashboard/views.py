"""Pages that belong to no noun: errors and the way in."""

import logging
import sys
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static

from dashboard import written

log = logging.getLogger(__name__)


@login_not_required
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    return render(request, "403_csrf.html", status=403)


@login_not_required
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent):
        return render(request, "413.html", status=413)
    return render(request, "400.html", status=400)


@login_not_required
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "403.html", {"reason": str(exception or "")}, status=403)


@login_not_required
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return render(request, "404.html", status=404)


@login_not_required
def server_error(request: HttpRequest) -> HttpResponse:
    if isinstance(error := sys.exception(), DatabaseError | InterfaceError):
        return unavailable(request, error)  # it failed in a middleware, where no other middleware sees it
    # Rendered without the request: whatever broke may break again while the page asks who is signed in.
    return HttpResponse(render_to_string("500.html"), status=500)


def unavailable(request: HttpRequest, error: Exception) -> HttpResponse:
    """A database that is away is a 503 page in plain words, not a 500."""
    log.error("the database does not answer: %s", error)
    is_read = request.method in {"GET", "HEAD"}
    # A POST whose COMMIT got no answer may have been written; the page must not promise what is not known.
    is_nothing_done = is_read or written.is_nothing_done(error)
    connection.close_if_unusable_or_obsolete()
    # Rendered without the request: asking who is signed in would ask the database again.
    context = {"is_nothing_done": is_nothing_done, "is_read": is_read, "back": "" if is_read else _page_before(request)}
    return HttpResponse(render_to_string("503.html", context), status=503, headers={"Retry-After": "5"})


def _page_before(request: HttpRequest) -> str:
    """The page on which a button was pressed, as a path of ours: many addresses of buttons are no pages."""
    before = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer") or "")
    is_ours = before.netloc == request.headers.get("Host") and before.path[:2] not in {"", "//"}
    return before._replace(scheme="", netloc="", fragment="").geturl() if is_ours else "/"


@login_not_required
def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("favicon.svg"), permanent=True)
