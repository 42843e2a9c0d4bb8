"""Where the sweep puts what was left behind, and whom it names: nothing a moment too early, nothing twice."""

import uuid
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError

from experiments.models import Attempt, Kind, Operation, State
from experiments.relay import gate, spool, sweeping
from experiments.relay.saying import NOT_THERE, THERE
from experiments.relay.sending import record_late
from tests.decisions.conftest import MINUTE, NOW, SECOND

LONGEST_CALL = 40 * SECOND
EXPIRED = "Its time came too near. Nothing was sent."


@pytest.fixture(autouse=True)
def open_gate(monkeypatch, settings):
    """Nobody stopped anything, and nobody was restored; `why` can be set to what says otherwise."""
    settings.LATE_AFTER = 600
    said = {"why": ""}
    monkeypatch.setattr(gate, "move_on", lambda: said["why"])
    monkeypatch.setattr(gate, "look_around", lambda: "")
    return said


@pytest.fixture
def taken(unclear):
    """An operation that a worker holds, with its open attempt."""

    def make(state, **given):
        given = {"claim_token": uuid.uuid4(), "attempt_count": 1, "lease_until": NOW, "unknown_since": None} | given
        operation = unclear(state, **given)
        wire_at = NOW if state == State.ON_WIRE else None
        Attempt.objects.create(operation=operation, number=1, claim_token=uuid.uuid4(), wire_at=wire_at)
        return operation

    return make


def stored(operation):
    return Operation.objects.get(pk=operation.pk)


def swept(operation):
    sweeping.sweep()
    return stored(operation)


def sent(found):
    return set(found.to_send)


# A worker that is gone


def test_a_claim_whose_lease_is_over_may_be_taken_again(taken):
    operation = taken(State.CLAIMED)
    seen = swept(operation)
    assert (seen.state, seen.reason, seen.lease_until) == (State.QUEUED, "worker_gone", None)
    attempt = operation.attempts.get()
    assert (attempt.outcome, attempt.reason, attempt.ended_at) == ("not_sent", "worker_gone", NOW)


@pytest.mark.parametrize(
    ("kind", "state", "outcome", "unknown_since"),
    [
        (Kind.CREATE, State.UNKNOWN, "unknown", NOW),
        (Kind.DELETE, State.UNKNOWN, "unknown", NOW),
        (Kind.VALIDATE, State.RETRY_WAIT, "abandoned", None),
    ],
)
def test_a_call_whose_lease_is_over_is_unknown_unless_it_changes_nothing(taken, kind, state, outcome, unknown_since):
    operation = taken(State.ON_WIRE, kind=kind, not_before=NOW - MINUTE)
    sweeping._lose(operation)
    seen = stored(operation)
    assert (seen.state, seen.reason, seen.lease_until) == (state, "worker_gone", None)
    assert (seen.unknown_since, seen.not_before) == (unknown_since, NOW)
    attempt = operation.attempts.get()
    assert (attempt.outcome, attempt.reason, attempt.ended_at) == (outcome, "worker_gone", NOW)


@pytest.mark.parametrize("state", [State.CLAIMED, State.ON_WIRE, State.RECONCILING])
def test_a_lease_that_holds_is_left_alone(taken, state):
    assert swept(taken(state, lease_until=NOW + SECOND)).state == state
    assert swept(taken(state, lease_until=NOW)).state != state


def test_a_call_is_swept_to_unknown(taken):
    assert swept(taken(State.ON_WIRE)).state == State.UNKNOWN


@pytest.mark.parametrize(("state", "act"), [(State.CLAIMED, sweeping._unclaim), (State.ON_WIRE, sweeping._lose)])
@pytest.mark.parametrize("kind", [Kind.CREATE, Kind.VALIDATE])
def test_who_was_replaced_in_the_meantime_is_not_swept(taken, state, act, kind):
    operation = taken(state, kind=kind)
    Operation.objects.filter(pk=operation.pk).update(claim_token=uuid.uuid4())  # another worker's claim
    act(operation)
    assert stored(operation).state == state
    assert operation.attempts.get().outcome == ""


def test_only_the_open_attempt_is_closed(taken):
    operation = taken(State.CLAIMED, attempt_count=2)
    Attempt.objects.create(
        operation=operation, number=2, claim_token=uuid.uuid4(), outcome="not_sent", reason="refused"
    )
    assert swept(operation).state == State.QUEUED
    assert list(operation.attempts.values_list("outcome", "reason")) == [("", ""), ("not_sent", "refused")]


def test_an_abandoned_look_up_is_due_at_once(unclear):
    seen = swept(unclear(State.RECONCILING, lease_until=NOW, not_before=NOW - MINUTE))
    assert (seen.state, seen.reason, seen.lease_until, seen.not_before) == (State.UNKNOWN, "abandoned", None, NOW)


def test_what_waits_for_a_person_waits_on_whatever_its_lease_says(unclear):
    assert swept(unclear(State.NEEDS_PERSON, lease_until=NOW)).state == State.NEEDS_PERSON


def test_outcomes_that_could_not_be_stored_are_taken_up_first(db, monkeypatch):
    taken_up: list[object] = []
    monkeypatch.setattr(spool, "take_up", taken_up.append)
    sweeping.sweep()
    assert taken_up == [record_late]


# What waits for another try


@pytest.mark.parametrize(
    ("given", "state", "reason", "message"),
    [
        ({}, State.QUEUED, "again", ""),
        ({"not_before": NOW + SECOND}, State.RETRY_WAIT, "", ""),
        ({"attempt_count": 4}, State.QUEUED, "again", ""),
        ({"attempt_count": 5}, State.EXPIRED, "tried_often", ""),
        ({"attempt_count": 6, "reason": "refused"}, State.EXPIRED, "refused", ""),
        ({"fence_at": NOW + LONGEST_CALL}, State.QUEUED, "again", ""),
        ({"fence_at": NOW + LONGEST_CALL - SECOND}, State.EXPIRED, "too_late", EXPIRED),
        ({"fence_at": NOW, "kind": Kind.DELETE}, State.QUEUED, "again", ""),
        ({"created_at": NOW - 10 * MINUTE}, State.QUEUED, "again", ""),
        ({"created_at": NOW - 10 * MINUTE, "kind": Kind.DELETE}, State.QUEUED, "again", ""),
        ({"created_at": NOW - 10 * MINUTE, "kind": Kind.DELETE, "attempt_count": 5}, State.EXPIRED, "tried_often", ""),
    ],
)
def test_another_try_is_made_while_there_is_time_and_patience(unclear, given, state, reason, message):
    seen = swept(unclear(State.RETRY_WAIT, **given))
    assert (seen.state, seen.reason, seen.message) == (state, reason, message)


def test_another_try_that_is_too_late_waits_for_a_person(unclear):
    seen = swept(unclear(State.RETRY_WAIT, created_at=NOW - 10 * MINUTE - SECOND))
    assert (seen.state, seen.reason) == (State.PARKED, "late")


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({"fence_at": NOW + LONGEST_CALL}, State.EXPIRED),
        ({"fence_at": NOW + LONGEST_CALL + SECOND}, State.PARKED),
        ({"fence_at": NOW, "kind": Kind.DELETE}, State.PARKED),
        ({}, State.PARKED),
    ],
)
def test_what_was_parked_expires_at_its_time(unclear, given, state):
    seen = swept(unclear(State.PARKED, **given))
    assert (seen.state, seen.reason, seen.message) == (
        (state, "too_late", EXPIRED) if state == State.EXPIRED else (state, "", "")
    )


def test_what_waited_too_long_is_parked_unless_everything_is_closed(unclear, open_gate):
    old = {"created_at": NOW - 11 * MINUTE, "fence_at": None}
    open_gate["why"] = "The data was restored."
    operation = unclear(State.QUEUED, **old)
    assert swept(operation).state == State.QUEUED
    open_gate["why"] = ""
    assert swept(operation).state == State.PARKED


# Who is told


@pytest.mark.parametrize(
    ("given", "is_named"),
    [
        ({}, True),
        ({"not_before": NOW - 2 * SECOND + timedelta(microseconds=1)}, False),
        ({"created_at": NOW - 2 * SECOND + timedelta(microseconds=1)}, False),
        ({"state": State.PARKED}, False),
        ({"state": State.UNKNOWN}, False),
    ],
)
def test_what_is_queued_for_two_seconds_is_hinted_again(unclear, given, is_named):
    given = {"state": State.QUEUED, "not_before": NOW - 2 * SECOND, "created_at": NOW - 2 * SECOND} | given
    operation = unclear(given.pop("state"), **given)
    assert sent(sweeping.sweep()) == ({str(operation.pk)} if is_named else set())


def test_a_closed_gate_names_only_checks(unclear, open_gate):
    open_gate["why"] = "The data was restored."
    due = {"not_before": NOW - MINUTE, "created_at": NOW - MINUTE}
    unclear(State.QUEUED, **due)
    check = unclear(State.QUEUED, kind=Kind.VALIDATE, **due)
    assert sent(sweeping.sweep()) == {str(check.pk)}


@pytest.mark.parametrize(
    ("state", "given", "is_named"),
    [
        (State.UNKNOWN, {}, True),
        (State.UNKNOWN, {"not_before": NOW + SECOND}, False),
        (State.CONFLICT, {}, True),
        (State.CONFLICT, {"not_before": NOW + SECOND}, False),
        (State.RECONCILING, {"reason": THERE}, True),
        (State.RECONCILING, {"reason": NOT_THERE}, True),
        (State.RECONCILING, {"reason": THERE, "not_before": NOW + SECOND}, True),
        (State.RECONCILING, {"reason": THERE, "lease_until": NOW + SECOND}, False),
        (State.RECONCILING, {"reason": "timeout"}, False),
        (State.NEEDS_PERSON, {}, False),
        (State.NEEDS_PERSON, {"reason": THERE}, False),
        (State.QUEUED, {}, False),
    ],
)
def test_what_is_unclear_and_due_is_looked_up(unclear, state, given, is_named):
    operation = unclear(state, **given)
    assert sweeping.sweep().to_look_up == ([str(operation.pk)] if is_named else [])


def test_the_nearest_fence_goes_first(unclear):
    due = {"not_before": NOW - MINUTE, "created_at": NOW - MINUTE}
    later = unclear(State.QUEUED, fence_at=NOW + 9 * MINUTE, **due)
    sooner = unclear(State.QUEUED, fence_at=NOW + 5 * MINUTE, **due)
    assert sweeping.sweep().to_send == [str(sooner.pk), str(later.pk)]


def test_what_nothing_fences_does_not_wait_behind_what_has_time(unclear):
    due = {"not_before": NOW - MINUTE, "created_at": NOW - MINUTE}
    fenced = unclear(State.QUEUED, fence_at=NOW + 5 * MINUTE, **due)
    at_once = unclear(State.QUEUED, fence_at=None, **due)
    assert sweeping.sweep().to_send == [str(at_once.pk), str(fenced.pk)]


def test_a_sweep_takes_two_hundred_at_once(airship):
    row = {"workspace": airship.workspace, "connection": airship, "connection_version": 1, "kind": Kind.CREATE}
    row |= {"name": "Tone", "state": State.UNKNOWN, "not_before": NOW, "created_at": NOW}
    Operation.objects.bulk_create(Operation(**row) for _ in range(201))
    assert len(sweeping.sweep().to_look_up) == 200


# A row that cannot be moved now


def test_a_locked_row_does_not_hold_up_the_others(unclear, monkeypatch):
    acted = []

    def act(operation):
        acted.append(operation)
        raise OperationalError("lock timeout")

    operation = unclear(State.CLAIMED)
    monkeypatch.setattr(sweeping, "connection", SimpleNamespace(is_usable=lambda: True))
    sweeping._if_free(act, operation)
    monkeypatch.setattr(sweeping, "connection", SimpleNamespace(is_usable=lambda: False))
    with pytest.raises(OperationalError):
        sweeping._if_free(act, operation)
    assert acted == [operation, operation]


# What was made and not read back yet

MADE = {"finished_at": NOW, "not_before": NOW, "look_count": 0}


@pytest.mark.parametrize(
    ("given", "is_read"),
    [
        ({}, True),
        ({"kind": Kind.DELETE}, False),
        ({"state": State.REJECTED}, False),
        ({"read_back_at": NOW}, False),
        ({"undone_at": NOW}, False),
        ({"not_before": NOW + SECOND}, False),
        ({"finished_at": NOW - 30 * MINUTE}, True),
        ({"finished_at": NOW - 30 * MINUTE - SECOND}, False),
        ({"look_count": 19}, True),
        ({"look_count": 20}, False),
    ],
)
def test_what_was_made_is_read_back_for_half_an_hour(unclear, monkeypatch, given, is_read):
    read: list[Operation] = []
    monkeypatch.setattr(sweeping, "read_back", read.append)
    given = MADE | {"state": State.SUCCEEDED} | given
    operation = unclear(given.pop("state"), **given)
    sweeping.sweep()
    assert read == ([operation] if is_read else [])


def test_five_are_read_back_in_each_sweep(unclear, monkeypatch):
    read: list[Operation] = []
    monkeypatch.setattr(sweeping, "read_back", read.append)
    for _ in range(6):
        unclear(State.SUCCEEDED, **MADE)
    sweeping.sweep()
    assert len(read) == 5
