"""Deleting a test that has not gone out."""

import pytest
from django.urls import reverse

from experiments.models import Experiment, Kind, Operation, State
from tests.buttons import press, token


@pytest.fixture
def experiment(confirmed, draft, work) -> Experiment:
    operation = confirmed(draft)
    work()
    operation.refresh_from_db()
    return Experiment.objects.get(remote_id=operation.remote_id)


def address(experiment):
    return reverse("experiment_delete", args=["marlow", experiment.pk])


def test_it_asks_once_and_deletes_at_airship(visit, paula, experiment, work, sandbox):
    visitor = visit(paula)
    assert "Nobody receives it then." in visitor.get(address(experiment)).content.decode()
    answer = press(visitor, address(experiment), sure="on")
    work()
    operation = Operation.objects.get(kind=Kind.DELETE)
    assert answer["Location"] == operation.get_absolute_url()
    assert operation.state == State.SUCCEEDED
    assert len(sandbox.effects(kind="deleted")) == 1


def test_without_the_tick_nothing_is_deleted(visit, paula, experiment):
    answer = press(visit(paula), address(experiment))
    assert answer.status_code == 422
    assert not Operation.objects.filter(kind=Kind.DELETE).exists()


def test_an_editor_cannot_delete(visit, bob, experiment):
    assert visit(bob).post(address(experiment), {"sure": "on"}).status_code == 403
    assert not Operation.objects.filter(kind=Kind.DELETE).exists()


def test_one_that_began_meanwhile_is_told_as_too_late(visit, paula, experiment, work, sandbox):
    sandbox.set_clock(offset_seconds=7200)
    visitor = visit(paula)
    answer = press(visitor, address(experiment), sure="on")
    work()
    assert "had begun sending. It cannot be taken back." in visitor.get(answer["Location"]).content.decode()


def test_pressed_again_when_it_is_gone_it_leads_to_the_same_deletion(visit, paula, experiment, work):
    visitor = visit(paula)
    form = {"token": token(visitor, address(experiment)), "sure": "on"}
    first = visitor.post(address(experiment), form)
    work()
    again = visitor.post(address(experiment), form)
    assert again["Location"] == first["Location"]
    assert Operation.objects.filter(kind=Kind.DELETE).count() == 1


def test_without_the_pages_own_token_nothing_is_deleted(visit, paula, experiment):
    answer = visit(paula).post(address(experiment), {"sure": "on", "token": "made-up"})
    assert answer.status_code == 409
    assert "This page is not valid any more. Nothing was deleted." in answer.text
    assert not Operation.objects.filter(kind=Kind.DELETE).exists()
