"""Adding, copying, removing, moving and naming variants, each to be taken back."""

import copy

import pytest

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
    assert "Variant B is removed." in page.content.decode()
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
