"""The life of an operation: every move of the table works, for whom it is meant, and every other one is refused.

The table is written down here a second time, on purpose: a move may be added only on both sides.
"""

import itertools
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from experiments.models import Draft, Event, Kind, Operation, State, Status
from experiments.models.states import BY_ENDS, FINAL, HOLDS_DRAFT, MOVES, OPEN, TABLE, UNCLEAR, UNSENT
from experiments.relay.moving import IllegalMove, free_draft, move
from workspaces.models import Role

# From, to, and who may: machines, or the least role of a person.
WRITTEN = {
    "queued": {"claimed": "worker", "cancelled": "PUBLISHER", "parked": "adoption sweep worker"},
    "claimed": {
        "queued": "sweep worker",
        "on_wire": "worker",
        "retry_wait": "worker",
        "rejected": "worker",
        "expired": "worker",
        "cancelled": "worker",
        "parked": "adoption worker",
    },
    "on_wire": {"succeeded": "worker", "rejected": "worker", "retry_wait": "sweep worker", "unknown": "sweep worker"},
    "retry_wait": {"queued": "sweep", "expired": "sweep", "cancelled": "PUBLISHER", "parked": "adoption sweep"},
    "parked": {"queued": "PUBLISHER", "cancelled": "PUBLISHER", "expired": "sweep", "unknown": "adoption"},
    "unknown": {"reconciling": "look-up", "succeeded": "worker", "rejected": "worker", "needs_person": "look-up"},
    "reconciling": {
        "unknown": "look-up sweep",
        "succeeded": "look-up worker",
        "rejected": "look-up worker",
        "conflict": "look-up",
        "not_applied": "look-up",
        "needs_person": "look-up",
    },
    "needs_person": {"reconciling": "ADMIN", "unknown": "look-up", "succeeded": "worker", "rejected": "worker"},
    "conflict": {"succeeded": "look-up worker"},
}
LEGAL = {(source, to): who for source, moves in WRITTEN.items() for to, who in moves.items()}
RANKS = [Role.VIEWER, Role.EDITOR, Role.PUBLISHER, Role.ADMIN]
DONE = {"succeeded", "rejected", "expired", "cancelled", "not_applied"}
LOOKED_UP = {"unknown", "reconciling", "needs_person", "conflict"}
BEFORE_THE_WIRE = {"queued", "claimed", "retry_wait", "parked"}


def values(states):
    return {str(state) for state in states}


def may(role, least):
    return role is not None and RANKS.index(role) >= RANKS.index(least)


def reached(*sources, without=()):
    """Every state that some way leads to."""
    seen, todo = set(), list(sources)
    while todo:
        for to in WRITTEN.get(todo.pop(), {}):
            if to not in seen and to not in without:
                seen.add(to)
                todo.append(to)
    return seen


@pytest.fixture
def operation(airship, bob):
    """Make an operation in any state: a new row is not a move."""

    def make(state, **given):
        return Operation.objects.create(
            workspace=airship.workspace,
            connection=airship,
            connection_version=1,
            kind=given.pop("kind", Kind.CREATE),
            state=state,
            name="Tone",
            **given,
        )

    return make


@pytest.fixture
def drafted(operation, airship, bob):
    """Make an operation that sends a draft."""

    def make(state, **given):
        draft = Draft.objects.create(workspace=airship.workspace, connection=airship, owner=bob, status=Status.SENDING)
        return operation(state, draft=draft, **given), draft

    return make


# The table itself


def test_both_tables_say_the_same():
    told = {}
    for row in TABLE:
        assert (row.source, row.to) not in told
        told[str(row.source), str(row.to)] = row.role.name if row.role else " ".join(sorted(map(str, row.machines)))
    assert told == LEGAL
    assert {(row.source, row.to): row for row in TABLE} == BY_ENDS
    assert {str(state): values(moves) for state, moves in MOVES.items()} == {
        str(state): set(WRITTEN.get(str(state), {})) for state in State
    }


def test_every_move_has_an_actor_and_a_reason_in_words():
    for row in TABLE:
        assert bool(row.machines) != (row.role is not None), row
        assert len(row.when.split()) >= 2


def test_the_groups_of_states_are_what_their_names_say():
    assert values(FINAL) == DONE
    assert values(OPEN) == values(State) - DONE
    assert values(UNCLEAR) == LOOKED_UP
    assert values(UNSENT) == BEFORE_THE_WIRE
    assert values(HOLDS_DRAFT) == values(State) - DONE | {"succeeded"}
    assert values(State) == DONE | LOOKED_UP | BEFORE_THE_WIRE | {"on_wire"}


def test_every_state_can_be_reached_and_every_open_one_can_end():
    assert reached("queued") | {"queued"} == values(State)
    for state in WRITTEN:
        assert reached(state) & DONE, state
    assert not set(WRITTEN) & DONE


def test_from_where_something_may_have_been_sent_no_way_leads_back_to_sending():
    assert not reached(*LOOKED_UP) & (BEFORE_THE_WIRE | {"on_wire"})
    # From the wire itself only with proof that nothing was applied, which is what retry_wait says.
    assert not reached("on_wire", without={"retry_wait"}) & BEFORE_THE_WIRE
    assert "queued" in reached("on_wire")  # the control: the search does find ways


def test_only_a_claim_leads_to_the_wire_and_only_a_worker_goes_there():
    assert [ends for ends in LEGAL if ends[1] == "on_wire"] == [("claimed", "on_wire")]
    assert [ends for ends in LEGAL if ends[1] == "claimed"] == [("queued", "claimed")]
    assert LEGAL["queued", "claimed"] == LEGAL["claimed", "on_wire"] == "worker"


def test_what_waits_for_a_person_still_takes_a_late_answer():
    by_machine = {ends for ends, who in LEGAL.items() if who.islower()}
    stuck = {state for state in WRITTEN if not any(source == state for source, _ in by_machine)}
    assert not stuck
    assert {to for source, to in by_machine if source == "needs_person"} == {"succeeded", "rejected", "unknown"}
    assert all(who in ("PUBLISHER", "ADMIN") for who in LEGAL.values() if who.isupper())


# Every pair of states, by everyone


@pytest.mark.parametrize("source", list(State))
def test_only_the_moves_of_the_table_are_possible(operation, source, alice, paula, bob, vera, charlie):
    people = {None: None, alice: Role.ADMIN, paula: Role.PUBLISHER, bob: Role.EDITOR, vera: Role.VIEWER, charlie: None}
    row = operation(source)
    for to, (by, role) in itertools.product(State, people.items()):
        who = LEGAL.get((str(source), str(to)))
        is_legal = who is not None and (who.islower() if by is None else who.isupper() and may(role, Role[who]))
        if not is_legal:
            known = f" by {by or 'a machine'}" if who else ""
            with pytest.raises(IllegalMove, match=f"^{source} → {to}{known}$"):
                move(row, to, by=by)
            continue
        other = operation(source)
        assert move(other, to, by=by, reason="so", data={"n": 1})
        assert other.state == Operation.objects.get(pk=other.pk).state == to
        event = Event.objects.get(operation=other)
        assert (event.from_state, event.to_state, event.by) == (source, to, by)
        assert (event.reason, event.data) == ("so", {"n": 1})
    assert Operation.objects.get(pk=row.pk).state == source
    assert not Event.objects.filter(operation=row).exists()


# What a move does


def test_a_move_stores_what_goes_with_it(operation):
    row = operation(State.CLAIMED, reason="before")
    assert move(row, State.RETRY_WAIT, message="Nobody answered.", look_count=3)
    for seen in (row, Operation.objects.get(pk=row.pk)):
        assert (seen.message, seen.look_count, seen.reason) == ("Nobody answered.", 3, "before")
    assert Event.objects.get(operation=row).data == {}


def test_a_move_is_one_short_transaction_without_savepoints(operation, drafted, django_assert_num_queries):
    row, sending = operation(State.ON_WIRE), drafted(State.ON_WIRE)[0]
    with django_assert_num_queries(2) as asked:  # inside the test's transaction
        assert move(row, State.UNKNOWN)
    assert [query["sql"].split()[0] for query in asked.captured_queries] == ["UPDATE", "INSERT"]
    with django_assert_num_queries(3):
        assert move(sending, State.UNKNOWN)


def test_a_move_that_came_second_changes_nothing(operation):
    row = operation(State.CLAIMED)
    Operation.objects.filter(pk=row.pk).update(state=State.ON_WIRE)
    assert not move(row, State.QUEUED, reason="late", message="x")
    stored = Operation.objects.get(pk=row.pk)
    assert (stored.state, stored.reason, stored.message, row.state) == (State.ON_WIRE, "", "", State.CLAIMED)
    assert not Event.objects.exists()


def test_a_move_touches_no_other_operation(operation):
    first, second = operation(State.CLAIMED), operation(State.CLAIMED)
    assert move(first, State.ON_WIRE)
    assert Operation.objects.get(pk=second.pk).state == State.CLAIMED


def test_a_claims_token_must_still_be_the_rows(operation):
    mine = uuid.uuid4()
    row = operation(State.CLAIMED, claim_token=mine)
    assert not move(row, State.ON_WIRE, token=uuid.uuid4())
    assert move(row, State.ON_WIRE, token=mine)


@pytest.mark.parametrize("to", sorted(DONE))
def test_an_end_has_a_time_and_no_lease(operation, to):
    source = next(source for (source, target), who in LEGAL.items() if target == to and who.islower())
    row = operation(source, lease_until=timezone.now())
    assert move(row, State(to))
    stored = Operation.objects.get(pk=row.pk)
    assert (stored.finished_at, stored.lease_until) == (Event.objects.get(operation=row).at, None)


def test_what_goes_on_has_no_end_and_keeps_its_lease(operation):
    row = operation(State.CLAIMED, lease_until=timezone.now())
    assert move(row, State.ON_WIRE)
    stored = Operation.objects.get(pk=row.pk)
    assert (stored.finished_at, stored.lease_until is not None) == (None, True)


def test_an_end_may_be_given_its_own_time(operation):
    long_ago = timezone.now() - timedelta(days=2)
    row = operation(State.ON_WIRE)
    assert move(row, State.SUCCEEDED, finished_at=long_ago, lease_until=long_ago)
    stored = Operation.objects.get(pk=row.pk)
    assert (stored.finished_at, stored.lease_until) == (long_ago, long_ago)


# What the draft shows of it

SHOWN = [
    (State.CLAIMED, State.REJECTED, Status.DRAFT, False),
    (State.CLAIMED, State.EXPIRED, Status.DRAFT, False),
    (State.CLAIMED, State.CANCELLED, Status.DRAFT, False),
    (State.RECONCILING, State.NOT_APPLIED, Status.DRAFT, False),
    (State.ON_WIRE, State.UNKNOWN, Status.SENDING, True),
    (State.UNKNOWN, State.RECONCILING, Status.SENDING, True),
    (State.RECONCILING, State.NEEDS_PERSON, Status.SENDING, True),
    (State.RECONCILING, State.CONFLICT, Status.SENDING, True),
]


@pytest.mark.parametrize(("source", "to", "status", "needs_attention"), SHOWN)
def test_a_draft_is_free_where_nothing_was_sent_and_asks_for_attention_where_nobody_knows(
    drafted, source, to, status, needs_attention
):
    row, draft = drafted(source)
    Draft.objects.filter(pk=draft.pk).update(
        status=Status.SCHEDULED, sent_at=timezone.now(), needs_attention=not needs_attention
    )
    assert move(row, to)
    draft.refresh_from_db()
    assert (draft.status, draft.needs_attention) == (status, needs_attention)
    assert (draft.sent_at is None) == (to in FINAL)


@pytest.mark.parametrize(
    ("ahead", "status"),
    [
        (timedelta(hours=1), Status.SCHEDULED),
        (timedelta(0), Status.FINISHED),
        (-timedelta(hours=1), Status.FINISHED),
        (None, Status.FINISHED),
    ],
)
def test_a_draft_that_was_sent_is_scheduled_or_out(drafted, monkeypatch, ahead, status):
    now = timezone.now()
    row, draft = drafted(State.ON_WIRE, fence_at=None if ahead is None else now + ahead)
    monkeypatch.setattr(timezone, "now", lambda: now)
    Draft.objects.filter(pk=draft.pk).update(needs_attention=True)
    assert move(row, State.SUCCEEDED)
    draft.refresh_from_db()
    assert (draft.status, draft.needs_attention, draft.sent_at is None) == (status, False, False)


@pytest.mark.parametrize("to", [State.ON_WIRE, State.RETRY_WAIT, State.PARKED])
def test_a_draft_on_its_way_stays_as_it_was(drafted, to):
    row, draft = drafted(State.CLAIMED)
    assert move(row, to)
    draft.refresh_from_db()
    assert (draft.status, draft.needs_attention, draft.sent_at) == (Status.SENDING, False, None)


@pytest.mark.parametrize("kind", [Kind.VALIDATE, Kind.DELETE])
def test_a_check_or_a_delete_of_a_draft_does_not_show_on_it(drafted, kind):
    row, draft = drafted(State.ON_WIRE, kind=kind)
    assert move(row, State.SUCCEEDED)
    draft.refresh_from_db()
    assert (draft.status, draft.sent_at) == (Status.SENDING, None)


def test_only_its_own_draft_shows_it(drafted, operation):
    row, draft = drafted(State.ON_WIRE)
    _, other = drafted(State.ON_WIRE)
    assert move(row, State.UNKNOWN)
    assert move(operation(State.ON_WIRE), State.UNKNOWN)  # one whose draft was deleted
    other.refresh_from_db()
    assert not other.needs_attention
    draft.refresh_from_db()
    assert draft.needs_attention


def test_an_undone_draft_is_free_again_and_only_that_one(drafted):
    row, draft = drafted(State.SUCCEEDED)
    other_row, other = drafted(State.SUCCEEDED)
    given = {"status": Status.SCHEDULED, "sent_at": timezone.now(), "needs_attention": True}
    Draft.objects.filter(pk__in=[draft.pk, other.pk]).update(**given)
    free_draft(row)
    draft.refresh_from_db()
    other.refresh_from_db()
    assert (draft.status, draft.sent_at, draft.needs_attention) == (Status.DRAFT, None, False)
    assert (other.status, other.needs_attention) == (Status.SCHEDULED, True)
    assert Operation.objects.get(pk=row.pk).undone_at is not None
    assert Operation.objects.get(pk=other_row.pk).undone_at is None


def test_an_undo_keeps_the_time_of_the_first(drafted, operation):
    long_ago = timezone.now() - timedelta(days=2)
    row, _ = drafted(State.SUCCEEDED, undone_at=long_ago)
    free_draft(row)
    assert Operation.objects.get(pk=row.pk).undone_at == long_ago
    without = operation(State.SUCCEEDED)
    free_draft(without)  # its draft was deleted
    assert Operation.objects.get(pk=without.pk).undone_at is not None
