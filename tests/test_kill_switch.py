"""Stopping all sending, in one workspace or everywhere: within one claim, shown on every page, and nothing is lost."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from experiments import relay
from experiments.models import Operation, State
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
    """Which of the two switches is thrown: the workspace's own, or None for the one of the installation."""
    return workspace if request.param == "workspace" else None


def states(operation: Operation) -> tuple[str, int]:
    operation.refresh_from_db()
    return operation.state, operation.attempt_count


def test_what_is_queued_is_not_claimed_and_goes_on_when_released(confirmed, draft, sandbox, scope):
    operation = confirmed(draft)
    stop(scope)
    Operation.objects.filter(pk=operation.pk).update(created_at=timezone.now() - timedelta(minutes=1))
    Operation.objects.filter(pk=operation.pk).update(not_before=timezone.now() - timedelta(minutes=1))
    assert relay.sweep().to_send == []
    relay.send(operation.pk)
    assert states(operation) == (State.QUEUED, 0)
    assert sandbox.effects() == []

    go()
    assert relay.sweep().to_send == [str(operation.pk)]
    relay.send(operation.pk)
    assert states(operation) == (State.SUCCEEDED, 1)
    assert [effect.kind for effect in sandbox.effects()] == ["created"]


def test_a_stop_between_claim_and_wire_is_seen_before_the_first_byte(confirmed, draft, sandbox, scope, monkeypatch):
    operation = confirmed(draft)
    call = sending._call

    def stopped_meanwhile(*args):
        stop(scope)
        return call(*args)

    monkeypatch.setattr(sending, "_call", stopped_meanwhile)
    relay.send(operation.pk)
    assert states(operation) == (State.QUEUED, 1)
    assert operation.reason == "stopped"
    attempt = operation.attempts.get()
    assert (attempt.wire_at, attempt.outcome) == (None, "not_sent")
    assert sandbox.effects() == []

    monkeypatch.setattr(sending, "_call", call)
    go()
    relay.send(operation.pk)
    assert states(operation) == (State.SUCCEEDED, 2)
    assert [effect.kind for effect in sandbox.effects()] == ["created"]


def test_a_stop_between_two_steps_makes_the_rest_later(paywall_draft, sandbox, work, scope, monkeypatch):
    operation = paywall_draft()
    calls: list[Operation] = []
    go_on_wire = sending._go_on_wire

    def stopped_after_the_first(operation):
        if calls:
            stop(scope)
        calls.append(operation)
        go_on_wire(operation)

    monkeypatch.setattr(sending, "_go_on_wire", stopped_after_the_first)
    relay.send(operation.pk)
    assert states(operation) == (State.UNKNOWN, 1)
    made = [effect.kind for effect in sandbox.effects()]
    relay.reconcile(operation.pk)
    assert states(operation) == (State.UNKNOWN, 1)
    assert [effect.kind for effect in sandbox.effects()] == made  # looking it up may write, and did not

    go()
    long_ago = timezone.now() - timedelta(minutes=5)
    operation.attempts.update(wire_at=long_ago)
    Operation.objects.filter(pk=operation.pk).update(not_before=long_ago)
    relay.reconcile(operation.pk)
    assert states(operation) == (State.SUCCEEDED, 1)
    kinds = [effect.kind for effect in sandbox.effects()]
    assert kinds.count("created") == 1
    assert len(kinds) > len(made)


@pytest.fixture
def paywall_draft(paywalls, paula, bob):
    from experiments.models import Draft

    def make() -> Operation:
        document = {
            "name": "Annual first",
            "segment_percent": 50,
            "primary_metric": "user_to_trial",
            "groups": [
                {"name": "Control", "weight": 1, "is_control": True},
                {"name": "Annual", "weight": 1, "is_control": False},
            ],
        }
        draft = Draft.objects.create(
            workspace=paywalls.workspace, connection=paywalls, owner=bob, provider="qonversion"
        )
        plan = {"goal": "", "measure": "", "tags": [], "when": {"mode": ""}}
        draft.append(document, plan, by=bob, based_on=0, name="Annual first")
        return relay.submit(relay.propose(draft, paula), paula, {})

    return make


def test_a_check_changes_nothing_and_goes_on(draft, paula, work, scope):
    stop(scope)
    check = relay.propose(draft, paula)
    work()
    assert states(check) == (State.SUCCEEDED, 1)


def test_a_delete_whose_answer_was_lost_is_not_asked_again(confirmed, draft, work, paula, sandbox, scope):
    operation = confirmed(draft)
    work()
    operation.refresh_from_db()
    undo = relay.undo(operation, paula)
    sandbox.order("reset", method="DELETE", when="before")
    relay.send(undo.pk)
    assert states(undo) == (State.UNKNOWN, 1)
    stop(scope)
    relay.reconcile(undo.pk)
    assert states(undo) == (State.UNKNOWN, 1)
    assert sandbox.effects(kind="deleted") == []
    go()
    relay.look_now(undo)
    relay.reconcile(undo.pk)
    assert states(undo) == (State.SUCCEEDED, 1)
    assert len(sandbox.effects(kind="deleted")) == 1


def test_confirming_is_refused_with_the_reason(checked, draft, paula, visit, scope):
    check = checked(draft)
    page = reverse("draft_check", args=["marlow", draft.pk])
    assert "disabled" not in visit(paula).get(page).text.split('class="commit"')[1].split("</form>")[0]
    stop(scope)
    text = visit(paula).get(page).text
    assert "disabled" in text.split('class="commit"')[1].split("</form>")[0]
    assert "Sending is stopped" in text.split('id="closed"')[-1]
    with pytest.raises(relay.Refused, match=r"Sending is stopped .*Nothing was sent"):
        relay.submit(check, paula, {})
    go()
    assert relay.submit(check, paula, {}).state == State.QUEUED


def test_the_banner_is_on_every_page_of_every_workspace_but_not_at_the_door(visit, vera, charlie, client):
    pages = [("marlow", vera), ("halden", charlie)]
    names = ["experiment_list", "operation_list", "settings"]
    for slug, person in pages:
        for name in names:
            assert WHY not in visit(person).get(reverse(name, args=[slug])).text
    stop()
    for slug, person in pages:
        for name in names:
            text = visit(person).get(reverse(name, args=[slug])).text
            assert "Sending is stopped in all workspaces." in text
            assert WHY in text
    assert WHY not in client.get(reverse("account_login")).text


def test_everybody_reads_in_the_record_who_stopped_it(visit, alice, charlie, olga):
    page = reverse("admin:workspaces_installation_change", args=[1])
    operator = visit(olga)
    operator.get(reverse("admin:workspaces_installation_changelist"))
    refused = operator.post(page, {"is_sending_stopped": "on", "stopped_why": " "})
    assert "Say why" in refused.text
    assert not Installation.the().is_sending_stopped
    assert operator.post(page, {"is_sending_stopped": "on", "stopped_why": WHY}).status_code == 302
    row = Installation.the()
    assert (row.is_sending_stopped, row.stopped_why, row.stopped_by) == (True, WHY, olga)
    for slug, person in (("marlow", alice), ("halden", charlie)):
        text = visit(person).get(reverse("settings", args=[slug])).text
        assert f"<b>Olga</b> stopped sending in all workspaces <bdi></bdi> ({WHY})" in text
    assert operator.post(page, {"stopped_why": ""}).status_code == 302
    assert not Installation.the().is_sending_stopped
    assert list(AuditEntry.objects.filter(workspace__slug="marlow").values_list("action", flat=True)) == [
        "installation.go",
        "installation.stop",
    ]
    assert AuditEntry.first_break(Workspace.objects.get(slug="marlow")) is None


def test_the_console_has_the_same_switch(workspace):
    out = StringIO()
    with pytest.raises(CommandError, match="Say why"):
        call_command("sending", "stop", stdout=out)
    assert not Installation.the().is_sending_stopped
    call_command("sending", "stop", "--why", WHY, stdout=out)
    assert Installation.the().is_sending_stopped
    assert AuditEntry.objects.get(workspace=workspace).data["why"] == WHY
    call_command("sending", "stop", "--why", WHY, stdout=out)
    assert "Nothing changed" in out.getvalue()
    call_command("sending", "go", stdout=out)
    assert not Installation.the().is_sending_stopped
