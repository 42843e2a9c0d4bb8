"""Not found is not the same as not there: what has to be true before a send is called not applied."""

from datetime import timedelta

import pytest
from django.utils import timezone

from experiments import ledger, relay
from experiments.accounts import account_for
from experiments.models import State
from experiments.providers import client
from experiments.providers.outcomes import Rejected
from experiments.relay import sending, waiting
from tests.looks import EMPTY_LISTING, LOOKED_UP, look, lost, read_mirror, settle, taken

LISTINGS = ("/api/experiments", "/api/experiments/scheduled")


@pytest.fixture
def absent(confirmed, draft, sandbox, passing):
    """A send that never arrived, and that nobody knows to have never arrived."""
    return lost(sandbox, confirmed(draft))


@pytest.fixture
def arrived(confirmed, draft, sandbox, passing):
    """A send that arrived, and that nobody knows to have arrived."""
    return lost(sandbox, confirmed(draft), "after")


def past_fence(passing, operation, seconds=61):
    passing.move_to(operation.fence_at + timedelta(seconds=seconds))


def never_called_unsent(operation):
    assert operation.state != State.NOT_APPLIED
    assert "othing was sent" not in ledger.show(operation).sentence


def test_it_is_called_not_applied_after_its_time_and_two_looks(absent, passing):
    while timezone.now() < absent.fence_at + timedelta(seconds=59):
        assert absent.state == State.UNKNOWN
        look(passing, absent)
    settle(passing, absent, at_most=4)
    assert absent.state == State.NOT_APPLIED
    looks = absent.events.filter(data__found="nothing").order_by("-pk")
    assert looks[0].at - looks[1].at >= timedelta(seconds=60)
    assert timezone.now() < absent.fence_at + timedelta(minutes=4)


def test_pressing_look_now_does_not_make_two_looks_out_of_one(absent, passing):
    past_fence(passing, absent)
    for _ in range(5):
        relay.look_now(absent)
        relay.reconcile(absent.pk)
    absent.refresh_from_db()
    assert absent.state == State.UNKNOWN
    settle(passing, absent, at_most=2)
    assert absent.state == State.NOT_APPLIED


def test_the_providers_own_clock_has_to_be_past_it_too(absent, passing, sandbox):
    past_fence(passing, absent)
    sandbox.order("clock", seconds=-600, method="GET", times=0)
    settle(passing, absent, at_most=5)
    never_called_unsent(absent)
    sandbox.faults.clear()
    settle(passing, absent)
    assert absent.state == State.NOT_APPLIED


def test_our_own_clock_has_to_be_past_it_too(absent, passing, sandbox):
    sandbox.order("clock", seconds=3600, method="GET", times=0)
    for _ in range(3):
        look(passing, absent)
    assert timezone.now() < absent.fence_at
    assert absent.state == State.UNKNOWN


@pytest.mark.parametrize("minutes", [-20, 20])
def test_a_test_made_under_another_clock_is_found(confirmed, draft, passing, sandbox, minutes):
    operation = confirmed(draft)
    # For a clock that is ahead its time has passed already.
    sandbox.switch("past_schedule", "accept")
    sandbox.set_clock(offset_seconds=60 * minutes)
    settle(passing, lost(sandbox, operation, "after"))
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED


def test_a_provider_that_would_take_a_late_copy_leaves_it_to_a_person(absent, passing, sandbox):
    sandbox.switch("past_schedule", "accept")
    settle(passing, absent)
    assert (absent.state, absent.reason) == (State.NEEDS_PERSON, "late_copy_possible")
    never_called_unsent(absent)


def test_a_provider_that_was_seen_to_take_a_late_copy_is_not_believed_again(absent, passing, sandbox, make):
    sandbox.switch("past_schedule", "accept")
    make("Late", ahead=timedelta(minutes=-30))
    sandbox.switch("past_schedule", "reject")
    settle(passing, absent)
    assert (absent.state, absent.reason) == (State.NEEDS_PERSON, "late_copy_possible")


@pytest.mark.parametrize("position", ["accept", "reject"])
def test_a_worker_that_was_frozen_before_its_first_byte_is_never_denied(
    confirmed, draft, passing, sandbox, connection, position
):
    """It wakes after everybody has given it up. Whatever the provider does with its bytes, the page says so."""
    operation = confirmed(draft)
    frozen = taken(operation)
    sending._go_on_wire(frozen)
    passing.move_to(timezone.now() + timedelta(seconds=70))
    relay.sweep()
    operation.refresh_from_db()
    assert operation.state == State.UNKNOWN
    sandbox.switch("past_schedule", position)
    settle(passing, operation)
    assert operation.state == (State.NEEDS_PERSON if position == "accept" else State.NOT_APPLIED)
    if position == "reject":
        with pytest.raises(Rejected):
            client("airship").create(account_for(connection), operation.body)
        assert not sandbox.effects(kind="created")
        return
    never_called_unsent(operation)
    made = client("airship").create(account_for(connection), operation.body)
    sending.record_success(frozen, made)
    operation.refresh_from_db()
    assert (operation.state, operation.remote_id) == (State.SUCCEEDED, made.remote_id)
    assert len(sandbox.effects(kind="created")) == 1


def test_a_late_copy_whose_answer_is_lost_as_well_is_found_by_the_mirror(absent, passing, sandbox, connection):
    sandbox.switch("past_schedule", "accept")
    settle(passing, absent)
    assert absent.state == State.NEEDS_PERSON
    made = client("airship").create(account_for(connection), absent.body)
    read_mirror(absent)
    absent.refresh_from_db()
    settle(passing, absent)
    assert (absent.state, absent.remote_id) == (State.SUCCEEDED, made.remote_id)


def test_what_was_called_not_applied_and_turns_up_is_told(absent, passing, sandbox, connection):
    """No provider that keeps its word does this. Should it, nobody may find out from a customer."""
    settle(passing, absent)
    assert absent.state == State.NOT_APPLIED
    sandbox.switch("past_schedule", "accept")
    client("airship").create(account_for(connection), absent.body)
    assert read_mirror(absent) == 1
    absent.refresh_from_db()
    shown = ledger.show(absent)
    assert (shown.word, shown.tone) == ("Found after all", "bad")
    assert "holds it after all" in shown.sentence
    assert read_mirror(absent) == 0


def test_a_yes_that_could_not_be_read_is_never_called_not_applied(confirmed, draft, passing, sandbox):
    operation = confirmed(draft)
    sandbox.switch("listing_lag_seconds", 7200)
    sandbox.order("cut", method="POST", path="/api/experiments", bytes=5)
    relay.send(operation.pk)
    operation.refresh_from_db()
    settle(passing, operation)
    assert (operation.state, operation.reason) == (State.NEEDS_PERSON, "taken_but_absent")
    never_called_unsent(operation)


@pytest.mark.parametrize("lag", [1, 30, 420, 475])
def test_a_list_that_lags_up_to_the_fence_and_beyond_is_waited_for(confirmed, draft, passing, sandbox, lag):
    operation = confirmed(draft)
    sandbox.switch("listing_lag_seconds", lag)
    settle(passing, lost(sandbox, operation, "after"))
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED


@pytest.mark.parametrize("path", LISTINGS)
def test_one_list_that_shows_nothing_does_not_hide_it_from_the_other(arrived, passing, sandbox, path):
    sandbox.switch("scheduled_in_listing", "yes")
    sandbox.order("status", method="GET", path=path, status=200, body=EMPTY_LISTING, times=0)
    settle(passing, arrived)
    assert arrived.state == State.SUCCEEDED


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 429, "retry_after": 30},
        {"kind": "status", "status": 503},
        {"kind": "html"},
        {"kind": "reset"},
        {"kind": "status", "status": 200, "body": '{"ok":true,"tests":[]}'},
        {"kind": "status", "status": 200, "body": '{"ok":true,"total_count":1,"experiments":[{"uid":"x"}]}'},
        {"kind": "status", "status": 200, "body": '{"ok":true,"total_count":7,"experiments":[]}'},
    ],
    ids=["429", "503", "html", "reset", "renamed", "without-ids", "short"],
)
def test_a_list_that_cannot_be_read_proves_nothing(absent, passing, sandbox, fault):
    past_fence(passing, absent)
    for path in LISTINGS:
        sandbox.order(**fault, method="GET", path=path, times=0)
    for _ in range(3):
        look(passing, absent)
        assert absent.state in LOOKED_UP
        assert ledger.show(absent).word == "Unknown, being checked"
    sandbox.faults.clear()
    settle(passing, absent)
    assert absent.state == State.NOT_APPLIED


def test_one_bad_look_after_hours_of_good_ones_asks_nobody(absent, passing, sandbox):
    for _ in range(3):
        look(passing, absent)
    passing.move_to(timezone.now() + timedelta(hours=2))
    relay.reconcile(absent.pk)
    sandbox.order("html", method="GET", times=2)
    absent.refresh_from_db()
    look(passing, absent)
    assert absent.state == State.UNKNOWN


def test_lists_that_cannot_be_read_for_half_an_hour_need_a_person(absent, passing, sandbox):
    sandbox.order("html", method="GET", times=0)
    started = timezone.now()
    settle(passing, absent)
    assert (absent.state, absent.reason) == (State.NEEDS_PERSON, "cannot_look")
    assert timezone.now() - started > waiting.BLIND
    never_called_unsent(absent)


def test_the_wish_to_slow_down_is_kept(absent, passing, sandbox):
    sandbox.order("status", method="GET", status=429, retry_after=200)
    asked = timezone.now()
    look(passing, absent)
    assert absent.not_before - asked > timedelta(seconds=199)


@pytest.mark.parametrize("late_state", [State.UNKNOWN, State.RECONCILING])
def test_a_late_answer_settles_it_while_it_is_being_looked_up(
    confirmed, draft, passing, sandbox, connection, late_state
):
    operation = confirmed(draft)
    slow = taken(operation)
    sending._go_on_wire(slow)
    passing.move_to(timezone.now() + timedelta(seconds=70))
    relay.sweep()
    if late_state == State.RECONCILING:
        operation.refresh_from_db()
        assert relay.moving.move(operation, State.RECONCILING)
    made = client("airship").create(account_for(connection), operation.body)
    sending.record_success(slow, made)
    operation.refresh_from_db()
    assert (operation.state, operation.remote_id) == (State.SUCCEEDED, made.remote_id)


def test_an_answer_under_another_claim_settles_nothing(confirmed, draft, passing, sandbox, connection):
    operation = confirmed(draft)
    slow = taken(operation)
    sending._go_on_wire(slow)
    passing.move_to(timezone.now() + timedelta(seconds=70))
    relay.sweep()
    slow.claim_token = operation.pk
    sending.record_success(slow, client("airship").create(account_for(connection), operation.body))
    operation.refresh_from_db()
    assert operation.state == State.UNKNOWN
