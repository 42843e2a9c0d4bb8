"""Numbers 50 to 64: what providers, proxies and networks answer. Nothing is believed that is not proven."""

import http.server
import itertools
import json
import socket
import ssl
import threading
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import requests
from django.utils import timezone

from experiments import mirror, relay
from experiments.accounts import account_for
from experiments.mirror import passes, rows
from experiments.models import Experiment, Kind, Operation, State, Status, Sync
from experiments.providers import addresses, client, wire
from experiments.providers.outcomes import NotSent, OutcomeUnknown, ProviderFailure
from experiments.providers.transport import Call, exchange
from tests.remote_tests import remote
from tests.scripted_server import ScriptedServer, answer, drips, floods, says
from tests.unguarded import put
from workspaces.models import Connection

CREATE = {"method": "POST", "path": "/api/experiments"}


def created(sandbox):
    return sandbox.effects(kind="created")


def posts(sandbox):
    return [seen for seen in sandbox.requests.last(100) if (seen.method, seen.path) == ("POST", "/api/experiments")]


@pytest.fixture
def after(confirmed, draft, work, sandbox) -> Callable[..., Operation]:
    """The operation after a create was answered by a fault, and after everything that follows by itself."""

    def run(kind: str, **fault: Any) -> Operation:
        operation: Operation = confirmed(draft)
        sandbox.order(kind, **CREATE, **fault)
        for _ in range(2):
            work()
        operation.refresh_from_db()
        return operation

    return run


# -- 50 to 55: what stands in an answer


ODD = [
    (200, '{"ok": true, "experiment_ids": [], "experiment_id": %s}', "a2"),
    (201, '{"ok": "true", "experiment_id": %s, "new": {"deep": [1]}, "operation_id": 7}', "a2"),
    (201, '{"ok": true}', ""),
    (201, '{"ok": true, "experiment_id": null, "push_id": null}', ""),
    (201, '{"ok": true, "experiment_id": ["x"]}', ""),
    (201, "[]", ""),
    (201, "", ""),
]


@pytest.mark.parametrize(("status", "body", "kind"), ODD)
def test_bad_50_an_unusual_success_is_read_as_far_as_it_goes(after, sandbox, status, body, kind):
    """Where the id can be read it is believed; where it cannot, the test is looked up by its marker, never resent."""
    text = body % '"11111111-2222-4333-8444-555555555555"' if kind else body
    operation = after("status", when="after", status=status, body=text)
    assert operation.state == State.SUCCEEDED
    [effect] = created(sandbox)
    assert operation.remote_id == ("11111111-2222-4333-8444-555555555555" if kind else effect.experiment_id)
    assert len(posts(sandbox)) == 1


def test_bad_50_an_id_that_is_a_number_is_text_from_then_on(after):
    operation = after("status", when="after", status=201, body='{"ok": true, "experiment_id": 4711}')
    assert (operation.state, operation.remote_id) == (State.SUCCEEDED, "4711")


@pytest.mark.parametrize(
    "listing", ['{"ok": true, "experiments": null}', "null", '{"experiments": [null, 7, {"id": {}}]}']
)
def test_bad_50_a_listing_of_nothing_is_not_an_empty_listing(make, sync, sandbox, listing):
    make("Sunday")
    sync()
    for path in ("/api/experiments", "/api/experiments/scheduled"):
        sandbox.order("status", method="GET", path=path, status=200, body=listing, times=1)
    sync()
    assert Experiment.objects.filter(gone_at=None, status=Status.SCHEDULED).count() == 1


PAGES = [(200, "text/html"), (502, "text/html; charset=utf-8"), (200, "text/plain"), (201, "text/html")]


@pytest.mark.parametrize(("status", "content_type"), PAGES)
@pytest.mark.parametrize("when", ["before", "after"])
def test_bad_51_a_page_of_html_proves_nothing(after, sandbox, status, content_type, when):
    page = "<html><title>Sign in to the hotel</title></html>"
    operation = after("status", when=when, status=status, content_type=content_type, body=page)
    assert operation.state == (State.SUCCEEDED if when == "after" else State.UNKNOWN)
    assert len(created(sandbox)) == (1 if when == "after" else 0)
    assert len(posts(sandbox)) == 1


def test_bad_52_a_401_in_plain_text_ends_it_and_asks_no_second_time(after, sandbox, connection, work, draft):
    operation = after("status", status=401, body="Unauthorized", content_type="text/plain", times=0)
    for _ in range(3):
        relay.sweep()
        work()
    assert operation.state == State.REJECTED
    assert len(posts(sandbox)) == 1
    connection.refresh_from_db()
    assert connection.health == Connection.Health.REFUSED
    draft.refresh_from_db()
    assert draft.is_open


WISHES = [None, "-1", "1000000000", "Thu, 01 Jan 1970 00:00:00 GMT", "soon", "7", "0"]


@pytest.mark.parametrize("wish", WISHES)
def test_bad_53_a_wish_to_wait_is_kept_between_one_second_and_a_quarter_of_an_hour(after, sandbox, wish, work):
    before = timezone.now()
    operation = after("status", status=429, body="{}", **({"retry_after": wish} if wish else {}))
    assert operation.state == State.RETRY_WAIT
    assert before + timedelta(seconds=1) <= operation.not_before <= timezone.now() + timedelta(seconds=901)
    assert not created(sandbox)
    put(operation, not_before=timezone.now() - timedelta(seconds=1))
    relay.sweep()
    work()
    assert len(created(sandbox)) == 1


def test_bad_53_a_storm_of_429_ends_with_nothing_sent_twice(after, sandbox, work):
    operation = after("status", status=429, body="{}", times=0)
    for _ in range(8):
        if operation.state == State.RETRY_WAIT:
            put(operation, not_before=timezone.now() - timedelta(seconds=1))
        relay.sweep()
        work()
        operation.refresh_from_db()
    assert operation.state == State.EXPIRED
    assert len(posts(sandbox)) <= 5
    assert not created(sandbox)


def test_bad_53_a_provider_that_is_read_too_often_says_until_when_on_the_page(make, sync, sandbox, visit, vera):
    make("Sunday")
    sync()
    sandbox.order("status", method="GET", path="/api/experiments/scheduled", status=429, retry_after=600, body="{}")
    assert sync().not_before > timezone.now() + timedelta(seconds=500)
    assert "asked us to slow down" in visit(vera).get("/w/marlow/experiments/").text


@pytest.mark.parametrize("status", [500, 501, 502, 503, 504, 507, 520, 599])
def test_bad_54_a_500_after_the_effect_is_found_and_not_repeated(after, sandbox, status):
    operation = after("status", when="after", status=status, body="{}")
    assert operation.state == State.SUCCEEDED
    assert operation.remote_id == created(sandbox)[0].experiment_id
    assert (len(posts(sandbox)), len(created(sandbox))) == (1, 1)


def test_bad_55_a_503_before_the_effect_is_closed_only_after_its_time(after, sandbox, work):
    operation = after("status", when="before", status=503, body="{}")
    for _ in range(3):
        work()
    operation.refresh_from_db()
    assert operation.state == State.UNKNOWN
    for _ in range(2):
        past = timezone.now() - timedelta(minutes=5)
        put(operation, fence_at=past, not_before=past)
        operation.events.update(at=past)
        work()
        operation.refresh_from_db()
    assert operation.state == State.NOT_APPLIED
    assert (len(posts(sandbox)), created(sandbox)) == (1, [])


# -- 56 to 58: answers that lead elsewhere or never end


@pytest.fixture
def elsewhere_server() -> Iterator[tuple[str, list[str]]]:
    """A host that nobody may be led to: its address, and who came."""
    visitors: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def answer(self) -> None:
            visitors.append(f"{self.command} {self.headers.get('Authorization', '')}")
            self.send_response(200)
            self.end_headers()

        do_GET = do_POST = answer  # noqa: N815  the names that http.server calls

        def log_message(self, format: str, *args: Any) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", visitors
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_bad_56_a_redirect_is_followed_by_nobody(after, sandbox, elsewhere_server, status):
    address, visitors = elsewhere_server
    operation = after("redirect", status=status, location=f"{address}/api/experiments")
    assert operation.state == State.REJECTED
    assert "another address, which is never followed" in operation.message
    assert (visitors, created(sandbox), len(posts(sandbox))) == ([], [], 1)
    requests.get(address, timeout=5)
    assert len(visitors) == 1  # it can be reached


def test_bad_56_a_redirect_to_the_metadata_of_a_cloud_is_followed_by_nobody(make, sync, sandbox, connection):
    make("Sunday")
    sandbox.order("redirect", method="GET", path="/api/experiments/scheduled", location="http://169.254.169.254/")
    assert sync().reason not in ("", "forbidden_address")
    assert not Experiment.objects.exists()
    Sync.objects.update(not_before=None)
    mirror.sync(str(connection.pk))
    assert Experiment.objects.exists()


def call(server: ScriptedServer, seconds: float = 5.0) -> Call:
    return Call("POST", server.url, "/api/experiments", body=b"{}", seconds=seconds, is_write=True, allow_loopback=True)


HEAVY = {
    "declared 100 MB": floods(b"HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n", b"x" * 65536),
    "endless": floods(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536),
    "endless chunks": floods(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", (b"400\r\n" + b"x" * 1024 + b"\r\n") * 60
    ),
    "endless headers": floods(b"HTTP/1.1 200 OK\r\n", b"X-Y: " + b"z" * 1000 + b"\r\n"),
}


@pytest.mark.parametrize("name", HEAVY)
def test_bad_57_an_answer_without_end_costs_less_than_eight_mebibytes(name):
    with ScriptedServer(HEAVY[name]) as server:
        tracemalloc.start()
        try:
            with pytest.raises(OutcomeUnknown) as caught:
                exchange(call(server))
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert caught.value.reason in ("too_large", "garbled")
    assert peak < 8 * 1024 * 1024


def test_bad_57_an_answer_by_drips_ends_at_the_deadline():
    with ScriptedServer(drips(answer(200, b"{}"), 0.1)) as server, pytest.raises(OutcomeUnknown) as caught:
        exchange(call(server, seconds=0.7))
    assert caught.value.reason == "timeout"
    with ScriptedServer(says(answer(200, b"{}"))) as server:
        assert exchange(call(server)).status == 200


def test_bad_58_a_bomb_is_ambiguous_and_stays_small(after, sandbox):
    tracemalloc.start()
    try:
        operation = after("bomb", when="after", status=201, megabytes=16)
    finally:
        tracemalloc.stop()
    assert operation.state == State.SUCCEEDED  # looked up, by its marker
    assert len(posts(sandbox)) == len(created(sandbox)) == 1


def test_bad_58_nothing_compressed_is_asked_for():
    with ScriptedServer(says(answer(200, b"{}"))) as server:
        exchange(call(server))
    assert b"\r\nAccept-Encoding: identity\r\n" in server.requests[0]


# -- 59 to 62: what a listing says


@pytest.mark.parametrize("where", ["foreign", "looping", "skipping"])
def test_bad_59_the_next_page_is_our_own_address(make, connection, sandbox, sync, elsewhere_server, where):
    address, visitors = elsewhere_server
    made = [make(f"Test {number}").remote_id for number in range(3)]
    page = {
        "ok": True,
        "experiments": [{"id": one, "name": "x", "variants": []} for one in made[:1]],
        "next_page": {
            "foreign": f"{address}/api/experiments?offset=1",
            "looping": "/api/experiments/scheduled?offset=0&limit=100",
            "skipping": "/api/experiments/scheduled?offset=99999&limit=100",
        }[where],
        "total_count": 3,
    }
    sync()
    known = Experiment.objects.filter(gone_at=None).count()
    sandbox.order(
        "status", method="GET", path="/api/experiments/scheduled", status=200, body=json.dumps(page), times=30
    )
    Sync.objects.update(not_before=None)
    mirror.sync(str(connection.pk))
    assert visitors == []
    assert Experiment.objects.filter(gone_at=None).count() == known == 3  # nothing was called gone
    assert len(sandbox.requests.last(200)) < 60


def test_bad_60_a_test_deleted_between_two_pages_hides_no_other(make, connection, sandbox, monkeypatch):
    monkeypatch.setattr(passes, "LARGEST_PAGE", 3)
    made = [make(f"Test {number}").remote_id for number in range(9)]
    speech, account, calls = client("airship"), account_for(connection), itertools.count()
    read = speech.list_scheduled

    def meanwhile(*args: Any, **kwargs: Any) -> Any:
        page = read(*args, **kwargs)
        if next(calls) == 0:
            speech.delete(account, made[0])
        return page

    monkeypatch.setattr(speech, "list_scheduled", meanwhile)
    mirror.sync(str(connection.pk))
    shown = set(Experiment.objects.filter(gone_at=None).values_list("remote_id", flat=True))
    assert shown >= set(made[1:])


def test_bad_60_a_pass_that_broke_off_calls_nothing_gone(make, sync, sandbox, connection):
    for number in range(3):
        make(f"Test {number}")
    sync()
    sandbox.order("cut", method="GET", path="/api/experiments", times=1)
    sync()
    assert Experiment.objects.filter(gone_at=None).count() == 3


def test_bad_61_what_was_changed_outside_is_shown_with_its_difference_and_not_overwritten(
    confirmed, draft, work, sandbox, connection, visit, vera
):
    operation = confirmed(draft)
    work()
    operation.refresh_from_db()
    [ours] = Experiment.objects.all()
    changed = remote(operation.remote_id)
    changed.raw.clear()
    changed.raw.update(ours.raw | {"audience": "all"})
    rows.store(connection, [changed], number=5)
    ours.refresh_from_db()
    assert ours.needs_attention
    page = visit(vera).get(ours.get_absolute_url()).text
    assert "/audience" in page or "audience" in page.lower()
    assert ours.raw["audience"] == "all"  # what the provider holds is what is shown
    assert draft.newest.document["audience"] == {"tag": "long-run-plan"}  # and what was written stays what it was
    assert "Needs attention" in visit(vera).get("/w/marlow/experiments/?status=attention").text


def test_bad_61_what_vanished_outside_says_so_and_keeps_its_page(make, sync, connection, sandbox, visit, vera):
    made = make("Sunday")
    sync()
    client("airship").delete(account_for(connection), made.remote_id)
    sync()
    [row] = Experiment.objects.all()
    assert (row.status, row.gone_at is not None) == (Status.DELETED, True)
    assert "Sunday" in visit(vera).get(row.get_absolute_url()).text


def test_bad_62_the_same_marker_twice_is_a_conflict_that_offers_to_delete_one(
    confirmed, draft, work, sandbox, visit, alice
):
    operation = confirmed(draft)
    copied = requests.post(
        f"{sandbox.url}/api/experiments",
        data=operation.body,
        auth=(sandbox.key, sandbox.secret),
        headers={"Accept": "application/vnd.urbanairship+json; version=3", "Content-Type": "application/json"},
        timeout=5,
    )
    assert copied.status_code == 201
    sandbox.order("reset", when="after", **CREATE)
    for _ in range(2):
        work()
    operation.refresh_from_db()
    assert operation.state == State.CONFLICT
    page = visit(alice).get(operation.get_absolute_url()).text
    assert page.count("Delete this one") == 2
    extra = next(match for match in operation.matches if match in copied.text)
    visit(alice).post(f"{operation.get_absolute_url()}resolve/", {"extra": extra})
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    assert Operation.objects.filter(kind=Kind.DELETE).count() == 1
    assert len(sandbox.effects(kind="deleted")) == 1


# -- 63 and 64: certificates and addresses (more in test_transport_tls.py and test_provider_addresses.py)


def test_bad_63_there_is_no_switch_that_trusts_any_certificate(monkeypatch):
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR", "PYTHONHTTPSVERIFY"):
        monkeypatch.setenv(name, "0")
    wire.tls_context.cache_clear()
    context = wire.tls_context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
    wire.tls_context.cache_clear()


PRIVATE = ["10.0.0.1", "127.0.0.1", "169.254.169.254", "192.168.1.1", "::1", "fd00::1", "::ffff:10.0.0.1"]


@pytest.mark.parametrize("address", PRIVATE)
def test_bad_64_a_name_that_leads_inside_is_refused_before_connecting(monkeypatch, caplog, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    monkeypatch.setattr(addresses, "resolve", lambda host, port: [(family, (address, port))])
    monkeypatch.setattr(socket.socket, "connect", lambda *args: pytest.fail("it connected"))
    with pytest.raises(NotSent) as caught:
        exchange(Call("POST", "https://go.example.test", "/api/experiments", body=b"{}", seconds=5.0, is_write=True))
    assert (caught.value.reason, caught.value.is_permanent) == ("forbidden_address", True)
    assert "private network" in caplog.text  # the event for whoever reads the logs


def test_bad_64_an_address_that_changes_between_two_looks_is_judged_each_time(monkeypatch):
    answers = iter(["8.8.8.8", "10.0.0.1"])
    monkeypatch.setattr(addresses, "resolve", lambda host, port: [(socket.AF_INET, (next(answers), port))])
    first = addresses.origin_of("https://go.example.test", allow_loopback=False)
    assert [one.sockaddr[0] for one in first.addresses] == ["8.8.8.8"]  # and no name is resolved again on connecting
    with pytest.raises(ProviderFailure):
        addresses.origin_of("https://go.example.test", allow_loopback=False)
