"""Undo against the clock, against a second click, against lost answers and against other people.

Whatever happens, no page may say that a test was deleted, or that nobody received it, when it went out.
"""

import threading
from datetime import timedelta

import pytest
from django.db import connection as database
from django.urls import reverse
from django.utils import timezone

from experiments import relay
from experiments.accounts import account_for
from experiments.models import Experiment, Kind, Operation, State
from experiments.providers import client
from experiments.relay import sending
from tests.looks import lost, read_mirror, settle, taken
from tests.threads import when_free
from tests.unguarded import put

TAKEN_BACK = ("deleted it.", "Taken back", "Nobody received anything", "othing is sent")
WENT_OUT = ("It went out at", "had begun sending", "It cannot be taken back")


@pytest.fixture
def sent(confirmed, draft, work, passing):
    operation = confirmed(draft)
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    return operation


@pytest.fixture
def undo(sent, paula):
    """An undo that was pressed and that no worker has taken yet."""
    return relay.undo(sent, paula)


@pytest.fixture
def pages_are_true(visit, vera, sandbox):
    """What the pages say, held against what really happened at the provider."""

    def check():
        kinds = {effect.kind for effect in sandbox.effects()}
        for operation in Operation.objects.exclude(kind=Kind.VALIDATE):
            text = visit(vera).get(operation.get_absolute_url()).content.decode()
            head = text.split('<section class="stack" aria-labelledby="ledger-head">')[0]
            assert not any(words in head for words in TAKEN_BACK) or ("deleted" in kinds and "started" not in kinds)
            assert not any(words in head for words in WENT_OUT) or "started" in kinds

    return check


def to_start(passing, sent, seconds):
    passing.move_to(sent.fence_at + timedelta(seconds=seconds))


def finish(passing, undo):
    """The worker, then looks, until it is settled or waits for a person."""
    relay.sweep()
    relay.send(undo.pk)
    undo.refresh_from_db()
    settle(passing, undo)
    undo.refresh_from_db()
    return undo


def test_the_check_of_the_pages_sees_a_lie(sent, passing, pages_are_true):
    pages_are_true()
    put(sent, undone_at=timezone.now())
    with pytest.raises(AssertionError):
        pages_are_true()
    put(sent, undone_at=None, fence_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(AssertionError):
        pages_are_true()


# Pressed twice


@pytest.mark.django_db(transaction=True)
def test_bad_42_undo_pressed_by_many_at_once_is_one_undo(sent, paula, sandbox, passing, pages_are_true):
    made, barrier = [], threading.Barrier(8)

    def press():
        try:
            barrier.wait(timeout=60)
            made.append(when_free(lambda: relay.undo(Operation.objects.get(pk=sent.pk), paula).pk))
        finally:
            database.close()

    threads = [threading.Thread(target=press) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 8
    assert len(set(made)) == 1
    finish(passing, Operation.objects.get(pk=made[0]))
    assert len(sandbox.effects(kind="deleted")) == 1
    pages_are_true()


def test_bad_42_undo_pressed_again_while_and_after_it_runs_stays_one(visit, paula, sent, undo, sandbox, passing, work):
    press = reverse("operation_undo", args=["marlow", sent.pk])
    assert visit(paula).post(press).status_code == 302
    work()
    assert visit(paula).post(press).status_code in {302, 409}
    assert Operation.objects.filter(kind=Kind.DELETE).count() == 1
    assert len(sandbox.effects(kind="deleted")) == 1


# Against the clock


@pytest.mark.parametrize("left", [31, 5, 1])
def test_bad_42_undo_just_before_the_start_is_in_time(sent, paula, passing, sandbox, pages_are_true, left):
    to_start(passing, sent, -left)
    undo = relay.undo(sent, paula)
    finish(passing, undo)
    assert undo.state == State.SUCCEEDED
    pages_are_true()
    to_start(passing, sent, 60)
    assert not sandbox.effects(kind="started")
    pages_are_true()


def test_bad_42_undo_that_arrives_as_it_starts_is_too_late(sent, paula, passing, sandbox, pages_are_true):
    to_start(passing, sent, -1)
    undo = relay.undo(sent, paula)
    to_start(passing, sent, 0.2)
    finish(passing, undo)
    assert (undo.state, undo.reason) == (State.REJECTED, "too_late")
    assert sandbox.effects(kind="started")
    sent.refresh_from_db()
    assert sent.undone_at is None
    pages_are_true()


def test_bad_42_undo_after_the_start_is_refused_at_once(visit, sent, paula, passing, pages_are_true):
    to_start(passing, sent, 1)
    answer = visit(paula).post(reverse("operation_undo", args=["marlow", sent.pk]))
    assert answer.status_code == 409
    assert "It cannot be taken back any more" in answer.content.decode()
    assert not Operation.objects.filter(kind=Kind.DELETE).exists()
    pages_are_true()


def test_undo_under_a_clock_of_ours_that_is_slow_is_too_late(sent, paula, passing, sandbox):
    sandbox.set_clock(offset_seconds=3600)
    undo = finish(passing, relay.undo(sent, paula))
    assert (undo.state, undo.reason) == (State.REJECTED, "too_late")
    sent.refresh_from_db()
    assert sent.undone_at is None


def test_a_provider_that_calls_a_started_test_unknown_is_not_believed(sent, undo, passing, sandbox, pages_are_true):
    """404 where 405 is documented: the test has begun and nobody may read that it was deleted."""
    to_start(passing, sent, 2)
    sandbox.order("status", method="DELETE", status=404, body='{"ok":false,"error":"Not found"}', times=0)
    finish(passing, undo)
    assert sandbox.effects(kind="started")
    assert (undo.state, undo.reason) == (State.NEEDS_PERSON, "shown_still")
    sent.refresh_from_db()
    assert sent.undone_at is None
    pages_are_true()


# While nobody knows whether there is anything to undo


def test_undo_of_what_nobody_knows_to_have_arrived_is_refused_until_it_is_found(
    visit, paula, confirmed, draft, sandbox, passing, pages_are_true
):
    operation = lost(sandbox, confirmed(draft), "after")
    visitor = visit(paula)
    press = reverse("operation_undo", args=["marlow", operation.pk])
    assert "Undo the send" not in visitor.get(operation.get_absolute_url()).content.decode()
    answer = visitor.post(press)
    assert answer.status_code == 409
    assert "Nobody knows yet whether it arrived." in answer.content.decode()
    settle(passing, operation)
    assert "Undo the send" in visitor.get(operation.get_absolute_url()).content.decode()
    assert visitor.post(press).status_code == 302
    finish(passing, Operation.objects.get(kind=Kind.DELETE))
    assert len(sandbox.effects(kind="deleted")) == 1
    pages_are_true()


# Answers that get lost

SWITCHES = [
    None,
    ("second_delete", "200"),
    ("deleted_in_lookup", "yes"),
    ("deleted_in_listing", "yes"),
    ("scheduled_in_listing", "yes"),
    ("scheduled_push_id", "absent"),
    ("lookup_created_at", "absent"),
    ("created_at_zone", "z"),
    ("ok_type", "string"),
    ("content_type", "vendor"),
    ("description", "dropped"),
]


@pytest.mark.parametrize("start", ["before-the-look", "after-the-look", "at-once"])
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("switch", SWITCHES, ids=str)
def test_an_undo_without_an_answer_is_never_told_wrongly(
    sent, undo, passing, sandbox, pages_are_true, switch, when, start
):
    if switch:
        sandbox.switch(*switch)
    to_start(passing, sent, -2 if start == "at-once" else -60)
    sandbox.order("reset", method="DELETE", when=when)
    relay.send(undo.pk)
    undo.refresh_from_db()
    assert undo.state == State.UNKNOWN
    pages_are_true()
    if start != "after-the-look":
        to_start(passing, sent, 3)
        pages_are_true()
    finish(passing, undo)
    to_start(passing, sent, 600)
    pages_are_true()
    is_deleted = bool(sandbox.effects(kind="deleted"))
    assert is_deleted == (not sandbox.effects(kind="started"))
    sent.refresh_from_db()
    assert is_deleted or sent.undone_at is None
    if undo.state == State.NEEDS_PERSON:
        assert switch == ("deleted_in_lookup", "yes")  # nobody can tell it from one that went out
    else:
        assert undo.state == (State.SUCCEEDED if is_deleted else State.REJECTED)
        assert bool(sent.undone_at) == is_deleted


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_undo_that_cannot_be_looked_up_waits_for_a_person(sent, undo, passing, sandbox, pages_are_true, when):
    sandbox.order("reset", method="DELETE", when=when)
    sandbox.order("status", method="DELETE", status=503, times=0)
    finish(passing, undo)
    assert undo.state == State.NEEDS_PERSON
    pages_are_true()
    to_start(passing, sent, 600)
    pages_are_true()


def test_a_late_answer_to_an_undo_still_counts(sent, undo, passing, sandbox, connection, pages_are_true):
    slow = taken(undo)
    sending._go_on_wire(slow)
    passing.shift(timedelta(seconds=70))
    relay.sweep()
    undo.refresh_from_db()
    assert undo.state == State.UNKNOWN
    sending.record_success(slow, client("airship").delete(account_for(connection), sent.remote_id))
    undo.refresh_from_db()
    sent.refresh_from_db()
    assert undo.state == State.SUCCEEDED
    assert sent.undone_at
    pages_are_true()


# Other people, and workers that die


@pytest.mark.parametrize("switch", SWITCHES, ids=str)
@pytest.mark.parametrize("is_late", [False, True])
def test_somebody_deletes_it_in_airship_itself(
    sent, undo, passing, sandbox, connection, pages_are_true, switch, is_late
):
    if switch:
        sandbox.switch(*switch)
    client("airship").delete(account_for(connection), sent.remote_id)
    if is_late:
        to_start(passing, sent, 5)
    finish(passing, undo)
    assert len(sandbox.effects(kind="deleted")) == 1
    pages_are_true()
    if (switch, is_late) == (("deleted_in_lookup", "yes"), True):
        assert undo.state == State.NEEDS_PERSON
    else:
        assert undo.state == State.SUCCEEDED


def test_somebody_deletes_it_in_airship_and_nobody_presses_undo(visit, vera, sent, passing, connection, pages_are_true):
    client("airship").delete(account_for(connection), sent.remote_id)
    passing.shift(timedelta(seconds=90))
    read_mirror(sent)
    Experiment.objects.update(seen_in_pass=1)
    read_mirror(sent)
    assert Experiment.objects.get().status == "deleted"
    for seconds in (-60, 60):
        to_start(passing, sent, seconds)
        assert "does not list this test any more" in visit(vera).get(sent.get_absolute_url()).content.decode()
        pages_are_true()


@pytest.mark.parametrize("point", ["claimed", "on_wire", "deleted"])
@pytest.mark.parametrize("is_late", [False, True])
def test_a_worker_dies_during_an_undo(sent, undo, passing, sandbox, connection, pages_are_true, point, is_late):
    dead = taken(undo)
    if point != "claimed":
        sending._go_on_wire(dead)
    if point == "deleted":
        client("airship").delete(account_for(connection), sent.remote_id)
    pages_are_true()
    if is_late:
        to_start(passing, sent, 3)
    else:
        passing.shift(timedelta(seconds=70))
    relay.sweep()
    pages_are_true()
    finish(passing, undo)
    pages_are_true()
    is_deleted = point == "deleted" or not is_late
    assert bool(sandbox.effects(kind="deleted")) == is_deleted
    assert (undo.state == State.SUCCEEDED) == is_deleted
    sent.refresh_from_db()
    assert bool(sent.undone_at) == is_deleted


def test_an_undone_draft_that_is_sent_again_is_another_test(
    sent, undo, passing, sandbox, draft, confirmed, work, pages_are_true
):
    finish(passing, undo)
    draft.refresh_from_db()
    again = confirmed(draft)
    work()
    again.refresh_from_db()
    assert again.remote_id != sent.remote_id
    assert len(sandbox.effects(kind="created")) == 2
    assert len(sandbox.effects(kind="deleted")) == 1


def test_the_list_waits_with_its_word_until_the_undo_is_settled(visit, vera, sent, undo, passing):
    put(undo, state=State.UNKNOWN)
    to_start(passing, sent, 5)
    [row] = [
        row
        for row in visit(vera).get(reverse("operation_list", args=["marlow"])).context["rows"]
        if row["operation"].pk == sent.pk
    ]
    assert row["shown"].word == "Undo under way"
    assert "not known yet" in row["shown"].sentence
    assert timezone.now() > sent.fence_at
