"""Numbers 45, 46 and 48: what addresses, methods and pasted keys may not do."""

import logging
import re
import uuid
from typing import Any

import pytest
from django.urls import reverse

from experiments.models import Draft, Experiment, Kind, Operation
from tests.bad.pages import check_page, send_address, token_in
from tests.editor_form import Editor
from tests.test_addresses import FOR_MEMBERS, OPEN_TO_ALL, address, named_patterns, takes_id, things_of
from workspaces.models import AuditEntry, Connection, Invitation, Membership, Role, Workspace

ROWS = (Workspace, Membership, Invitation, Connection, Draft, Experiment, Operation, AuditEntry)


def everything() -> dict[str, list[Any]]:
    return {model.__name__: list(model.objects.order_by("pk").values()) for model in ROWS}


@pytest.fixture
def things(workspace, alice):
    return things_of(workspace, alice)


@pytest.fixture
def foreign(elsewhere, charlie):
    return things_of(elsewhere, charlie)


def addresses(things):
    """Every address of the site, with Marlow's things in it."""
    members = {name for name, _, _ in FOR_MEMBERS}
    for name in sorted(set(named_patterns())):
        if name.startswith("/"):
            yield "/operators/" if name.startswith("/operators") else name
        elif name in members:
            yield address(name, things)
        else:
            values = {"account_reset_password_from_key": ["1", "x-y"], "invitation_accept": ["x" * 43]}
            yield reverse(name, args=values.get(name, []))


def test_bad_45_the_id_of_another_workspace_is_nowhere_better_than_none(things, foreign, visit, alice, caplog):
    caplog.set_level(logging.WARNING)
    client = visit(alice)
    for name, method, _ in FOR_MEMBERS:
        if not takes_id(name):
            continue
        answers = []
        for ids in (foreign, {**dict.fromkeys(things, uuid.uuid4()), "member": 999_999}):
            caplog.clear()
            path = address(name, ids)
            response = client.get(path) if method == "GET" else client.post(path, {})
            answers.append((response.status_code, re.sub(r"[0-9a-f-]{36}|[A-Za-z0-9]{64}", "", response.text)))
            assert any(path in record.getMessage() for record in caplog.records), path  # and it is logged
        assert answers[0] == answers[1], name
        assert answers[0][0] == 404


def test_bad_45_a_foreign_id_in_a_form_a_query_or_a_header_opens_nothing(things, foreign, visit, alice, draft):
    client, before = visit(alice), everything()
    new = client.post(reverse("draft_new", args=["marlow"]), {"name": "x", "connection": str(foreign["connection"])})
    assert new.status_code == 422
    listed = client.get(reverse("experiment_list", args=["marlow"]), {"connection": str(foreign["connection"])})
    assert "Halden" not in listed.text
    for header in ("HX-Current-URL", "Referer", "X-Original-URL", "X-Rewrite-URL"):
        answer = client.get("/w/marlow/experiments/", headers={header: "/w/halden/experiments/"})
        assert "Halden" not in answer.text
    assert client.post(reverse("draft_json", args=["marlow", foreign["draft"]]), {"document": "{}"}).status_code == 404
    assert everything() == before
    own = client.post(reverse("draft_new", args=["marlow"]), {"name": "x", "connection": str(things["connection"])})
    assert own.status_code == 302


def test_bad_45_the_token_of_a_check_elsewhere_sends_nothing(checked, draft, write, visit, paula):
    other = write(name="Another test")
    checked(draft)
    checked(other)
    token = token_in(check_page(visit(paula), other))
    assert visit(paula).post(send_address(draft), {"token": token}).status_code == 409
    assert not Operation.objects.filter(kind=Kind.CREATE).exists()
    assert visit(paula).post(send_address(other), {"token": token}).status_code == 302


ODD_METHODS = ["HEAD", "OPTIONS", "TRACE", "PUT", "PATCH", "DELETE", "PROPFIND", "get", "BREW"]


def test_bad_46_no_odd_method_breaks_or_changes_anything_at_any_address(things, visit, alice):
    client, before = visit(alice), everything()
    paths = list(addresses(things))
    assert len(paths) > 40
    for path in paths:
        for method in ODD_METHODS:
            answer = client.generic(method, path)
            assert answer.status_code < 500, (method, path)
            changes = method in ("PUT", "PATCH", "DELETE", "BREW", "PROPFIND")
            if changes and path.startswith("/w/"):
                assert answer.status_code == 405, (method, path)
    assert everything() == before
    assert {visit(alice).get(path).status_code for path in paths} & {200, 302}


def test_bad_46_a_method_in_a_field_or_a_header_is_ignored(things, visit, alice):
    client, before = visit(alice), everything()
    for name in ("draft_delete", "connection_remove", "member_remove", "experiment_delete"):
        path = address(name, things)
        for values in ({"_method": "POST"}, {"_method": "DELETE"}, {"method": "post"}):
            assert client.get(path, values).status_code == 200
        assert client.get(path, headers={"X-HTTP-Method-Override": "POST"}).status_code == 200
    assert everything() == before
    client.post(address("draft_delete", things))
    assert everything() != before


def test_bad_46_a_field_that_comes_twice_has_one_meaning_everywhere(write, checked, visit, paula, alice, bob):
    draft = write(audience="all")
    checked(draft)
    client = visit(paula)
    token = token_in(check_page(client, draft))
    form = "application/x-www-form-urlencoded"
    doubled = f"token={token}&everybody=everybody&everybody=no"
    assert client.post(send_address(draft), doubled, content_type=form).status_code == 422
    assert not Operation.objects.filter(kind=Kind.CREATE).exists()
    membership = bob.memberships.get()
    path = reverse("member_role", args=["marlow", membership.pk])
    visit(alice).post(path, "role=publisher&role=viewer", content_type=form)
    membership.refresh_from_db()
    entry = AuditEntry.objects.filter(action="member.role").latest("pk")
    assert membership.role == entry.data["to"] == Role.VIEWER


def test_bad_46_a_draft_named_twice_in_one_form_is_saved_once(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    response = visit(bob).post(
        editor.address,
        "revision=1&%2Fname=first&%2Fname=second&revision=1",
        content_type="application/x-www-form-urlencoded",
    )
    assert response.status_code == 303
    draft.refresh_from_db()
    assert (draft.number, draft.name) == (2, "second")


def test_bad_46_nothing_but_the_way_in_opens_for_nobody(things, client):
    closed = [path for path in addresses(things) if path.startswith("/w/")]
    assert len(closed) >= 30
    for path in closed:
        for method in ("GET", "HEAD", "OPTIONS", "POST"):
            answer = client.generic(method, path)
            assert answer.status_code in (302, 405), (method, path)
    assert OPEN_TO_ALL


KEY, SECRET = "k3yOfMarlow-Running_01", "s3cretOfMarlowRunning1"


@pytest.mark.parametrize(
    ("key", "secret", "words"),
    [
        (SECRET[:21], SECRET, "looks different"),
        (KEY, "a" * 4000, "400"),
        (f"{KEY}:{SECRET}", SECRET, "in one, as a Basic header carries them"),
        (KEY, KEY, "a second time"),
        ("ключ" * 6, SECRET, "looks different"),
        (KEY, "", "required"),
    ],
)
def test_bad_48_a_pasted_key_that_cannot_be_one_is_told_and_stored_nowhere(visit, alice, workspace, key, secret, words):
    values = {"provider": "airship", "name": "Airship", "region": "eu", "key": key, "secret": secret}
    path = reverse("connection_new", args=["marlow"])
    response = visit(alice).post(path, values)
    assert response.status_code == 422
    assert words in response.text
    assert not workspace.connections.exists()
    assert secret in ("", key) or f'value="{secret}"' not in response.text
    good = visit(alice).post(path, values | {"key": KEY, "secret": SECRET})
    assert good.status_code == 302
    assert not workspace.connections.get().is_working  # not before its first test
