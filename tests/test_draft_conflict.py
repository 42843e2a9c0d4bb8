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


# -- put together without a question


def two_pages(draft, visit, alice, bob, theirs, mine, **how):
    """Alice saves first; bob's page saves by script."""
    late = Editor(visit(bob), draft)
    Editor(visit(alice), draft).post(theirs, turn=1, htmx=True)
    return late, late.post(mine, turn=1, htmx=True, **how)


def test_changes_in_different_parts_are_both_kept_and_it_is_told_at_once(draft, visit, alice, bob):
    late, response = two_pages(draft, visit, alice, bob, {message(0, "alert"): "Alice’s words"}, {"control": "20"})
    parts = response.content.decode()
    assert response.status_code == 200
    assert (late.document["control"], late.document["variants"][0]["push"]["notification"]["alert"]) == (
        0.2,
        "Alice’s words",
    )
    assert "What Alice changed and what you wrote are both kept" in parts
    assert "A: message" in parts
    assert f"/drafts/{draft.pk}/versions/3/?with=1" in parts
    assert 'name="revision" value="3"' in parts
    assert 'hx-target="#editor-body"' in parts  # her words are in the fields now, so that the next save keeps them


def test_a_version_put_together_names_both_in_the_history(draft, visit, alice, bob):
    two_pages(draft, visit, alice, bob, {message(0, "alert"): "Alice’s words"}, {"control": "20"})
    history = visit(bob).get(f"/w/{draft.workspace.slug}/drafts/{draft.pk}/versions/").text
    assert "Put together with version 2 by Alice." in history
    assert [revision.by for revision in draft.revisions.all()] == [bob, alice, bob]


@pytest.mark.parametrize(
    ("theirs", "mine"),
    [
        ({message(0, "alert"): "Hers"}, {message(0, "alert"): "His"}),  # the same place
        ({message(0, "alert"): "Hers"}, {message(0, "ios/title"): "His"}),  # two halves of one message
        ({"/variants/0/weight": "8"}, {"/variants/1/weight": "8"}),  # one split
        ({"/variants/0/weight": "8"}, {"control": "30"}),
        ({"/variants/0/weight": "nonsense"}, {"/name": "His"}),  # a text that could not be read
    ],
)
def test_where_the_mixture_would_be_something_nobody_has_seen_somebody_is_asked(draft, visit, alice, bob, theirs, mine):
    _, response = two_pages(draft, visit, alice, bob, theirs, mine)
    assert response.status_code == 409
    assert 'hx-target="#editor"' in response.content.decode()
    draft.refresh_from_db()
    assert draft.number == 2
    assert draft.newest.by == alice


def test_a_button_that_goes_by_position_is_never_put_together(draft, visit, alice, bob):
    late, response = two_pages(
        draft, visit, alice, bob, {message(0, "alert"): "Hers"}, {"/name": "His"}, do="remove-variant:1"
    )
    assert response.status_code == 409
    assert len(late.document["variants"]) == 2


def test_a_page_without_script_is_asked_as_before(draft, visit, alice, bob):
    _, response = two_writers(draft, visit, alice, bob, {message(0, "alert"): "Hers"}, {"control": "20"})
    assert response.status_code == 409
    assert "keep-both" in response.content.decode()


def test_the_next_save_of_an_old_page_never_undoes_what_was_put_together(draft, visit, alice, bob):
    """The answer that told of it was lost on the way: the page still shows what it showed, and saves again."""
    late, _ = two_pages(draft, visit, alice, bob, {message(0, "alert"): "Hers"}, {"control": "20"})
    again = late.post({"control": "20"}, turn=2, htmx=True)
    assert again.status_code == 200
    assert late.document["variants"][0]["push"]["notification"]["alert"] == "Hers"
    more = late.post({"control": "30"}, turn=3, htmx=True)
    assert more.status_code == 409
    assert late.document["variants"][0]["push"]["notification"]["alert"] == "Hers"
    assert late.document["control"] == 0.2


def test_what_one_person_wrote_is_not_saved_under_anothers_name(draft, visit, alice, bob):
    editor = Editor(visit(bob), draft)
    editor.client = visit(alice)
    refused = editor.post({"/name": "Written by Bob"}, turn=1, htmx=True)
    assert refused.status_code == 403
    draft.refresh_from_db()
    assert draft.number == 1
    assert editor.post({"/name": "Taken over"}, turn=2, htmx=True, person=alice.pk).status_code == 200
    assert draft.revisions.get(number=2).by == alice
