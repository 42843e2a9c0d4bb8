"""From a confirmed click to what Airship holds: the straight path, the refused call, the lost answer."""

import hashlib
import threading
from datetime import timedelta

import pytest
from django.utils import timezone

from experiments import relay
from experiments.models import Attempt, Experiment, Operation, State
from experiments.relay import sending
from tests.unguarded import put
from workspaces.models import Connection, Role


def created(sandbox):
    return sandbox.effects(kind="created")


def test_a_confirmed_send_reaches_airship_once_byte_for_byte(confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    [effect] = created(sandbox)
    assert effect.sha256 == operation.sha256 == hashlib.sha256(operation.body).hexdigest()
    assert operation.remote_id == effect.experiment_id


def test_sending_the_same_operation_again_does_nothing(confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    for _ in range(3):
        relay.send(operation.pk)
    work()
    assert len(created(sandbox)) == 1
    assert Attempt.objects.filter(operation=operation).count() == 1


def test_a_send_is_scheduled_after_the_undo_window(confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    assert operation.fence_at >= timezone.now() + timedelta(seconds=draft.workspace.undo_window)
    work()
    assert not sandbox.effects(kind="started")


def test_what_airship_holds_is_read_back_and_shown_in_the_mirror(confirmed, draft, work):
    operation = confirmed(draft)
    work()
    operation.refresh_from_db()
    assert operation.read_back_at is not None
    assert operation.differences == []
    mirrored = Experiment.objects.get(remote_id=operation.remote_id)
    assert mirrored.operation == operation
    assert mirrored.name == draft.name


def test_the_draft_leaves_the_list_when_airship_holds_it(confirmed, draft, work):
    confirmed(draft)
    work()
    draft.refresh_from_db()
    assert draft.sent_at is not None
    assert not draft.is_open


@pytest.mark.parametrize("status", [400, 401, 403, 404, 406, 413, 422])
def test_a_refusal_ends_it_and_frees_the_draft(confirmed, draft, work, sandbox, status):
    operation = confirmed(draft)
    sandbox.order("status", method="POST", path="/api/experiments", status=status, body='{"ok":false,"error":"no"}')
    work()
    operation.refresh_from_db()
    draft.refresh_from_db()
    assert operation.state == State.REJECTED
    assert draft.is_open
    assert not created(sandbox)


def test_a_refused_key_marks_the_connection(confirmed, draft, work, sandbox, connection):
    confirmed(draft)
    sandbox.order("status", method="POST", path="/api/experiments", status=401, body="Unauthorized")
    work()
    connection.refresh_from_db()
    assert connection.health == Connection.Health.REFUSED


LOST = [
    {"kind": "reset", "when": "after"},
    {"kind": "close", "when": "after"},
    {"kind": "garbage", "when": "after"},
    {"kind": "html", "when": "after", "status": 502},
    {"kind": "status", "when": "after", "status": 500, "body": "{}"},
    {"kind": "status", "when": "after", "status": 503, "body": "{}"},
    {"kind": "cut", "bytes": 5},
]


@pytest.mark.parametrize("fault", LOST, ids=lambda fault: f"{fault['kind']}-{fault.get('status', '')}")
def test_a_lost_answer_is_looked_up_and_never_sent_again(confirmed, draft, work, sandbox, fault):
    operation = confirmed(draft)
    sandbox.order(method="POST", path="/api/experiments", **fault)
    relay.send(operation.pk)
    operation.refresh_from_db()
    assert operation.state == State.UNKNOWN
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    [effect] = created(sandbox)
    assert operation.remote_id == effect.experiment_id


def test_what_never_arrived_stays_unknown_until_a_late_copy_would_be_refused(confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    sandbox.order("reset", method="POST", path="/api/experiments", when="before")
    work()
    work()
    operation.refresh_from_db()
    assert operation.state == State.UNKNOWN
    for _ in range(2):
        past = timezone.now() - timedelta(minutes=5)
        put(operation, fence_at=past, not_before=past)
        operation.events.update(at=past)
        assert operation.state == State.UNKNOWN
        work()
        operation.refresh_from_db()
    assert operation.state == State.NOT_APPLIED
    assert not created(sandbox)
    draft.refresh_from_db()
    assert draft.is_open


def test_a_lagging_listing_is_looked_at_again(confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    sandbox.order("lag", method="POST", path="/api/experiments", seconds=0.5)
    sandbox.order("reset", method="POST", path="/api/experiments", when="after")
    relay.send(operation.pk)
    relay.reconcile(operation.pk)
    operation.refresh_from_db()
    assert operation.state == State.UNKNOWN
    sandbox.set_clock(offset_seconds=5)
    relay.look_now(operation)
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    assert len(created(sandbox)) == 1


def test_a_refused_connection_is_tried_again_later_and_sends_once(confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    sandbox.order("refuse", times=1)
    relay.send(operation.pk)
    operation.refresh_from_db()
    # A reset right at the start may come before or after "connected": both are safe, only the first is retried.
    assert operation.state in {State.RETRY_WAIT, State.UNKNOWN}
    assert not created(sandbox)


def test_an_unreachable_airship_is_tried_again_and_nothing_is_sent_twice(confirmed, draft, work, sandbox, settings):
    operation = confirmed(draft)
    host = sandbox.url
    closed = "http://127.0.0.1:1"
    settings.PROVIDER_URLS = {("airship", "eu"): closed, ("airship", "us"): closed}
    connection = operation.connection
    connection.host = closed
    connection.secret = ""
    connection.seal_secret(sandbox.secret, closed, operation.by)
    connection.save()
    relay.send(operation.pk)
    operation.refresh_from_db()
    assert operation.state == State.RETRY_WAIT
    assert operation.attempts.get().wire_at is None
    settings.PROVIDER_URLS = {("airship", "eu"): host, ("airship", "us"): host}
    connection.secret = ""
    connection.seal_secret(sandbox.secret, host, operation.by)
    connection.save()
    Operation.objects.filter(pk=operation.pk).update(not_before=timezone.now() - timedelta(seconds=5))
    relay.sweep()
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    assert len(created(sandbox)) == 1


def test_429_is_waited_out_and_sent_once(confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    sandbox.order("status", method="POST", path="/api/experiments", status=429, retry_after=7, body="{}")
    work()
    operation.refresh_from_db()
    assert operation.state == State.RETRY_WAIT
    assert operation.not_before >= timezone.now() + timedelta(seconds=5)
    Operation.objects.filter(pk=operation.pk).update(not_before=timezone.now() - timedelta(seconds=5))
    relay.sweep()
    work()
    assert len(created(sandbox)) == 1


def test_a_redirect_is_not_followed(confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    sandbox.order("redirect", method="POST", path="/api/experiments", status=307, location="/api/experiments")
    work()
    operation.refresh_from_db()
    assert operation.state == State.REJECTED
    assert not created(sandbox)


@pytest.mark.django_db(transaction=True)
def test_twenty_workers_take_one_operation_once(confirmed, draft, sandbox):
    operation = confirmed(draft)
    from django.db import connection as database

    def run():
        try:
            relay.send(operation.pk)
        finally:
            database.close()

    threads = [threading.Thread(target=run) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(created(sandbox)) == 1
    assert Attempt.objects.filter(operation=operation).count() == 1


def test_a_role_lost_before_the_send_cancels_it(confirmed, draft, paula, work, sandbox):
    operation = confirmed(draft)
    paula.memberships.update(role=Role.EDITOR)
    work()
    operation.refresh_from_db()
    assert operation.state == State.CANCELLED
    assert not created(sandbox)


def test_a_new_secret_before_the_send_stops_it(confirmed, draft, connection, work, sandbox, alice):
    operation = confirmed(draft)
    connection.seal_secret(sandbox.secret, sandbox.url, alice)
    connection.save()
    work()
    operation.refresh_from_db()
    assert operation.state == State.REJECTED
    assert not created(sandbox)


def test_changed_bytes_are_never_sent(confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    put(operation, payload=operation.body.replace(b"Dry", b"Wet"))
    work()
    operation.refresh_from_db()
    assert operation.state == State.REJECTED
    assert not created(sandbox)


def test_what_is_too_near_to_its_time_expires_unsent(confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    put(operation, fence_at=timezone.now() + timedelta(seconds=20))
    work()
    operation.refresh_from_db()
    assert operation.state == State.EXPIRED
    assert not created(sandbox)


def test_a_stopped_workspace_sends_nothing_and_loses_nothing(confirmed, draft, workspace, work, sandbox):
    operation = confirmed(draft)
    workspace.is_sending_stopped = True
    workspace.save()
    work()
    operation.refresh_from_db()
    assert operation.state == State.QUEUED
    workspace.is_sending_stopped = False
    workspace.save()
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    assert len(created(sandbox)) == 1


def test_a_worker_that_lost_its_claim_while_connecting_sends_nothing(confirmed, draft, sandbox, monkeypatch):
    operation = confirmed(draft)

    def steal(taken):
        Operation.objects.filter(pk=taken.pk).update(claim_token=None)
        return original(taken)

    original = sending._go_on_wire
    with monkeypatch.context() as patch:
        patch.setattr(sending, "_go_on_wire", steal)
        relay.send(operation.pk)
    assert not created(sandbox)
    put(operation, state=State.QUEUED)
    relay.send(operation.pk)
    assert len(created(sandbox)) == 1


def test_an_immediate_send_goes_out_at_once_and_offers_no_undo(confirmed, write, work, sandbox):
    operation = confirmed(write(when={"mode": "now"}))
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    assert not operation.has_sent_schedule
    assert len(sandbox.effects(kind="started")) == 1


def test_a_lost_immediate_send_that_is_not_found_waits_for_a_person(confirmed, write, work, sandbox):
    operation = confirmed(write(when={"mode": "now"}))
    sandbox.order("reset", method="POST", path="/api/experiments", when="before")
    relay.send(operation.pk)
    long_ago = timezone.now() - timedelta(minutes=20)
    Operation.objects.filter(pk=operation.pk).update(unknown_since=long_ago)
    work()
    operation.refresh_from_db()
    assert operation.state == State.NEEDS_PERSON


def test_two_with_our_marker_are_a_conflict(confirmed, draft, work, sandbox):
    import requests

    operation = confirmed(draft)
    requests.post(
        f"{sandbox.url}/api/experiments",
        data=operation.body,
        auth=(sandbox.key, sandbox.secret),
        headers={"Accept": "application/vnd.urbanairship+json; version=3", "Content-Type": "application/json"},
        timeout=5,
    ).raise_for_status()
    sandbox.order("reset", method="POST", path="/api/experiments", when="after")
    work()
    work()
    operation.refresh_from_db()
    assert operation.state == State.CONFLICT
    assert len(operation.matches) == 2


@pytest.mark.parametrize("position", ["cut", "dropped"])
def test_a_listing_without_our_marker_needs_a_person_not_a_guess(confirmed, draft, work, sandbox, position):
    operation = confirmed(draft)
    sandbox.switch("description", position)
    sandbox.switch("description_cut", 10)
    sandbox.order("reset", method="POST", path="/api/experiments", when="after")
    work()
    work()
    operation.refresh_from_db()
    [effect] = created(sandbox)
    assert operation.state == State.NEEDS_PERSON
    assert operation.matches == [effect.experiment_id]
