"""What only Qonversion's answers prove, by a real socket: its words for gone, taken and attached, and its ids.

The rows that are the same for every provider are in test_classification.py.
"""

import json

import pytest

from experiments.providers.outcomes import NotSent, OutcomeUnknown, ProviderFailure, Rejected
from experiments.providers.qonversion import client
from experiments.providers.shapes import Account, Secret
from tests.scripted_server import ScriptedServer, answer, says

ERROR = json.dumps({"error": {"type": "request", "code": "invalid_data", "message": "No."}}).encode()
WRITES = {
    "create": lambda account: client.create(account, b'{"name":"n"}'),
    "delete": lambda account: client.delete(account, "e1"),
    "update": lambda account: client.update(account, "e1", {"name": "n"}),
    "change_status": lambda account: client.change_status(account, "e1", "active"),
    "create_group": lambda account: client.create_group(account, "e1", {"weight": 1}),
    "update_group": lambda account: client.update_group(account, "e1", "g1", {"weight": 1}),
    "delete_group": lambda account: client.delete_group(account, "e1", "g1"),
    "attach_tester": lambda account: client.attach_tester(account, "e1", "g1", "u1"),
    "detach_tester": lambda account: client.detach_tester(account, "e1", "u1"),
}
READS = {
    "check_key": lambda account: client.check_key(account),
    "list_experiments": lambda account: client.list_experiments(account),
    "look_up": lambda account: client.look_up(account, "e1"),
    "report": lambda account: client.report(account, "e1"),
    "find_by_alias": lambda account: client.find_by_alias(account, "a-1"),
    "list_groups": lambda account: client.list_groups(account, "e1"),
    "summaries": lambda account: client.summaries(account, ["e1"]),
}
GONE = {"delete", "delete_group", "detach_tester"}


def there(value):
    assert value is not None
    return value


def account_at(server):
    return Account(server.url, "", Secret("sk_0123456789"), allow_loopback=True)


def ended(call, act):
    """What a call ends in when the server does this, after the one connection it saw."""
    with ScriptedServer(act) as server:
        try:
            return call(account_at(server))
        except ProviderFailure as failure:
            return failure
        finally:
            assert server.connections == 1


@pytest.mark.parametrize("name", WRITES)
def test_only_the_api_itself_says_that_something_is_gone(name):
    no = json.dumps({"error": {"type": "resource", "code": "not_found", "message": "Not found"}}).encode()
    address = json.dumps({"error": {"type": "request", "code": "invalid_request", "message": "No address"}}).encode()
    for body, reason in (
        (no, "already_gone" if name in GONE else "not_found"),
        (address, "not_found"),
        (b"", "not_found"),
    ):
        failure = ended(WRITES[name], says(answer(404, body)))
        assert isinstance(failure, Rejected)
        assert failure.reason == reason


def test_only_the_api_itself_says_that_a_test_is_not_there():
    no = b'{"error":{"code":"not_found","message":"Experiment not found"}}'
    assert ended(READS["look_up"], says(answer(404, no))) is None
    for body in (b"", b"{}", b"<html>", b'{"error":{"code":"invalid_request"}}'):
        assert isinstance(ended(READS["look_up"], says(answer(404, body))), Rejected)


def test_a_wish_to_slow_down_may_have_no_time():
    failure = ended(WRITES["create"], says(answer(429, ERROR)))
    assert isinstance(failure, NotSent)
    assert failure.retry_after is None


@pytest.mark.parametrize("name", sorted(WRITES.keys() - {"attach_tester"}))
@pytest.mark.parametrize("body", [ERROR, b"", b"<html>"])
def test_a_conflict_is_unknown_until_it_is_looked_up(name, body):
    failure = ended(WRITES[name], says(answer(409, body)))
    assert isinstance(failure, OutcomeUnknown)
    assert (failure.reason, failure.is_applied) == ("conflict", False)
    assert failure.message.startswith("Qonversion says: ")


@pytest.mark.parametrize("status", [400, 409, 422])
def test_a_taken_alias_is_looked_up_whatever_its_status(status):
    body = b'{"error":{"type":"resource","code":"already_exists","message":"This alias is taken"}}'
    failure = ended(WRITES["create"], says(answer(status, body)))
    assert isinstance(failure, OutcomeUnknown)
    assert (failure.reason, failure.message) == ("conflict", "Qonversion says: This alias is taken.")


def test_a_conflict_refuses_an_attachment_only_in_the_words_of_the_api():
    refused = ended(WRITES["attach_tester"], says(answer(409, ERROR)))
    assert isinstance(refused, Rejected)
    assert refused.reason == "already_attached"
    unclear = ended(WRITES["attach_tester"], says(answer(409, b"<html>")))
    assert isinstance(unclear, OutcomeUnknown)
    assert unclear.reason == "conflict"


@pytest.mark.parametrize("name", ["create", "create_group"])
@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (answer(201, b"{}"), "no_id"),
        (answer(201, b'{"id":null}'), "no_id"),
        (answer(201, b'{"id":"a/b"}'), "no_id"),
        (answer(201, b'{"alias_id":"a"}', "Location: https://elsewhere.test/other/e9"), "no_id"),
        (answer(201, b'{"ob'), "unreadable"),
        (answer(201, b"[1]"), "unreadable"),
        (answer(200, b"<html>Please sign in</html>", "Content-Type: text/html"), "unreadable"),
        (answer(201, b"{}", "Content-Encoding: br"), "encoding"),
    ],
)
def test_a_success_that_cannot_be_read_is_applied_without_an_id(name, data, reason):
    failure = ended(WRITES[name], says(data))
    assert isinstance(failure, OutcomeUnknown)
    assert (failure.reason, failure.is_applied) == (reason, True)


@pytest.mark.parametrize(
    "data", [answer(204), answer(200), answer(202, b" "), answer(200, b"{}"), answer(200, b'{"id":"e1"}')]
)
@pytest.mark.parametrize("name", sorted(WRITES.keys() - {"create", "create_group"}))
def test_a_change_is_done_by_any_success_with_or_without_a_body(name, data):
    assert ended(WRITES[name], says(data)).answer.status in (200, 202, 204)


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize(
    "data", [answer(500), answer(409, ERROR), answer(200, b"<html>"), answer(200, b"{}"), answer(200, ERROR)]
)
def test_a_read_that_fails_may_be_tried_again(name, data):
    found = ended(READS[name], says(data))
    if name == "check_key" and data == answer(200, b"{}"):
        assert found.total is None
        return
    assert isinstance(found, NotSent)
    assert not found.is_permanent


def test_a_look_up_that_tells_of_another_test_is_not_believed():
    failure = ended(READS["look_up"], says(answer(200, b'{"id":"e2"}')))
    assert isinstance(failure, NotSent)
    assert failure.reason == "unreadable"


def test_the_words_of_a_refusal_are_kept_with_their_places():
    said = {
        "error": {
            "type": "request",
            "code": "invalid_data",
            "message": "Bad",
            "details": [{"field": "name", "message": "Too long"}],
        }
    }
    failure = ended(WRITES["create"], says(answer(422, json.dumps(said).encode(), "X-Request-Id: r7")))
    assert failure.message == "Qonversion refused this request: Too long"
    assert [(problem.pointer, problem.message, problem.code) for problem in failure.problems] == [
        ("/name", "Too long", "invalid_data")
    ]
    assert (failure.answer.request_id, failure.answer.body) == ("r7", json.dumps(said))
