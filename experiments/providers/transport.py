"""The one door to the network: `exchange` one call for one reply.

It connects first, reports "connected", and only then sends. What it raises says what may have happened:

NotSent          no byte of the request left, or the call was a read, which changes nothing
OutcomeUnknown   a write was on the wire and no whole answer came back

No redirects, no retries, no proxies, no environment variables, a total deadline, and limits on every part of an answer.
"""

import logging
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode

import requests

from experiments.providers.addresses import origin_of
from experiments.providers.outcomes import NotSent, OutcomeUnknown, ProviderFailure
from experiments.providers.shapes import Answer, Secret
from experiments.providers.wire import RAW_LIMIT, Line, OneShotAdapter, Stage, now

INFLATED_LIMIT = 4 * 1024 * 1024
_PIECE = 16 * 1024

logger = logging.getLogger(__name__)

_TROUBLES = {
    "timeout": "did not answer in time",
    "connection_lost": "ended the connection before its answer was complete",
    "too_large": "gave an answer that is too large to be read",
    "encoding": "gave an answer in an encoding that was not asked for",
    "garbled": "gave an answer that is not proper HTTP",
}


@dataclass(frozen=True)
class Call:
    """One request. `seconds` is all it may take: connecting, sending and reading together."""

    method: str
    url: str  # scheme and host, nothing else
    path: str  # starts with "/", already quoted
    query: Mapping[str, str | int | Sequence[str]] = field(default_factory=dict)  # a sequence repeats its key
    headers: Mapping[str, str] = field(default_factory=dict)
    authorization: Secret | None = None  # the whole header value
    secrets: tuple[Secret, ...] = ()  # struck out of an answer that repeats them
    body: bytes | None = field(default=None, repr=False)
    seconds: float = 20.0
    is_write: bool = False
    allow_loopback: bool = False
    provider: str = "The provider"  # its name, for sentences


@dataclass(frozen=True)
class Reply:
    """A whole answer. Header names are lower case; the body is at most 4 MiB and holds no secret of the call."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    provider_date: datetime | None
    milliseconds: int


def exchange(call: Call, *, on_connected: Callable[[], None] | None = None) -> Reply:
    """Make one call over one fresh connection.

    `on_connected` is called once, after TCP and TLS are up and before a byte of the request leaves. Whatever it raises
    comes out unchanged and nothing is sent. If it returns too late, nothing is sent either: NotSent "deadline_passed".
    Raises NotSent or OutcomeUnknown, never an error of requests, urllib3 or the socket: those may carry the request.
    """
    deadline = now() + call.seconds
    try:
        line = Line(origin_of(call.url, allow_loopback=call.allow_loopback), deadline, on_connected)
    except NotSent as failure:
        if failure.reason == "forbidden_address":
            logger.warning("Refused to call %s: it leads into a private network.", call.url)
        raise
    try:
        return _converse(call, line)
    except Exception as error:
        failure_or_refusal = line.refusal or _failure(call, line, error)
        logger.debug("%s %s failed while %s: %s", call.method, call.path, line.stage.value, type(error).__name__)
    finally:
        line.hang_up()
    # Outside of the `except`, so that no frame that holds the request hangs on to it.
    raise failure_or_refusal


def http_date(value: str) -> datetime | None:
    """The moment an HTTP header names, in UTC; None where it names none."""
    try:
        moment = parsedate_to_datetime(value)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def _converse(call: Call, line: Line) -> Reply:
    response = OneShotAdapter(line).send_once(_prepared(call))
    try:
        line.status = response.status_code
        line.accept_body()
        body = _inflated(_raw_body(response, line), response.headers.get("Content-Encoding", ""), line)
    finally:
        response.close()
    headers = {
        name.lower(): _masked(call, value.encode(errors="replace")).decode() for name, value in response.headers.items()
    }
    return Reply(
        status=line.status,
        headers=headers,
        body=_masked(call, body),
        provider_date=http_date(headers.get("date", "")),
        milliseconds=_milliseconds(line),
    )


def _prepared(call: Call) -> requests.PreparedRequest:
    headers = {"User-Agent": "Splitdesk", "Accept-Encoding": "identity", "Connection": "close", **call.headers}
    if call.authorization:
        headers["Authorization"] = call.authorization.reveal()
    query = f"?{urlencode(call.query, doseq=True)}" if call.query else ""
    return requests.Request(call.method, call.url + call.path + query, headers, data=call.body).prepare()


def _raw_body(response: requests.Response, line: Line) -> bytes:
    raw = bytearray()
    while piece := response.raw.read(_PIECE, decode_content=False):
        raw += piece
        if len(raw) > RAW_LIMIT:
            line.trouble = "too_large"
            raise ValueError("The body is too large.")
    return bytes(raw)


def _inflated(raw: bytes, encoding: str, line: Line) -> bytes:
    if encoding.strip().lower() in ("", "identity"):
        return raw
    line.trouble = "encoding"
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        raise ValueError("The body is in an unknown encoding.")
    inflater, pieces, size = zlib.decompressobj(zlib.MAX_WBITS | 32), [], 0
    while not inflater.eof:
        pieces.append(inflater.decompress(raw, _PIECE))
        raw, size = inflater.unconsumed_tail, size + len(pieces[-1])
        if size > INFLATED_LIMIT:
            line.trouble = "too_large"
            raise ValueError("The body is too large.")
        if not (raw or pieces[-1] or inflater.eof):
            raise ValueError("The body is cut.")
    return b"".join(pieces)


def _failure(call: Call, line: Line, error: Exception) -> ProviderFailure:
    if isinstance(error, ProviderFailure):
        error.__cause__ = error.__context__ = None
        return error.with_traceback(None)
    if line.stage is not Stage.SENDING:
        return NotSent("not_connected", f"{call.provider} could not be called, so nothing was sent.")
    reason = line.trouble or "garbled"
    answer = Answer(line.status, milliseconds=_milliseconds(line)) if line.status else None
    message = f"{call.provider} {_TROUBLES[reason]}."
    if not call.is_write:
        return NotSent(reason, message, answer)
    return OutcomeUnknown(reason, message, answer, is_applied=200 <= line.status < 300)


def _masked(call: Call, said: bytes) -> bytes:
    for secret in call.secrets:
        if len(secret.reveal()) >= 8:  # shorter ones would strike out ordinary words
            said = said.replace(secret.reveal().encode(), b"***")
    return said


def _milliseconds(line: Line) -> int:
    return round((now() - line.started) * 1000)
