"""What speaks against sending, and what each end of a call is written down as: state, attempt, and when again."""

import uuid

import pytest

from experiments import providers
from experiments.models import Attempt, Kind, Operation, State
from experiments.providers.outcomes import NotSent, OutcomeUnknown, Rejected
from experiments.providers.shapes import Answer, Problem
from experiments.relay import sending
from tests.decisions.conftest import NOW, SECOND
from workspaces.models import Connection, Role

BODY = b'{"name":"Tone"}'
SHA256 = providers.document("airship").sha256(BODY)
LONGEST_CALL = 40 * SECOND
ANSWER = Answer(418, operation_id="o1", request_id="r1", body="no\0pe", provider_date=NOW, milliseconds=7)
CHANGED_BYTES = (State.REJECTED, "changed_bytes", "The stored request is not what was confirmed.")
TOO_LATE = (State.EXPIRED, "too_late", "Its time was too near to send it safely.")
CONNECTION_CHANGED = (State.REJECTED, "connection_changed", "The connection was removed or got a new secret.")
CHANGES = [Kind.DELETE, Kind.STATUS, Kind.UPDATE, Kind.ATTACH, Kind.DETACH]


@pytest.fixture
def queued(unclear):
    def make(**given):
        given = {"payload": BODY, "sha256": SHA256, "fence_at": NOW + LONGEST_CALL, "unknown_since": None} | given
        return unclear(State.CLAIMED, **given)

    return make


@pytest.fixture
def called(unclear):
    """An operation whose call has just ended, with its open attempt."""

    def make(state=State.ON_WIRE, tries=1, **given):
        given = {"unknown_since": None, "lease_until": NOW, "claim_token": uuid.uuid4()} | given
        operation = unclear(state, attempt_count=tries, **given)
        for number in range(1, tries + 1):
            Attempt.objects.create(operation=operation, number=number, claim_token=uuid.uuid4())
        return operation

    return make


def stored(operation):
    return Operation.objects.get(pk=operation.pk)


def ended(operation, failure):
    sending.record_failure(operation, failure)
    return stored(operation), operation.attempts.last()


# Before the call


@pytest.mark.parametrize("kind", [Kind.CREATE, *CHANGES])
@pytest.mark.parametrize(("role", "may"), [(Role.PUBLISHER, True), (Role.ADMIN, True), (Role.EDITOR, False)])
def test_only_who_may_publish_still_sends(queued, paula, kind, role, may):
    paula.memberships.update(role=role)
    against = sending.reason_to_stop(queued(kind=kind))
    assert against == (None if may else (State.CANCELLED, "role_lost", "Paula may not do this any more."))


@pytest.mark.parametrize(("role", "may"), [(Role.EDITOR, True), (Role.VIEWER, False)])
def test_an_editor_may_check(queued, paula, role, may):
    paula.memberships.update(role=role)
    against = sending.reason_to_stop(queued(kind=Kind.VALIDATE))
    assert (against is None) is may


def test_somebody_who_is_gone_sends_nothing(queued):
    against = sending.reason_to_stop(queued(by=None))
    assert against == (State.CANCELLED, "role_lost", "Whoever asked for it may not do this any more.")


@pytest.mark.parametrize(
    ("given", "against"),
    [
        ({}, None),
        ({"payload": b'{"name":"Tune"}'}, CHANGED_BYTES),
        ({"sha256": "0" * 64}, CHANGED_BYTES),
        ({"sha256": "", "kind": Kind.DELETE}, None),
        ({"fence_at": NOW + LONGEST_CALL - SECOND}, TOO_LATE),
        ({"fence_at": NOW + LONGEST_CALL - SECOND, "kind": Kind.DELETE}, None),
        ({"fence_at": None}, None),
        ({"connection_version": 2}, CONNECTION_CHANGED),
        ({"connection_version": 0, "kind": Kind.VALIDATE}, CONNECTION_CHANGED),
    ],
)
def test_what_held_at_the_click_must_hold_still(queued, given, against):
    assert sending.reason_to_stop(queued(**given)) == against


def test_a_removed_connection_sends_nothing(queued, airship):
    airship.is_removed = True
    airship.save()
    removed = Connection.objects.get(pk=airship.pk)
    assert sending.reason_to_stop(queued(connection=removed)) == CONNECTION_CHANGED


def test_the_fastest_clock_says_when_it_is_too_late(queued, clocks):
    operation = queued()
    assert not sending.is_too_late(operation)
    clocks.ahead = SECOND
    assert sending.is_too_late(operation)
    clocks.ahead = -SECOND
    assert not sending.is_too_late(operation)


# A no


@pytest.mark.parametrize("kind", [Kind.CREATE, Kind.VALIDATE, *CHANGES])
def test_a_no_ends_it_with_the_providers_words(called, kind):
    problems = (Problem("/name", "Too long", "c"),)
    seen, attempt = ended(called(kind=kind), Rejected("invalid", "No.", ANSWER, problems=problems))
    assert (seen.state, seen.reason, seen.message) == (State.REJECTED, "invalid", "No.")
    assert seen.problems == [{"pointer": "/name", "message": "Too long", "code": "c"}]
    assert (attempt.outcome, attempt.reason, attempt.ended_at) == ("rejected", "invalid", NOW)
    assert (attempt.status_code, attempt.remote_operation_id, attempt.request_id) == (418, "o1", "r1")


def test_an_assignment_that_was_not_there_is_taken_away(called):
    seen, attempt = ended(called(kind=Kind.DETACH), Rejected("already_gone", "Not there."))
    assert (seen.state, seen.reason, seen.message) == (State.SUCCEEDED, "already_gone", "Not there.")
    assert (attempt.outcome, attempt.reason) == ("rejected", "already_gone")


def test_a_test_that_is_called_gone_is_looked_at_first(called):
    seen, attempt = ended(called(kind=Kind.DELETE), Rejected("already_gone", "Not there.", ANSWER))
    assert (seen.state, seen.reason, seen.message) == (State.UNKNOWN, "already_gone", "Not there.")
    assert (attempt.outcome, attempt.status_code) == ("unknown", 418)
    assert seen.events.get().data == {"is_applied": False}


def test_too_late_to_delete_is_a_no(called):
    assert ended(called(kind=Kind.DELETE), Rejected("too_late", "Begun."))[0].state == State.REJECTED


@pytest.mark.parametrize(("status", "health"), [(401, "refused"), (403, "untested"), (400, "untested")])
def test_a_refused_key_is_told_of_the_connection(called, airship, status, health):
    ended(called(), Rejected("unauthorized", "Airship does not accept this key.", Answer(status)))
    airship.refresh_from_db()
    assert airship.health == health
    if status == 401:
        assert airship.health_message == "Airship does not accept this key."


def test_a_no_without_an_answer_says_nothing_about_the_key(called, airship):
    ended(called(), Rejected("bad", "No."))
    airship.refresh_from_db()
    assert airship.health == "untested"


# An answer that came after the sweep had given the call up


@pytest.mark.parametrize("given_up", [State.UNKNOWN, State.RECONCILING, State.NEEDS_PERSON])
def test_a_late_no_settles_what_was_given_up(called, given_up):
    operation = called()
    Operation.objects.filter(pk=operation.pk).update(state=State.UNKNOWN)
    if given_up == State.NEEDS_PERSON:
        Operation.objects.filter(pk=operation.pk).update(state=State.RECONCILING)
    Operation.objects.filter(pk=operation.pk).update(state=given_up)
    seen, attempt = ended(operation, Rejected("invalid", "No."))
    assert (seen.state, seen.reason, seen.message) == (State.REJECTED, "invalid", "No.")
    assert attempt.outcome == "rejected"


def test_a_late_no_of_an_earlier_claim_says_nothing(called):
    operation = called()
    Operation.objects.filter(pk=operation.pk).update(state=State.UNKNOWN, claim_token=uuid.uuid4())
    seen, attempt = ended(operation, Rejected("invalid", "No."))
    assert (seen.state, attempt.outcome) == (State.UNKNOWN, "")


def test_a_late_no_does_not_move_another_operation(called):
    operation, other = called(), called()
    Operation.objects.filter(pk=other.pk).update(state=State.UNKNOWN, claim_token=operation.claim_token)
    Operation.objects.filter(pk=operation.pk).update(state=State.SUCCEEDED)
    seen, attempt = ended(operation, Rejected("invalid", "No."))
    assert (seen.state, attempt.outcome, stored(other).state) == (State.SUCCEEDED, "", State.UNKNOWN)


@pytest.mark.parametrize(
    "failure", [Rejected("invalid", "No."), OutcomeUnknown("eof", "Lost."), NotSent("rate_limited", "Later.")]
)
@pytest.mark.parametrize("tries", [1, 5])
def test_the_end_of_an_earlier_claim_does_not_count_after_another(called, failure, tries):
    operation = called(tries=tries)
    Operation.objects.filter(pk=operation.pk).update(claim_token=uuid.uuid4())
    seen, attempt = ended(operation, failure)
    assert (seen.state, seen.reason, attempt.outcome) == (State.ON_WIRE, "", "")


# No answer


@pytest.mark.parametrize("kind", [Kind.CREATE, *CHANGES])
@pytest.mark.parametrize("is_applied", [True, False])
def test_an_unclear_end_is_looked_up_at_once(called, kind, is_applied):
    operation = called(kind=kind, not_before=NOW - SECOND)
    seen, attempt = ended(operation, OutcomeUnknown("eof", "Lost.", ANSWER, is_applied=is_applied))
    assert (seen.state, seen.reason, seen.message) == (State.UNKNOWN, "eof", "Lost.")
    assert (seen.unknown_since, seen.not_before, seen.lease_until) == (NOW, NOW, None)
    assert (attempt.outcome, attempt.reason, attempt.status_code) == ("unknown", "eof", 418)
    assert seen.events.get().data == {"is_applied": is_applied}


# Not sent


@pytest.mark.parametrize(("tries", "seconds"), [(1, 2), (2, 5), (3, 15), (4, 30)])
@pytest.mark.parametrize("state", [State.CLAIMED, State.ON_WIRE])
def test_what_was_not_applied_is_tried_again_after_growing_pauses(called, tries, seconds, state):
    seen, attempt = ended(called(state, tries), NotSent("refused", "Refused.", ANSWER))
    assert (seen.state, seen.reason, seen.message) == (State.RETRY_WAIT, "refused", "Refused.")
    assert seen.not_before == NOW + seconds * SECOND
    assert (attempt.outcome, attempt.reason, attempt.number) == ("not_sent", "refused", tries)
    assert attempt.status_code == 418


@pytest.mark.parametrize(("retry_after", "seconds"), [(None, 2), (1, 2), (900, 900)])
def test_a_wish_to_wait_is_granted(called, retry_after, seconds):
    seen, _ = ended(called(), NotSent("rate_limited", "Later.", retry_after=retry_after))
    assert seen.not_before == NOW + seconds * SECOND


@pytest.mark.parametrize(
    ("state", "tries", "ends"),
    [
        (State.CLAIMED, 5, State.REJECTED),
        (State.CLAIMED, 6, State.REJECTED),
        (State.ON_WIRE, 5, State.RETRY_WAIT),
        (State.ON_WIRE, 7, State.RETRY_WAIT),
    ],
)
def test_after_five_tries_it_ends_and_on_the_wire_the_sweep_ends_it(called, state, tries, ends):
    seen, attempt = ended(called(state, tries, not_before=NOW - SECOND), NotSent("refused", "Refused."))
    assert (seen.state, attempt.outcome) == (ends, "not_sent")
    if ends == State.RETRY_WAIT:
        assert seen.not_before == NOW


@pytest.mark.parametrize("state", [State.CLAIMED, State.ON_WIRE])
def test_what_a_person_must_mend_ends_it(called, state):
    seen, attempt = ended(called(state), NotSent("certificate", "Expired.", is_permanent=True))
    assert (seen.state, seen.reason, seen.message) == (State.REJECTED, "certificate", "Expired.")
    assert attempt.outcome == "not_sent"


@pytest.mark.parametrize(("tries", "ends"), [(2, State.RETRY_WAIT), (3, State.REJECTED), (4, State.REJECTED)])
@pytest.mark.parametrize("failure", [NotSent("eof", "Lost."), OutcomeUnknown("eof", "Lost.")])
def test_a_check_is_tried_three_times_whatever_became_of_it(called, tries, ends, failure):
    seen, attempt = ended(called(tries=tries, kind=Kind.VALIDATE), failure)
    assert (seen.state, seen.reason, attempt.outcome) == (ends, "eof", "not_sent")
    assert seen.unknown_since is None
