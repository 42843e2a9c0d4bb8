"""Adding, copying, removing, moving and naming variants, each to be taken back."""

import copy
import re
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from experiments.forms import known_problems
from experiments.forms.problems import find_draft_problems
from experiments.providers.shapes import Problem
from tests.editor_form import Editor, message


def names(editor):
    return [variant["name"] for variant in editor.document["variants"]]


def test_a_variant_is_added_after_what_was_typed_is_saved(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    response = editor.post({message(0, "alert"): "typed"}, do="add-variant")
    assert response.status_code == 303
    assert "variant=C" in response["Location"]
    assert names(editor) == ["Distance", "Weather", "C"]
    assert editor.document["variants"][0]["push"]["notification"]["alert"] == "typed"


def test_a_variant_is_duplicated_moved_and_renamed(draft, visit, bob):
    Editor(visit(bob), draft).post(do="duplicate-variant:0")
    editor = Editor(visit(bob), draft, "?variant=B")
    assert names(editor) == ["Distance", "Distance copy", "Weather"]
    editor.post({"/variants/1/name": "Twice"})
    Editor(visit(bob), draft).post(do="move-variant:1:2")
    assert names(editor) == ["Distance", "Weather", "Twice"]


def test_a_removed_variant_comes_back_with_the_text_typed_last(draft, visit, bob):
    browser = visit(bob)
    editor = Editor(browser, draft, "?variant=B")
    response = editor.post({message(1, "alert"): "the last words"}, do="remove-variant:1")
    assert names(editor) == ["Distance"]
    page = browser.get(response["Location"])
    assert "Variant B, “Weather”, is removed." in page.content.decode()
    undo = page.content.decode().split('value="restore:')[1].split('"')[0]
    Editor(visit(bob), draft).post(do=f"restore:{undo}")
    assert names(editor) == ["Distance", "Weather"]
    assert editor.document["variants"][1]["push"]["notification"]["alert"] == "the last words"


def test_bad_11_there_are_one_to_twenty_six_variants(write, visit, bob):
    one = {"name": "Distance", "push": {"notification": {"alert": "14 km is waiting for you."}}}
    draft = write(variants=[copy.deepcopy(one) for _ in range(25)])
    editor = Editor(visit(bob), draft)
    editor.post(do="add-variant")
    full = Editor(visit(bob), draft)
    assert len(full.document["variants"]) == 26
    assert "add-variant" not in full.buttons
    full.post(do="add-variant")
    full.post(do="duplicate-variant:0")
    assert len(full.document["variants"]) == 26
    only = write(variants=[copy.deepcopy(one)])
    alone = Editor(visit(bob), only)
    assert "remove-variant:0" not in alone.buttons
    alone.post(do="remove-variant:0")
    assert len(alone.document["variants"]) == 1


def test_weights_are_made_equal(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    editor.post({"/variants/1/weight": "abc"}, do="even-split")
    assert [variant["weight"] for variant in editor.document["variants"]] == [1, 1]
    assert "unparsed" not in editor.plan


def test_a_new_variant_goes_out_with_the_others(write, visit, bob):
    draft = write(when={"mode": "soon"})
    editor = Editor(visit(bob), draft)
    editor.post({"when.mode": "moment", "when.day": "2027-02-01", "when.time": "09:00"})
    Editor(visit(bob), draft).post(do="add-variant")
    times = {variant["schedule"]["scheduled_time"] for variant in editor.document["variants"]}
    assert times == {"2027-02-01T08:00:00"}


@pytest.mark.parametrize(
    ("query", "letter"), [("?variant=B", "B"), ("?variant=Z", "B"), ("?variant=ä", "A"), ("", "A")]
)
def test_the_address_says_which_variant_is_shown(draft, visit, bob, query, letter):
    assert Editor(visit(bob), draft, query).fields["variant"] == [letter]


def test_tabs_of_many_variants_show_letters_and_say_their_names(write, visit, bob):
    draft = write(
        variants=[{"name": f"Idea {number}", "push": {"notification": {"alert": "x"}}} for number in range(26)]
    )
    page = Editor(visit(bob), draft)
    assert 'class="variant-tabs many"' in page.html
    assert 'aria-label="Z Idea 25"' in page.html


def test_the_bytes_are_counted_for_each_platform_with_a_limit(write, visit, bob):
    draft = write(device_types=["ios", "android", "sms"])
    editor = Editor(visit(bob), draft)
    assert "37 of 4,096 bytes" in editor.html
    editor.post({message(0, "alert"): "ä" * 2100})
    page = Editor(visit(bob), draft)
    assert "4,212 of 4,096 bytes, 116 too many" in page.html
    assert "116 too many. Shorten the message" in page.html


def test_the_preview_shows_what_is_saved(write, visit, bob):
    draft = write(device_types=["ios", "web"])
    Editor(visit(bob), draft).post({"title:0": "14 km", message(0, "alert"): "Go <b>now</b>"})
    page = Editor(visit(bob), draft)
    previews = page.html.split('id="previews"')[1]
    assert "14 km" in previews
    assert "Go &lt;b&gt;now&lt;/b&gt;" in previews


# -- Undo of one variant


def undo_of(response):
    """What the Undo button of an answer, or of the page after it, posts."""
    return response.content.decode().split('id="undo-removal"')[1].split('value="')[1].split('"')[0]


def test_undo_brings_back_the_variant_and_keeps_what_was_written_after_it(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    removed = editor.post(do="remove-variant:0", htmx=True)
    Editor(visit(bob), draft).post({message(0, "alert"): "written since", "goal": "a goal since"})
    Editor(visit(bob), draft).post(do=undo_of(removed))
    assert names(editor) == ["Distance", "Weather"]
    assert editor.document["variants"][1]["push"]["notification"]["alert"] == "written since"
    assert editor.plan["goal"] == "a goal since"


def test_undo_finds_a_place_when_others_went_as_well(write, visit, bob):
    one = {"push": {"notification": {"alert": "x"}}}
    draft = write(variants=[{"name": name, **copy.deepcopy(one)} for name in ("one", "two", "three")])
    editor = Editor(visit(bob), draft)
    removed = editor.post(do="remove-variant:2", htmx=True)
    Editor(visit(bob), draft).post(do="remove-variant:0")
    Editor(visit(bob), draft).post(do=undo_of(removed))
    assert names(editor) == ["two", "three"]


def test_undo_pressed_twice_brings_it_back_once(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    undo = undo_of(editor.post(do="remove-variant:1", htmx=True))
    Editor(visit(bob), draft).post(do=undo)
    again = Editor(visit(bob), draft).post(do=undo, htmx=True)
    assert names(editor) == ["Distance", "Weather"]
    assert "It is back already." in again.content.decode()


def test_undo_of_one_of_two_equal_variants_brings_it_back(write, visit, bob):
    one = {"name": "Twin", "push": {"notification": {"alert": "x"}}}
    editor = Editor(visit(bob), draft := write(variants=[copy.deepcopy(one), copy.deepcopy(one)]))
    undo = undo_of(editor.post(do="remove-variant:1", htmx=True))
    assert names(editor) == ["Twin"]
    Editor(visit(bob), draft).post(do=undo)
    assert names(editor) == ["Twin", "Twin"]


def test_undo_brings_back_texts_that_were_no_values_yet(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    editor.post({"/variants/0/weight": "many"})
    undo = undo_of(Editor(visit(bob), draft).post(do="remove-variant:0", htmx=True))
    assert "unparsed" not in editor.plan
    Editor(visit(bob), draft).post(do=undo)
    assert editor.plan["unparsed"]["/variants/0/weight"]["text"] == "many"


@pytest.mark.parametrize("place", ["999:0", "1:9", "1:-1", "1:x", "x:0", ":", "1:", "1:1:1", "1:99999999999"])
def test_an_undo_that_does_not_exist_changes_nothing_and_says_so(draft, visit, bob, place):
    editor = Editor(visit(bob), draft)
    answer = editor.post(do=f"restore:{place}", htmx=True)
    assert answer.status_code == 200
    assert names(editor) == ["Distance", "Weather"]
    undo = undo_of(editor.post(do="remove-variant:1", htmx=True))
    assert "Nothing was changed." in answer.content.decode() or place == "1:"
    Editor(visit(bob), draft).post(do=undo)
    assert names(editor) == ["Distance", "Weather"]


def test_undo_beyond_the_limit_is_told(write, visit, bob):
    one = {"push": {"notification": {"alert": "x"}}}
    draft = write(variants=[{"name": f"V{number}", **copy.deepcopy(one)} for number in range(26)])
    editor = Editor(visit(bob), draft)
    undo = undo_of(editor.post(do="remove-variant:0", htmx=True))
    Editor(visit(bob), draft).post(do="add-variant")
    answer = Editor(visit(bob), draft).post(do=undo, htmx=True)
    assert "26 variants are the most that fit here." in answer.content.decode()
    assert len(editor.document["variants"]) == 26
    Editor(visit(bob), draft).post(do="remove-variant:25")
    Editor(visit(bob), draft).post(do=undo)
    assert names(editor)[0] == "V0"


def test_a_variant_comes_back_without_a_time_that_the_others_gave_up(write, visit, bob):
    draft = write(when={"mode": "soon"})
    editor = Editor(visit(bob), draft)
    editor.post({"when.mode": "moment", "when.day": "2027-02-01", "when.time": "09:00"})
    undo = undo_of(Editor(visit(bob), draft).post(do="remove-variant:1", htmx=True))
    Editor(visit(bob), draft).post({"when.mode": "soon"})
    Editor(visit(bob), draft).post(do=undo)
    assert [variant.get("schedule") for variant in editor.document["variants"]] == [None, None]


# -- texts that are no values yet


def test_texts_that_are_no_values_yet_move_with_their_variant(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    editor.post({"/variants/0/weight": "many"})
    Editor(visit(bob), draft).post(do="move-variant:0:1")
    assert {name: kept["text"] for name, kept in editor.plan["unparsed"].items()} == {"/variants/1/weight": "many"}
    assert Editor(visit(bob), draft).fields["/variants/1/weight"] == ["many"]
    Editor(visit(bob), draft).post(do="duplicate-variant:1")
    assert sorted(editor.plan["unparsed"]) == ["/variants/1/weight", "/variants/2/weight"]
    Editor(visit(bob), draft).post(do="remove-variant:0")
    assert sorted(editor.plan["unparsed"]) == ["/variants/0/weight", "/variants/1/weight"]
    Editor(visit(bob), draft).post(do="add-variant")
    assert sorted(editor.plan["unparsed"]) == ["/variants/0/weight", "/variants/1/weight"]
    Editor(visit(bob), draft).post(do="remove-variant:0")
    assert sorted(editor.plan["unparsed"]) == ["/variants/0/weight"]


# -- only what changes is swapped


def parts(response):
    """The places that the answer brings anew."""
    return set(re.findall(r'hx-target="#([^"]+)"', response.content.decode()))


COMMON = {"editor-state", "saved", "draft-name", "steps"}


@pytest.mark.parametrize("do", ["show:1:", "show:1:ios", "show-platform:0:ios", "show-platform:0:"])
def test_another_variant_or_platform_brings_its_fields_alone(draft, visit, bob, do):
    editor = Editor(visit(bob), draft)
    response = editor.post(do=do, htmx=True)
    assert parts(response) == {*COMMON, "variants-open"}
    assert response.headers["HX-Replace-Url"].startswith(f"{editor.address}?variant={'B' if ':1:' in do else 'A'}")
    assert editor.draft.number == 1


def test_what_was_typed_before_a_tab_is_saved_and_the_rest_of_the_page_follows(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    response = editor.post({message(0, "alert"): "typed"}, do="show:1:", htmx=True)
    assert {*COMMON, "variants-open", "problems", "split-bar"} <= parts(response)
    assert "editor-body" not in parts(response)
    assert editor.document["variants"][0]["push"]["notification"]["alert"] == "typed"


def test_fields_that_came_with_what_was_typed_bring_the_whole_body(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    response = editor.post({"device_types": ["ios", "web"]}, do="show:1:", htmx=True)
    assert {*COMMON, "editor-body"} <= parts(response)
    assert editor.document["device_types"] == ["ios", "web"]


@pytest.mark.parametrize("do", ["add-variant", "duplicate-variant:0", "remove-variant:0", "move-variant:0:1"])
def test_a_change_of_the_variants_brings_them_and_the_split(draft, visit, bob, do):
    response = Editor(visit(bob), draft).post(do=do, htmx=True)
    assert {*COMMON, "variants-open", "variants-said", "variants-count", "split", "problems"} <= parts(response)
    assert "editor-body" not in parts(response)


def test_what_was_done_is_said_to_those_who_do_not_see_it(draft, visit, bob):
    assert "Variant C is new." in Editor(visit(bob), draft).post(do="add-variant", htmx=True).content.decode()
    copied = Editor(visit(bob), draft).post(do="duplicate-variant:0", htmx=True).content.decode()
    assert "Variant B, “Distance copy”, is new, a copy of A." in copied
    moved = Editor(visit(bob), draft).post(do="move-variant:0:3", htmx=True).content.decode()
    assert "Variant D, “Distance”, is now 4 of 4." in moved
    assert 'id="tab-D"' in moved
    assert "autofocus" in moved.split('id="tab-D"')[1].split(">")[0]


@pytest.mark.parametrize(
    "do", ["move-variant:0:2", "move-variant:2:0", "move-variant:0:-1", "move-variant:0", "show:x:"]
)
def test_a_place_that_is_not_there_is_told(draft, visit, bob, do):
    editor = Editor(visit(bob), draft)
    response = editor.post(do=do, htmx=True)
    assert response.status_code == 200
    assert "What this button was for is no longer there." in response.content.decode()
    assert names(editor) == ["Distance", "Weather"]


# -- what differs


def test_a_tab_says_in_what_its_variant_differs_from_the_control(write, visit, bob):
    said = {"alert": "Same", "ios": {"title": "Other"}}
    variants = [{"name": "One", "push": {"notification": {"alert": "Same"}}}, {"push": {"notification": said}}]
    page = Editor(visit(bob), write(variants=[*variants, copy.deepcopy(variants[0])]))
    assert page.html.count("differs from A in title") == 1


def test_variants_that_differ_in_too_much_or_too_late_are_told_in_the_list_of_problems(write, visit, bob):
    long = "x" * 200
    variants = [
        {"name": "One", "push": {"notification": {"alert": f"{long}1"}}},
        {"name": "Two", "push": {"notification": {"alert": f"{long}2", "ios": {"sound": "default"}}}},
    ]
    page = Editor(visit(bob), write(variants=variants))
    listed = page.html.split('id="problems"')[1]
    assert "Variant B differs from A in 2 things: message and sound." in listed
    assert "Variant B reads the same as variant A on a locked iOS and Android phone" in listed
    assert listed.count(f'href="{page.address}?variant=B#variants"') == 2


# -- problems of what is only looked at


def test_a_tab_asks_nothing_anew_and_a_change_or_a_minute_does(draft, visit, bob, passing, monkeypatch):
    asked: list[int] = []

    def find(*args: Any) -> tuple[Problem, ...]:
        asked.append(1)
        return find_draft_problems(*args)

    monkeypatch.setattr(known_problems, "find_draft_problems", find)
    known_problems._problems_of.cache_clear()
    editor = Editor(visit(bob), draft)
    editor.post(do="show:1:", htmx=True)
    editor.post(do="show:0:ios", htmx=True)
    assert len(asked) == 1
    draft.workspace.undo_window += 60
    draft.workspace.save()
    editor.post(do="show:1:", htmx=True)
    assert len(asked) == 2
    passing.shift(60)
    editor.post(do="show:1:", htmx=True)
    assert len(asked) == 3


def test_a_time_that_passed_is_told_within_a_minute(write, visit, bob, passing):
    draft = write(when={"mode": "soon"})
    editor = Editor(visit(bob), draft)
    soon = (timezone.now() + timedelta(hours=3)).astimezone(draft.workspace.zone)
    editor.post({"when.mode": "moment", "when.day": f"{soon:%Y-%m-%d}", "when.time": f"{soon:%H:%M}"})
    assert "has passed. Pick a later time." not in Editor(visit(bob), draft).html
    passing.shift(timedelta(hours=3, minutes=1))
    assert "has passed. Pick a later time." in Editor(visit(bob), draft).html
