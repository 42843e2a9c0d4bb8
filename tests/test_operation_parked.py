"""What is late does not go out by itself: a publisher sends it on as it was confirmed, or cancels it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from experiments import relay
from experiments.models import Draft, Operation, State, Status
from experiments.relay import gate
from tests.unguarded import unguarded
from workspaces.models import Connection, Installation, Membership, Workspace

AT_ONCE = {"mode": "now"}


@pytest.fixture(autouse=True)
def own_witness(settings, tmp_path):
    settings.DATA_DIR = tmp_path
    gate.forget()


def age(operation: Operation, minutes: float, **values) -> None:
    past = timezone.now() - timedelta(minutes=minutes)
    with unguarded():
        Operation.objects.filter(pk=operation.pk).update(created_at=past, not_before=past, **values)
        operation.events.update(at=past)


@pytest.fixture
def parked(confirmed, write):
    """A send at once that was confirmed 20 minutes ago."""
    operation = confirmed(write(when=AT_ONCE))
    age(operation, 20)
    relay.sweep()
    operation.refresh_from_db()
    assert (operation.state, operation.reason) == (State.PARKED, "late")
    return operation


def address(name: str, operation: Operation) -> str:
    return reverse(name, args=["marlow", operation.pk])


def state(operation: Operation) -> str:
    operation.refresh_from_db()
    return operation.state


def test_a_worker_parks_what_it_finds_late_instead_of_sending_it(confirmed, write, sandbox):
    late = confirmed(write(when=AT_ONCE))
    age(late, 15.1)
    relay.send(late.pk)
    in_time = confirmed(write(when=AT_ONCE, name="In time"))
    age(in_time, 14.5)
    relay.send(in_time.pk)
    assert (state(late), state(in_time)) == (State.PARKED, State.SUCCEEDED)
    assert [effect.name for effect in sandbox.effects(kind="created")] == ["In time"]
    draft = Draft.objects.get(pk=late.draft_id)
    assert (draft.status, draft.needs_attention) == (Status.SENDING, True)


def test_the_tolerance_is_a_setting(confirmed, write, settings):
    settings.LATE_AFTER = 3600
    operation = confirmed(write(when=AT_ONCE))
    age(operation, 59)
    relay.send(operation.pk)
    assert state(operation) == State.SUCCEEDED


def test_a_retry_that_comes_late_is_parked(confirmed, write, sandbox):
    operation = confirmed(write(when=AT_ONCE))
    sandbox.order("status", method="POST", path="/api/experiments", status=429, retry_after=7, body="{}")
    relay.send(operation.pk)
    assert state(operation) == State.RETRY_WAIT
    age(operation, 20)
    relay.sweep()
    assert state(operation) == State.PARKED


def test_what_has_a_fence_keeps_its_own_time(confirmed, write, work):
    tomorrow = (timezone.now() + timedelta(days=1)).replace(microsecond=0)
    draft = write(when={"mode": "soon"})
    operation = confirmed(draft)
    age(operation, 20, fence_at=tomorrow)
    relay.sweep()
    relay.send(operation.pk)
    assert state(operation) == State.SUCCEEDED  # held for tomorrow, as confirmed
    soon = confirmed(write(name="Soon"))
    age(soon, 20, fence_at=timezone.now() - timedelta(minutes=10))
    relay.send(soon.pk)
    assert state(soon) == State.EXPIRED


def test_taking_back_is_never_too_late_to_try(confirmed, draft, work, paula):
    operation = confirmed(draft)
    work()
    operation.refresh_from_db()
    undo = relay.undo(operation, paula)
    age(undo, 20)
    relay.sweep()
    relay.send(undo.pk)
    assert state(undo) == State.SUCCEEDED


@pytest.mark.parametrize("who", ["workspace", "installation"])
def test_while_sending_is_stopped_nothing_is_parked_and_late_counts_from_the_release(confirmed, write, who):
    operation = confirmed(write(when=AT_ONCE))
    age(operation, 20)
    Workspace.objects.update(is_sending_stopped=who == "workspace")
    if who == "installation":
        Installation.switch(stopped=True, why="Look first.", by=None)
    relay.sweep()
    assert state(operation) == State.QUEUED
    Workspace.objects.update(is_sending_stopped=False)
    Installation.switch(stopped=False, why="", by=None)
    relay.sweep()
    assert state(operation) == State.PARKED


def test_a_publisher_sends_it_on_as_it_was_confirmed(parked, visit, paula, sandbox):
    page = visit(paula).get(address("operation_detail", parked)).text
    assert "It has waited too long" in page
    assert "Send it on" in page
    unsure = visit(paula).post(address("operation_send_on", parked), follow=True)
    assert "Tick that it is right" in unsure.text
    assert state(parked) == State.PARKED
    for _ in range(2):
        visit(paula).post(address("operation_send_on", parked), {"sure": "yes"})
    assert state(parked) == State.QUEUED
    assert not Draft.objects.get(pk=parked.draft_id).needs_attention
    relay.sweep()
    relay.send(parked.pk)
    assert state(parked) == State.SUCCEEDED
    effect = sandbox.effects(kind="created")[0]
    assert effect.sha256 == parked.sha256
    assert len(sandbox.effects(kind="created")) == 1
    text = visit(paula).get(address("operation_detail", parked)).text
    assert "Paula sent it on" in text


def test_a_publisher_cancels_it_and_the_draft_is_free(parked, visit, paula, sandbox):
    visit(paula).post(address("operation_drop", parked))
    assert state(parked) == State.CANCELLED
    draft = Draft.objects.get(pk=parked.draft_id)
    assert (draft.status, draft.needs_attention) == (Status.DRAFT, False)
    again = visit(paula).post(address("operation_send_on", parked), {"sure": "yes"}, follow=True)
    assert "does not wait for a decision any more" in again.text
    assert sandbox.effects() == []


def test_others_see_it_without_a_button(parked, visit, vera, bob):
    for person in (vera, bob):
        text = visit(person).get(address("operation_detail", parked)).text
        assert "It waits for a person." in text
        assert "Send it on" not in text
        assert visit(person).post(address("operation_send_on", parked), {"sure": "yes"}).status_code == 403
    assert state(parked) == State.PARKED


def test_sending_it_on_asks_again_what_the_worker_asks(parked, paula, sandbox):
    def refused() -> str:
        parked.refresh_from_db()
        with pytest.raises(relay.Refused) as refusal:
            relay.send_on(Operation.objects.select_related("workspace", "connection", "by").get(pk=parked.pk), paula)
        return refusal.value.code

    Installation.switch(stopped=True, why="Look first.", by=None)
    assert refused() == "closed"
    Installation.switch(stopped=False, why="", by=None)
    Connection.objects.update(health=Connection.Health.REFUSED)
    assert refused() == "connection_not_working"
    Connection.objects.update(health=Connection.Health.ACTIVE, version=2)
    assert refused() == "connection_changed"
    Connection.objects.update(version=1)
    confirmed = parked.body
    with unguarded():
        Operation.objects.filter(pk=parked.pk).update(payload=b'{"name": "Other"}')
    assert refused() == "changed_bytes"
    with unguarded():
        Operation.objects.filter(pk=parked.pk).update(payload=confirmed)
    Membership.objects.filter(user=paula).update(role="editor")
    assert refused() == "role"
    assert state(parked) == State.PARKED
    Membership.objects.filter(user=paula).update(role="publisher")
    relay.send_on(Operation.objects.select_related("workspace", "connection", "by").get(pk=parked.pk), paula)
    assert state(parked) == State.QUEUED
    assert sandbox.effects() == []


def test_a_parked_send_whose_time_comes_expires(confirmed, draft):
    from experiments.relay.parking import RESTORED, park

    operation = confirmed(draft)
    assert park(operation, RESTORED)
    relay.sweep()
    assert state(operation) == State.PARKED
    age(operation, 1, fence_at=timezone.now() + timedelta(seconds=30))
    relay.sweep()
    assert state(operation) == State.EXPIRED
    assert Draft.objects.get(pk=operation.draft_id).status == Status.DRAFT
