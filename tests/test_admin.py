"""The operators' pages: for staff only, without a secret, and without a way to rewrite what happened."""

import base64
import json

import pytest
from django.contrib import admin
from django.urls import reverse

from experiments.models import Attempt, Event, State
from tests.conftest import PASSWORD
from tests.test_addresses import things_of
from workspaces.models import AuditEntry, Connection, Membership, Role, User, Workspace

CANARY = "canary-of-secrets_1234"
READ_ONLY = {"AuditEntry", "Draft", "Experiment", "Operation", "Sync"}
MODELS = sorted(admin.site._registry, key=lambda model: model.__name__)


@pytest.fixture
def olga(db) -> User:
    return User.objects.create_superuser("olga@example.com", PASSWORD, name="Olga")


@pytest.fixture
def things(workspace, alice):
    ids = things_of(workspace, alice)
    connection = Connection.objects.get()
    connection.seal_secret(CANARY, "http://127.0.0.1:9", alice)
    connection.name = "Airship with a canary"
    connection.save()
    AuditEntry.record(workspace, "sending.stop", by=alice)
    operation = connection.operations.get()
    Attempt.objects.create(operation=operation, number=1, claim_token=operation.pk, worker="worker-1")
    Event.objects.create(operation=operation, to_state=State.NEEDS_PERSON, reason="because")
    return ids


def address(model, verb, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{verb}", args=args)


def pages():
    for model in MODELS:
        yield address(model, "changelist")
        for row in model._default_manager.all()[:2]:
            yield address(model, "change", row.pk)
            yield address(model, "history", row.pk)


def test_what_operators_see():
    assert [model.__name__ for model in MODELS] == [
        "AuditEntry",
        "Connection",
        "Draft",
        "Experiment",
        "Installation",
        "Invitation",
        "Membership",
        "Operation",
        "Sync",
        "User",
        "Workspace",
    ]


@pytest.mark.parametrize("model", MODELS)
def test_lists_and_searches_work(visit, olga, things, model):
    client = visit(olga)
    assert client.get(address(model, "changelist")).status_code == 200
    assert client.get(address(model, "changelist"), {"q": "x'\"%_"}).status_code == 200


@pytest.mark.parametrize("who", ["anonymous", "charlie", "vera", "alice"])
def test_only_staff_comes_in(request, visit, olga, things, who):
    user = None if who == "anonymous" else request.getfixturevalue(who)
    client = visit(user)
    for page in (reverse("admin:index"), *pages()):
        final = client.get(page, follow=True)
        assert final.redirect_chain[-1][0].startswith("/sign-in/") if user is None else final.status_code == 403
        assert visit(olga).get(page).status_code == 200


@pytest.mark.parametrize("model", [model for model in MODELS if model.__name__ in READ_ONLY])
def test_records_can_only_be_looked_at(visit, olga, things, model):
    client = visit(olga)
    before = list(model.objects.values())
    assert client.get(address(model, "changelist")).status_code == 200
    assert client.get(address(model, "add")).status_code == 403
    for row in model.objects.all():
        page = client.get(address(model, "change", row.pk))
        assert page.status_code == 200
        assert 'name="_save"' not in page.text
        assert client.post(address(model, "change", row.pk), {"state": "queued"}).status_code == 403
        assert client.post(address(model, "delete", row.pk), {"post": "yes"}).status_code == 403
    action = {
        "action": "delete_selected",
        "_selected_action": [str(row.pk) for row in model.objects.all()],
        "post": "yes",
    }
    client.post(address(model, "changelist"), action)
    assert list(model.objects.values()) == before


def test_an_operation_shows_its_tries_and_moves(visit, olga, things):
    from experiments.models import Operation

    page = visit(olga).get(address(Operation, "change", things["operation"])).text
    assert "worker-1" in page
    assert "because" in page


def test_a_connection_has_no_secret_field_and_cannot_be_made(visit, olga, things):
    client = visit(olga)
    assert client.get(address(Connection, "add")).status_code == 403
    page = client.get(address(Connection, "change", things["connection"])).text
    assert 'name="name"' in page
    assert 'name="secret"' not in page
    sealed = Connection.objects.get().secret
    assert sealed not in page
    new = {"name": "Renamed", "secret": "x" * 22, "host": "http://evil.example", "region": "us", "is_removed": "on"}
    client.post(address(Connection, "change", things["connection"]), new)
    held = Connection.objects.get()
    assert held.name == "Renamed"
    assert (held.secret, held.host, held.region, held.is_removed) == (sealed, "http://127.0.0.1:9", "eu", False)


def test_what_an_operator_changes_is_told_to_the_workspace(visit, olga, things, workspace):
    client = visit(olga)
    values = {"name": "Marlow", "slug": "marlow", "time_zone": "UTC", "undo_window": "300"}
    values |= {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    assert client.post(address(Workspace, "change", workspace.pk), values).status_code == 302
    entry = AuditEntry.objects.filter(workspace=workspace).first()
    assert entry is not None
    assert (entry.action, entry.by, entry.object_type) == ("operator.change", olga, "workspace")


def test_an_operator_makes_a_person_and_a_membership(visit, olga, workspace):
    client = visit(olga)
    new = {"email": "Nina@Example.com", "name": "Nina", "usable_password": "true"}
    response = client.post(
        address(User, "add"), {**new, "password1": "four other words here", "password2": "four other words here"}
    )
    assert response.status_code == 302, response.context["adminform"].errors
    nina = User.objects.get(email="nina@example.com")
    client.post(address(Membership, "add"), {"user": nina.pk, "workspace": workspace.pk, "role": Role.ADMIN})
    assert nina.memberships.get().role == Role.ADMIN
    assert AuditEntry.objects.get().action == "operator.add"


def test_an_address_that_was_changed_is_no_way_in_any_more(visit, client, olga, alice, mailoutbox):
    client.post("/sign-in/reset/", {"email": "alice@example.com"})
    assert "Choose it here:" in mailoutbox[0].body
    page = address(User, "change", alice.pk)
    values = {"email": "alice@new.example.com", "name": "Alice", "theme": "system", "is_active": "on"}
    values |= {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    assert visit(olga).post(page, values).status_code == 302
    client.post("/sign-in/reset/", {"email": "alice@example.com"})
    assert "There is no account with it." in mailoutbox[1].body


def test_a_workspace_cannot_be_deleted(visit, olga, workspace):
    assert visit(olga).post(address(Workspace, "delete", workspace.pk), {"post": "yes"}).status_code == 403
    assert Workspace.objects.filter(pk=workspace.pk).exists()


def test_no_page_ever_shows_a_secret(visit, olga, alice, things):
    connection = Connection.objects.get()
    pair = f"{connection.key}:{CANARY}"
    hidden = [CANARY, json.dumps(CANARY)[1:-1], CANARY.encode().hex(), connection.secret]
    hidden += [base64.b64encode(text.encode()).decode().rstrip("=") for text in (CANARY, pair)]
    own = f"/w/marlow/settings/connections/{connection.pk}/"
    seen = ""
    for client, addresses in (
        (visit(alice), ["/w/marlow/settings/", own, f"{own}remove/", "/w/marlow/settings/connections/new/"]),
        (visit(olga), [reverse("admin:index"), *pages()]),
    ):
        for page in addresses:
            response = client.get(page)
            assert response.status_code == 200
            assert [text for text in hidden if text in response.text] == [], page
            seen += response.text
    assert seen.count("Airship with a canary") > 5
    assert connection.reveal_secret() == CANARY
