"""When an unclear operation is looked at again, and when its absence from every list proves something."""

from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace

import pytest

from experiments import providers
from experiments.models import Event, Experiment, Operation, State
from experiments.providers.outcomes import NotSent, Rejected
from experiments.providers.shapes import Account, Answer, Problem, RemoteExperiment, Secret
from experiments.relay import searching, waiting
from experiments.relay.looking import Seen
from tests.decisions.conftest import MINUTE, NOW, SECOND


def happened(operation, ago, **values):
    """An event of the past, by default a look that found nothing."""
    given = {"from_state": State.RECONCILING, "to_state": State.UNKNOWN, "data": {"found": "nothing"}} | values
    return Event.objects.create(operation=operation, at=NOW - ago, **given)


def stored(operation):
    return Operation.objects.get(pk=operation.pk)


def last_data(operation):
    return Event.objects.filter(operation=operation).latest("pk").data


# The next look


@pytest.mark.parametrize(
    ("looks", "seconds"), [(0, 5), (1, 15), (2, 60), (3, 120), (4, 300), (11, 300), (12, 900), (99, 900)]
)
def test_looks_come_at_growing_distances(unclear, looks, seconds):
    operation = unclear(look_count=looks, lease_until=NOW)
    waiting.look_later(operation, {"found": "nothing"}, absent_count=7)
    seen = stored(operation)
    assert (seen.state, seen.not_before) == (State.UNKNOWN, NOW + timedelta(seconds=seconds))
    assert (seen.look_count, seen.lease_until, seen.absent_count) == (looks + 1, None, 7)
    assert last_data(operation) == {"found": "nothing"}


@pytest.mark.parametrize(
    ("latest", "earliest", "at"),
    [(3, None, 3), (9, None, 5), (None, 9, 9), (None, 3, 5), (3, 9, 9), (3, 2, 3), (9, 2, 5)],
)
def test_a_look_is_not_after_the_latest_and_above_all_not_before_the_earliest(unclear, latest, earliest, at):
    operation = unclear()
    moments = {
        name: NOW + timedelta(seconds=value) if value else None
        for name, value in {"latest": latest, "earliest": earliest}.items()
    }
    waiting.look_later(operation, {}, **moments)
    assert stored(operation).not_before == NOW + timedelta(seconds=at)


def test_the_next_look_goes_by_the_databases_clock(unclear, clocks):
    clocks.ahead = MINUTE
    operation = unclear()
    waiting.look_later(operation, {})
    assert stored(operation).not_before == NOW + MINUTE + 5 * SECOND


@pytest.mark.parametrize(("blind", "state"), [(30 * MINUTE, State.UNKNOWN), (30 * MINUTE + SECOND, State.NEEDS_PERSON)])
def test_half_an_hour_without_reading_anything_needs_a_person(unclear, blind, state):
    operation = unclear(unknown_since=NOW - blind, lease_until=NOW, look_count=1)
    waiting.cannot_look(operation, "x" * 300)
    seen = stored(operation)
    assert (seen.state, seen.lease_until) == (state, None)
    if state == State.NEEDS_PERSON:
        assert (seen.reason, seen.message) == ("cannot_look", "x" * 300)
    else:
        assert last_data(operation) == {"found": "no answer", "message": "x" * 200}
        assert seen.not_before == NOW + 15 * SECOND


@pytest.mark.parametrize(("retry_after", "seconds"), [(None, 5), (0, 5), (3, 5), (40, 40)])
def test_a_provider_that_wants_to_wait_is_not_asked_before(unclear, retry_after, seconds):
    operation = unclear()
    waiting.cannot_look(operation, "busy", retry_after)
    assert stored(operation).not_before == NOW + timedelta(seconds=seconds)


def test_a_good_look_starts_the_half_hour_anew(unclear):
    operation = unclear(unknown_since=NOW - 60 * MINUTE, created_at=NOW - 70 * MINUTE)
    assert waiting.last_good_look(operation) == NOW - 60 * MINUTE
    lost = happened(operation, 59 * MINUTE, from_state=State.ON_WIRE, data={})
    happened(operation, 50 * MINUTE, data={"found": "no answer"})
    assert waiting.last_good_look(operation) == lost.at
    good = happened(operation, 20 * MINUTE)
    happened(operation, 10 * MINUTE, data={"found": "no answer"})
    happened(operation, 9 * MINUTE, data={})
    happened(operation, 8 * MINUTE, from_state=State.UNKNOWN, to_state=State.RECONCILING)
    happened(unclear(), 1 * MINUTE)  # of another
    assert waiting.last_good_look(operation) == good.at
    waiting.cannot_look(operation, "busy")
    assert stored(operation).state == State.UNKNOWN


def test_an_unclear_operation_without_a_moment_counts_from_its_beginning(unclear):
    assert waiting.last_good_look(unclear(unknown_since=None, created_at=NOW - MINUTE)) == NOW - MINUTE


# In no list

ACCOUNT = Account("http://127.0.0.1:9", "k", Secret("s"))
OVER = 60 * SECOND  # after the fence, before which a late copy may still be taken
FENCED = {"fence_at": NOW - OVER, "payload": b'{"name":"Tone","variants":[]}'}


def seen_by(**given):
    return Seen(**({"provider_date": NOW} | given))


def absent(operation, **seen):
    searching._absent(operation, ACCOUNT, seen_by(**seen))
    return stored(operation)


@pytest.mark.parametrize(
    ("unknown_since", "state"),
    [
        (NOW - 15 * MINUTE - SECOND, State.NEEDS_PERSON),
        (NOW - 15 * MINUTE, State.UNKNOWN),
        (NOW, State.UNKNOWN),
        (None, State.UNKNOWN),
    ],
)
def test_what_has_no_fence_waits_a_quarter_of_an_hour_for_a_person(unclear, unknown_since, state):
    operation = unclear(unknown_since=unknown_since, lease_until=NOW)
    seen = absent(operation)
    assert (seen.state, seen.lease_until) == (state, None)
    if state == State.UNKNOWN:
        assert last_data(operation) == {"found": "nothing"}
    else:
        assert seen.reason == "not_found"


@pytest.mark.parametrize(
    ("fence_at", "provider_date", "next_look"),
    [
        (NOW - OVER + SECOND, NOW, NOW + 5 * SECOND),
        (NOW - OVER + 100 * SECOND, NOW, NOW + 100 * SECOND),
        (NOW + 60 * MINUTE, NOW, NOW + 300 * SECOND),
        (NOW - OVER, NOW - SECOND, NOW + 5 * SECOND),
        (NOW - OVER - 60 * MINUTE, NOW - 60 * MINUTE - SECOND, NOW + 5 * SECOND),
    ],
)
def test_before_every_clock_is_past_the_fence_absence_proves_nothing(unclear, fence_at, provider_date, next_look):
    operation = unclear(**FENCED | {"fence_at": fence_at}, look_count=4)
    seen = absent(operation, provider_date=provider_date)
    assert (seen.state, seen.absent_count, seen.not_before) == (State.UNKNOWN, 0, next_look)
    assert last_data(operation) == {"found": "nothing"}


def test_the_slowest_clock_decides_whether_the_fence_has_passed(unclear, clocks):
    clocks.ahead = -SECOND
    operation = unclear(**FENCED)
    assert absent(operation).absent_count == 0
    assert not last_data(operation).get("is_counted")


@pytest.mark.parametrize("looks", [0, 9])
def test_after_the_fence_a_first_whole_look_is_counted_and_the_second_a_minute_later(unclear, looks):
    operation = unclear(**FENCED, look_count=looks)
    seen = absent(operation)
    assert (seen.state, seen.absent_count, seen.not_before) == (State.UNKNOWN, 1, NOW + 60 * SECOND)
    assert last_data(operation) == {"found": "nothing", "is_counted": True}


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        ({"is_whole": False}, "its lists could not be read to the end"),
        ({"is_whole": False, "provider_date": None}, "its lists could not be read to the end"),
        ({"provider_date": None}, "it does not tell its own time"),
    ],
)
def test_a_look_that_was_not_whole_proves_nothing(unclear, seen, why):
    operation = unclear(**FENCED)
    happened(operation, 2 * MINUTE, data={"is_counted": True})
    assert absent(operation, **seen).state == State.UNKNOWN
    assert last_data(operation) == {"found": "no answer", "message": f"Airship was asked, but {why}."}


@pytest.fixture
def counted(unclear):
    """Looked for once already, a minute ago, after its fence."""

    def make(ago=MINUTE, **given):
        operation = unclear(**FENCED | {"fence_at": NOW - 60 * MINUTE} | given)
        happened(operation, ago, data={"found": "nothing", "is_counted": True})
        return operation

    return make


def test_two_whole_looks_a_minute_apart_prove_that_it_never_arrived(counted):
    operation = counted()
    seen = absent(operation)
    assert (seen.state, seen.reason) == (State.NOT_APPLIED, "never_arrived")
    assert last_data(operation) == {"found": "nothing"}


def test_two_looks_right_after_each_other_are_one(counted, clocks):
    operation = counted(MINUTE - SECOND, look_count=4)
    seen = absent(operation)
    assert (seen.state, seen.not_before, seen.absent_count) == (State.UNKNOWN, NOW + SECOND, 0)
    assert last_data(operation) == {"found": "nothing"}


def test_a_slow_clock_makes_the_minute_longer(counted, clocks):
    clocks.ahead = -SECOND
    assert absent(counted()).state == State.UNKNOWN


def test_the_minute_counts_from_the_first_look(counted):
    operation = counted()
    happened(operation, SECOND, data={"is_counted": True})
    assert absent(operation).state == State.NOT_APPLIED


def test_a_look_of_another_operation_or_not_counted_does_not_count(counted, unclear):
    operation = unclear(**FENCED)
    happened(operation, 5 * MINUTE)
    happened(operation, 5 * MINUTE, to_state=State.RECONCILING, data={"is_counted": True})
    counted(5 * MINUTE)
    assert absent(operation).absent_count == 1


def test_what_the_provider_had_said_yes_to_needs_a_person(counted):
    operation = counted(lease_until=NOW)
    happened(operation, 5 * MINUTE, from_state=State.ON_WIRE, data={"is_applied": True})
    seen = absent(operation)
    assert (seen.state, seen.reason, seen.lease_until) == (State.NEEDS_PERSON, "taken_but_absent", None)
    assert last_data(operation) == {"found": "nothing"}


def test_what_was_only_unclear_does_not(counted):
    operation = counted()
    happened(operation, 5 * MINUTE, from_state=State.ON_WIRE, data={"is_applied": False})
    assert absent(operation).state == State.NOT_APPLIED


def remote(made_after, **given):
    """A test of somebody's, made so long after its own schedule."""
    at = NOW - 60 * MINUTE
    values = {"scheduled_at": at, "created_at": at + made_after, "is_fenced": True} | given
    return RemoteExperiment("r1", "Other", "", {}, **values)


@pytest.mark.parametrize(
    ("other", "is_late"),
    [
        (remote(5 * SECOND), False),
        (remote(6 * SECOND), True),
        (remote(6 * SECOND, is_fenced=False), False),
        (remote(6 * SECOND, scheduled_at=None), False),
        (remote(6 * SECOND, created_at=None), False),
        (remote(-MINUTE), False),
    ],
)
def test_a_provider_that_was_seen_to_take_the_past_proves_nothing_by_a_fence(counted, airship, other, is_late):
    operation = counted(lease_until=NOW)
    seen = absent(operation, experiments={"r1": other})
    assert seen.state == (State.NEEDS_PERSON if is_late else State.NOT_APPLIED)
    if is_late:
        assert (seen.reason, seen.lease_until) == ("late_copy_possible", None)
        assert last_data(operation) == {"found": "nothing"}


@pytest.mark.parametrize(
    ("made_after", "is_fenced", "is_ours", "is_late"),
    [
        (6 * SECOND, True, True, True),
        (5 * SECOND, True, True, False),
        (6 * SECOND, False, True, False),
        (6 * SECOND, True, False, False),
    ],
)
def test_the_mirror_remembers_a_provider_that_took_the_past(
    counted, airship, workspace, made_after, is_fenced, is_ours, is_late
):
    operation = counted()
    elsewhere = type(airship)(workspace=workspace, name="Airship US", region="us", key="e" * 22, host="http://x")
    elsewhere.save()
    at = NOW - 60 * MINUTE
    Experiment.objects.create(
        workspace=workspace,
        connection=airship if is_ours else elsewhere,
        remote_id="r1",
        name="Other",
        is_fenced=is_fenced,
        scheduled_at=at,
        created_at=at + made_after,
        when_at=at,
    )
    assert absent(operation).state == (State.NEEDS_PERSON if is_late else State.NOT_APPLIED)


# Whether a late copy would still be taken: the provider is asked


@pytest.fixture
def asked(monkeypatch, counted):
    """An operation whose very bytes the provider is asked about, and what it says."""
    client, questions = providers.client("airship"), []

    def make(says, at=NOW):
        def validate(account, body):
            questions.append(body)
            if isinstance(says, Exception):
                raise says
            return SimpleNamespace(answer=Answer(200))

        monkeypatch.setattr(client, "validate", validate)
        monkeypatch.setattr(providers.document("airship"), "scheduled_at", lambda document: at)
        operation = counted()
        return operation, questions

    return make


def refused(pointer, reason="invalid"):
    return Rejected(reason, "No.", problems=(Problem("", "First"), Problem(pointer, "No.")))


def refused_twice(pointer):
    return Rejected("invalid", "No.", problems=(Problem("/name", "No."), Problem(pointer, "No.")))


@pytest.mark.parametrize(
    ("says", "state"),
    [
        (refused("/variants/0/schedule/scheduled_time"), State.NOT_APPLIED),
        (refused(""), State.NOT_APPLIED),
        (Rejected("invalid", "No."), State.NOT_APPLIED),
        (refused_twice("/variants/0/schedule"), State.NOT_APPLIED),
        (refused("/name"), State.NEEDS_PERSON),
        (None, State.NEEDS_PERSON),
    ],
)
def test_a_late_copy_must_be_refused_for_its_time(asked, says, state):
    operation, questions = asked(says)
    seen = absent(operation)
    assert (seen.state, questions) == (state, [operation.payload])
    if state == State.NEEDS_PERSON:
        assert seen.reason == "late_copy_possible"


@pytest.mark.parametrize("failure", [refused("", "unauthorized"), NotSent("timeout", "No answer.")])
def test_no_clear_answer_to_that_is_a_look_that_failed(asked, failure):
    operation, _ = asked(failure)
    with pytest.raises(type(failure)):
        absent(operation)
    assert stored(operation).state == State.RECONCILING


@pytest.mark.parametrize(("at", "questions"), [(None, 0), (NOW + SECOND, 0), (NOW, 1), (NOW - MINUTE, 1)])
def test_only_a_time_that_is_past_for_the_provider_is_asked_about(asked, at, questions):
    operation, made = asked(refused(""), at)
    assert absent(operation).state == State.NOT_APPLIED
    assert len(made) == questions


def test_a_provider_that_cannot_check_is_not_asked(asked, monkeypatch):
    operation, questions = asked(None)
    monkeypatch.setitem(providers.PROVIDERS, "airship", replace(providers.PROVIDERS["airship"], can_validate=False))
    assert absent(operation).state == State.NOT_APPLIED
    assert questions == []


def test_without_the_providers_own_time_the_fence_alone_is_believed(asked):
    operation, questions = asked(None)
    assert searching._refuses_late_copies(operation, ACCOUNT, seen_by(provider_date=None))
    assert questions == []
