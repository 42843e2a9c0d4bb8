"""Texts that no value came of go where their variant goes."""

import pytest

from experiments.forms.kept_texts import follow, texts_of

KEPT = {
    "/variants/0/weight": {"text": "a", "why": "w"},
    "/variants/12/push/notification/ios/title": {"text": "b", "why": "w"},
    "title:1": {"text": "c", "why": "w"},
    "part:/variants/1": {"text": "d\ne", "why": "w"},
    "part:/variants/1/push/in_app": {"text": "f", "why": "w"},
    "control": {"text": "g", "why": "w"},
    "/name": {"text": "h", "why": "w"},
    "part:/campaigns": {"text": "i", "why": "w"},
    "/variants/1x": {"text": "j", "why": "w"},
    "titles:1": {"text": "k", "why": "w"},
}
OTHERS = {"control", "/name", "part:/campaigns", "/variants/1x", "titles:1"}


def test_every_name_of_a_variant_follows_it_and_no_other_changes():
    followed = follow(KEPT, "variants", lambda old: (old + 1,))
    assert set(followed) - OTHERS == {
        "/variants/1/weight",
        "/variants/13/push/notification/ios/title",
        "title:2",
        "part:/variants/2",
        "part:/variants/2/push/in_app",
    }
    assert {name: followed[name] for name in OTHERS} == {name: KEPT[name] for name in OTHERS}
    assert followed["part:/variants/2"] == KEPT["part:/variants/1"]


def test_two_copies_have_a_text_each():
    followed = follow(KEPT, "variants", lambda old: (old, old + 1) if old == 1 else (old,))
    assert followed["title:1"] == followed["title:2"] == KEPT["title:1"]
    assert followed["title:1"] is not followed["title:2"]


def test_texts_of_a_variant_that_is_gone_go_with_it():
    followed = follow(KEPT, "variants", lambda old: () if old == 1 else (old,))
    assert set(KEPT) - set(followed) == {"title:1", "part:/variants/1", "part:/variants/1/push/in_app"}


def test_the_texts_of_one_variant_are_named_for_its_new_place():
    assert texts_of(KEPT, "variants", 1, 4) == {
        "title:4": KEPT["title:1"],
        "part:/variants/4": KEPT["part:/variants/1"],
        "part:/variants/4/push/in_app": KEPT["part:/variants/1/push/in_app"],
    }
    assert texts_of(KEPT, "variants", 3, 4) == {}


@pytest.mark.parametrize(("key", "name"), [("groups", "/groups/3/weight"), ("variants", "/groups/0/weight")])
def test_the_key_is_the_providers_own(key, name):
    assert set(follow({"/groups/0/weight": {"text": "a", "why": ""}}, key, lambda old: (old + 3,))) == {name}
