"""The sweep tells workers what is due, and stops telling where they are far behind already."""

from datetime import timedelta

import pytest
from django.utils import timezone

from experiments import broker, tasks
from experiments.models import Operation, State


@pytest.fixture
def told(monkeypatch):
    """The operations that a sweep tells of, by the task."""
    made: dict[str, list[str]] = {"send": [], "reconcile": []}
    monkeypatch.setattr(tasks, "hint", lambda task, pk: made[task.name.rpartition(".")[2]].append(pk))
    return made


@pytest.fixture
def due(confirmed, draft, write):
    """A send that is due, and one that is to be looked up."""
    past = timezone.now() - timedelta(seconds=30)
    lost = confirmed(draft)
    for state in (State.CLAIMED, State.ON_WIRE, State.UNKNOWN):
        Operation.objects.filter(pk=lost.pk).update(state=state, not_before=timezone.now() + timedelta(hours=1))
    queued = confirmed(write(name="Another"))
    Operation.objects.filter(pk__in=[queued.pk, lost.pk]).update(not_before=past, created_at=past)
    return str(queued.pk), str(lost.pk)


@pytest.mark.parametrize(("write_queue", "sweep_queue"), [(0, 0), (399, 399), (400, 0), (0, 400)])
def test_a_sweep_adds_nothing_to_a_queue_that_is_long_enough(due, told, monkeypatch, write_queue, sweep_queue):
    monkeypatch.setattr(broker, "look", lambda: {"write": write_queue, "read": 0, "sweep": sweep_queue})
    tasks.sweep()
    assert told == {
        "send": [due[0]] if write_queue < 400 else [],
        "reconcile": [due[1]] if sweep_queue < 400 else [],
    }


def test_a_broker_that_cannot_be_asked_stops_nothing(due, told, monkeypatch):
    monkeypatch.setattr(broker, "look", lambda: None)
    tasks.sweep()
    assert told == {"send": [due[0]], "reconcile": [due[1]]}
