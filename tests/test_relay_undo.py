"""Taking back what has not gone out, told as what it was: deleted, gone already, too late, or not known."""

from datetime import timedelta

import pytest
from django.utils import timezone

from experiments import relay
from experiments.accounts import account_for
from experiments.models import Experiment, Kind, Operation, State, Status
from experiments.providers import client
from tests.unguarded import put


@pytest.fixture
def airship_deletes(connection):
    """Somebody deletes a test in Airship's own dashboard."""
    return lambda remote_id: client("airship").delete(account_for(connection), remote_id)


@pytest.fixture
def sent(confirmed, draft, work) -> Operation:
    operation = confirmed(draft)
    work()
    operation.refresh_from_db()
    return operation


def test_undo_deletes_it_at_airship_before_it_goes_out(sent, paula, work, sandbox, draft):
    undo = relay.undo(sent, paula)
    work()
    undo.refresh_from_db()
    sent.refresh_from_db()
    draft.refresh_from_db()
    assert undo.state == State.SUCCEEDED
    assert len(sandbox.effects(kind="deleted")) == 1
    assert sent.undone_at is not None
    assert draft.is_open
    assert Experiment.objects.get(remote_id=sent.remote_id).status == Status.DELETED


def test_undo_pressed_twice_is_one_undo(sent, paula, work, sandbox):
    assert relay.undo(sent, paula).pk == relay.undo(sent, paula).pk
    work()
    assert Operation.objects.filter(kind=Kind.DELETE).count() == 1
    assert len(sandbox.effects(kind="deleted")) == 1


def test_an_undone_draft_can_be_sent_again_as_a_new_operation(sent, paula, work, draft, confirmed, sandbox):
    relay.undo(sent, paula)
    work()
    draft.refresh_from_db()
    again = confirmed(draft)
    work()
    assert again.pk != sent.pk
    assert len(sandbox.effects(kind="created")) == 2


def test_after_the_start_it_is_too_late_and_never_called_deleted(sent, paula, work, sandbox):
    undo = relay.undo(sent, paula)
    sandbox.set_clock(offset_seconds=3600)
    work()
    undo.refresh_from_db()
    sent.refresh_from_db()
    assert (undo.state, undo.reason) == (State.REJECTED, "too_late")
    assert sent.undone_at is None


def test_after_its_time_undo_is_not_offered(sent, paula):
    put(sent, fence_at=timezone.now() - timedelta(seconds=1))
    sent.refresh_from_db()
    with pytest.raises(relay.Refused):
        relay.undo(sent, paula)


def test_gone_already_is_told_as_gone(sent, paula, work, airship_deletes, sandbox):
    undo = relay.undo(sent, paula)
    airship_deletes(sent.remote_id)
    work()
    work()
    undo.refresh_from_db()
    assert (undo.state, undo.reason) == (State.SUCCEEDED, "already_gone")
    assert len(sandbox.effects(kind="deleted")) == 1


def test_no_such_test_is_not_believed_while_airship_still_shows_it(sent, paula, work, sandbox):
    sandbox.order("status", method="DELETE", status=404, body='{"ok":false,"error":"Entity not found"}')
    undo = relay.undo(sent, paula)
    work()
    work()
    undo.refresh_from_db()
    sent.refresh_from_db()
    assert undo.state == State.UNKNOWN
    assert sent.undone_at is None
    put(undo, not_before=timezone.now())
    work()
    undo.refresh_from_db()
    assert undo.state == State.SUCCEEDED
    assert len(sandbox.effects(kind="deleted")) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_undo_without_an_answer_is_unknown_then_asked_again(sent, paula, work, sandbox, when):
    sandbox.order("reset", method="DELETE", when=when)
    undo = relay.undo(sent, paula)
    relay.send(undo.pk)
    undo.refresh_from_db()
    assert undo.state == State.UNKNOWN
    sent.refresh_from_db()
    assert sent.undone_at is None
    work()
    undo.refresh_from_db()
    assert undo.state == State.SUCCEEDED
    assert len(sandbox.effects(kind="deleted")) == 1


def test_an_editor_cannot_undo(sent, bob):
    with pytest.raises(relay.Refused):
        relay.undo(sent, bob)


def test_a_scheduled_experiment_of_somebody_else_can_be_deleted(sent, paula, work, sandbox):
    experiment = Experiment.objects.get(remote_id=sent.remote_id)
    operation = relay.delete_experiment(experiment, paula)
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    assert operation.undoes == sent


def test_a_sent_experiment_cannot_be_deleted(sent, paula):
    experiment = Experiment.objects.get(remote_id=sent.remote_id)
    Experiment.objects.filter(pk=experiment.pk).update(status=Status.FINISHED)
    experiment.refresh_from_db()
    with pytest.raises(relay.Refused):
        relay.delete_experiment(experiment, paula)
