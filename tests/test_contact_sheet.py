"""All variants on all devices beside each other, and what differs from the control."""

import copy
import re

import pytest

from experiments.models import Draft
from experiments.providers.airship.comparing import words_that_differ


def said(title, alert, **more):
    return {"alert": alert, "ios": {"title": title}, "android": {"title": title}, **more}


@pytest.fixture
def sheet(write, visit, vera):
    """`sheet([said(…), …], "?only=differences")` is the page of a test with these messages."""

    def open_sheet(notifications, query="", **changes):
        variants = [
            {"name": f"Idea {number}", "push": {"notification": said}} for number, said in enumerate(notifications)
        ]
        draft = write(variants=variants, **{"device_types": ["ios", "android"], **changes})
        response = visit(vera).get(f"/w/marlow/drafts/{draft.pk}/contact-sheet/{query}")
        assert response.status_code == 200
        return response.content.decode().split("<main")[1]

    return open_sheet


def cells(page):
    return page.count('role="cell"')


def test_there_is_a_row_for_each_variant_and_a_column_for_each_device(sheet):
    page = sheet(
        [said("T", f"Message {number}") for number in range(26)], device_types=["ios", "android", "web", "sms"]
    )
    assert page.count('role="rowheader"') == 26
    assert page.count('role="columnheader"') == 5
    assert cells(page) == 26 * 4
    assert "26 variants, as each device shows them." in page
    assert "?variant=Z#variants" in page


def test_words_that_are_other_than_the_controls_are_marked(sheet):
    page = sheet([said("T", "14 km is waiting"), said("T", "16 km is waiting")])
    assert page.count("<mark>16</mark> km is waiting") == 2
    assert page.count("<mark>") == 2
    assert "Differs in message" in page


def test_a_variant_that_is_as_the_control_says_so(sheet):
    page = sheet([said("T", "One"), said("T", "One"), said("T", "Two")])
    assert page.count("Same as A") == 2
    assert page.count("<mark>") == 2


def test_only_what_differs_can_be_asked_for(sheet):
    notifications = [said("T", "One"), said("T", "One"), {**said("T", "One"), "ios": {"title": "Other"}}]
    page = sheet(notifications, "?only=differences")
    assert "As A in everything: B." in page
    assert page.count('role="rowheader"') == 2
    assert page.count("Same as A") == 1  # Android of C
    everything = sheet(notifications)
    assert "As A in everything" not in everything
    assert everything.count('role="rowheader"') == 3


def test_a_difference_that_no_device_draws_is_still_named(sheet):
    page = sheet([said("T", "One"), said("T", "One", actions={"add_tag": "x"})], "?only=differences")
    assert "Differs in tags" in page
    assert page.count('role="rowheader"') == 2


def test_devices_can_be_chosen(sheet):
    notifications = [said("T", "One"), said("T", "Two")]
    both = sheet(notifications)
    captions = re.findall(r'role="columnheader">([^<]+)<', both)[1:]
    only = sheet(notifications, f"?device={captions[0]}")
    assert re.findall(r'role="columnheader">([^<]+)<', only)[1:] == captions[:1]
    assert cells(only) == 2
    nonsense = sheet(notifications, "?device=Toaster&only=nonsense")
    assert cells(nonsense) == cells(both)


def test_texts_are_shown_as_texts(sheet):
    page = sheet([said("T", "<b>One</b> & x"), said("T", "<b>Two</b> & x")])
    assert "&lt;b&gt;One&lt;/b&gt; &amp; x" in page
    assert "<mark>&lt;b&gt;Two&lt;/b&gt;</mark> &amp; x" in page


@pytest.mark.parametrize("variants", [[], None, [None, 3], [{"push": "x"}, {"push": {"notification": {"alert": 3}}}]])
def test_a_broken_or_empty_test_has_a_page_too(write, visit, vera, variants):
    draft = write(variants=variants)
    response = visit(vera).get(f"/w/marlow/drafts/{draft.pk}/contact-sheet/")
    assert response.status_code == 200


def test_without_a_platform_there_is_a_sentence(sheet):
    assert "no platform that can be drawn is chosen" in sheet([said("T", "One")], device_types=[])


def test_the_sheet_is_linked_from_the_editor_for_those_who_write(draft, visit, bob):
    page = visit(bob).get(draft.get_absolute_url()).content.decode()
    assert f'href="/w/marlow/drafts/{draft.pk}/contact-sheet/"' in page


def test_only_tests_of_messages_have_one(draft, visit, vera, paywalls, bob):
    other = Draft.objects.create(workspace=draft.workspace, connection=paywalls, provider="qonversion", owner=bob)
    other.append({"name": "P", "groups": []}, {}, by=bob, based_on=0)
    assert visit(vera).get(f"/w/marlow/drafts/{other.pk}/contact-sheet/").status_code == 404
    assert visit(vera).get(f"/w/marlow/drafts/{draft.pk}/contact-sheet/").status_code == 200


@pytest.mark.parametrize(
    ("control", "text", "marked"),
    [
        ("a b c", "a b c", []),
        ("a b c", "a x c", ["x"]),
        ("a b c", "a x y c", ["x y"]),
        ("", "new text", ["new text"]),
        ("old", "", []),
        ("a b c", "a c", []),
        ("14 km", "14  km", []),
        ("Lauf los.", "Lauf los!", ["los!"]),
        ("走る時間です", "歩く時間です", ["歩く"]),
        ("اركض الآن", "امش الآن", ["امش"]),
        ("Go 👩🏽‍🚀 now", "Go 👩🏻‍🚀 now", ["👩🏻‍🚀"]),
    ],
)
def test_words_differ_or_not(control, text, marked):
    pieces = words_that_differ(control, text)
    assert "".join(piece for piece, _ in pieces) == text
    assert [piece for piece, is_new in pieces if is_new] == marked


def test_marks_do_not_grow_with_the_length_of_a_text(sheet):
    page = sheet([said("T", "word " * 400), said("T", copy.deepcopy("other " * 400))])
    assert "…" in page
    assert len(page) < 60_000
