"""Numbers 65 to 72, as far as one process can tell. Killed, frozen and full machines stand in other tests."""

import contextlib
import errno
import io
import logging
import re
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.checks import run_checks
from django.db import OperationalError, transaction
from django.db import connection as database
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError

from dashboard import checks
from experiments import failpoints, relay, tasks
from experiments.models import Attempt, Event, Kind, Operation, State
from experiments.relay import sending
from sandbox.server import Sandbox
from tests.bad.pages import check_page, confirm, send_address, token_in
from tests.threads import when_free
from tests.unguarded import put
from workspaces import vault
from workspaces.models import Connection, Workspace

SENDING = [
    point
    for point in failpoints.POINTS
    if not point.startswith(("submit", "hint", "reconcile", "sweep")) and point != "read_back_before"
]


def created(sandbox: Sandbox) -> list[Any]:
    return sandbox.effects(kind="created")


def later(operation: Operation) -> Operation:
    """The operation after its lease and every pause are over."""
    past = timezone.now() - timedelta(seconds=5)
    operation.refresh_from_db()
    put(operation, not_before=past, lease_until=past if operation.lease_until else None, created_at=past)
    return operation


# -- 65 and 66: workers


@pytest.mark.parametrize("point", SENDING)
def test_bad_65_a_worker_that_stumbles_anywhere_sends_at_most_once(confirmed, draft, work, sandbox, monkeypatch, point):
    operation = confirmed(draft)
    with monkeypatch.context() as patch:
        patch.setitem(failpoints.armed, point, "raise")
        with contextlib.suppress(failpoints.Stumbled):
            relay.send(operation.pk)
    for _ in range(3):
        later(operation)
        relay.sweep()
        work()
    operation.refresh_from_db()
    assert len(created(sandbox)) <= 1
    if created(sandbox):
        assert operation.state == State.SUCCEEDED
        assert operation.remote_id == created(sandbox)[0].experiment_id
    else:
        assert operation.state == State.UNKNOWN  # it waits for its time, and is closed then
    tried = Attempt.objects.filter(operation=operation, wire_at__isnull=False)
    assert tried.exclude(outcome="not_sent").count() <= 1


def test_bad_65_the_points_lead_through_every_state_of_a_send(confirmed, draft, work, sandbox):
    """The control of the test above: with nothing armed, all of them are passed and one test is made."""
    assert len(SENDING) > 12
    confirmed(draft)
    work()
    assert len(created(sandbox)) == 1


@pytest.mark.parametrize("asleep", ["_go_on_wire", "account_for"])
def test_bad_66_a_worker_that_was_frozen_for_ten_minutes_doubles_nothing(
    confirmed, draft, work, sandbox, monkeypatch, asleep
):
    """It falls asleep in a step of its own; meanwhile its lease ends and another worker sends. Then it wakes up."""
    operation, slept = confirmed(draft), list[bool]()
    step = getattr(sending, asleep)

    def sleeps(*args: Any, **kwargs: Any) -> Any:
        if not slept:
            slept.append(True)
            later(operation)
            relay.sweep()
            work()
        return step(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(sending, asleep, sleeps)
        relay.send(operation.pk)
    operation.refresh_from_db()
    assert slept
    assert operation.state == State.SUCCEEDED
    assert len(created(sandbox)) == 1


# -- 67 and 68: Redis and the database


@pytest.mark.parametrize("trouble", [BrokerError("refused"), ConnectionError("gone"), TimeoutError(), MemoryError()])
def test_bad_67_a_broker_in_trouble_is_never_a_reader_s_trouble(
    checked, draft, visit, paula, work, sandbox, monkeypatch, django_capture_on_commit_callbacks, trouble
):
    checked(draft)

    def away(*args: Any, **kwargs: Any) -> None:
        raise trouble

    for task in (tasks.send, tasks.reconcile, tasks.sync):
        monkeypatch.setattr(task, "delay", away)
    with django_capture_on_commit_callbacks(execute=True) as callbacks:
        answer = confirm(visit(paula), draft)
    assert callbacks
    operation = Operation.objects.get(kind=Kind.CREATE)
    assert answer.headers["Location"] == operation.get_absolute_url()
    assert visit(paula).get(operation.get_absolute_url()).status_code == 200
    later(operation)
    assert relay.sweep().to_send == [str(operation.pk)]
    work()
    assert len(created(sandbox)) == 1


def test_bad_68_without_the_commit_of_on_wire_nothing_leaves(confirmed, draft, work, sandbox, monkeypatch):
    operation = confirmed(draft)

    def lost(taken: Operation) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_go_on_wire", lost)
        with contextlib.suppress(OperationalError):
            relay.send(operation.pk)
    assert not created(sandbox)
    for _ in range(2):
        later(operation)
        relay.sweep()
        work()
    assert len(created(sandbox)) == 1


WORDS_OF_TROUBLE = [
    "the database system is starting up",
    "cannot execute UPDATE in a read-only transaction",
    "could not serialize access due to concurrent update",
    "canceling statement due to lock timeout",
    "sorry, too many clients already",
    "database is locked",
]


@pytest.mark.parametrize("words", WORDS_OF_TROUBLE)
@pytest.mark.parametrize(("method", "says"), [("get", "Load the page again"), ("post", "press again")])
def test_bad_68_a_database_in_trouble_is_a_503_that_promises_only_what_is_true(
    checked, draft, visit, paula, monkeypatch, words, method, says
):
    checked(draft)
    client = visit(paula)
    token = token_in(check_page(client, draft))
    client.raise_request_exception = False

    def away(*args: Any, **kwargs: Any) -> None:
        raise OperationalError(words)

    with monkeypatch.context() as patch:
        patch.setattr(database, "close_if_unusable_or_obsolete", lambda: None)  # the test's own transaction is in it
        patch.setattr(database, "cursor", away)
        response = getattr(client, method)(send_address(draft) if method == "post" else draft.get_absolute_url(), {})
    assert response.status_code == 503
    assert re.search(says, response.text)
    assert words not in response.text
    assert not Operation.objects.filter(kind=Kind.CREATE).exists()
    assert client.post(send_address(draft), {"token": token}).status_code == 302


# -- 69: a full disk


class FullDisk(io.StringIO):
    """A log on a disk without room."""

    def write(self, text: str) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


@pytest.fixture
def full_log(monkeypatch):
    monkeypatch.setattr(logging, "raiseExceptions", False)  # as production sets it
    handler, root = logging.StreamHandler(FullDisk()), logging.getLogger()
    root.addHandler(handler)
    yield handler
    root.removeHandler(handler)


def test_bad_69_a_log_that_cannot_be_written_aborts_no_recording(full_log, confirmed, draft, work, sandbox):
    with pytest.raises(OSError, match="No space"):
        full_log.stream.write("x")
    operation = confirmed(draft)
    sandbox.order("status", method="POST", path="/api/experiments", when="after", status=500, body="{}")
    work()
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    assert len(created(sandbox)) == 1
    assert operation.attempts.get().outcome


def test_bad_69_a_full_database_refuses_new_operations_whole(checked, draft, visit, paula, monkeypatch):
    checked(draft)
    client = visit(paula)
    token = token_in(check_page(client, draft))
    client.raise_request_exception = False
    original = Event.objects.create

    def full(*args: Any, **kwargs: Any) -> Event:
        if kwargs.get("reason") == "asked":
            raise OperationalError("could not extend file: No space left on device")
        return original(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(database, "close_if_unusable_or_obsolete", lambda: None)  # the test's own transaction is in it
        patch.setattr(Event.objects, "create", full)
        assert client.post(send_address(draft), {"token": token}).status_code == 503
    assert not Operation.objects.filter(kind=Kind.CREATE).exists()
    draft.refresh_from_db()
    assert draft.is_open
    assert client.post(send_address(draft), {"token": token}).status_code == 302


# -- 70: the keys that encrypt


def test_bad_70_without_keys_no_server_starts(settings):
    settings.MISSING_SETTINGS = ["CREDENTIAL_KEYS"]
    found = run_checks(tags=["configuration"], include_deployment_checks=True)  # the models' own ask the database
    assert "CREDENTIAL_KEYS is not set." in {str(problem.msg) for problem in found}
    with pytest.raises(SystemExit, match="CREDENTIAL_KEYS is not set"):
        checks.refuse_to_start_when_wrong()


@pytest.mark.parametrize("ring", [{}, {"other": "b" * 43 + "="}, {"test": "b" * 43 + "="}])
def test_bad_70_a_worker_with_other_keys_sends_nothing_and_says_so(
    confirmed, draft, work, sandbox, settings, connection, ring
):
    operation = confirmed(draft)
    settings.CREDENTIAL_KEYS = ring
    work()
    operation.refresh_from_db()
    assert operation.state == State.REJECTED
    assert operation.message
    assert not created(sandbox)
    connection.refresh_from_db()
    assert sandbox.secret not in connection.secret
    draft.refresh_from_db()
    assert draft.is_open


def test_bad_70_half_way_through_a_rotation_both_halves_open(connection, paywalls, settings):
    old = settings.CREDENTIAL_KEYS["test"]
    settings.CREDENTIAL_KEYS = {"new": "b" * 43 + "=", "test": old}
    assert connection.reveal_secret()
    paywalls.seal_secret("sk_rotated", paywalls.host, None)
    paywalls.save()
    assert [vault.is_current(one.secret) for one in (connection, paywalls)] == [False, True]
    assert paywalls.reveal_secret()
    settings.CREDENTIAL_KEYS = {"new": "b" * 43 + "="}
    with pytest.raises(vault.CannotOpen):
        connection.reveal_secret()
    assert paywalls.reveal_secret()


# -- 71 and 72: two of everything, and very many


@pytest.mark.django_db(transaction=True)
def test_bad_71_two_sweeps_at_once_move_each_row_once(confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    assert sending.claim(operation.pk)
    operation.refresh_from_db()
    put(operation, lease_until=timezone.now() - timedelta(seconds=5))
    start, failures = threading.Barrier(4), []

    def run() -> None:
        start.wait()
        try:
            when_free(relay.sweep)
        except Exception as error:
            failures.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    operation.refresh_from_db()
    assert operation.state == State.QUEUED
    assert operation.events.filter(reason="worker_gone").count() == 1
    work()
    assert len(created(sandbox)) == 1


def test_bad_71_every_message_twice_is_one_send(confirmed, draft, sandbox):
    operation = confirmed(draft)
    for _ in range(2):
        tasks.sweep.run()
        tasks.send.run(str(operation.pk))
        tasks.reconcile.run(str(operation.pk))
        tasks.send.run(str(uuid.uuid4()))  # of a row that is no more
    assert len(created(sandbox)) == 1


MANY = 10_000


def queued(connection: Connection, number: int, minutes: float, body: bytes) -> Operation:
    now = timezone.now()
    return Operation(
        workspace_id=connection.workspace_id,
        connection=connection,
        connection_version=connection.version,
        kind=Kind.CREATE,
        state=State.QUEUED,
        name=f"Test {number}",
        payload=body,
        sha256="0" * 64,
        fence_at=now + timedelta(minutes=minutes),
        not_before=now - timedelta(minutes=1),
        created_at=now - timedelta(minutes=1),
    )


def test_bad_72_of_ten_thousand_waiting_the_most_urgent_go_first(
    connection, charlie, elsewhere, sandbox, django_assert_max_num_queries
):
    urgent = Connection(workspace=elsewhere, provider="airship", name="Airship", region="eu", key="k" * 22)
    urgent.seal_secret("s" * 22, sandbox.url, charlie)
    urgent.save()
    rows = [queued(connection, number, 60 + number / 100, b"{}") for number in range(MANY)]
    first = queued(urgent, MANY, 20, b"{}")
    with transaction.atomic():
        Operation.objects.bulk_create([*rows, first], batch_size=1000)
    with django_assert_max_num_queries(20):
        found = relay.sweep()
    assert found.to_send[0] == str(first.pk)  # the other workspace does not wait behind ten thousand
    assert len(found.to_send) <= 500
    assert not Operation.objects.filter(pk__in=found.to_send, fence_at__gte=rows[1000].fence_at).exists()


def test_bad_72_what_waited_until_its_time_came_near_expires_and_is_never_sent_late(
    confirmed, draft, work, sandbox, connection
):
    operation = confirmed(draft)
    put(operation, fence_at=timezone.now() + timedelta(seconds=15))
    work()
    operation.refresh_from_db()
    assert operation.state == State.EXPIRED
    assert not created(sandbox)
    assert Workspace.objects.get(pk=connection.workspace_id).pk


@pytest.mark.parametrize("hours", [-1, 1])
def test_bad_72_a_clock_that_jumps_by_an_hour_sends_nothing_twice(confirmed, draft, work, sandbox, monkeypatch, hours):
    from experiments.relay import clock

    operation = confirmed(draft)
    work()
    monkeypatch.setattr(clock, "_ahead", timedelta(hours=hours))
    monkeypatch.setattr(clock, "_measure", lambda: timedelta(hours=hours))
    for _ in range(3):
        relay.sweep()
        work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    assert len(created(sandbox)) == 1
