"""Beginning a draft from scratch."""

import pytest
from django.urls import reverse

from experiments.models import Draft
from workspaces.models import AuditEntry

ADDRESS = "/w/marlow/drafts/new/"


def test_a_draft_is_begun_with_a_name_and_a_connection(connection, visit, bob):
    response = visit(bob).post(ADDRESS, {"name": " Sunday run ", "connection": connection.pk})
    draft = Draft.objects.get()
    assert response["Location"] == reverse("draft_edit", args=["marlow", draft.pk])
    assert (draft.name, draft.owner, draft.connection, draft.number) == ("Sunday run", bob, connection, 1)
    assert draft.newest.document["name"] == "Sunday run"
    assert "audience" not in draft.newest.document  # everybody is never the default
    assert AuditEntry.objects.get().action == "draft.new"
    assert visit(bob).get(response["Location"]).status_code == 200


def test_the_page_offers_the_connections_of_this_workspace(connection, visit, bob):
    page = visit(bob).get(ADDRESS).content.decode()
    assert "Airship EU" in page
    assert f'value="{connection.pk}" checked' in page


def test_without_a_connection_the_page_says_what_to_do(workspace, visit, bob, alice):
    assert "Ask an admin of the workspace to add one" in visit(bob).get(ADDRESS).content.decode()
    assert reverse("connection_new", args=["marlow"]) in visit(alice).get(ADDRESS).content.decode()
    assert visit(bob).post(ADDRESS, {"name": "x"}).status_code == 200
    assert not Draft.objects.exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "The test has no name"),
        ("  \u200b ", "The test has no name"),
        ("a\0b", "NUL character"),
        ("x" * 256, "256 characters; 255 are the most"),
    ],
)
def test_bad_01_03_a_name_that_is_none_is_told_and_kept(connection, visit, bob, name, words):
    response = visit(bob).post(ADDRESS, {"name": name, "connection": connection.pk})
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Draft.objects.exists()
    assert visit(bob).post(ADDRESS, {"name": "fine", "connection": connection.pk}).status_code == 302


def test_bad_45_a_connection_of_another_workspace_cannot_be_chosen(connection, elsewhere, visit, bob, charlie):
    from workspaces.models import Connection

    other = Connection.objects.create(workspace=elsewhere, name="Theirs", region="eu", key="x" * 22, secret="sealed")
    response = visit(bob).post(ADDRESS, {"name": "x", "connection": other.pk})
    assert response.status_code == 422
    assert not Draft.objects.exists()


def test_viewers_and_strangers_begin_nothing(connection, visit, vera, charlie):
    data = {"name": "x", "connection": connection.pk}
    assert visit(vera).post(ADDRESS, data).status_code == 403
    assert visit(charlie).post(ADDRESS, data).status_code == 404
    assert not Draft.objects.exists()
