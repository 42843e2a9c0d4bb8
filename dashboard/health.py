"""Answers for machines, before any rule about hosts, https or people: /healthz, /readyz and /metrics."""

import hmac
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from prometheus_client import CONTENT_TYPE_LATEST

from dashboard import metrics
from experiments import broker


def health(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[[HttpRequest], HttpResponseBase]:
    """/healthz: the process answers. /readyz: it can serve pages. /metrics: how everything fares, for those who know
    the token."""
    answers = {"/healthz": _alive, "/readyz": _ready, "/metrics": _metrics}

    def middleware(request: HttpRequest) -> HttpResponseBase:
        answer = answers.get(request.path, get_response)
        return answer(request)

    return middleware


def _alive(request: HttpRequest) -> HttpResponse:
    return JsonResponse({"ok": True})


def _ready(request: HttpRequest) -> HttpResponse:
    """Without Redis pages work and rows wait for it, so that alone does not take this process out of service."""
    found = {"database": "answers", "migrations": "applied"}
    try:
        if missing := _missing_migrations():
            found["migrations"] = f"{len(missing)} missing, first {missing[0]}"
    except (DatabaseError, InterfaceError):
        found = {"database": "does not answer", "migrations": "not known"}
    is_ready = found == {"database": "answers", "migrations": "applied"}
    found["broker"] = "answers" if broker.look() is not None else "does not answer"
    return JsonResponse({"ok": is_ready, **found}, status=200 if is_ready else 503)


def _missing_migrations() -> list[str]:
    """What this code needs and the database does not have yet, by name."""
    applied = MigrationRecorder(connection).applied_migrations()
    return [f"{app}.{name}" for app, name in _needed_migrations() if (app, name) not in applied]


@cache
def _needed_migrations() -> list[tuple[str, str]]:
    return sorted(MigrationLoader(None).disk_migrations)


def _metrics(request: HttpRequest) -> HttpResponse:
    """404 for everybody without the token, as if there were no such address."""
    known = settings.METRICS_TOKEN.encode()
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode(errors="replace")
    if not known or not hmac.compare_digest(known, given):
        return HttpResponse("Not found\n", content_type="text/plain", status=404)
    return HttpResponse(metrics.exposition(), content_type=CONTENT_TYPE_LATEST)
