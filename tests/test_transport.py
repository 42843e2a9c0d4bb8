"""The one door to the network, against real sockets: what leaves, when it leaves, and what a failure proves."""

import base64
import contextlib
import datetime
import gzip
import logging
import socket
import threading
import time
import traceback
import zlib
from typing import Any

import pytest

from experiments.providers import addresses, wire
from experiments.providers.outcomes import NotSent, OutcomeUnknown, ProviderFailure
from experiments.providers.shapes import Secret
from experiments.providers.transport import Call, exchange
from tests.scripted_server import (
    ScriptedServer,
    answer,
    drips,
    floods,
    hangs,
    resets,
    resets_unread,
    says,
)

FINE = answer(200, b'{"ok":true}', "X-Request-Id: r1", "Date: Sat, 21 Nov 2026 20:00:00 GMT")
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def write_to(server_or_url, **changes):
    url = server_or_url if isinstance(server_or_url, str) else server_or_url.url
    given: dict[str, Any] = {
        "body": b'{"name":"Tone"}',
        "seconds": 5.0,
        "is_write": True,
        "allow_loopback": True,
    } | changes
    return Call("POST", url, "/api/experiments", **given)


def failure_of(call, **kwargs):
    with pytest.raises(ProviderFailure) as caught:
        exchange(call, **kwargs)
    return caught.value


class Connected:
    """Notes when it was called and how many whole requests the server had read by then."""

    def __init__(self, server=None):
        self.seen = []
        self.server = server

    def __call__(self):
        self.seen.append(len(self.server.requests) if self.server else None)


# The straight path


def test_a_reply_comes_whole():
    with ScriptedServer(says(FINE)) as server:
        reply = exchange(write_to(server))
    assert (reply.status, reply.body, reply.headers["x-request-id"]) == (200, b'{"ok":true}', "r1")
    assert reply.provider_date == datetime.datetime(2026, 11, 21, 20, tzinfo=datetime.UTC)
    assert 0 <= reply.milliseconds < 5000


def test_the_request_is_what_was_asked_for():
    with ScriptedServer(says(FINE)) as server:
        exchange(
            write_to(
                server,
                query={"limit": 1, "offset": 0},
                headers={"Accept": "application/vnd.urbanairship+json; version=3"},
                authorization=Secret("Basic abc"),
            )
        )
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /api/experiments?limit=1&offset=0 HTTP/1.1"
    assert body == b'{"name":"Tone"}'
    assert {
        f"Host: 127.0.0.1:{server.port}",
        "Accept: application/vnd.urbanairship+json; version=3",
        "Authorization: Basic abc",
        "Accept-Encoding: identity",
        "Content-Length: 15",
    } <= set(lines)


def test_head_and_body_leave_in_one_write():
    pieces = []

    def act(server, connection):
        connection.recv(1, socket.MSG_PEEK)
        time.sleep(0.05)
        pieces.append(connection.recv(65536))
        connection.sendall(FINE)

    with ScriptedServer(act) as server:
        exchange(write_to(server))
    assert pieces[0].startswith(b"POST /api/experiments")
    assert pieces[0].endswith(b'{"name":"Tone"}')


def test_connected_is_reported_once_and_before_the_first_byte():
    first_byte_seen = threading.Event()
    early = []

    def act(server, connection):
        connection.recv(1, socket.MSG_PEEK)
        first_byte_seen.set()
        says(FINE)(server, connection)

    def on_connected():
        early.append(first_byte_seen.wait(0.2))

    with ScriptedServer(act) as server:
        exchange(write_to(server), on_connected=on_connected)
    assert early == [False]
    assert first_byte_seen.is_set()


def test_each_call_opens_a_connection_of_its_own():
    with ScriptedServer(says(FINE)) as server:
        for _ in range(3):
            exchange(write_to(server))
    assert (server.connections, len(server.requests)) == (3, 3)


def test_proxies_and_bundles_of_the_environment_are_ignored(monkeypatch, tmp_path):
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with ScriptedServer(says(FINE)) as server:
        assert exchange(write_to(server)).status == 200
    assert b"Authorization" not in server.requests[0]


# Nothing was sent


def test_what_connected_raises_comes_out_unchanged_and_nothing_is_sent():
    refusal = ConnectionResetError("the database went away")

    def refuse():
        raise refusal

    with ScriptedServer(says(FINE)) as server:
        with pytest.raises(ConnectionResetError) as caught:
            exchange(write_to(server), on_connected=refuse)
        time.sleep(0.05)
    assert caught.value is refusal
    assert (server.connections, server.requests) == (1, [])


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, TimeoutError, OutcomeUnknown])
def test_any_kind_of_refusal_comes_out_unchanged(kind):
    def refuse():
        raise kind("stop")

    with ScriptedServer(says(FINE)) as server, pytest.raises(kind, match="stop"):
        exchange(write_to(server), on_connected=refuse)
    assert server.requests == []


def test_one_who_wakes_after_the_deadline_sends_nothing():
    with ScriptedServer(says(FINE)) as server:
        failure = failure_of(write_to(server, seconds=0.2), on_connected=lambda: time.sleep(0.3))
        time.sleep(0.05)
    assert isinstance(failure, NotSent)
    assert (failure.reason, failure.is_permanent) == ("deadline_passed", False)
    assert (server.connections, server.requests) == (1, [])


def test_one_who_slept_through_a_jump_of_the_clock_sends_nothing(monkeypatch):
    clock = {"ahead": 0.0}
    real = wire.now
    monkeypatch.setattr(wire, "now", lambda: real() + clock["ahead"])
    with ScriptedServer(says(FINE)) as server:
        failure = failure_of(write_to(server), on_connected=lambda: clock.update(ahead=600.0))
    assert failure.reason == "deadline_passed"
    assert server.requests == []


def test_a_refused_connection_is_not_sent():
    connected = Connected()
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # held, so that nobody else comes to listen here
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        failure = failure_of(write_to(url), on_connected=connected)
    assert isinstance(failure, NotSent)
    assert (failure.reason, failure.is_permanent, connected.seen) == ("refused", False, [])


def test_a_connection_that_never_comes_about_is_not_sent():
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _ in range(3):  # fills the queue of a listener who never accepts
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        started = time.monotonic()
        failure = failure_of(write_to(f"http://127.0.0.1:{full.getsockname()[1]}", seconds=0.6))
    assert isinstance(failure, NotSent)
    assert failure.reason == "connect_timeout"
    assert 0.2 < time.monotonic() - started < 0.6


def test_an_unknown_name_is_not_sent(monkeypatch):
    def fail(host, port):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(addresses, "resolve", fail)
    failure = failure_of(write_to("https://go.example.test"))
    assert isinstance(failure, NotSent)
    assert (failure.reason, failure.is_permanent) == ("dns", False)
    assert "go.example.test" in failure.message


def test_the_second_address_is_tried_when_the_first_refuses(monkeypatch):
    with ScriptedServer(says(FINE)) as server:
        found = [(socket.AF_INET, ("127.0.0.2", server.port)), (socket.AF_INET, ("127.0.0.1", server.port))]
        monkeypatch.setattr(addresses, "resolve", lambda host, port: found)
        assert exchange(write_to(f"http://localhost:{server.port}")).status == 200
    assert len(server.requests) == 1


# It may have happened


LOST = {
    "hang": (hangs, "timeout", False),
    "reset after the request": (resets, "connection_lost", False),
    "reset before the request was read": (resets_unread, "connection_lost", False),
    "end without an answer": (says(), "connection_lost", False),
    "garbage": (says(b"\x16\x03\x01 what is this\r\n\r\n"), "garbled", False),
    "half a status line": (says(b"HTTP/1.1 2"), "connection_lost", False),
    "head that stops": (says(b"HTTP/1.1 201 Created\r\nContent-Le"), "connection_lost", False),
    "head that stops between two lines": (says(b"HTTP/1.1 400 No\r\nX-A: b\r\n"), "connection_lost", False),
    "head that loses a line": (says(b"HTTP/1.1 400 No\r\nwhat\r\nX-A: b\r\n\r\n"), "garbled", False),
    "head by drips": (drips(FINE, 0.05), "timeout", False),
    "64k of headers": (says(b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n"), None, False),
    "endless headers": (floods(b"HTTP/1.1 200 OK\r\n", b"X-Y: " + b"z" * 1000 + b"\r\n"), None, False),
    "endless 100 Continue": (floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), "too_large", False),
    "cut body": (says(b"HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\n{"), "connection_lost", True),
    "cut chunk": (says(CHUNKED + b"ff\r\n{"), "connection_lost", True),
    "missing last chunk": (says(CHUNKED + b"2\r\n{}\r\n"), "connection_lost", True),
    "bad chunk size": (says(CHUNKED + b"zz\r\n{}\r\n"), "garbled", True),
    "body by drips": (
        says(b"HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n", *[b"x"] * 30, pause=0.05),
        "timeout",
        True,
    ),
    "endless body": (floods(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536), "too_large", True),
    "endless small chunks": (floods(CHUNKED, (b"20\r\n" + b"x" * 32 + b"\r\n") * 999), "too_large", True),
    "declared 100 MB": (
        floods(b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n", b"x" * 65536),
        "too_large",
        True,
    ),
    "gzip bomb": (says(answer(200, gzip.compress(bytes(8_000_000)), "Content-Encoding: gzip")), "too_large", True),
    "cut gzip": (says(answer(200, gzip.compress(b"{}" * 99)[:-9], "Content-Encoding: gzip")), "encoding", True),
    "false gzip": (says(answer(200, b"{}", "Content-Encoding: gzip")), "encoding", True),
    "brotli": (says(answer(200, b"{}", "Content-Encoding: br")), "encoding", True),
    "cut 400": (says(b"HTTP/1.1 400 No\r\nContent-Length: 100\r\n\r\n{"), "connection_lost", False),
}


def patience(reason):
    """Short only where the end of it is what is tested: a busy machine must not turn one trouble into another."""
    return 0.7 if reason == "timeout" else 5.0


@pytest.mark.parametrize("name", LOST)
def test_a_write_without_a_whole_answer_is_unknown(name):
    act, reason, is_applied = LOST[name]
    seconds = patience(reason)
    started = time.monotonic()
    with ScriptedServer(act) as server:
        connected = Connected(server)
        failure = failure_of(write_to(server, seconds=seconds), on_connected=connected)
        took = time.monotonic() - started
    assert isinstance(failure, OutcomeUnknown)
    assert failure.reason == reason or (reason is None and failure.reason in ("too_large", "garbled"))
    assert failure.is_applied is is_applied
    assert took < seconds + 1
    assert connected.seen == [0]
    assert server.connections == 1
    assert len(server.requests) == (0 if name == "reset before the request was read" else 1)


@pytest.mark.parametrize("name", LOST)
def test_a_read_without_a_whole_answer_may_be_tried_again(name):
    act, reason, _ = LOST[name]
    with ScriptedServer(act) as server:
        failure = failure_of(write_to(server, seconds=patience(reason), is_write=False))
    assert isinstance(failure, NotSent)
    assert not failure.is_permanent
    assert server.connections == 1


def test_a_lost_2xx_keeps_its_status_for_the_ledger():
    with ScriptedServer(LOST["cut body"][0]) as server:
        failure = failure_of(write_to(server))
    assert failure.answer is not None
    assert failure.answer.status == 201


def test_a_large_body_nobody_reads_ends_at_the_deadline():
    def act(server, connection):
        server.stopping.wait(5)

    started = time.monotonic()
    with ScriptedServer(act) as server:
        failure = failure_of(write_to(server, body=b"x" * 20_000_000, seconds=0.5))
        took = time.monotonic() - started
    assert isinstance(failure, OutcomeUnknown)
    assert failure.reason == "timeout"
    assert took < 1


def test_an_answer_given_before_the_body_was_read_is_still_heard():
    def act(server, connection):
        connection.recv(10)
        connection.sendall(answer(413, b"too much"))
        connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):
            while connection.recv(1 << 20):
                pass

    with ScriptedServer(act) as server:
        assert exchange(write_to(server, body=b"x" * 5_000_000)).status == 413


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status):
    with ScriptedServer(says(answer(status, b"", "Location: /elsewhere"))) as server:
        reply = exchange(write_to(server))
    assert (reply.status, server.connections, len(server.requests)) == (status, 1, 1)


@pytest.mark.parametrize("status", [408, 409, 413, 429, 500, 502, 503, 504, 520])
def test_a_refusal_is_not_tried_again(status):
    with ScriptedServer(says(answer(status, b"", "Retry-After: 0"))) as server:
        reply = exchange(write_to(server))
    assert (reply.status, server.connections, len(server.requests)) == (status, 1, 1)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b'{"ok":true}', "identity"),
        (gzip.compress(b'{"ok":true}'), "gzip"),
        (zlib.compress(b'{"ok":true}'), "Deflate"),
    ],
    ids=["identity", "gzip", "deflate"],  # gzip puts the time into its bytes, and a test's name must not change
)
def test_a_compressed_answer_is_read_although_nobody_asked_for_it(body, encoding):
    with ScriptedServer(says(answer(200, body, f"Content-Encoding: {encoding}"))) as server:
        assert exchange(write_to(server)).body == b'{"ok":true}'


@pytest.mark.parametrize(
    "data",
    [
        CHUNKED + b'4\r\n{"ok\r\n7\r\n":true}\r\n0\r\n\r\n',
        b'HTTP/1.0 200 OK\r\n\r\n{"ok":true}',
        b"HTTP/1.1 100 Continue\r\n\r\n" + FINE,
        answer(200, b'{"ok":true}', "Content-Type: ;;;", "Date: yesterday", "Set-Cookie: a=b"),
    ],
    ids=["chunked", "http-1.0", "continue", "odd-headers"],
)
def test_unusual_but_whole_answers_are_read(data):
    with ScriptedServer(says(data)) as server:
        assert exchange(write_to(server)).body == b'{"ok":true}'


@pytest.mark.parametrize("size", [0, 1, 16_383, 16_384, 16_385, 32_768, 3_000_000, 4 * 1024 * 1024])
@pytest.mark.parametrize("unit", [b"x", b"0123456789abcdefg"])
def test_a_compressed_answer_of_any_size_up_to_the_limit_is_read(size, unit):
    body = (unit * size)[:size]
    with ScriptedServer(says(answer(200, gzip.compress(body), "Content-Encoding: gzip"))) as server:
        assert exchange(write_to(server)).body == body


def test_an_answer_of_one_mebibyte_is_read():
    with ScriptedServer(says(answer(200, b"x" * wire.RAW_LIMIT))) as server:
        assert len(exchange(write_to(server)).body) == wire.RAW_LIMIT


def test_an_answer_of_one_byte_more_is_not():
    with ScriptedServer(says(answer(200, b"x" * (wire.RAW_LIMIT + 1)))) as server:
        assert failure_of(write_to(server)).reason == "too_large"


# Secrets


def _echo(server, connection):
    """An unkind server that repeats the request, head and all, in its answer."""
    said = server.read(connection)
    authorization = next(line for line in said.split(b"\r\n") if line.startswith(b"Authorization"))
    connection.sendall(answer(500, said, "X-Echo: " + authorization.decode()))


def test_the_secret_shows_nowhere_whatever_goes_wrong(caplog, monkeypatch):
    canary = "Zq9canary7SECRETx_4ev2"
    pair = base64.b64encode(f"appkey:{canary}".encode()).decode()
    caplog.set_level(logging.DEBUG)
    told = []

    def refuse():
        raise RuntimeError("no")

    def attempt(url, **kwargs):
        call = write_to(
            url,
            seconds=0.4,
            authorization=Secret(f"Basic {pair}"),
            secrets=(Secret(canary), Secret(pair)),
            **{name: value for name, value in kwargs.items() if name != "on_connected"},
        )
        told.append(repr(call))
        try:
            told.append(repr(vars(exchange(call, on_connected=kwargs.get("on_connected")))))
        except (ProviderFailure, RuntimeError) as failure:
            told.extend([str(failure), repr(failure), repr(vars(failure)), *_whole_story(failure)])

    seen = []
    for act in [act for act, _, _ in LOST.values()] + [_echo, says(answer(302, b"", "Location: https://x.test"))]:
        with ScriptedServer(act) as server:
            attempt(server.url)
            seen += server.requests
    with ScriptedServer(says(FINE)) as server:
        attempt(server.url, on_connected=refuse)
        attempt(server.url, on_connected=lambda: time.sleep(0.5))
        attempt(server.url, allow_loopback=False)
        attempt(server.url.replace("http:", "https:"))
    attempt("http://127.0.0.1:1")
    attempt("http://someone@127.0.0.1:1")

    assert any(pair.encode() in request for request in seen)  # it did go over the wire
    assert any("***" in text for text in told)  # and was struck out where it came back
    everything = "\n".join([*told, caplog.text, *(repr(vars(record)) for record in caplog.records)])
    assert canary not in everything
    assert pair not in everything
    assert "exchange {'call'" in everything  # tracebacks with their frames' locals were really looked at


def _whole_story(failure):
    """Every frame of ours with its locals, as a debug page shows them, and every exception behind the first."""
    while failure is not None:
        yield "".join(traceback.format_exception(failure))
        for frame, _ in traceback.walk_tb(failure.__traceback__):
            if frame.f_code.co_filename != __file__:
                yield f"{frame.f_code.co_name} {frame.f_locals!r}"
        failure = failure.__cause__ or failure.__context__


def test_headers_with_line_breaks_send_nothing():
    with ScriptedServer(says(FINE)) as server:
        failure = failure_of(write_to(server, headers={"X-A": "b\r\nX-C: d"}))
    assert isinstance(failure, NotSent)
    assert server.requests == []
