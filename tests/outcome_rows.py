"""Which failures prove “not applied”: the table, row by row, each with a world that really behaves so.

What a call ends in is written as the class of its failure, its reason, and "for good" (useless until a person changes
something) or "applied" (a success was seen, its body was not): "NotSent refused", "OutcomeUnknown no_id, applied".
"""

import contextlib
import gzip
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from experiments.providers import addresses, wire
from tests import certificates
from tests.scripted_server import (
    Act,
    ScriptedServer,
    answer,
    answers_early,
    blurts,
    drips,
    floods,
    goes_away,
    hangs,
    reads_nothing,
    resets,
    resets_at_once,
    resets_midway,
    resets_unread,
    says,
)

type World = contextlib.AbstractContextManager[tuple[str, ScriptedServer | None]]

PATIENT, HASTY, HASTIER = 10.0, 1.5, 0.4  # seconds for a call; short only where the end of them is what is tested
DELETES = ("delete", "delete_group", "detach_tester")


@dataclass(frozen=True)
class Scene:
    """What a world may use."""

    directory: Path
    monkeypatch: pytest.MonkeyPatch


@dataclass(frozen=True)
class Row:
    """`ends` is what a write ends in; `but` names calls that end otherwise. None of `requests`: whatever was read."""

    name: str
    world: Callable[[Scene], World]
    ends: str
    but: dict[str, str] = field(default_factory=dict)
    requests: int | None = 1
    seconds: float = PATIENT
    is_large: bool = False  # the request is larger than what the system takes without anybody reading


def by_server(act: Act) -> Callable[[Scene], World]:
    @contextlib.contextmanager
    def world(_: Scene) -> Iterator[tuple[str, ScriptedServer | None]]:
        with ScriptedServer(act) as server:
            yield server.url, server

    return world


def answered(status: int, body: bytes = b"", *headers: str) -> Callable[[Scene], World]:
    return by_server(says(answer(status, body, *headers)))


def by_tls(act: Act, **certificate: object) -> Callable[[Scene], World]:
    """A server at which TLS has to come about first, without a certificate where none is described."""

    @contextlib.contextmanager
    def world(scene: Scene) -> Iterator[tuple[str, ScriptedServer | None]]:
        given, authority, context = dict(certificate), certificates.authority(), None
        is_known, is_signed = not given.pop("is_stranger", False), not given.pop("is_self_signed", False)
        if certificate:
            signer = authority if is_signed else None
            context = certificates.server_context(scene.directory, signer, **given)  # type: ignore[arg-type]
        trusted = certificates.trusting(authority) if is_known else certificates.usual()
        scene.monkeypatch.setattr(wire, "tls_context", lambda: trusted)
        with ScriptedServer(act, context=context) as server:
            yield f"https://localhost:{server.port}", server

    return world


@contextlib.contextmanager
def nobody_listens(_: Scene) -> Iterator[tuple[str, None]]:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # held, so that nobody else comes to listen here
        yield f"http://127.0.0.1:{deaf.getsockname()[1]}", None


@contextlib.contextmanager
def no_way(_: Scene) -> Iterator[tuple[str, None]]:
    yield "http://127.255.255.255:8080", None  # the loopback's broadcast address: the system knows no way to it


@contextlib.contextmanager
def full_queue(_: Scene) -> Iterator[tuple[str, None]]:
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.socket())
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for _number in range(3):  # fills the queue of a listener who never accepts
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(full.getsockname())
        yield f"http://127.0.0.1:{full.getsockname()[1]}", None


@contextlib.contextmanager
def unknown_name(scene: Scene) -> Iterator[tuple[str, None]]:
    def fail(host: str, port: int) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    scene.monkeypatch.setattr(addresses, "resolve", fail)
    yield "https://go.example.test", None


@contextlib.contextmanager
def no_name(_: Scene) -> Iterator[tuple[str, None]]:
    yield f"http://{'a' * 64}.test", None  # longer than a part of a name can be; the real resolver says so


@contextlib.contextmanager
def private_address(scene: Scene) -> Iterator[tuple[str, None]]:
    inside = [(socket.AF_INET, ("169.254.169.254", 443))]
    scene.monkeypatch.setattr(addresses, "resolve", lambda host, port: inside)
    yield "https://go.example.test", None


@contextlib.contextmanager
def dead_proxy(scene: Scene) -> Iterator[tuple[str, ScriptedServer | None]]:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY", "https_proxy"):
        scene.monkeypatch.setenv(name, "http://127.0.0.1:1")
    for name in ("NO_PROXY", "no_proxy"):
        scene.monkeypatch.delenv(name, raising=False)
    with ScriptedServer(says(answer(400, b"no"))) as server:
        yield server.url, server


def unsent(name: str, world: Callable[[Scene], World], ends: str, seconds: float = PATIENT) -> Row:
    return Row(name, world, f"NotSent {ends}", requests=0, seconds=seconds)


CHUNKED = b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n"
LATER = {421: "misdirected", 425: "too_early", 429: "rate_limited"}
REFUSED = {
    400: "invalid",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "not_allowed",
    406: "not_acceptable",
    411: "length_required",
    413: "too_large",
    414: "address_too_long",
    415: "wrong_format",
    422: "invalid",
    431: "headers_too_large",
}
REDIRECTS = (300, 301, 302, 303, 304, 305, 306, 307, 308, 399)
AMBIGUOUS = (402, 407, 408, 410, 412, 416, 417, 418, 423, 424, 426, 428, 444, 451, 499)
FAULTS = (500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511, 520, 521, 522, 523, 524, 525, 526, 527, 530, 599)
WEIRD = (101, 102, 103, 199, 600, 999)
PAGE = b"<html>This is not what you asked for</html>"
TAKEN_AWAY = b'{"ok":false,"error":{"code":"not_found","message":"It is not there"}}'
BOTH = b'{"ok":true,"object":"experiment","id":"e1"}'  # a yes of either provider
NEITHER = b'{"ok":false,"experiment_id":"e1","id":"e1","error":{"code":"no","message":"No."}}'

NO_BYTE_LEFT = [
    unsent("dns: nobody has this name", unknown_name, "dns"),
    unsent("dns: no name can be so long", no_name, "dns"),
    unsent("dns: the name leads inside", private_address, "forbidden_address for good"),
    unsent("refused", nobody_listens, "refused"),
    unsent("unreachable", no_way, "unreachable"),
    unsent("connect timeout", full_queue, "connect_timeout", HASTIER),
    unsent("tls: the other side speaks plainly", by_tls(blurts(answer(400))), "tls"),
    unsent("tls: the other side says nothing", by_tls(reads_nothing), "connect_timeout", HASTIER),
    unsent("tls: the other side goes away", by_tls(goes_away), "tls|unreachable"),
    unsent("tls: the other side resets", by_tls(resets_at_once), "tls|unreachable"),
    unsent("certificate: self-signed", by_tls(hangs, is_self_signed=True), "certificate for good"),
    unsent("certificate: expired", by_tls(hangs, days=(-9, -8)), "certificate for good"),
    unsent("certificate: not yet valid", by_tls(hangs, days=(8, 9)), "certificate for good"),
    unsent("certificate: of another host", by_tls(hangs, host="elsewhere.test"), "certificate for good"),
    unsent("certificate: of an unknown authority", by_tls(hangs, is_stranger=True), "certificate for good"),
]
REFUSED_UP_FRONT = [
    *(
        Row(f"{status}: never followed", answered(status, b"", "Location: /elsewhere"), "NotSent redirected for good")
        for status in REDIRECTS
    ),
    *(Row(f"{status}: refused", answered(status, PAGE), f"Rejected {reason}") for status, reason in REFUSED.items()),
    *(Row(f"{status}: refused for now", answered(status, PAGE), f"NotSent {why}") for status, why in LATER.items()),
    Row("400: no proxy of the environment is asked", dead_proxy, "Rejected invalid"),
    Row(
        "404: the api itself knows no such thing",
        answered(404, TAKEN_AWAY),
        "Rejected not_found",
        dict.fromkeys(DELETES, "Rejected already_gone"),
    ),
    Row(
        "405: the api itself does not do this now",
        answered(405, TAKEN_AWAY),
        "Rejected not_allowed",
        {"airship delete": "Rejected too_late"},
    ),
]
NOT_PROVEN = [
    *(
        Row(f"{status}: undocumented or in between", answered(status, b"no"), "OutcomeUnknown unexpected_status")
        for status in AMBIGUOUS
    ),
    Row(
        "409: in conflict with what is there",
        answered(409, b"no"),
        "OutcomeUnknown conflict",
        dict.fromkeys(("airship create", "airship delete", "airship validate"), "OutcomeUnknown unexpected_status"),
    ),
    *(
        Row(f"{status}: may speak after the origin acted", answered(status, PAGE), "OutcomeUnknown server_error")
        for status in FAULTS
    ),
    *(
        Row(f"{status}: outside of http", answered(status), "OutcomeUnknown unexpected_status", requests=1)
        for status in WEIRD
    ),
    Row("read timeout", by_server(hangs), "OutcomeUnknown timeout", seconds=HASTY),
    Row("total deadline: head by drips", by_server(drips(answer(400), 0.2)), "OutcomeUnknown timeout", seconds=HASTY),
    Row("rst after reading", by_server(resets), "OutcomeUnknown connection_lost"),
    Row("rst before reading", by_server(resets_unread), "OutcomeUnknown connection_lost", requests=0),
    Row("eof", by_server(says()), "OutcomeUnknown connection_lost"),
    Row("garbage", by_server(says(b"SSH-2.0-OpenSSH_9\r\n")), "OutcomeUnknown garbled"),
    Row("half a status line", by_server(says(b"HTTP/1.1 4")), "OutcomeUnknown connection_lost"),
    Row("cut head", by_server(says(b"HTTP/1.1 400 No\r\nContent-Le")), "OutcomeUnknown connection_lost"),
    Row(
        "cut chunk of a refusal",
        by_server(says(CHUNKED.replace(b"201 Created", b"400 No") + b"ff\r\n{")),
        "OutcomeUnknown connection_lost",
    ),
    Row(
        "cut body of a refusal",
        by_server(says(b"HTTP/1.1 400 No\r\nContent-Length: 99\r\n\r\n{")),
        "OutcomeUnknown connection_lost",
    ),
    Row("endless head", by_server(floods(b"HTTP/1.1 400 No\r\n", b"X: y\r\n" * 9)), "OutcomeUnknown garbled|too_large"),
    Row(
        "write error without an answer",
        by_server(resets_midway),
        "OutcomeUnknown connection_lost",
        requests=0,
        is_large=True,
    ),
    Row("ok:true with 400", answered(400, BOTH), "OutcomeUnknown contradiction"),
    Row("ok:true with 404", answered(404, BOTH), "OutcomeUnknown contradiction"),
    Row("ok:true with 429", answered(429, BOTH), "OutcomeUnknown contradiction"),
    Row("ok:false with 200", answered(200, NEITHER), "OutcomeUnknown contradiction"),
    Row("ok:false with 201", answered(201, NEITHER), "OutcomeUnknown contradiction"),
]
HEARD_EARLY = [
    Row(
        "write error, then an answer: refused",
        by_server(answers_early(answer(413, b"too much"))),
        "Rejected too_large",
        requests=0,
        is_large=True,
    ),
    Row(
        "write error, then an answer: a fault",
        by_server(answers_early(answer(502, PAGE))),
        "OutcomeUnknown server_error",
        requests=0,
        is_large=True,
    ),
]
_WITHOUT_A_BODY = {"create_group": "OutcomeUnknown no_id, applied"} | dict.fromkeys(
    ("update", "change_status", "update_group", "attach_tester", "detach_tester", "delete_group", "qonversion delete"),
    "done",
)
SEEN_BUT_UNREADABLE = [
    Row("2xx: 200 without a body", answered(200), "OutcomeUnknown unreadable, applied", _WITHOUT_A_BODY),
    Row("2xx: no body", answered(201), "OutcomeUnknown unreadable, applied", _WITHOUT_A_BODY),
    Row(
        "2xx: 204",
        answered(204),
        "OutcomeUnknown unreadable, applied",
        _WITHOUT_A_BODY | {"airship delete": "done"},
    ),
    Row("2xx: a page", answered(200, PAGE, "Content-Type: text/html"), "OutcomeUnknown unreadable, applied"),
    Row("2xx: plain words", answered(200, b"OK", "Content-Type: text/plain"), "OutcomeUnknown unreadable, applied"),
    Row("2xx: cut json", answered(201, b'{"ok":tr'), "OutcomeUnknown unreadable, applied"),
    Row("2xx: a list", answered(201, b"[1]"), "OutcomeUnknown unreadable, applied"),
    Row("2xx: no utf-8", answered(201, b'{"id":"\xff"}'), "OutcomeUnknown unreadable, applied"),
    Row("2xx: nested absurdly deep", answered(201, b'{"a":' * 9000), "OutcomeUnknown unreadable, applied"),
    Row(
        "2xx: cut body",
        by_server(says(b"HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n{")),
        "OutcomeUnknown connection_lost, applied",
    ),
    Row("2xx: cut chunk", by_server(says(CHUNKED + b"ff\r\n{")), "OutcomeUnknown connection_lost, applied"),
    Row("2xx: bad chunk", by_server(says(CHUNKED + b"zz\r\n{}\r\n")), "OutcomeUnknown garbled, applied"),
    Row(
        "2xx: body by drips",
        by_server(says(b"HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\n", *[b"x"] * 30, pause=0.2)),
        "OutcomeUnknown timeout, applied",
        seconds=HASTY,
    ),
    Row(
        "2xx: a bomb",
        answered(201, gzip.compress(bytes(8_000_000)), "Content-Encoding: gzip"),
        "OutcomeUnknown too_large, applied",
    ),
    Row(
        "2xx: an encoding nobody asked for",
        answered(201, b"{}", "Content-Encoding: br"),
        "OutcomeUnknown encoding, applied",
    ),
    Row(
        "2xx: endless",
        by_server(floods(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536)),
        "OutcomeUnknown too_large, applied",
    ),
]
NO_ID = [
    Row(f"2xx without an id: {name}", answered(201, body), "OutcomeUnknown no_id, applied")
    for name, body in {
        "nothing": b"{}",
        "only a yes": b'{"ok":true}',
        "null": b'{"ok":true,"experiment_id":null,"id":null}',
        "a path": b'{"ok":true,"experiment_id":"../x","id":"a/b"}',
        "a number that is none": b'{"ok":true,"experiment_id":NaN,"id":NaN}',
    }.items()
]
APPLIED = [
    Row("2xx: 201 with an id", answered(201, b'{"ok":true,"experiment_id":"e1","id":"e1"}'), "done"),
    Row("2xx: 200 with an id", answered(200, b'{"ok":"true","experiment_id":"e1","id":"e1"}'), "done"),
    Row("2xx: an id as a number", answered(201, b'{"ok":true,"experiment_id":7,"id":7}'), "done"),
    Row("2xx: fields nobody knows", answered(201, b'{"ok":true,"x":[1],"experiment_id":"e1","id":"e1"}'), "done"),
    Row(
        "2xx: as another type",
        answered(201, b'{"ok":true,"experiment_id":"e1","id":"e1"}', "Content-Type: image/png"),
        "done",
    ),
]
ROWS = [*NO_BYTE_LEFT, *REFUSED_UP_FRONT, *NOT_PROVEN, *HEARD_EARLY, *SEEN_BUT_UNREADABLE, *APPLIED]
