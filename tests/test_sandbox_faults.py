"""Every fault that can be ordered, and that the ledger tells whether its effect happened."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest
import requests

from sandbox.faults import KINDS, BadOrder
from tests.sandbox_server import Caller, running, scheduled, v0


@pytest.fixture
def airship() -> Iterator[Caller]:
    with running(is_checked=False) as caller:
        yield caller


def created(airship: Caller) -> int:
    return len(airship.sandbox.effects(kind="created"))


def raw(airship: Caller, request: bytes, timeout: float = 5) -> bytes:
    """All bytes that come back until the connection ends. Raises ConnectionResetError for RST."""
    with socket.create_connection((airship.sandbox.host, airship.sandbox.port), timeout=timeout) as connection:
        connection.sendall(request)
        taken = b""
        while chunk := connection.recv(65536):
            taken += chunk
        return taken


def get(airship: Caller) -> bytes:
    line = requests.Request("GET", "http://x/", auth=(airship.app.key, airship.app.secret)).prepare()
    head = f"GET /api/experiments HTTP/1.1\r\nHost: x\r\nAuthorization: {line.headers['Authorization']}\r\n"
    return (head + "Accept: application/vnd.urbanairship+json; version=3\r\nConnection: close\r\n\r\n").encode()


@pytest.mark.parametrize("kind", ["reset", "close"])
@pytest.mark.parametrize(("when", "effects"), [("before", 0), ("after", 1)])
def test_lost_answer(airship: Caller, kind: str, when: str, effects: int) -> None:
    airship.sandbox.order(kind, when=when, method="POST", path="/api/experiments")
    assert airship.validate(v0()).status_code == 200
    with pytest.raises(requests.ConnectionError):
        airship.create()
    assert created(airship) == effects
    assert airship.create().status_code == 201


def test_reset_is_rst_and_close_is_fin(airship: Caller) -> None:
    airship.sandbox.order("close")
    assert raw(airship, get(airship)) == b""
    airship.sandbox.order("reset")
    with pytest.raises(ConnectionResetError):
        raw(airship, get(airship))


def test_refused_connections_are_reset_at_once(airship: Caller) -> None:
    airship.sandbox.order("refuse", times=2)
    for _ in range(2):
        with pytest.raises(OSError):
            raw(airship, get(airship))
    assert raw(airship, get(airship)).startswith(b"HTTP/1.1 200")
    assert len(airship.sandbox.requests.last()) == 1


def test_refuse_for_seconds_closes_the_door(airship: Caller) -> None:
    airship.sandbox.order("refuse", seconds=1.0)
    deadline = time.monotonic() + 15
    seen: list[bytes] = []
    while time.monotonic() < deadline and not (b"refused" in seen and seen[-1] == b"HTTP/1.1 200"):
        try:
            seen.append(raw(airship, get(airship))[:12])
        except (ConnectionRefusedError, ConnectionResetError):
            seen.append(b"refused")
        time.sleep(0.05)
    assert b"refused" in seen
    assert seen[-1] == b"HTTP/1.1 200"


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not is_so():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


@pytest.mark.parametrize(("when", "effects"), [("before", 0), ("after", 1)])
def test_hang_then_answer_happens_late_or_at_once(airship: Caller, when: str, effects: int) -> None:
    airship.sandbox.order("hang", when=when, seconds=1.0, method="POST")
    caller = threading.Thread(target=airship.create)
    caller.start()
    wait_until(lambda: len(airship.sandbox.requests.last()) == 1 and created(airship) == effects)
    assert caller.is_alive()
    caller.join(timeout=15)
    assert created(airship) == 1


def test_the_effect_of_a_hang_comes_also_when_nobody_waits(airship: Caller) -> None:
    airship.sandbox.order("hang", when="before", seconds=1.0, method="POST")
    with pytest.raises(requests.ReadTimeout):
        airship.session.post(f"{airship.sandbox.url}/api/experiments", json=v0(), timeout=0.1)
    assert created(airship) == 0
    wait_until(lambda: created(airship) == 1)


@pytest.mark.parametrize("then", ["close", "reset"])
def test_hang_then_no_answer(airship: Caller, then: str) -> None:
    airship.sandbox.order("hang", when="after", seconds=0.05, then=then)
    with pytest.raises(requests.ConnectionError):
        airship.create()
    assert created(airship) == 1


def test_drip(airship: Caller) -> None:
    whole = len(airship.create().content)
    airship.sandbox.order("drip", bytes_per_second=1000)
    started = time.monotonic()
    assert len(airship.create().content) == whole
    assert time.monotonic() - started > 0.2
    assert created(airship) == 2


@pytest.mark.parametrize("then", ["close", "reset"])
def test_cut_body_of_a_201(airship: Caller, then: str) -> None:
    airship.sandbox.order("cut", bytes=12, then=then)
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.ConnectionError)):
        airship.create()
    assert created(airship) == 1
    airship.sandbox.order("cut", bytes=12, path="/api/experiments")
    head, _, body = raw(airship, get(airship)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200")
    assert len(body) == 12


@pytest.mark.parametrize("status", [400, 401, 404, 408, 409, 429, 500, 502, 503, 504])
@pytest.mark.parametrize(("when", "effects"), [("before", 0), ("after", 1)])
def test_any_status(airship: Caller, status: int, when: str, effects: int) -> None:
    airship.sandbox.order("status", status=status, when=when, retry_after="3", body="busy", content_type="text/plain")
    answer = airship.create()
    assert (answer.status_code, answer.text, answer.headers["Retry-After"]) == (status, "busy", "3")
    assert created(airship) == effects


def test_status_without_more_is_an_envelope(airship: Caller) -> None:
    airship.sandbox.order("status", status=503)
    answer = airship.create()
    assert answer.json()["ok"] is False
    assert "Retry-After" not in answer.headers


@pytest.mark.parametrize("status", [200, 502])
def test_html_page(airship: Caller, status: int) -> None:
    airship.sandbox.order("html", status=status, when="after")
    answer = airship.create()
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")
    assert created(airship) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect(airship: Caller, status: int) -> None:
    airship.sandbox.order("redirect", status=status, location="http://169.254.169.254/")
    answer = airship.create()
    assert (answer.status_code, answer.headers["Location"]) == (status, "http://169.254.169.254/")
    assert created(airship) == 0


def test_garbage(airship: Caller) -> None:
    airship.sandbox.order("garbage", when="after")
    with pytest.raises(requests.ConnectionError):
        airship.create()
    assert created(airship) == 1


def test_endless_body(airship: Caller) -> None:
    airship.sandbox.order("endless")
    answer = airship.session.get(f"{airship.sandbox.url}/api/experiments", stream=True, timeout=5)
    assert sum(len(piece) for piece, _ in zip(answer.iter_content(65536), range(50), strict=False)) > 2_000_000
    answer.close()


def test_gzip_bomb(airship: Caller) -> None:
    airship.sandbox.order("bomb", megabytes=8)
    answer = airship.session.get(f"{airship.sandbox.url}/api/experiments", stream=True, timeout=5)
    small = answer.raw.read(decode_content=False)
    assert len(small) < 20_000
    assert len(gzip.decompress(small)) == 8 * 1024 * 1024


def test_lag_hides_the_new_one_from_both_listings(airship: Caller) -> None:
    airship.sandbox.order("lag", seconds=60, times=2)
    made = [airship.created()["experiment_id"], airship.created(scheduled())["experiment_id"]]
    assert airship.listing()["total_count"] == airship.scheduled_listing()["total_count"] == 0
    assert [airship.lookup(identity).status_code for identity in made] == [200, 200]
    airship.pass_time(61)
    assert airship.listing()["total_count"] == airship.scheduled_listing()["total_count"] == 1


def test_ok_as_a_string_goes_together_with_others(airship: Caller) -> None:
    airship.sandbox.order("ok_string", times=2)
    airship.sandbox.order("delay", ms=120, times=2)
    started = time.monotonic()
    assert airship.created()["ok"] == "true"
    assert airship.create(b"{").json()["ok"] == "false"
    assert time.monotonic() - started > 0.24
    assert airship.created()["ok"] is True


def test_clock_bends_the_date_header_alone(airship: Caller) -> None:
    airship.sandbox.order("clock", seconds=600)
    off, right = (parsedate_to_datetime(airship.create().headers["Date"]).timestamp() for _ in range(2))
    assert 595 < off - time.time() < 605
    assert abs(right - time.time()) < 5


def test_faults_hit_only_what_they_name(airship: Caller) -> None:
    other = airship.sandbox.new_app()
    airship.sandbox.order("status", status=503, method="POST", path="/api/experiments", app=other.key)
    airship.sandbox.order("status", status=429, method="DELETE", path="/api/experiments/scheduled/*", skip=1)
    assert airship.create().status_code == 201
    assert Caller(airship.sandbox, other, is_checked=False).create().status_code == 503
    made = [airship.created(scheduled())["experiment_id"] for _ in range(3)]
    assert [airship.delete(identity).status_code for identity in made] == [200, 429, 200]


def test_times_zero_stays_until_taken_back(airship: Caller) -> None:
    airship.sandbox.order("status", status=503, times=0)
    assert {airship.create().status_code for _ in range(3)} == {503}
    assert len(airship.control("GET", "faults")) == 1
    airship.control("DELETE", "faults")
    assert airship.create().status_code == 201


def test_orders_over_http_and_refused_orders(airship: Caller) -> None:
    assert airship.control("POST", "faults", {"kind": "status", "status": 503})["status"] == 503
    assert airship.create().status_code == 503
    for order in (
        {"kind": "laugh"},
        {"kind": "status"},
        {"kind": "reset", "wen": "after"},
        {"kind": "reset", "when": "x"},
        {"kind": "hang", "seconds": "x"},
        {"kind": "drip", "bytes_per_second": -1},
        {"kind": "cut", "bytes": 1.5},
        {"kind": "status", "status": 503, "body": []},
    ):
        with pytest.raises(BadOrder):
            airship.sandbox.accept_order(dict(order))
        assert airship.session.post(f"{airship.sandbox.url}/_sandbox/faults", json=order).status_code == 400


def test_every_kind_is_proven_here() -> None:
    source = Path(__file__).read_text()
    assert {kind for kind in KINDS if f'order("{kind}"' in source} | {"reset", "close"} == KINDS


def test_a_client_that_leaves_leaves_no_trace(airship: Caller, capfd: pytest.CaptureFixture[str]) -> None:
    airship.sandbox.order("drip", bytes_per_second=200, path="/api/experiments")
    with socket.create_connection((airship.sandbox.host, airship.sandbox.port)) as connection:
        connection.sendall(get(airship))
        connection.recv(1)
    with socket.create_connection((airship.sandbox.host, airship.sandbox.port)) as connection:
        connection.sendall(b"POST /api/experiments HTTP/1.1\r\nContent-Length: 1000\r\n\r\n{")
    time.sleep(0.3)
    assert airship.create().status_code == 201
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"this is no HTTP\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"400"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000, b"431"),
        (b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", b"413"),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", b"400"),
    ],
)
def test_what_is_no_request_gets_a_short_answer(airship: Caller, request_bytes: bytes, status: bytes) -> None:
    assert raw(airship, request_bytes).split(b" ")[1] == status


def test_chunked_bodies_are_read(airship: Caller) -> None:
    body = b'{"audience":"all","device_types":["ios"],"variants":[{"push":{"notification":{"alert":"x"}}}]}'
    pieces = (body[at : at + 20] for at in range(0, len(body), 20))
    answer = airship.call("POST", "/api/experiments", data=pieces, headers={"Content-Type": "application/json"})
    assert answer.status_code == 201
    assert airship.sandbox.effects()[0].body == body.decode()
