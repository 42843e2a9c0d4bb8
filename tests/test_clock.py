"""Machines disagree about the time: leases go by the database, conclusions by whoever is slowest."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from experiments import relay
from experiments.models import Attempt, Operation, State
from experiments.relay import clock, sending
from tests.unguarded import put

MINUTES = timedelta(minutes=3)


@pytest.fixture(params=[MINUTES, -MINUTES], ids=["database ahead", "database behind"])
def apart(request, confirmed, draft, monkeypatch):
    """How far the database's clock is ahead, as noticed after something was confirmed."""
    operation = confirmed(draft)
    put(operation, not_before=timezone.now() - 2 * MINUTES)
    monkeypatch.setattr(clock, "_ahead", request.param)
    monkeypatch.setattr(clock, "_measure", lambda: request.param)
    return request.param


def is_near(moment, expected):
    return abs(moment - expected) < timedelta(seconds=30)


def test_a_lease_is_counted_on_the_databases_clock(apart):
    operation = Operation.objects.get(kind="create")
    sending.claim(operation.pk)
    operation.refresh_from_db()
    assert operation.state == State.CLAIMED
    assert is_near(operation.lease_until, timezone.now() + apart + sending.LEASE)
    relay.sweep()
    operation.refresh_from_db()
    assert operation.state == State.CLAIMED  # its lease is not over, whatever this machine's clock says


def test_what_has_passed_goes_by_the_slowest_clock_and_what_may_come_by_the_fastest(apart):
    now = timezone.now()
    assert is_near(clock.surely(), now + min(apart, timedelta(0)))
    assert is_near(clock.perhaps(), now + max(apart, timedelta(0)))


def test_a_call_does_not_begin_when_any_clock_says_it_is_too_late(confirmed, draft, monkeypatch):
    operation = confirmed(draft)
    assert not sending.is_too_late(operation)
    monkeypatch.setattr(clock, "_measure", lambda: timedelta(hours=1))
    monkeypatch.setattr(clock, "_measured_at", float("-inf"))
    assert sending.is_too_late(operation)


def test_a_clock_that_jumps_by_an_hour_costs_no_operation(confirmed, draft, work, sandbox, monkeypatch):
    operation = confirmed(draft)
    claimed = sending.claim(operation.pk)
    assert claimed
    monkeypatch.setattr(clock, "_ahead", timedelta(hours=1))  # every lease seems to be over
    relay.sweep()
    monkeypatch.setattr(clock, "_ahead", timedelta(0))
    with pytest.raises(sending.ClaimLost):
        sending._go_on_wire(claimed)
    put(operation, not_before=timezone.now())
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    assert len(sandbox.effects(kind="created")) == 1


@pytest.mark.django_db
def test_the_database_is_asked_for_its_time_twice_a_minute(settings, monkeypatch, django_assert_num_queries):
    settings.ASK_DATABASE_CLOCK = True
    with django_assert_num_queries(1 if connection.vendor == "postgresql" else 0):
        first, second = clock.now(), clock.now()
    assert abs(first - datetime.now(UTC)) < timedelta(seconds=30)
    assert first <= second


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite is this machine: nothing is measured")
@pytest.mark.parametrize(("naps", "expected"), [([0], 0), ([70, 0], 0), ([70, 70, 70], 12)])
@pytest.mark.django_db
def test_a_measurement_in_which_the_process_slept_is_not_believed(settings, monkeypatch, naps, expected):
    settings.ASK_DATABASE_CLOCK = True
    monkeypatch.setattr(clock, "_ahead", timedelta(seconds=12))
    left = iter(naps)
    with time_machine.travel(timezone.now(), tick=False) as traveller:

        def ask():
            told = timezone.now()
            traveller.shift(next(left))
            return told

        monkeypatch.setattr(clock, "_ask_database", ask)
        assert clock._measure() == timedelta(seconds=expected)


@pytest.mark.parametrize(("seconds", "is_refused"), [(0, False), (50, False), (70, True), (-70, True)])
def test_bad_30_a_provider_whose_clock_is_far_off_is_not_sent_to(checked, paula, draft, seconds, is_refused):
    check = checked(draft)
    attempt = check.attempts.get()
    Attempt.objects.update(provider_date=attempt.ended_at + timedelta(seconds=seconds))
    if is_refused:
        with pytest.raises(relay.Refused, match=r"70 seconds apart.*Nothing was sent"):
            relay.submit(check, paula, {})
    else:
        assert relay.submit(check, paula, {}).state == State.QUEUED
    assert Operation.objects.filter(kind="create").exists() != is_refused
