"""Signs of life of workers, beat and sweep."""

from datetime import timedelta

import pytest
from django.db.models.functions import Now

from experiments import tasks
from experiments.models import Worker, workers

pytestmark = pytest.mark.django_db


def silent_for(name, **length):
    Worker.objects.filter(name=name).update(seen_at=Now() - timedelta(**length))


def test_a_worker_that_gave_a_sign_is_listed_with_its_queues():
    workers.beat("worker@one", Worker.Role.WORKER, "write,sweep", is_start=True)
    (sign,) = workers.signs()
    assert (sign.name, sign.role, sign.queues) == ("worker@one", "worker", "write,sweep")
    assert sign.silence < timedelta(seconds=30)
    assert not sign.is_silent


def test_a_worker_that_says_nothing_for_a_minute_is_silent_until_it_speaks_again():
    workers.beat("worker@one", Worker.Role.WORKER)
    silent_for("worker@one", seconds=61)
    assert workers.signs()[0].is_silent
    workers.beat("worker@one", Worker.Role.WORKER)
    assert not workers.signs()[0].is_silent


def test_a_sign_of_life_keeps_the_start_and_a_restart_renews_it():
    workers.beat("worker@one", Worker.Role.WORKER, is_start=True)
    Worker.objects.update(started_at=Now() - timedelta(hours=3))
    started_at = Worker.objects.get().started_at
    workers.beat("worker@one", Worker.Role.WORKER)
    assert Worker.objects.get().started_at == started_at
    workers.beat("worker@one", Worker.Role.WORKER, is_start=True)
    assert Worker.objects.get().started_at > started_at


def test_a_sign_of_life_costs_one_statement(django_assert_num_queries):
    with django_assert_num_queries(1):
        workers.beat("worker@one", Worker.Role.WORKER)


def test_a_worker_that_ends_in_order_is_not_missed():
    workers.beat("worker@one", Worker.Role.WORKER)
    workers.beat("worker@two", Worker.Role.WORKER)
    workers.leave("worker@one")
    assert [sign.name for sign in workers.signs()] == ["worker@two"]


def test_every_sweep_says_that_it_ran():
    tasks.sweep()
    assert [(sign.name, sign.is_silent) for sign in workers.signs()] == [("sweep", False)]
    silent_for("sweep", minutes=5)
    tasks.sweep()
    assert not workers.signs()[0].is_silent


def test_after_a_day_of_silence_a_process_is_forgotten():
    for name, hours in {"gone": 25, "missed": 23}.items():
        workers.beat(name, Worker.Role.WORKER)
        silent_for(name, hours=hours)
    tasks.sweep()
    assert [sign.name for sign in workers.signs()] == ["sweep", "missed"]
