"""Pages that belong to no noun: errors and the way in."""

import logging
import sys

from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent
from django.db import DatabaseError, InterfaceError, connection
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.templatetags.static import static

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
    connection.close_if_unusable_or_obsolete()
    # A POST whose commit got no answer may have been written; the page must not promise what is not known.
    # Rendered without the request: asking who is signed in would ask the database again.
    page = render_to_string("503.html", {"is_read": request.method in {"GET", "HEAD"}})
    return HttpResponse(page, status=503)


@login_not_required
def favicon(request: HttpRequest) -> HttpResponse:
    return redirect(static("favicon.svg"), permanent=True)
