"""A test that is at the provider twice: noticed, told, and taken away before it goes out."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from experiments import ledger, mirror, relay
from experiments.accounts import account_for
from experiments.models import Kind, Operation, State, Sync
from experiments.providers import client
from tests.looks import look, lost, read_mirror, settle


def page(visitor, operation):
    return visitor.get(operation.get_absolute_url()).content.decode()


def delete(visitor, operation, remote_id):
    return visitor.post(reverse("operation_resolve", args=["marlow", operation.pk]), {"extra": remote_id})


def standing(sandbox):
    gone = {effect.experiment_id for effect in sandbox.effects(kind="deleted")}
    return sorted({effect.experiment_id for effect in sandbox.effects(kind="created")} - gone)


@pytest.fixture
def copy(connection):
    """Make the same test at Airship once more, as somebody else's fault would. Returns its id."""
    return lambda operation: client("airship").create(account_for(connection), operation.body).remote_id


@pytest.fixture
def sent(confirmed, draft, work, passing):
    operation = confirmed(draft)
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    return operation


@pytest.fixture
def twice(confirmed, draft, copy, sandbox, passing):
    """A conflict: the look-up found two."""
    operation = confirmed(draft)
    copy(operation)
    look(passing, lost(sandbox, operation, "after"))
    assert operation.state == State.CONFLICT
    return operation


# Found by the look-up


def test_a_conflict_alarms_and_offers_to_delete_either(visit, alice, paula, twice, draft):
    text = page(visit(alice), twice)
    assert 'role="alert" id="alarm"' in text
    assert "Airship holds this test twice. Delete what is too many before it goes out." in text
    assert text.count("Delete this one") == 2
    assert "Delete this one" not in page(visit(paula), twice)
    draft.refresh_from_db()
    assert draft.needs_attention


@pytest.mark.parametrize("number", [0, 1])
def test_deleting_the_extra_leaves_exactly_one(visit, alice, twice, work, sandbox, draft, number):
    extra = twice.matches[number]
    delete(visit(alice), twice, extra)
    work()
    twice.refresh_from_db()
    assert standing(sandbox) == [twice.remote_id]
    assert twice.remote_id != extra
    assert (twice.state, twice.reason) == (State.SUCCEEDED, "extra_deleted")
    assert not relay.has_alarm(twice)
    draft.refresh_from_db()
    assert not draft.needs_attention
    relay.sweep()
    twice.refresh_from_db()
    assert twice.read_back_at
    assert twice.differences == []


def test_the_page_follows_a_delete_of_the_extra(visit, alice, twice, work):
    headers = {"HX-Request": "true"}
    visitor = visit(alice)
    seen = visitor.get(twice.get_absolute_url(), headers=headers).context["seen"]
    address = f"{twice.get_absolute_url()}?seen={seen}"
    assert visitor.get(address, headers=headers).status_code == 204
    delete(visitor, twice, twice.matches[0])
    answer = visitor.get(address, headers=headers)
    assert "is being asked to delete it" in answer.content.decode()
    assert answer.context["poll"] == "3s"


def test_deleting_it_twice_at_once_deletes_it_once(visit, alice, twice, work, sandbox):
    for _ in range(3):
        delete(visit(alice), twice, twice.matches[0])
    work()
    assert len(sandbox.effects(kind="deleted")) == 1


def test_of_three_two_are_deleted_one_after_the_other(visit, alice, confirmed, draft, copy, sandbox, passing, work):
    operation = confirmed(draft)
    copy(operation), copy(operation)
    look(passing, lost(sandbox, operation, "after"))
    assert "three times" in ledger.sentence(operation)
    for number in (2, 1):
        delete(visit(alice), operation, operation.matches[0])
        work()
        operation.refresh_from_db()
        assert len(standing(sandbox)) == number
    assert (operation.state, [operation.remote_id]) == (State.SUCCEEDED, standing(sandbox))


def test_the_last_one_is_not_deleted_while_the_other_is(visit, alice, twice, work, sandbox, paula):
    delete(visit(alice), twice, twice.matches[0])
    assert "Delete this one" not in page(visit(alice), twice)
    answer = delete(visit(alice), twice, twice.matches[1])
    assert answer.status_code == 409
    assert "one has to stay" in answer.content.decode()
    work()
    assert len(standing(sandbox)) == 1


def test_what_is_no_match_cannot_be_deleted(visit, alice, twice, make):
    assert delete(visit(alice), twice, make("Other").remote_id).status_code == 409
    assert not Operation.objects.filter(kind=Kind.DELETE).exists()


def test_somebody_deletes_the_extra_at_airship_itself(twice, passing, connection):
    client("airship").delete(account_for(connection), twice.matches[0])
    look(passing, twice)
    assert (twice.state, twice.remote_id) == (State.SUCCEEDED, twice.matches[0])


@pytest.mark.parametrize("switch", ["deleted_in_lookup", "deleted_in_listing"])
def test_a_deleted_extra_that_is_shown_still_does_not_count(twice, passing, connection, sandbox, switch):
    sandbox.switch(switch, "yes")
    client("airship").delete(account_for(connection), twice.matches[0])
    look(passing, twice)
    assert (twice.state, [twice.remote_id]) == (State.SUCCEEDED, standing(sandbox))


def test_a_conflict_stays_one_while_both_are_there(twice, passing):
    for _ in range(3):
        look(passing, twice)
    assert twice.state == State.CONFLICT
    assert len(twice.matches) == 2


def test_a_conflict_stays_one_while_airship_does_not_answer(twice, passing, sandbox):
    sandbox.order("html", method="GET", times=0)
    look(passing, twice)
    assert twice.state == State.CONFLICT
    assert twice.not_before > timezone.now()


def test_when_both_have_started_it_is_said(visit, alice, twice, passing, work, sandbox):
    passing.move_to(twice.fence_at + timedelta(seconds=5))
    assert "both may be going out" in page(visit(alice), twice)
    delete(visit(alice), twice, twice.matches[0])
    work()
    assert "had begun sending. It cannot be taken back." in page(visit(alice), twice)
    look(passing, twice)
    assert (twice.state, twice.reason) == (State.SUCCEEDED, "sent_twice")
    text = page(visit(alice), twice)
    assert "It went out more than once." in text
    assert "Delete this one" not in text
    assert len(sandbox.effects(kind="started")) == 2


def test_a_delete_in_time_wins_against_the_start(visit, alice, twice, passing, work, sandbox):
    delete(visit(alice), twice, twice.matches[0])
    work()
    passing.move_to(twice.fence_at + timedelta(seconds=90))
    assert len(sandbox.effects(kind="started")) == 1
    twice.refresh_from_db()
    assert "It went out at" in ledger.sentence(twice)


# Found later, by the mirror


def test_a_copy_of_a_settled_send_is_noticed_by_the_mirror(visit, alice, sent, copy, sandbox):
    assert read_mirror(sent) == 0
    copy(sent)
    assert read_mirror(sent) == 1
    sent.refresh_from_db()
    assert sent.state == State.SUCCEEDED
    assert sent.matches == standing(sandbox)
    text = page(visit(alice), sent)
    assert "Airship holds this test twice." in text
    assert "Found twice" in text
    assert text.count("Delete this one") == 2
    assert read_mirror(sent) == 0


def test_a_copy_is_told_on_every_page_until_it_is_gone(visit, alice, vera, sent, copy, work):
    listing = reverse("experiment_list", args=["marlow"])
    read_mirror(sent)
    assert "held twice" not in visit(vera).get(listing).content.decode()
    extra = copy(sent)
    read_mirror(sent)
    assert "1 test is held twice by its provider" in visit(vera).get(listing).content.decode()
    delete(visit(alice), sent, extra)
    work()
    assert "held twice" not in visit(vera).get(listing).content.decode()


def test_a_copy_is_noticed_within_a_minute(sent, copy, passing, connection):
    """While it can still be deleted its connection is read more often than others."""
    read_mirror(sent)
    copy(sent)
    copied_at = timezone.now()
    while not relay.has_alarm(sent):
        passing.shift(timedelta(seconds=10))  # as often as beat asks
        assert timezone.now() - copied_at < timedelta(seconds=60)
        if str(connection.pk) in mirror.sync_due().connections:
            read_mirror(sent)
            sent.refresh_from_db()


def test_a_connection_at_which_nothing_is_about_to_go_out_is_read_as_before(sent, passing, connection):
    passing.move_to(sent.fence_at + timedelta(seconds=1))
    read_mirror(sent)
    Sync.objects.update(hinted_at=None)
    passing.shift(timedelta(seconds=40))
    assert str(connection.pk) not in mirror.sync_due().connections
    passing.shift(timedelta(seconds=40))
    assert str(connection.pk) in mirror.sync_due().connections


@pytest.mark.parametrize("keeps_own", [True, False])
def test_either_of_the_two_can_be_deleted(visit, alice, paula, sent, copy, work, sandbox, draft, keeps_own):
    own, extra = sent.remote_id, copy(sent)
    read_mirror(sent)
    delete(visit(alice), sent, extra if keeps_own else own)
    work()
    sent.refresh_from_db()
    assert standing(sandbox) == [sent.remote_id] == [own if keeps_own else extra]
    assert not relay.has_alarm(sent)
    assert sent.undone_at is None
    assert read_mirror(sent) == 0
    draft.refresh_from_db()
    assert not draft.needs_attention
    relay.undo(sent, paula)  # what stays can be taken back
    work()
    assert standing(sandbox) == []


def test_when_one_is_deleted_the_other_is_no_extra_any_more(visit, alice, sent, copy, work, sandbox):
    extra = copy(sent)
    read_mirror(sent)
    delete(visit(alice), sent, extra)
    work()
    sent.refresh_from_db()
    assert "Delete this one" not in page(visit(alice), sent)
    assert delete(visit(alice), sent, sent.remote_id).status_code == 409
    work()
    assert standing(sandbox) == [sent.remote_id]


def test_an_undo_that_leaves_a_copy_behind_says_so(visit, alice, paula, sent, copy, work, sandbox):
    extra = copy(sent)
    read_mirror(sent)
    relay.undo(sent, paula)
    work()
    sent.refresh_from_db()
    assert sent.undone_at
    assert relay.has_alarm(sent)
    text = page(visit(alice), sent)
    assert "Taken back, but Airship holds another test with the same reference." in text
    delete(visit(alice), sent, extra)
    work()
    sent.refresh_from_db()
    assert not relay.has_alarm(sent)
    assert standing(sandbox) == []
    assert "Nobody received anything." in ledger.sentence(sent)


def test_a_copy_that_comes_after_the_undo_is_noticed(paula, sent, copy, work):
    relay.undo(sent, paula)
    work()
    assert read_mirror(sent) == 0
    extra = copy(sent)
    assert read_mirror(sent) == 1
    sent.refresh_from_db()
    assert sent.matches == [extra]


@pytest.mark.parametrize("switch", [None, "deleted_in_listing", "deleted_in_lookup", "scheduled_in_listing"])
def test_what_was_undone_or_deleted_raises_no_alarm(
    paula, sent, copy, work, sandbox, connection, switch, draft, confirmed
):
    if switch:
        sandbox.switch(switch, "yes")
    extra = copy(sent)
    client("airship").delete(account_for(connection), extra)
    for _ in range(2):
        assert read_mirror(sent) == 0
    relay.undo(sent, paula)
    work()
    assert read_mirror(sent) == 0
    draft.refresh_from_db()
    again = confirmed(draft)
    work()
    assert read_mirror(again) == 0
    for operation in (sent, again):
        operation.refresh_from_db()
        assert not relay.has_alarm(operation)


def test_a_reference_of_another_installation_raises_no_alarm(sent, make):
    make("Foreign", description="Tone [ref abx-00000000000000000000000000]")
    assert read_mirror(sent) == 0


def test_no_alarm_is_raised_while_airship_cannot_be_asked(sent, copy, sandbox):
    copy(sent)
    mirror.sync(str(sent.connection_id))
    sandbox.order("html", method="GET", times=2)
    assert relay.notice(sent.connection_id) == 0
    sandbox.faults.clear()
    assert relay.notice(sent.connection_id) == 1


def test_the_mirror_hurries_a_look_that_is_waiting(confirmed, draft, sandbox, passing):
    operation = confirmed(draft)
    sandbox.switch("listing_lag_seconds", 55)
    lost(sandbox, operation, "after")
    for _ in range(3):
        look(passing, operation)
    assert operation.not_before > timezone.now() + timedelta(seconds=50)
    passing.shift(timedelta(seconds=40))
    read_mirror(operation)
    operation.refresh_from_db()
    assert operation.not_before <= timezone.now()
    relay.reconcile(operation.pk)
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED


def test_two_drafts_of_the_same_content_are_no_copies(confirmed, write, work):
    first, second = confirmed(write()), confirmed(write())
    work()
    assert read_mirror(first) == 0
    for operation in (first, second):
        operation.refresh_from_db()
        assert not relay.has_alarm(operation)


def test_settled_rightly_there_is_no_alarm(confirmed, draft, sandbox, passing):
    operation = settle(passing, lost(sandbox, confirmed(draft), "after"))
    assert read_mirror(operation) == 0
    operation.refresh_from_db()
    assert not relay.has_alarm(operation)
