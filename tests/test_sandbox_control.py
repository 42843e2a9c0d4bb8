"""The sandbox's own pages under /_sandbox/, and the way its answers leave."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime

import pytest

from tests.sandbox_server import ACCEPT, Caller, running, scheduled, v0


@pytest.fixture
def airship() -> Iterator[Caller]:
    with running() as caller:
        yield caller


def test_more_app_keys_fit_the_official_form(airship: Caller) -> None:
    made = airship.control("POST", "apps", {"name": "Halden Books", "size": 5000})
    assert [len(made[name]) for name in ("key", "secret", "app_secret")] == [22, 22, 22]
    assert made["size"] == 5000
    assert [app["name"] for app in airship.control("GET", "apps")] == ["Marlow Running", "Halden Books"]


def test_ledger_can_be_read_piece_by_piece(airship: Caller) -> None:
    airship.created()
    first = airship.control("GET", "ledger")
    airship.created()
    rest = airship.control("GET", f"ledger?after={first[-1]['number']}")
    assert [effect["kind"] for effect in rest] == ["created", "started"]
    assert [effect["kind"] for effect in airship.control("GET", "ledger?kind=created")] == ["created", "created"]


def test_clock_moves_schedules_and_the_date_header(airship: Caller) -> None:
    airship.control("POST", "clock", {"offset_seconds": 86_400})
    clock = airship.control("GET", "clock")
    assert clock["offset_seconds"] == 86_400
    answer = airship.create(scheduled(3600))
    assert (answer.status_code, answer.json()["details"]["error"]) == (400, "the scheduled time has passed")
    assert 86_000 < parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time() < 86_500


@pytest.mark.parametrize(
    ("method", "page", "body", "status"),
    [
        ("GET", "nothing", b"", 404),
        ("PUT", "apps", b"", 404),
        ("POST", "apps", b"[]", 400),
        ("POST", "apps", b"{", 400),
        ("POST", "clock", b'{"speed": "fast"}', 400),
        ("POST", "switches", b'{"ok_type": "maybe"}', 400),
        ("GET", "ledger?after=x", b"", 400),
        ("GET", "healthz", b"", 200),
    ],
)
def test_pages_answer_wrong_requests_with_a_reason(
    airship: Caller, method: str, page: str, body: bytes, status: int
) -> None:
    answer = airship.session.request(method, f"{airship.sandbox.url}/_sandbox/{page}", data=body, timeout=5)
    assert answer.status_code == status
    assert ("error" in answer.json()) == (status != 200)


def test_control_pages_are_not_in_the_request_log(airship: Caller) -> None:
    airship.control("GET", "healthz")
    assert airship.control("GET", "requests") == []
    airship.listing()
    assert [seen["path"] for seen in airship.control("GET", "requests?last=5")] == ["/api/experiments"]


def test_an_answer_leaves_in_one_piece(airship: Caller) -> None:
    """One recv gets head and body together: they were written with one send, and no delay waits for more."""
    head = f"POST /api/experiments HTTP/1.1\r\nHost: x\r\nAccept: {ACCEPT}\r\nContent-Length: 0\r\n\r\n".encode()
    for _ in range(20):
        with socket.create_connection((airship.sandbox.host, airship.sandbox.port), timeout=5) as connection:
            connection.sendall(head)
            got = connection.recv(65536)
            assert got.startswith(b"HTTP/1.1 401 ")
            assert got.endswith(b"Unauthorized")


def test_one_connection_serves_many_requests(airship: Caller) -> None:
    for _ in range(5):
        airship.listing()
    accepted = {seen["accepted_ns"] for seen in airship.control("GET", "requests")}
    assert len(accepted) == 1


def test_http_1_0_connections_end_with_the_answer(airship: Caller) -> None:
    with socket.create_connection((airship.sandbox.host, airship.sandbox.port), timeout=5) as connection:
        connection.sendall(b"GET /_sandbox/healthz HTTP/1.0\r\n\r\n")
        taken = b""
        while chunk := connection.recv(4096):
            taken += chunk
    assert taken.endswith(b'{"ok":true}')


def test_head_has_no_body(airship: Caller) -> None:
    answer = airship.call("HEAD", "/api/experiments")
    assert (answer.status_code, answer.content) == (405, b"")
    assert airship.listing()["ok"] is True


def test_many_at_once_all_become_effects(airship: Caller) -> None:
    def work() -> None:
        caller = Caller(airship.sandbox, airship.app, is_checked=False)
        with caller.session:
            for _ in range(10):
                assert caller.create().status_code == 201

    workers = [threading.Thread(target=work) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)
    assert airship.listing()["total_count"] == 80
    ids = [effect.experiment_id for effect in airship.sandbox.effects(kind="started")]
    assert len(ids) == len(set(ids)) == 80


def test_hostile_bodies_get_400_and_no_traceback(airship: Caller, caplog: pytest.LogCaptureFixture) -> None:
    deep = b'{"audience":' + b'{"not":' * 900 + b'{"tag":"a"}' + b"}" * 900
    rest = b',"device_types":["ios"],"variants":[{"push":{"notification":{"alert":"x"}}}]}'
    nested: object = {"tag": "a"}
    for _ in range(50):
        nested = {"and": [nested]}
    surrogate = json.dumps(v0(name="\ud800", description="\ud800")).encode()
    zero = json.dumps(v0(name="\x00")).encode()
    assert airship.create(deep + rest).status_code in (201, 400)
    assert airship.create(b'{"a":' * 100_000 + b"1" + b"}" * 100_000).status_code == 400
    assert airship.create(v0(audience=nested)).status_code == 201
    assert [airship.create(body).status_code for body in (surrogate, zero)] == [201, 201]
    assert airship.listing("?limit=100")["total_count"] >= 3
    assert caplog.records == []
