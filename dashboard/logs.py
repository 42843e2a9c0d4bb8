"""How log lines look: one JSON object a line in production, one plain line in a terminal.

Neither form lets what somebody typed begin a line of its own: line ends inside of a message are written as escapes.
A log that cannot be written (a full disk) is given up in silence, see `logging.raiseExceptions` in the settings.
"""

import json
import logging
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, override

from django.http import HttpRequest, HttpResponseBase

from experiments import logs

# What would let a text leave its line: line ends of every kind, and what moves a terminal's cursor.
_ESCAPES = {
    code: repr(chr(code))[1:-1] for code in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029) if chr(code) != "\t"
}


class JsonFormatter(logging.Formatter):
    """`at`, `level`, `logger` and `message`, then what the line is about, then the traceback as `error`."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, str] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **_about(record),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line)  # ASCII alone: no byte of it ends a line


class LineFormatter(logging.Formatter):
    """For people: the words, then `name=value`. A traceback follows, moved in so that it cannot pass for a line."""

    @override
    def format(self, record: logging.LogRecord) -> str:
        about = "".join(f" {name}={value}" for name, value in _about(record).items())
        words = f"{self.formatTime(record)} {record.levelname} {record.name} {record.getMessage()}{about}"
        error = self.formatException(record.exc_info).splitlines() if record.exc_info else []
        return "\n    ".join(line.translate(_ESCAPES) for line in (words, *error))


def _about(record: logging.LogRecord) -> Mapping[str, str]:
    """What was bound around the call, and what the call itself named with `extra`."""
    about = {**logs.bound(), **{name: getattr(record, name) for name in logs.NAMES if hasattr(record, name)}}
    if isinstance(request := getattr(record, "request", None), HttpRequest) and "REQUEST_ID" in request.META:
        about["request_id"] = request.META["REQUEST_ID"]  # Django tells of a 404 after all middleware has ended
    return {name: str(about[name]) for name in logs.NAMES if name in about}


class About:
    """Gives each request an id of our own, and its log lines that id, the workspace and the operation of the address.

    The id goes out as X-Request-ID and stands on the pages that say that something broke, so that what a person
    reports can be found. One that came in is never taken over: anybody could have written it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = request.META["REQUEST_ID"] = secrets.token_hex(8)
        with logs.bind(request_id=request_id):
            response = self.get_response(request)
        response.headers["X-Request-ID"] = request_id
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, values: Mapping[str, Any]) -> None:
        match = request.resolver_match
        is_operation = match is not None and (match.url_name or "").startswith("operation_")
        logs.add(workspace=values.get("workspace"), operation=values.get("pk") if is_operation else None)
