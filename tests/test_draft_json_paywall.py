"""A paywall test as JSON and as the equal calls, and copies of one."""

import json

import pytest

from experiments.models import Draft, Experiment
from experiments.providers import PROVIDERS
from tests import paywall_tests
from tests.editor_form import Editor, FormReader


@pytest.fixture
def paywall(workspace, alice, bob):
    return paywall_tests.write(paywall_tests.connect(workspace, alice), bob)


def post_json(client, draft, text):
    address = f"{draft.get_absolute_url()}json/"
    fields = FormReader(client.get(address).content.decode(), "").fields
    return client.post(address, {**fields, "document": text})


def test_the_json_goes_round_without_a_change(paywall, visit, bob):
    address = f"{paywall.get_absolute_url()}json/"
    page = visit(bob).get(address).content.decode()
    text = FormReader(page, "").fields["document"][0]
    assert json.loads(text) == paywall.newest.document
    assert "in Qonversion’s own words" in page
    assert post_json(visit(bob), paywall, text).status_code == 302
    paywall.refresh_from_db()
    assert paywall.number == 1


def test_json_that_was_written_by_hand_is_saved_and_shown_in_the_form(paywall, visit, bob):
    document = paywall.newest.document | {"goal_value": 9.5, "future": [1], "name": "By hand"}
    assert post_json(visit(bob), paywall, json.dumps(document)).status_code == 302
    editor = Editor(visit(bob), paywall)
    assert editor.document == document
    assert editor.fields["/goal_value"] == ["9.5"]
    assert paywall.name == "By hand"
    assert "when" not in editor.plan


@pytest.mark.parametrize("text", ['{"name": "a", "name": "b"}', "[1]", '{"goal_value": NaN}', "{"])
def test_text_that_is_not_understood_is_kept_and_not_saved(paywall, visit, bob, text):
    response = post_json(visit(bob), paywall, text)
    assert response.status_code == 422
    assert FormReader(response.content.decode(), "").fields["document"] == [text]
    paywall.refresh_from_db()
    assert paywall.number == 1
    assert post_json(visit(bob), paywall, "{}").status_code == 302


@pytest.mark.parametrize("language", ["curl", "python", "ruby", "java"])
def test_the_equal_calls_go_to_this_providers_host(paywall, visit, bob, language):
    page = visit(bob).get(f"{paywall.get_absolute_url()}json/?as={language}").content.decode()
    assert f"{PROVIDERS['qonversion'].regions[0].host}/v4/experiments" in page
    assert "sk_of_nobody" not in page
    assert "creates the test at Qonversion" in page


def test_a_copy_of_a_draft_is_of_the_same_kind_without_our_reference(paywall, visit, bob):
    revision = paywall.newest
    marked = revision.document | {"alias_id": "yearly-first-abx-0123456789abcdefghjkmnpqrs"}
    paywall.append(marked, revision.plan, by=bob, based_on=1)
    visit(bob).post(f"{paywall.get_absolute_url()}copy/")
    copied = Draft.objects.get(from_draft=paywall)
    assert (copied.provider, copied.connection, copied.name) == (
        "qonversion",
        paywall.connection,
        "Yearly first (copy)",
    )
    assert copied.newest.document["alias_id"] == "yearly-first"
    assert copied.newest.document["groups"] == revision.document["groups"]
    assert copied.newest.plan["goal"] == "Yearly sells better"


def test_a_copy_of_a_test_at_qonversion_is_a_draft(paywall, visit, bob):
    raw = paywall.newest.document | {
        "id": "exp1",
        "status": "active",
        "primary_metric": "user-to-trial",
        "alias_id": "yearly-first",
        "groups": [{"id": "g1", "name": "A", "weight": 1, "is_control": True, "offering_uid": "main"}],
    }
    source = Experiment.objects.create(
        workspace=paywall.workspace,
        connection=paywall.connection,
        provider="qonversion",
        remote_id="exp1",
        name="Yearly first",
        raw_text=json.dumps(raw),
    )
    response = visit(bob).post(f"/w/marlow/experiments/{source.pk}/copy/")
    copied = Draft.objects.get(from_experiment=source)
    assert response["Location"] == copied.get_absolute_url()
    document = copied.newest.document
    assert (copied.provider, document["name"], document["primary_metric"]) == (
        "qonversion",
        "Yearly first (copy)",
        "user_to_trial",
    )
    assert not {"id", "status"} & document.keys()
    assert document["groups"] == [{"name": "A", "weight": 1, "is_control": True, "offering_uid": "main"}]
    editor = Editor(visit(bob), copied)
    assert "A copy of" in editor.html
    assert editor.post().status_code == 303
    copied.refresh_from_db()
    assert copied.number == 1


def test_a_removed_draft_says_that_nothing_happened_at_qonversion(paywall, visit, bob):
    page = visit(bob).get(f"{paywall.get_absolute_url()}delete/").content.decode()
    assert "Nothing happens at Qonversion." in page
