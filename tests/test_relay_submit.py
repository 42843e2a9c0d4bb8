"""A confirmed click becomes one row, or a sentence that says why not."""

import threading
from datetime import timedelta

import pytest
from django.db import connection as database
from django.utils import timezone

from experiments import relay
from experiments.models import Event, Kind, Operation, State
from experiments.providers.marker import marker_for
from tests.unguarded import put
from workspaces.models import AuditEntry, Role


def sends():
    return Operation.objects.filter(kind=Kind.CREATE)


def test_submitting_twice_gives_the_same_operation(checked, draft, paula):
    check = checked(draft)
    first, second = relay.submit(check, paula, {}), relay.submit(check, paula, {})
    assert first.pk == second.pk == check.future_id
    assert sends().count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_parallel_clicks_make_one_operation(checked, draft, paula):
    check = checked(draft)
    made, refused = [], []

    def click():
        try:
            made.append(relay.submit(Operation.objects.get(pk=check.pk), paula, {}).pk)
        except relay.Refused as error:
            refused.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=click) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not refused
    assert set(made) == {check.future_id}
    assert sends().count() == 1


def test_the_bytes_checked_are_the_bytes_confirmed(checked, draft, paula):
    check = checked(draft)
    operation = relay.submit(check, paula, {})
    assert operation.body == check.body
    assert operation.marker == marker_for(operation.pk)
    assert operation.marker in operation.document["description"]


def test_every_variant_gets_the_moment_of_a_soon_send(checked, draft):
    check = checked(draft)
    times = {variant["schedule"]["scheduled_time"] for variant in check.document["variants"]}
    assert times == {check.fence_at.strftime("%Y-%m-%dT%H:%M:%S")}


def test_a_send_is_audited_and_has_its_first_event(checked, draft, paula, workspace):
    operation = relay.submit(checked(draft), paula, {})
    assert Event.objects.get(operation=operation).to_state == State.QUEUED
    entry = AuditEntry.objects.get(workspace=workspace, action="operation.send")
    assert (entry.by, entry.object_id) == (paula, str(operation.pk))


def test_a_second_check_of_the_same_draft_cannot_send_it_again(checked, draft, paula):
    first, second = checked(draft), checked(draft)
    relay.submit(first, paula, {})
    with pytest.raises(relay.Refused):
        relay.submit(second, paula, {})
    assert sends().count() == 1


def spoil_role(check, paula):
    paula.memberships.update(role=Role.EDITOR)


def spoil_revision(check, paula):
    draft = check.draft
    draft.append({**draft.newest.document, "name": "Changed"}, draft.newest.plan, by=paula, based_on=draft.number)


def spoil_age(check, paula):
    Operation.objects.filter(pk=check.pk).update(finished_at=timezone.now() - timedelta(minutes=16))


def spoil_time(check, paula):
    put(check, fence_at=timezone.now() + timedelta(seconds=100))


def spoil_state(check, paula):
    put(check, state=State.REJECTED)


def spoil_secret(check, paula):
    check.connection.seal_secret("x" * 22, check.connection.host, paula)
    check.connection.health = "active"
    check.connection.save()


def spoil_connection(check, paula):
    check.connection.record_health("refused", "Airship does not accept this key.")


def spoil_workspace(check, paula):
    check.workspace.is_sending_stopped = True
    check.workspace.save()


SPOILERS = {
    "role": spoil_role,
    "moved_on": spoil_revision,
    "check_too_old": spoil_age,
    "too_near": spoil_time,
    "unchecked": spoil_state,
    "new_secret": spoil_secret,
    "connection_not_working": spoil_connection,
    "stopped": spoil_workspace,
}


@pytest.mark.parametrize("code", SPOILERS)
def test_nothing_is_written_where_something_no_longer_holds(checked, draft, paula, code):
    check = checked(draft)
    SPOILERS[code](check, paula)
    check = Operation.objects.select_related("draft", "revision", "connection", "workspace").get(pk=check.pk)
    with pytest.raises(relay.Refused) as refused:
        relay.submit(check, paula, {})
    assert refused.value.code == code
    assert "othing was sent" in refused.value.message
    assert not sends().exists()


def test_a_draft_with_errors_is_never_relayed(write, paula, sandbox):
    draft = write(device_types=[])
    with pytest.raises(relay.Refused) as refused:
        relay.propose(draft, paula)
    assert refused.value.code == "problems"
    assert not Operation.objects.exists()


def test_dangerous_options_need_an_admin(write, checked, paula, alice):
    risky = write()
    document = risky.newest.document
    document["variants"][0]["push"]["options"] = {"bypass_frequency_limits": True}
    risky.append(document, risky.newest.plan, by=alice, based_on=1)
    check = checked(risky)
    with pytest.raises(relay.Refused) as refused:
        relay.submit(check, paula, {})
    assert refused.value.code == "dangerous"
    assert relay.submit(check, alice, {}).state == State.QUEUED


def test_a_queued_send_can_be_cancelled_and_the_draft_sent_again(confirmed, draft, paula, work, sandbox):
    operation = confirmed(draft)
    relay.cancel(operation, paula)
    work()
    assert not sandbox.effects(kind="created")
    draft.refresh_from_db()
    assert draft.is_open


def test_what_a_worker_has_taken_cannot_be_cancelled(confirmed, draft, paula, work):
    operation = confirmed(draft)
    work()
    operation.refresh_from_db()
    with pytest.raises(relay.Refused):
        relay.cancel(operation, paula)
