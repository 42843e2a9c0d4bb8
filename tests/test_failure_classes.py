"""Which failures prove that nothing was applied: every row of the table, by a real socket, through a create.

The table is written down here a second time, on purpose: a status may join the proven ones only on both sides.
"""

import datetime
import socket

import pytest

from experiments.providers import addresses
from experiments.providers.airship import client
from experiments.providers.failures import STATUSES, seconds_to_wait, verdict_for
from experiments.providers.outcomes import NotSent, OutcomeUnknown, ProviderFailure, Rejected
from experiments.providers.shapes import Account, Secret
from tests.scripted_server import ScriptedServer, answer, hangs, resets, resets_unread, says

BODY = b'{"name":"Tone"}'
REJECTED = {
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
TRANSIENT = {421: "misdirected", 425: "too_early", 429: "rate_limited"}
REDIRECTS = range(300, 400)
UNKNOWN_4XX = sorted(set(range(400, 500)) - REJECTED.keys() - TRANSIENT.keys())
CREATED = answer(201, b'{"ok":true,"experiment_id":"e1","push_id":"p1","operation_id":"o1"}')


def there(value):
    assert value is not None
    return value


def account_at(server_or_url):
    url = server_or_url if isinstance(server_or_url, str) else server_or_url.url
    return Account(url, "k" * 22, Secret("s" * 22), allow_loopback=True)


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    monkeypatch.setattr(client, "WRITE_SECONDS", 5.0)
    monkeypatch.setattr(client, "READ_SECONDS", 5.0)


def created_with(*pieces):
    """What a create ends in when the server says these bytes, after the one request it saw."""
    with ScriptedServer(says(*pieces)) as server:
        try:
            return client.create(account_at(server), BODY)
        except ProviderFailure as failure:
            return failure
        finally:
            assert (server.connections, len(server.requests)) == (1, 1)


def test_a_plain_201_is_applied():
    created = created_with(CREATED)
    assert (created.remote_id, created.push_id, created.answer.operation_id) == ("e1", "p1", "o1")


@pytest.mark.parametrize("status", REJECTED)
@pytest.mark.parametrize("body", [b'{"ok":false,"error":"no"}', b"no", b"<html>no</html>", b""])
def test_refused_before_execution_is_rejected(status, body):
    failure = created_with(answer(status, body))
    assert isinstance(failure, Rejected)
    assert failure.reason == REJECTED[status]
    assert there(failure.answer).status == status


@pytest.mark.parametrize("status", TRANSIENT)
def test_refused_for_now_is_not_sent_and_may_go_later(status):
    failure = created_with(answer(status, b"later", "Retry-After: 7"))
    assert isinstance(failure, NotSent)
    assert (failure.reason, failure.is_permanent, failure.retry_after) == (TRANSIENT[status], False, 7)
    assert there(failure.answer).status == status


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 305, 307, 308, 399])
def test_a_redirect_is_not_sent_until_a_person_mends_the_setting(status):
    failure = created_with(answer(status, b"", "Location: http://169.254.169.254/latest"))
    assert isinstance(failure, NotSent)
    assert (failure.reason, failure.is_permanent) == ("redirected", True)


@pytest.mark.parametrize("status", [402, 408, 409, 410, 412, 416, 417, 418, 423, 424, 426, 428, 451, 499])
def test_any_other_4xx_is_unknown(status):
    failure = created_with(answer(status, b'{"ok":false}'))
    assert isinstance(failure, OutcomeUnknown)
    assert (failure.reason, failure.is_applied) == ("unexpected_status", False)


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 505, 507, 511, 520, 522, 524, 529, 599])
@pytest.mark.parametrize("body", [b'{"ok":false}', b"<html>Internal Server Error</html>", b'{"ok":true}'])
def test_every_5xx_is_unknown(status, body):
    failure = created_with(answer(status, body, "Retry-After: 1"))
    assert isinstance(failure, OutcomeUnknown)
    assert (failure.reason, failure.is_applied, there(failure.answer).status) == ("server_error", False, status)


@pytest.mark.parametrize("status", [101, 102, 103, 199, 600, 999])
def test_a_status_outside_of_http_is_unknown(status):
    failure = created_with(answer(status, b""))
    assert isinstance(failure, OutcomeUnknown)
    assert failure.is_applied is False


@pytest.mark.parametrize(
    ("act", "reason", "requests"),
    [
        (hangs, "timeout", 1),
        (resets, "connection_lost", 1),
        (resets_unread, "connection_lost", 0),
        (says(), "connection_lost", 1),
        (says(b"SSH-2.0-OpenSSH_9\r\n"), "garbled", 1),
        (says(b"HTTP/1.1 400 No\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"), "connection_lost", 1),
    ],
)
def test_a_break_after_connecting_is_unknown(act, reason, requests, monkeypatch):
    if reason == "timeout":
        monkeypatch.setattr(client, "WRITE_SECONDS", 0.7)
    with ScriptedServer(act) as server:
        with pytest.raises(OutcomeUnknown) as caught:
            client.create(account_at(server), BODY)
        assert (server.connections, len(server.requests)) == (1, requests)
    assert (caught.value.reason, caught.value.is_applied) == (reason, False)


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [
        ((answer(201, b""),), "unreadable"),
        ((answer(204),), "unreadable"),
        ((answer(200, b"<html>Please sign in</html>", "Content-Type: text/html"),), "unreadable"),
        ((answer(201, b'{"ok":tr'),), "unreadable"),
        ((answer(201, b"[1]"),), "unreadable"),
        ((answer(201, b'{"ok":true}'),), "no_id"),
        ((answer(201, b'{"ok":true,"experiment_id":null}'),), "no_id"),
        ((b"HTTP/1.1 201 Created\r\nContent-Length: 999\r\n\r\n" + CREATED[-40:],), "connection_lost"),
        ((answer(201, b"{}", "Content-Encoding: br"),), "encoding"),
    ],
)
def test_a_2xx_that_cannot_be_read_to_the_end_is_applied_without_an_id(pieces, reason):
    failure = created_with(*pieces)
    assert isinstance(failure, OutcomeUnknown)
    assert (failure.reason, failure.is_applied) == (reason, True)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (201, b'{"ok":false,"experiment_id":"e1"}'),
        (200, b'{"ok":"false"}'),
        (400, b'{"ok":true}'),
        (404, b'{"ok":"true"}'),
        (401, b'{"ok":true}'),
        (429, b'{"ok":true}'),
    ],
)
def test_yes_and_no_at_once_is_unknown(status, body):
    failure = created_with(answer(status, body))
    assert isinstance(failure, OutcomeUnknown)
    assert (failure.reason, failure.is_applied) == ("contradiction", False)


def test_nothing_was_sent_where_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(NotSent) as caught:
        client.create(account_at(f"http://127.0.0.1:{port}"), BODY)
    assert (caught.value.reason, caught.value.is_permanent) == ("refused", False)


def test_nothing_was_sent_where_the_name_is_unknown(monkeypatch):
    monkeypatch.setattr(addresses, "resolve", lambda host, port: [])
    with pytest.raises(NotSent) as caught:
        client.create(account_at("https://go.example.test"), BODY)
    assert (caught.value.reason, caught.value.is_permanent) == ("dns", False)


def test_a_read_that_fails_may_be_tried_again_whatever_it_was():
    unclear = [
        answer(500),
        answer(409),
        answer(200, b"<html>"),
        answer(200, b'{"ok":false}'),
        answer(404, b'{"ok":true}'),
    ]
    for data in unclear:
        with ScriptedServer(says(data)) as server:
            with pytest.raises(NotSent) as caught:
                client.validate(account_at(server), BODY)
            assert (server.connections, len(server.requests)) == (1, 1)
        assert not caught.value.is_permanent


def test_a_read_turned_away_by_a_fault_keeps_the_wish_to_wait():
    with ScriptedServer(says(answer(503, b"", "Retry-After: 12"))) as server, pytest.raises(NotSent) as caught:
        client.list_experiments(account_at(server))
    assert (caught.value.reason, caught.value.retry_after) == ("server_error", 12)


def test_the_table_says_the_same_about_every_status():
    for status in range(100, 1000):
        verdict = verdict_for(status)
        if status in REJECTED:
            assert (verdict.kind, verdict.reason) == ("rejected", REJECTED[status])
        elif status in TRANSIENT:
            assert (verdict.kind, verdict.reason, verdict.is_permanent) == ("not_sent", TRANSIENT[status], False)
        elif status in REDIRECTS:
            assert (verdict.kind, verdict.reason, verdict.is_permanent) == ("not_sent", "redirected", True)
        else:
            assert verdict.kind == "unknown"
    assert len(UNKNOWN_4XX) == 100 - len(REJECTED) - len(TRANSIENT)


def test_every_proven_status_names_its_source_and_speaks_plainly():
    assert STATUSES.keys() == REJECTED.keys() | TRANSIENT.keys()
    for verdict in STATUSES.values():
        assert "RFC" in verdict.source
        assert "{provider}" in verdict.sentence
        assert verdict.sentence.endswith(".")


NOW = datetime.datetime(2026, 11, 21, 20, 0, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7),
        (" 7 ", 7),
        ("0", 1),
        ("-1", 1),
        ("-99999999999999999999", 1),
        ("1.2", 2),
        ("900", 900),
        ("901", 900),
        ("1000000000", 900),
        ("9" * 5000, 900),
        ("Sat, 21 Nov 2026 20:01:00 GMT", 60),
        ("Sat, 21 Nov 2026 19:00:00 GMT", 1),
        ("Sat, 21 Nov 2099 20:00:00 GMT", 900),
        ("Sat, 21 Nov 2026 20:01:00 -0000", 60),
        ("", None),
        ("soon", None),
        ("١٢", None),
        ("1e3", None),
        ("Sat, 99 Nov 2026 20:00:00 GMT", None),
    ],
)
def test_a_wish_to_wait_is_clamped(header, seconds):
    assert seconds_to_wait(header, NOW) == seconds
