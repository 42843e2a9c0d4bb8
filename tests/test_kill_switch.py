"""Stopping all sending, for one workspace or for the whole installation: within one claim, shown everywhere, no loss."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse

from experiments import relay
from experiments.models import Kind, Operation, State
from experiments.relay import sending
from tests.conftest import PASSWORD
from workspaces.models import AuditEntry, Installation, User, Workspace

WHY = "The wrong audience was imported."


@pytest.fixture
def olga(db) -> User:
    return User.objects.create_superuser("olga@example.com", PASSWORD, name="Olga")


def stop(workspace: Workspace | None = None) -> None:
    if workspace:
        Workspace.objects.filter(pk=workspace.pk).update(is_sending_stopped=True)
    else:
        Installation.switch(stopped=True, why=WHY, by=None)


def go() -> None:
    Workspace.objects.update(is_sending_stopped=False)
    Installation.switch(stopped=False, why="", by=None)


@pytest.fixture(params=["workspace", "installation"])
def scope(request, workspace):
    return workspace if request.param == "workspace" else None


def effects(sandbox) -> list[str]:
    return [effect.kind for effect in sandbox.ledger]


def test_what_is_queued_is_not_claimed_and_goes_on_when_released(confirmed, draft, sandbox, scope):
    operation = confirmed(draft)
    stop(scope)
    assert relay.sweep().to_send == []
    relay.send(operation.pk)
    operation.refresh_from_db()
    assert (operation.state, operation.attempt_count) == (State.QUEUED, 0)
    go()
    relay.send(operation.pk)
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED


def test_a_stop_between_claim_and_wire_is_seen_before_the_first_byte(confirmed, draft, scope, monkeypatch, sandbox):
    operation = confirmed(draft)
    before = len(sandbox.calls) if hasattr(sandbox, "calls") else None
    call = sending._call

    def stopped_meanwhile(*args):
        stop(scope)
        return call(*args)

    monkeypatch.setattr(sending, "_call", stopped_meanwhile)
    relay.send(operation.pk)
    operation.refresh_from_db()
    assert (operation.state, operation.reason) == (State.QUEUED, "stopped")
    attempt = operation.attempts.get()
    assert (attempt.wire_at, attempt.outcome) == (None, "not_sent")
    assert before is None or len(sandbox.calls) == before

    monkeypatch.setattr(sending, "_call", call)
    go()
    relay.send(operation.pk)
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
