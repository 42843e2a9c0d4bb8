"""Testers: one user pinned to a group, and taken out again."""

import pytest

from experiments.models import Kind, Operation, State
from tests.buttons import press


@pytest.fixture
def ask(visit, paula):
    def post(experiment, **values):
        number = 1 if values["do"] == "detach" else 0
        return press(visit(paula), f"{experiment.get_absolute_url()}testers/", number, **values)

    return post


def groups(experiment) -> list[str]:
    return [group["id"] for group in experiment.raw["groups"]]


def test_a_tester_is_pinned_and_taken_out(ask, paywall, work, visit, vera, paula):
    experiment = paywall("active")
    ask(experiment, do="attach", user_id="QON_tester", group_id=groups(experiment)[1])
    work()
    pinned = Operation.objects.get()
    assert (pinned.kind, pinned.state) == (Kind.ATTACH, State.SUCCEEDED), pinned.message
    ask(experiment, do="detach", user_id=" QON_tester ")
    work()
    out = Operation.objects.get(kind=Kind.DETACH)
    assert out.state == State.SUCCEEDED, out.message
    page = visit(paula).get(f"{experiment.get_absolute_url()}testers/").text
    assert "pinned <code>QON_tester</code> to B, Annual" in page
    assert "took out <code>QON_tester</code>" in page


@pytest.mark.parametrize("user_id", ["", "a/b", "../summary", "ü", "x" * 257, "a b"])
def test_an_id_that_cannot_be_one_is_refused(ask, paywall, user_id):
    experiment = paywall("active")
    refused = ask(experiment, do="attach", user_id=user_id, group_id=groups(experiment)[0])
    assert refused.status_code == 422
    assert "Nothing was changed." in refused.text
    assert not Operation.objects.exists()


def test_a_group_of_another_test_is_refused(ask, paywall):
    experiment, other = paywall("active"), paywall("active", name="Other")
    refused = ask(experiment, do="attach", user_id="QON_tester", group_id=groups(other)[0])
    assert refused.status_code == 422
    assert "Choose one of the groups" in refused.text
    assert not Operation.objects.exists()
    assert ask(other, do="attach", user_id="QON_tester", group_id=groups(other)[0]).status_code == 302


def test_somebody_who_is_in_another_test_is_told_and_not_moved(ask, paywall, work):
    first, second = paywall("active"), paywall("active", name="Other")
    ask(first, do="attach", user_id="QON_tester", group_id=groups(first)[0])
    work()
    ask(second, do="attach", user_id="QON_tester", group_id=groups(second)[0])
    work()
    refused = Operation.objects.get(experiment=second)
    assert refused.state == State.REJECTED
    assert "Detach them from it first" in refused.message
