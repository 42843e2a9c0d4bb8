"""A provider at which a test is made in steps: never two of them, never a missing group, nothing started by itself."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from experiments import ledger, mirror, providers, relay
from experiments.accounts import account_for
from experiments.models import Draft, Experiment, Kind, Operation, State
from workspaces.models import Connection, Role

DOCUMENT = {
    "name": "Annual first or monthly first",
    "alias_id": "annual-first",
    "description": "Which plan stands first?",
    "segment_percent": 50,
    "groups": [
        {"name": "Annual first", "weight": 1, "is_control": True},
        {"name": "Monthly first", "weight": 1, "is_control": False},
        {"name": "Both", "weight": 2, "is_control": False},
    ],
}


@pytest.fixture
def paywalls(workspace, alice, sandbox, settings) -> Connection:
    settings.PROVIDER_URLS = {**settings.PROVIDER_URLS, ("qonversion", "production"): sandbox.url}
    made = Connection(workspace=workspace, provider="qonversion", name="Paywalls", region="production", key="test")
    made.seal_secret(sandbox.secret_key, sandbox.url, alice)
    made.health = Connection.Health.ACTIVE
    made.save()
    return made


@pytest.fixture
def draft(paywalls, bob) -> Draft:
    made = Draft.objects.create(workspace=paywalls.workspace, connection=paywalls, provider="qonversion", owner=bob)
    made.append(DOCUMENT, {"goal": ""}, by=bob, based_on=0, name=DOCUMENT["name"])
    return made


@pytest.fixture
def confirmed(draft, paula) -> Operation:
    return relay.submit(relay.propose(draft, paula), paula, {})


@pytest.fixture
def held(confirmed, work) -> Experiment:
    """The test as Qonversion holds it, not started."""
    work()
    confirmed.refresh_from_db()
    assert confirmed.state == State.SUCCEEDED, confirmed.message
    return Experiment.objects.get(remote_id=confirmed.remote_id)


def effects(sandbox, kind):
    return [effect for effect in sandbox.effects(kind=kind) if effect.project]


def wait(operation):
    """As if the quiet time after the last write were over."""
    past = timezone.now() - timedelta(minutes=2)
    operation.attempts.update(wire_at=past)
    Operation.objects.filter(pk=operation.pk, state=State.UNKNOWN).update(not_before=past)


def test_a_create_makes_one_draft_with_all_its_groups_and_starts_nothing(held, confirmed, sandbox):
    assert len(effects(sandbox, "created")) == 1
    assert len(effects(sandbox, "group_created")) == 3
    assert not effects(sandbox, "started")
    assert confirmed.marker in confirmed.document["alias_id"]


def test_our_own_check_is_the_check_where_the_provider_has_none(draft, paula):
    check = relay.propose(draft, paula)
    assert check.state == State.SUCCEEDED
    assert check.attempts.count() == 0


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", range(4))
def test_a_lost_answer_at_any_step_ends_in_one_test_with_every_group(confirmed, work, sandbox, step, when):
    path = "/v4/experiments" if step == 0 else "/v4/experiments/*/groups"
    sandbox.order("reset", method="POST", path=path, when=when, skip=max(0, step - 1))
    relay.send(confirmed.pk)
    for _ in range(6):
        confirmed.refresh_from_db()
        if confirmed.state == State.SUCCEEDED:
            break
        wait(confirmed)
        work()
    assert confirmed.state == State.SUCCEEDED, (confirmed.state, confirmed.reason, confirmed.message)
    assert len(effects(sandbox, "created")) == 1
    assert len(effects(sandbox, "group_created")) == 3


@pytest.mark.parametrize("step", range(4))
def test_a_worker_killed_before_any_step_leaves_it_resumable(confirmed, work, sandbox, monkeypatch, step):
    from experiments.relay import sending

    class Killed(BaseException):
        pass

    calls = iter(range(10))
    original = sending._go_on_wire

    def die(operation):
        original(operation)
        if next(calls) == step:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(sending, "_go_on_wire", die)
        with pytest.raises(Killed):
            relay.send(confirmed.pk)
    Operation.objects.filter(pk=confirmed.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
    relay.sweep()
    for _ in range(6):
        wait(confirmed)
        work()
    confirmed.refresh_from_db()
    assert confirmed.state == State.SUCCEEDED, (confirmed.state, confirmed.reason)
    assert len(effects(sandbox, "created")) == 1
    assert len(effects(sandbox, "group_created")) == 3


def test_a_refused_group_is_told_with_what_was_made(confirmed, work, sandbox):
    body = '{"error":{"type":"request","code":"validation_failed","message":"weight is odd"}}'
    sandbox.order("status", method="POST", path="/v4/experiments/*/groups", status=422, body=body)
    work()
    confirmed.refresh_from_db()
    assert confirmed.state == State.REJECTED
    assert "was made as a draft" in confirmed.message


def move(experiment, verb):
    return next(move for move in providers.PROVIDERS["qonversion"].moves if move.verb == verb)


def test_start_pause_and_finish_are_operations_of_their_own(held, paula, work, sandbox):
    for verb, kind in [("start", "started"), ("pause", "paused"), ("finish", "finished")]:
        operation = relay.move_status(held, move(held, verb), paula)
        work()
        operation.refresh_from_db()
        assert operation.state == State.SUCCEEDED, operation.message
        assert len(effects(sandbox, kind)) == 1
    held.refresh_from_db()
    assert held.status == "finished"


def test_a_lost_start_is_read_and_never_asked_for_again(held, paula, work, sandbox):
    sandbox.order("reset", method="POST", path="/v4/experiments/*/status", when="after")
    operation = relay.move_status(held, move(held, "start"), paula)
    work()
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    assert len(effects(sandbox, "started")) == 1


def test_a_start_that_never_arrived_is_told_and_starts_nothing(held, paula, work, sandbox):
    sandbox.order("reset", method="POST", path="/v4/experiments/*/status", when="before")
    operation = relay.move_status(held, move(held, "start"), paula)
    for _ in range(4):
        work()
        wait(operation)
    operation.refresh_from_db()
    assert operation.state == State.NOT_APPLIED
    assert not effects(sandbox, "started")


@pytest.mark.parametrize("arrived", ["after", "before"])
@pytest.mark.parametrize("covered_by", ["a pause of ours", "a delete of ours", "somebody there"])
def test_a_lost_start_that_something_covered_is_never_called_unchanged(
    held, paula, alice, work, sandbox, arrived, covered_by
):
    sandbox.order("reset", method="POST", path="/v4/experiments/*/status", when=arrived)
    lost = relay.move_status(held, move(held, "start"), paula)
    relay.send(lost.pk)
    Operation.objects.filter(pk=lost.pk).update(not_before=timezone.now() + timedelta(hours=1))
    if covered_by == "a delete of ours":
        relay.send(relay.delete_experiment(held, paula).pk)
    elif covered_by == "a pause of ours":
        relay.send(relay.move_status(held, move(held, "finish"), paula).pk)
    else:
        account = account_for(held.connection)
        for status in ("active", "paused")[arrived == "after" :]:
            providers.staged_client("qonversion").change_status(account, held.remote_id, status)
    for _ in range(4):
        wait(lost)
        work()
    lost.refresh_from_db()
    assert (lost.state, lost.reason) == (State.NEEDS_PERSON, "moved_on")
    relay.settle(lost, alice, remote_id=lost.target_id, reason="I saw people in it.")
    relay.reconcile(lost.pk)
    lost.refresh_from_db()
    assert lost.state == State.SUCCEEDED


def test_the_same_start_pressed_twice_is_one_operation(held, paula):
    assert relay.move_status(held, move(held, "start"), paula) == relay.move_status(held, move(held, "start"), paula)


def test_an_editor_cannot_start(held, bob, paula):
    with pytest.raises(relay.Refused):
        relay.move_status(held, move(held, "start"), bob)
    assert relay.move_status(held, move(held, "start"), paula).state == State.QUEUED


def test_a_role_lost_before_the_start_stops_it(held, paula, work, sandbox):
    operation = relay.move_status(held, move(held, "start"), paula)
    paula.memberships.update(role=Role.VIEWER)
    work()
    operation.refresh_from_db()
    assert operation.state == State.CANCELLED
    assert not effects(sandbox, "started")


def document_at(held):
    return {**held.raw}


def test_a_change_sets_only_what_differs(held, paula, work, sandbox):
    before = document_at(held)
    operation = relay.change(held, before, {**before, "description": "Another question"}, paula)
    assert json.loads(operation.body)["changes"] == {"description": "Another question"}
    work()
    operation.refresh_from_db()
    held.refresh_from_db()
    assert operation.state == State.SUCCEEDED, operation.message
    assert held.raw["description"] == "Another question"


def test_a_change_of_nothing_is_refused(held, paula):
    with pytest.raises(relay.Refused):
        relay.change(held, document_at(held), document_at(held), paula)


def test_a_tester_is_pinned_and_unpinned(held, paula, work, sandbox):
    client, account = providers.staged_client("qonversion"), None
    from experiments.accounts import account_for

    account = account_for(held.connection)
    group = client.list_groups(account, held.remote_id)[0]
    pinned = relay.attach_tester(held, group.remote_id, "tester-1", paula)
    work()
    unpinned = relay.detach_tester(held, "tester-1", paula)
    work()
    for operation in (pinned, unpinned):
        operation.refresh_from_db()
        assert operation.state == State.SUCCEEDED, operation.message
    assert len(effects(sandbox, "attached")) == len(effects(sandbox, "detached")) == 1


def test_a_test_that_is_not_scheduled_can_be_deleted_there(held, paula, work, sandbox):
    operation = relay.delete_experiment(held, paula)
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED, operation.message
    assert len(effects(sandbox, "deleted")) == 1


def test_the_mirror_reads_it_beside_the_rest(held, paywalls):
    mirror.sync(str(paywalls.pk))
    held.refresh_from_db()
    assert held.gone_at is None
    assert Operation.objects.filter(kind=Kind.CREATE).count() == 1


def test_a_stopped_workspace_resumes_nothing_until_it_goes_on(confirmed, work, workspace, sandbox):
    sandbox.order("reset", method="POST", path="/v4/experiments", when="after")
    relay.send(confirmed.pk)
    workspace.is_sending_stopped = True
    workspace.save()
    for _ in range(3):
        wait(confirmed)
        work()
    assert not effects(sandbox, "group_created")
    workspace.is_sending_stopped = False
    workspace.save()
    for _ in range(4):
        wait(confirmed)
        work()
    assert len(effects(sandbox, "created")) == 1
    assert len(effects(sandbox, "group_created")) == 3


def test_deleting_a_test_there_is_no_undo_of_its_create(held, confirmed, paula, work):
    operation = relay.delete_experiment(held, paula)
    work()
    operation.refresh_from_db()
    confirmed.refresh_from_db()
    assert operation.undoes is None
    assert confirmed.undone_at is None
    assert "Nobody received" not in ledger.show(operation).sentence
