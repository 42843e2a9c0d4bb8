"""What a dead worker, a lost message or a passed time leaves behind ends where it provably belongs."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from experiments import relay
from experiments.models import Operation, State
from experiments.providers.outcomes import Rejected
from experiments.relay import sending
from experiments.relay.moving import move
from tests.unguarded import put


def taken(operation: Operation) -> Operation:
    """The operation as the worker holds it that claimed it."""
    claimed = sending.claim(operation.pk)
    assert claimed is not None
    return claimed


def age(operation, **values):
    past = timezone.now() - timedelta(minutes=3)
    put(operation, lease_until=past, not_before=past, created_at=past, **values)


def test_a_lost_message_is_hinted_again(confirmed, draft):
    operation = confirmed(draft)
    assert str(operation.pk) not in relay.sweep().to_send
    age(operation)
    assert str(operation.pk) in relay.sweep().to_send


def test_a_worker_that_died_before_the_wire_is_replaced(confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    taken(operation)
    age(operation)
    relay.sweep()
    operation.refresh_from_db()
    assert operation.state == State.QUEUED
    work()
    assert len(sandbox.effects(kind="created")) == 1


def test_a_worker_that_died_on_the_wire_leaves_it_unknown_not_queued(confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    claimed = taken(operation)
    sending._go_on_wire(claimed)
    age(operation)
    relay.sweep()
    operation.refresh_from_db()
    assert operation.state == State.UNKNOWN
    work()
    assert not sandbox.effects(kind="created")


def test_a_worker_frozen_before_the_wire_cannot_send_after_it_was_replaced(confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    frozen = taken(operation)
    age(operation)
    relay.sweep()
    work()
    with pytest.raises(sending.ClaimLost):
        sending._go_on_wire(frozen)
    assert len(sandbox.effects(kind="created")) == 1


def test_a_late_answer_after_the_sweep_still_counts(confirmed, draft, sandbox):
    operation = confirmed(draft)
    claimed = taken(operation)
    account = sending._account_unless_stopped(claimed)
    assert account is not None
    result = sending._call(claimed, account, lambda: sending._go_on_wire(claimed))
    age(operation)
    relay.sweep()
    operation.refresh_from_db()
    assert operation.state == State.UNKNOWN
    sending.record_success(claimed, result)
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    assert [event.to_state for event in operation.events.all()][-2:] == [State.UNKNOWN, State.SUCCEEDED]
    assert len(sandbox.effects(kind="created")) == 1


def test_a_late_no_counts_as_well(confirmed, draft, sandbox):
    operation = confirmed(draft)
    claimed = taken(operation)
    sending._go_on_wire(claimed)
    age(operation)
    relay.sweep()
    sending.record_failure(claimed, Rejected("refused", "Not like that."))
    operation.refresh_from_db()
    assert (operation.state, operation.message) == (State.REJECTED, "Not like that.")


def test_a_late_answer_of_an_earlier_claim_counts_for_nothing(confirmed, draft, sandbox):
    operation = confirmed(draft)
    claimed = taken(operation)
    sending._go_on_wire(claimed)
    age(operation)
    relay.sweep()
    Operation.objects.filter(pk=operation.pk).update(claim_token=uuid.uuid4())
    sending.record_failure(claimed, Rejected("refused", "Not like that."))
    operation.refresh_from_db()
    assert operation.state == State.UNKNOWN


def test_what_waits_for_another_try_expires_when_its_time_is_near(confirmed, draft):
    operation = confirmed(draft)
    age(operation, state=State.RETRY_WAIT, fence_at=timezone.now() + timedelta(seconds=10))
    relay.sweep()
    operation.refresh_from_db()
    assert operation.state == State.EXPIRED


def test_an_abandoned_look_up_is_taken_up_again(confirmed, draft, work, sandbox):
    operation = confirmed(draft)
    age(operation, state=State.RECONCILING)
    assert str(operation.pk) in relay.sweep().to_look_up


def test_sweeping_twice_changes_nothing_more(confirmed, draft):
    operation = confirmed(draft)
    age(operation, state=State.RETRY_WAIT)
    relay.sweep()
    events = operation.events.count()
    relay.sweep()
    assert operation.events.count() == events


def test_a_move_with_another_claims_token_does_nothing(confirmed, draft):
    operation = confirmed(draft)
    claimed = taken(operation)
    assert not move(claimed, State.ON_WIRE, token=uuid.uuid4())
    claimed.refresh_from_db()
    assert claimed.state == State.CLAIMED
