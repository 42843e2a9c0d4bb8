"""The recipe of CONTRIBUTING holds: a third provider is one folder and one entry, and everything works with it."""

import pytest
from django.urls import reverse

from experiments import mirror, providers, relay
from experiments.models import Draft, Experiment, State, Status
from tests.third_provider import PROVIDER, client
from workspaces.models import Connection


@pytest.fixture
def letterbox(monkeypatch, settings, workspace, alice) -> Connection:
    monkeypatch.setitem(providers.PROVIDERS, PROVIDER.code, PROVIDER)
    monkeypatch.setattr(client, "HELD", {})
    settings.PROVIDER_URLS = {**settings.PROVIDER_URLS, ("letterbox", "home"): "https://letterbox.example"}
    made = Connection(workspace=workspace, provider="letterbox", name="Letters", region="home", key="box")
    made.seal_secret("key", "https://letterbox.example", alice)
    made.save()
    return made


@pytest.fixture
def draft(letterbox, bob) -> Draft:
    variants = [{"name": "Warm", "text": "Dear runner"}, {"name": "Short", "text": "Run"}]
    made = Draft.objects.create(
        workspace=letterbox.workspace, connection=letterbox, provider="letterbox", owner=bob, name="First letter"
    )
    document = {"name": "First letter", "description": "Which opening?", "variants": variants}
    made.append(document, {"when": {"mode": "soon"}}, by=bob, based_on=0)
    return made


@pytest.fixture
def working(letterbox) -> Connection:
    mirror.check_connection(str(letterbox.pk))
    letterbox.refresh_from_db()
    return letterbox


def test_its_key_is_tested_like_any_other(working):
    assert working.health == Connection.Health.ACTIVE


def test_its_test_is_checked_confirmed_and_sent_once(visit, working, draft, paula, work):
    draft.connection.refresh_from_db()
    visitor = visit(paula)
    address = reverse("draft_check", args=["marlow", draft.pk])
    visitor.post(address)
    page = visitor.get(address)
    # It can neither schedule nor hold a draft, so it sends at once, which has to be typed.
    assert "Type the words “send now”" in page.content.decode()
    form = {"token": page.context["token"], "at_once": "send now"}
    for _ in range(2):
        answer = visitor.post(reverse("draft_send", args=["marlow", draft.pk]), form)
    work()
    assert len(client.HELD) == 1
    assert "Letterbox took it and sends it at once." in visitor.get(answer["Location"]).content.decode()


def test_a_lost_answer_is_found_by_its_marker(working, draft, paula, work):
    client.LOSE_NEXT_ANSWER.append(True)
    draft.connection.refresh_from_db()
    operation = relay.submit(relay.propose(draft, paula), paula, {})
    relay.send(operation.pk)
    operation.refresh_from_db()
    assert operation.state == State.UNKNOWN
    work()
    operation.refresh_from_db()
    assert operation.state == State.SUCCEEDED
    assert len(client.HELD) == 1


def test_it_stands_in_the_list_and_has_a_page(visit, working, vera):
    client.HELD["one"] = {
        "name": "A letter of somebody else",
        "description": "",
        "variants": [{"name": "Warm", "text": "Dear runner"}],
        "created_at": "2026-11-01T10:00:00+00:00",
    }
    mirror.sync(str(working.pk))
    experiment = Experiment.objects.get(remote_id="one")
    assert experiment.status == Status.FINISHED
    listed = visit(vera).get(reverse("experiment_list", args=["marlow"])).content.decode()
    assert "A letter of somebody else" in listed
    assert "Letterbox" in listed
    page = visit(vera).get(experiment.get_absolute_url())
    assert page.status_code == 200
    assert "A letter of somebody else" in page.content.decode()


EIGHT = ["check_key", "list_experiments", "list_scheduled", "look_up", "validate", "create", "delete", "report"]


@pytest.mark.parametrize("name", EIGHT)
def test_the_functions_that_the_recipe_lists_are_all_there(name):
    assert callable(getattr(client, name))
