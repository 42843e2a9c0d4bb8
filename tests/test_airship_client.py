"""The eight calls of the Airship client: the sandbox shows what they mean, scripted servers what may go wrong."""

import base64
import datetime
import json
import re
import uuid

import pytest

from experiments.providers import PROVIDERS
from experiments.providers import client as client_of
from experiments.providers.airship import client
from experiments.providers.marker import marker_for, with_marker
from experiments.providers.outcomes import NotSent, OutcomeUnknown, Rejected
from experiments.providers.shapes import Account, Secret
from sandbox.server import Sandbox
from tests.scripted_server import ScriptedServer, answer, says

SCHEDULED = "/api/experiments/scheduled/*"


@pytest.fixture
def sandbox():
    with Sandbox() as running:
        yield running


@pytest.fixture
def account(sandbox):
    return Account(sandbox.url, sandbox.key, Secret(sandbox.secret), allow_loopback=True)


@pytest.fixture(autouse=True)
def patience(monkeypatch):
    monkeypatch.setattr(client, "WRITE_SECONDS", 5.0)
    monkeypatch.setattr(client, "READ_SECONDS", 5.0)


def there(value):
    assert value is not None
    return value


def document(name="Tone", *, minutes=60, **changes):
    when = datetime.datetime.now(datetime.UTC) + datetime.timedelta(minutes=minutes)
    schedule = {"scheduled_time": when.strftime("%Y-%m-%dT%H:%M:%S")}
    variants = [
        {"name": "warm", "weight": 3, "push": {"notification": {"alert": "Hello friend"}}, "schedule": schedule},
        {"name": "terse", "push": {"notification": {"alert": "Sale on"}}, "schedule": schedule},
    ]
    return {"name": name, "audience": "all", "device_types": ["ios"], "control": 0.2, "variants": variants} | changes


def body(*args, **kwargs):
    return json.dumps(document(*args, **kwargs)).encode()


def at_once(name="Now"):
    whole = document(name)
    for variant in whole["variants"]:
        del variant["schedule"]
    return json.dumps(whole).encode()


def posts(sandbox, path="/api/experiments"):
    return [seen for seen in sandbox.requests.last() if (seen.method, seen.path.rstrip("/")) == ("POST", path)]


def scripted(*pieces):
    return ScriptedServer(says(*pieces))


def account_at(server):
    return Account(server.url, "k" * 22, Secret("s" * 22), allow_loopback=True)


# Against the sandbox


def test_a_key_that_works_is_known_to_work(sandbox, account):
    client.create(account, body())
    client.create(account, at_once())
    check = client.check_key(account)
    assert (check.answer.status, check.total) == (200, 1)


def test_a_key_that_does_not_work_is_rejected(sandbox):
    with pytest.raises(Rejected) as caught:
        client.check_key(Account(sandbox.url, sandbox.key, Secret("x" * 22), allow_loopback=True))
    assert (caught.value.reason, caught.value.message) == ("unauthorized", "Airship does not accept this key.")


def test_what_is_created_is_found_again_with_its_marker(sandbox, account):
    marker = marker_for(uuid.uuid4())
    connected = []
    sent = body(description=with_marker("Which tone sells", marker))
    created = client.create(account, sent, lambda: connected.append(len(posts(sandbox))))
    found = there(client.look_up(account, created.remote_id))
    assert connected == [0]
    assert sandbox.effects(kind="created")[0].body.encode() == sent
    assert (found.remote_id, found.marker, found.name) == (created.remote_id, marker, "Tone")
    assert (found.push_id, found.is_fenced) == (created.push_id, True)
    assert [(v.position, v.name, v.weight) for v in found.variants] == [(0, "warm", 3), (1, "terse", 1)]
    assert found.scheduled_at > datetime.datetime.now(datetime.UTC)
    assert created.answer.status == 201
    assert created.answer.operation_id
    assert created.answer.provider_date


def test_a_test_nobody_made_is_not_found(account):
    assert client.look_up(account, str(uuid.uuid4())) is None


def test_a_document_is_checked_without_being_made(sandbox, account):
    assert client.validate(account, body()).answer.operation_id
    assert sandbox.effects() == []
    assert len(posts(sandbox, "/api/experiments/validate")) == 1


@pytest.mark.parametrize("notation", ["dot", "bracket", "pointer"])
def test_a_document_with_a_fault_is_rejected_at_its_place(sandbox, account, notation):
    sandbox.switch("path_notation", notation)
    faulty = document()
    faulty["variants"][1]["push"]["notification"]["alrt"] = "x"
    for call in (client.validate, client.create):
        with pytest.raises(Rejected) as caught:
            call(account, json.dumps(faulty).encode())
        assert caught.value.reason == "invalid"
        problem = caught.value.problems[0]
        assert problem.pointer == "/variants/1/push/notification/alrt"
        assert problem.code == "40000"
        assert problem.message in caught.value.message
    assert sandbox.effects() == []


def test_both_listings_are_read_page_by_page(sandbox, account):
    for number in range(3):
        client.create(account, body(f"Later {number}", minutes=60 + number))
        client.create(account, at_once(f"Now {number}"))
    for listing, word in ((client.list_experiments, "Now"), (client.list_scheduled, "Later")):
        first = listing(account, limit=2)
        second = listing(account, offset=there(first.next_offset), limit=2)
        names = [experiment.name for experiment in first.experiments + second.experiments]
        assert sorted(names) == [f"{word} {number}" for number in range(3)]
        assert (first.total, first.next_offset, second.next_offset) == (3, 2, None)


def test_an_offset_past_the_end_is_an_empty_last_page(account):
    page = client.list_experiments(account, offset=50)
    assert (page.experiments, page.next_offset) == ((), None)


def test_ok_as_text_is_read_like_a_boolean(sandbox, account):
    sandbox.switch("ok_type", "string")
    created = client.create(account, body())
    assert there(client.look_up(account, created.remote_id)).name == "Tone"
    assert client.delete(account, created.remote_id).answer.status == 200


def test_a_scheduled_test_is_deleted_once_and_then_gone(sandbox, account):
    created = client.create(account, body())
    connected = []
    assert client.delete(account, created.remote_id, lambda: connected.append(True)).answer.operation_id
    with pytest.raises(Rejected) as caught:
        client.delete(account, created.remote_id)
    assert caught.value.reason == "already_gone"
    assert connected == [True]
    assert [effect.kind for effect in sandbox.effects()] == ["created", "deleted"]


def test_a_test_that_has_begun_cannot_be_deleted(sandbox, account):
    created = client.create(account, at_once())
    with pytest.raises(Rejected) as caught:
        client.delete(account, created.remote_id)
    assert caught.value.reason == "too_late"
    assert sandbox.effects(kind="deleted") == []


def test_a_past_schedule_is_refused(account):
    with pytest.raises(Rejected) as caught:
        client.create(account, body(minutes=-5))
    assert caught.value.reason == "invalid"


@pytest.mark.parametrize("ids", ["one", "zero"])
def test_a_report_tells_shares_and_the_holdout(sandbox, account, ids):
    sandbox.switch("overview_variant_ids", ids)
    created = client.create(account, at_once())
    sandbox.set_clock(offset_seconds=48 * 3600)
    report = client.report(account, created.push_id)
    assert [(v.position, v.name, v.percent) for v in report.variants] == [(0, "warm", 60.0), (1, "terse", 20.0)]
    assert report.holdout_percent == 20.0
    assert there(report.holdout_people) > 0
    assert report.sends == sum(variant.sends for variant in report.variants) > 0


def test_a_report_nobody_has_is_rejected(account):
    with pytest.raises(Rejected) as caught:
        client.report(account, str(uuid.uuid4()))
    assert caught.value.reason == "not_found"


@pytest.mark.parametrize(
    ("fault", "effects"),
    [
        ({"kind": "reset", "when": "after"}, 1),
        ({"kind": "reset"}, 0),
        ({"kind": "close", "when": "after"}, 1),
        ({"kind": "hang", "seconds": 3}, 0),
        ({"kind": "drip", "bytes_per_second": 10}, 1),
        ({"kind": "cut"}, 1),
        ({"kind": "status", "status": 500, "when": "after"}, 1),
        ({"kind": "status", "status": 503}, 0),
        ({"kind": "html", "when": "after"}, 1),
        ({"kind": "garbage", "when": "after"}, 1),
        ({"kind": "endless", "when": "after"}, 1),
        ({"kind": "bomb", "when": "after"}, 1),
    ],
    ids=lambda value: "-".join(map(str, value.values())) if isinstance(value, dict) else "",
)
def test_an_unclear_end_of_a_create_is_unknown_after_one_request(sandbox, account, fault, effects, monkeypatch):
    if fault["kind"] in ("hang", "drip"):
        monkeypatch.setattr(client, "WRITE_SECONDS", 1.0)
    sandbox.order(**fault, method="POST")
    with pytest.raises(OutcomeUnknown):
        client.create(account, body())
    assert len(posts(sandbox)) == 1
    assert len(sandbox.effects()) == effects


@pytest.mark.parametrize(
    ("fault", "reason", "is_permanent"),
    [
        ({"kind": "status", "status": 429, "retry_after": 7}, "rate_limited", False),
        ({"kind": "redirect", "location": "http://169.254.169.254/"}, "redirected", True),
    ],
)
def test_a_create_that_is_turned_away_up_front_is_not_sent(sandbox, account, fault, reason, is_permanent):
    sandbox.order(**fault, method="POST")
    with pytest.raises(NotSent) as caught:
        client.create(account, body())
    assert (caught.value.reason, caught.value.is_permanent) == (reason, is_permanent)
    assert len(sandbox.requests.last()) == 1
    assert sandbox.effects() == []


def test_a_lost_answer_to_a_delete_is_unknown_and_asking_again_says_gone(sandbox, account):
    created = client.create(account, body())
    sandbox.order("close", when="after", method="DELETE", path=SCHEDULED)
    with pytest.raises(OutcomeUnknown):
        client.delete(account, created.remote_id)
    with pytest.raises(Rejected) as caught:
        client.delete(account, created.remote_id)
    assert caught.value.reason == "already_gone"


# Against scripts


def test_a_create_carries_the_bytes_the_key_and_the_version_and_nothing_odd():
    with scripted(answer(201, b'{"ok":true,"experiment_id":"e1"}')) as server:
        client.create(account_at(server), b'{"name":"Tone"}')
    head, _, sent = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    pair = base64.b64encode(b"k" * 22 + b":" + b"s" * 22).decode()
    assert lines[0] == "POST /api/experiments HTTP/1.1"
    assert sorted(lines[1:]) == sorted(
        [
            f"Host: 127.0.0.1:{server.port}",
            f"Authorization: Basic {pair}",
            "Accept: application/vnd.urbanairship+json; version=3",
            "Content-Type: application/json",
            "Content-Length: 15",
            "User-Agent: Splitdesk",
            "Accept-Encoding: identity",
            "Connection: close",
        ]
    )
    assert sent == b'{"name":"Tone"}'


@pytest.mark.parametrize(
    ("call", "line"),
    [
        (lambda a: client.check_key(a), "GET /api/experiments?limit=1"),
        (lambda a: client.list_experiments(a), "GET /api/experiments?limit=100&offset=0"),
        (lambda a: client.list_scheduled(a, 100, 50), "GET /api/experiments/scheduled?limit=50&offset=100"),
        (lambda a: client.list_experiments(a, -1, 999), "GET /api/experiments?limit=100&offset=0"),
        (lambda a: client.look_up(a, "e1"), "GET /api/experiments/e1"),
        (lambda a: client.validate(a, b"{}"), "POST /api/experiments/validate"),
        (lambda a: client.delete(a, "e1"), "DELETE /api/experiments/scheduled/e1"),
        (lambda a: client.report(a, "p1"), "GET /api/reports/experiment/overview/p1"),
    ],
)
def test_each_call_asks_one_address_once(call, line):
    data = b'{"ok":true,"experiment":{"id":"e1"},"experiments":[],"total_count":0}'
    with scripted(answer(200, data)) as server:
        call(account_at(server))
    assert [request.split(b" HTTP/")[0].decode() for request in server.requests] == [line]


def test_the_next_page_of_a_foreign_host_is_not_called():
    data = b'{"ok":true,"experiments":[{"id":"e1"}],"next_page":"http://169.254.169.254/latest?offset=77"}'
    with scripted(answer(200, data)) as server:
        assert client.list_experiments(account_at(server)).next_offset == 1
        assert (server.connections, len(server.requests)) == (1, 1)


def test_a_create_without_a_push_id_is_created():
    with scripted(answer(201, b'{"ok":"true"}', "Location: https://go.urbanairship.com/api/experiments/e9")) as server:
        created = client.create(account_at(server), b"{}")
    assert (created.remote_id, created.push_id) == ("e9", "")


@pytest.mark.parametrize("status", [404, 405])
def test_a_page_of_html_does_not_tell_that_a_test_is_gone_or_begun(status):
    with scripted(answer(status, b"<html>Not here</html>", "Content-Type: text/html")) as server:
        with pytest.raises(Rejected) as caught:
            client.delete(account_at(server), "e1")
        assert caught.value.reason == {404: "not_found", 405: "not_allowed"}[status]
        with pytest.raises(Rejected):
            client.look_up(account_at(server), "e1")


@pytest.mark.parametrize("status", [404, 405])
def test_yes_and_no_to_a_delete_is_unknown(status):
    with scripted(answer(status, b'{"ok":true}')) as server, pytest.raises(OutcomeUnknown) as caught:
        client.delete(account_at(server), "e1")
    assert caught.value.reason == "contradiction"


@pytest.mark.parametrize(
    ("data", "is_deleted"),
    [
        (answer(200, b'{"ok":true,"operation_id":"o1"}'), True),
        (answer(200, b'{"ok":"true"}'), True),
        (answer(204), True),
        (answer(200, b""), False),
        (answer(200, b"<html>"), False),
        (answer(200, b"{}"), False),
        (answer(200, b'{"operation_id":"o1"}'), False),
    ],
)
def test_a_delete_that_does_not_say_so_is_unknown(data, is_deleted):
    with scripted(data) as server:
        if is_deleted:
            assert 200 <= client.delete(account_at(server), "e1").answer.status < 300
        else:
            with pytest.raises(OutcomeUnknown):
                client.delete(account_at(server), "e1")


@pytest.mark.parametrize(
    "data",
    [
        b'{"ok":true}',
        b'{"ok":true,"experiment":null}',
        b'{"ok":true,"experiment":{"id":"another"}}',
        b'{"ok":false,"experiment":{"id":"e1"}}',
        b"<html>",
    ],
)
def test_a_look_up_that_answers_something_else_is_not_believed(data):
    with scripted(answer(200, data)) as server, pytest.raises(NotSent) as caught:
        client.look_up(account_at(server), "e1")
    assert caught.value.reason in ("unreadable", "contradiction")


def test_a_listing_without_a_list_is_not_an_empty_listing():
    with scripted(answer(200, b'{"ok":true}')) as server, pytest.raises(NotSent) as caught:
        client.list_experiments(account_at(server))
    assert caught.value.reason == "unreadable"


@pytest.mark.parametrize("remote_id", ["", ".", "..", "a/b", "a?b", "scheduled", "validate", "é", "x" * 101, " e1"])
def test_an_id_that_would_change_the_path_is_never_asked_for(remote_id):
    with scripted(answer(200, b'{"ok":true}')) as server:
        for call in (client.look_up, client.delete, client.report):
            with pytest.raises(NotSent) as caught:
                call(account_at(server), remote_id)
            assert (caught.value.reason, caught.value.is_permanent) == ("bad_id", True)
        assert server.connections == 0


def test_what_airship_says_word_for_word_is_kept_in_the_answer():
    said = b'{"ok":false,"error":"No.","error_code":40000,"operation_id":"o7"}'
    with scripted(answer(400, said, "X-Request-Id: r7")) as server, pytest.raises(Rejected) as caught:
        client.create(account_at(server), b"{}")
    assert caught.value.message == "Airship refused this request: No."
    kept = there(caught.value.answer)
    assert (kept.status, kept.body, kept.operation_id, kept.request_id) == (400, said.decode(), "o7", "r7")


def test_a_secret_that_the_answer_repeats_is_struck_out():
    pair = base64.b64encode(b"k" * 22 + b":" + b"s" * 22).decode()
    said = json.dumps({"ok": False, "error": "s" * 22, "details": {"error": f"Basic {pair}"}}).encode()
    with scripted(answer(400, said, f"X-Request-Id: {pair}")) as server, pytest.raises(Rejected) as caught:
        client.create(account_at(server), b"{}")
    shown = f"{vars(caught.value)!r} {caught.value}"
    assert "Basic ***" in shown
    assert pair not in shown
    assert "s" * 22 not in shown


def test_a_wish_to_wait_until_a_time_is_read_by_the_clock_that_named_it():
    headers = ("Date: Sat, 21 Nov 2009 20:00:00 GMT", "Retry-After: Sat, 21 Nov 2009 20:01:00 GMT")
    with scripted(answer(429, b"", *headers)) as server, pytest.raises(NotSent) as caught:
        client.create(account_at(server), b"{}")
    assert caught.value.retry_after == 60


# The list of providers


def test_airship_is_listed_with_both_of_its_regions():
    airship = PROVIDERS["airship"]
    assert client_of("airship") is client
    assert client.HOSTS == {"us": "https://go.urbanairship.com", "eu": "https://go.airship.eu"}
    assert [region.code for region in airship.regions] == ["us", "eu"]
    assert re.fullmatch(airship.key_pattern, "Zq9canary7SECRETx_4ev-")
    assert not re.fullmatch(airship.key_pattern, "too short")


def test_a_provider_nobody_wrote_is_an_error():
    with pytest.raises(KeyError):
        client_of("elsewhere")
