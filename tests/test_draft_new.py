"""Beginning a draft from scratch."""

import pytest
from django.urls import reverse

from experiments.models import Draft, Template
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


def test_a_test_starts_from_a_template(connection, workspace, visit, bob):
    template = Template(workspace=workspace, kind="test", provider="airship", by=bob)
    template.plan = {"goal": "More runs", "tags": ["weekly"]}
    template.write(name="Weekly", document={"audience": {"tag": "a"}, "device_types": ["ios"], "variants": [{"x": 1}]})
    page = visit(bob).get(f"{ADDRESS}?template={template.pk}").content.decode()
    assert f'value="{template.pk}" selected' in page
    visit(bob).post(ADDRESS, {"name": "Week 7", "connection": connection.pk, "template": template.pk})
    draft = Draft.objects.get()
    assert list(draft.newest.document) == ["name", "device_types", "variants", "audience"]
    assert draft.newest.document == {"name": "Week 7", **template.document}
    assert (draft.newest.plan["goal"], draft.tags) == ("More runs", ["weekly"])
    assert AuditEntry.objects.get().data == {"template": str(template.pk)}
    assert visit(bob).get(draft.get_absolute_url()).status_code == 200


def test_a_template_only_fits_its_own_provider(connection, paywalls, workspace, visit, bob):
    template = Template(workspace=workspace, kind="test", provider="qonversion")
    template.write(name="Annual", document={"groups": [{"name": "A", "weight": 1}]})
    data = {"name": "x", "connection": connection.pk, "template": template.pk}
    response = visit(bob).post(ADDRESS, data)
    assert response.status_code == 422
    assert "“Annual” is a test of Qonversion. Choose a connection of Qonversion" in response.content.decode()
    assert not Draft.objects.exists()
    assert f'value="{paywalls.pk}" checked' in visit(bob).get(f"{ADDRESS}?template={template.pk}").content.decode()
    visit(bob).post(ADDRESS, data | {"connection": paywalls.pk})
    document = Draft.objects.get().newest.document
    assert document["groups"] == [{"name": "A", "weight": 1}]
    assert document["alias_id"]


def test_bad_45_a_template_of_others_a_removed_one_and_another_kind_start_nothing(connection, elsewhere, visit, bob):
    made = []
    for place, kind in ((elsewhere, "test"), (connection.workspace, "variant"), (connection.workspace, "test")):
        template = Template(workspace=place, kind=kind, provider="airship")
        template.write(name="Hidden", document={"variants": []})
        made.append(template)
    made[2].remove()
    assert "Hidden" not in visit(bob).get(ADDRESS).content.decode()
    for id in [*(one.pk for one in made), "x"]:
        response = visit(bob).post(ADDRESS, {"name": "x", "connection": connection.pk, "template": id})
        assert response.status_code == 422
        assert "This template is no longer there" in response.content.decode()
    assert not Draft.objects.exists()
    made[2].bring_back()
    assert (
        visit(bob).post(ADDRESS, {"name": "x", "connection": connection.pk, "template": made[2].pk}).status_code == 302
    )
