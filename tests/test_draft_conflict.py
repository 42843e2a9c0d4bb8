"""Two writers of one draft: both versions are shown, and nobody's text is overwritten."""

import json

import pytest

from experiments.forms.conflicts import Version, differences, merged
from experiments.models import Draft
from tests.editor_form import Editor, FormReader, message


def choose(client, draft, response, do):
    fields = FormReader(response.content.decode(), "").fields
    address = f"/w/{draft.workspace.slug}/drafts/{draft.pk}/"
    return client.post(address, {**fields, "do": do})


def two_writers(draft, visit, alice, bob, theirs, mine):
    late = Editor(visit(bob), draft)
    assert Editor(visit(alice), draft).post(theirs).status_code == 303
    return late, late.post(mine)


def test_bad_36_both_versions_are_shown_with_who_and_when(draft, visit, alice, bob):
    late, response = two_writers(
        draft, visit, alice, bob, {message(0, "alert"): "Alice’s words"}, {message(0, "alert"): "Bob’s words"}
    )
    page = response.content.decode()
    assert response.status_code == 409
    assert "Alice saved version 2" in page
    assert "Variant A’s message" in page
    assert '<td dir="auto">Alice’s words</td><td dir="auto">Bob’s words</td>' in page
    assert "both changed it" in page
    assert "keep-both" not in page
    assert late.document["variants"][0]["push"]["notification"]["alert"] == "Alice’s words"


def test_mine_is_kept_and_theirs_stays_a_version(draft, visit, alice, bob):
    late, response = two_writers(draft, visit, alice, bob, {"/name": "Alice’s"}, {"/name": "Bob’s"})
    assert choose(visit(bob), draft, response, "keep-mine").status_code == 303
    assert late.document["name"] == "Bob’s"
    assert draft.revisions.get(number=2).document["name"] == "Alice’s"
    assert draft.number == 3


def test_theirs_is_taken_by_a_link_and_nothing_is_saved(draft, visit, alice, bob):
    late, response = two_writers(draft, visit, alice, bob, {"/name": "Alice’s"}, {"/name": "Bob’s"})
    assert f'href="{late.address}">Take theirs' in response.content.decode()
    assert late.document["name"] == "Alice’s"
    assert draft.number == 2


def test_changes_at_different_places_can_both_be_kept(draft, visit, alice, bob):
    late, response = two_writers(
        draft,
        visit,
        alice,
        bob,
        {message(0, "alert"): "Alice’s words", "goal": "Hers"},
        {"control": "20", "tags": "his"},
    )
    assert "only they changed it" in response.content.decode()
    assert "only you changed it" in response.content.decode()
    assert choose(visit(bob), draft, response, "keep-both").status_code == 303
    document = late.document
    assert document["variants"][0]["push"]["notification"]["alert"] == "Alice’s words"
    assert document["control"] == 0.2
    assert (late.plan["goal"], late.plan["tags"]) == ("Hers", ["his"])


def test_mine_can_go_on_as_a_new_draft(draft, visit, alice, bob):
    late, response = two_writers(draft, visit, alice, bob, {"/name": "Alice’s"}, {"/name": "Bob’s"})
    choose(visit(bob), draft, response, "copy-mine")
    copied = Draft.objects.get(from_draft=draft)
    assert (copied.newest.document["name"], copied.owner) == ("Bob’s", bob)
    assert late.document["name"] == "Alice’s"


def test_a_third_save_meanwhile_shows_the_versions_again(draft, visit, alice, bob):
    late, response = two_writers(draft, visit, alice, bob, {"/name": "Alice’s"}, {"/name": "Bob’s"})
    Editor(visit(alice), draft).post({"/name": "Alice’s second"})
    again = choose(visit(bob), draft, response, "keep-mine")
    assert again.status_code == 409
    assert "Alice’s second" in again.content.decode()
    assert "Bob’s" in again.content.decode()
    assert late.document["name"] == "Alice’s second"


def test_a_save_by_script_gets_the_versions_in_place_of_the_form(draft, visit, alice, bob):
    late = Editor(visit(bob), draft)
    Editor(visit(alice), draft).post({"/name": "Alice’s"})
    response = late.post({"/name": "Bob’s"}, htmx=True)
    assert response.status_code == 409
    assert 'hx-target="#editor"' in response.content.decode()
    assert "<html" not in response.content.decode()
    assert "Bob’s" in response.content.decode()


def test_the_same_change_by_two_people_is_no_conflict(draft, visit, alice, bob):
    late, response = two_writers(draft, visit, alice, bob, {"/name": "Same"}, {"/name": "Same"})
    assert response.status_code == 303
    assert late.document["name"] == "Same"
    assert draft.number == 2


def test_a_made_up_version_is_refused(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    for mine in ("", "[]", "{", '{"document": 1}'):
        assert editor.post({"mine": mine}, do="keep-mine").status_code == 400
    assert draft.number == 1
    offered = json.dumps({"document": editor.document | {"name": "Real"}, "plan": {}})
    assert editor.post({"mine": offered}, do="keep-mine").status_code == 303
    assert editor.document["name"] == "Real"


def version(name="a", goal="", **more):
    return Version({"name": name, "variants": [{"name": "A", "push": {}}], **more}, {"goal": goal})


@pytest.mark.parametrize(
    ("theirs", "mine", "both"),
    [
        (version(goal="g"), version("b"), version("b", "g")),
        (version(control=0.1), version(description="d"), version(control=0.1, description="d")),
        (version("b"), version("c"), None),
        (version(device_types=["ios"]), version("c"), version("c", device_types=["ios"])),
        (version(audience={"and": [{"tag": "x"}]}), version(audience={"or": []}), None),
    ],
)
def test_two_versions_are_merged_where_no_place_was_changed_twice(theirs, mine, both):
    base = version()
    assert merged(base, theirs, mine) == both
    assert differences(base, theirs, mine)


def test_a_variant_more_or_less_is_never_merged_by_position():
    base = Version({"variants": [{"name": "A"}, {"name": "B"}]}, {})
    theirs = Version({"variants": [{"name": "B"}]}, {})
    mine = Version({"variants": [{"name": "A", "weight": 2}, {"name": "B"}]}, {})
    assert merged(base, theirs, mine) is None
