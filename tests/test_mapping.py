"""What a test names of its project, and what a copy for another one makes of it."""

import copy
import itertools
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.forms.mapping import Refused, apply, outcome, places, references, seen_names, suggestions
from experiments.providers.airship.audience import operator_of
from experiments.providers.airship.narrowing import ALL_BUT, BROKEN_GROUP, NOTHING_LEFT, takes_anybody
from experiments.providers.references import Choice, Name

LEAVE = Choice("leave")
A, B, C = {"tag": "a"}, {"tag": "b"}, {"segment": "c"}


def named(document, provider="airship"):
    return {(*reference.name, reference.pointers) for reference in references(document, provider)}


def audience(selector):
    return {"audience": selector, "variants": []}


def left_out(selector, *values, accepted=True):
    """The audience without these values, and whether more people are let in. The person agrees to whatever is asked."""
    document = audience(selector)
    choices = {one.name: LEAVE for one in references(document, "airship") if one.name.value in values}
    assert choices, "nothing to leave out"
    found = outcome(document, choices, "airship")
    assert apply(document, choices, "airship", found.token) == found.document
    return found.document["audience"], {name.value for name in found.wider}


# -- finding


def test_every_rule_of_an_audience_names_something():
    selector = {
        "AND": [
            {"tag": ["a", "b"], "group": "g"},
            {"OR": [{"segment": "s"}, {"static_list": "l"}, {"subscription_list": "n"}, {"subscription_lists": "n"}]},
            {"not": {"named_user": "u"}},
            {"attribute": "age", "operator": "less", "value": 30},
            {"sms_id": {"msisdn": "+49", "sender": "123"}},
            {"msisdn": "+47", "sender": "456"},
            {"ios_channel": "i"},
            {"location": {"id": "x"}},
        ]
    }
    assert {(kind, value, within) for kind, value, within, _ in named(audience(selector))} == {
        ("tag", "a", "g"),
        ("tag", "b", "g"),
        ("tag_group", "g", ""),
        ("segment", "s", ""),
        ("static_list", "l", ""),
        ("subscription_list", "n", ""),
        ("named_user", "u", ""),
        ("attribute", "age", ""),
        ("phone", "+49", ""),
        ("sms_sender", "123", ""),
        ("phone", "+47", ""),
        ("sms_sender", "456", ""),
        ("ios_channel", "i", ""),
        ("selector", '{"location": {"id": "x"}}', ""),
    }


MESSAGE: dict[str, Any] = {
    "device_types": ["android", "email", "open::kiosk"],
    "variants": [
        {
            "push": {
                "notification": {
                    "alert": "a tag",
                    "actions": {
                        "add_tag": ["x", "y"],
                        "remove_tag": "z",
                        "tags": [{"type": "channel", "action": "add", "group": "g", "tags": ["t"]}],
                        "subscription_list": [{"type": "channel", "action": "subscribe", "list_id": "news"}],
                        "attributes": [{"type": "channel", "action": "set", "name": "plan", "value": "pro"}],
                        "app_defined": {"template": {"template_id": "not-one"}, "tags": [{"group": "no"}]},
                        "open": {"type": "scene", "content": {"template": {"template_id": "scene-1"}}},
                    },
                    "interactive": {"type": "own_buttons", "button_actions": {"yes": {"add_tag": "pressed"}}},
                    "android": {"notification_channel": "news", "extra": {"notification_channel": "not-one"}},
                    "email": {
                        "sender_address": "a@b.example",
                        "template": {"template_id": "mail-1", "fields": {"subject": "s"}},
                        "attachments": [{"id": "file-1"}],
                    },
                    "open::kiosk": {"alert": "hello", "template": {"template_id": "kiosk-1"}},
                }
            }
        },
        {"push": {"notification": {"interactive": {"type": "ua_yes_no_foreground"}}}},
    ],
}


def test_messages_name_senders_templates_channels_and_what_a_tap_changes():
    assert {(kind, value, within) for kind, value, within, _ in named(MESSAGE)} == {
        ("tag", "x", ""),
        ("tag", "y", ""),
        ("tag", "z", ""),
        ("tag", "t", "g"),
        ("tag", "pressed", ""),
        ("tag_group", "g", ""),
        ("subscription_list", "news", ""),
        ("attribute", "plan", ""),
        ("template", "scene-1", ""),
        ("template", "mail-1", ""),
        ("template", "kiosk-1", ""),
        ("button_set", "own_buttons", ""),
        ("notification_channel", "news", ""),
        ("sender_address", "a@b.example", ""),
        ("attachment", "file-1", ""),
        ("open_platform", "kiosk", ""),
    }


def test_one_thing_is_found_once_with_all_its_places():
    document = {
        "audience": {"or": [{"tag": "a"}, {"tag": ["b", "a"]}]},
        "variants": [{"push": {"notification": {"actions": {"add_tag": "a"}}}}],
    }
    found = {reference.name: reference for reference in references(document, "airship")}
    assert found[Name("tag", "a")].pointers == (
        "/audience/or/0/tag",
        "/audience/or/1/tag/1",
        "/variants/0/push/notification/actions/add_tag",
    )
    assert places(found[Name("tag", "a")]) == "Audience, Variant A"


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"audience": None, "variants": 3},
        {"audience": "all", "device_types": "ios", "variants": [None, {"push": None}, {"push": {"notification": []}}]},
        {"audience": {"and": 3, "tag": 4}, "device_types": [1, None, "open::"]},
        {"audience": {"and": [{"not": []}, {}, "triggered", {"tag": ["", None, 3]}, {"sms_id": 4}]}},
    ],
)
def test_broken_documents_name_nothing_and_stay_as_they_are(document):
    names = {name for name, *_ in named(document)}
    assert names <= {"selector"}
    assert apply(document, {}, "airship") == document


def test_a_provider_without_names_is_copied_as_it_is():
    assert references(MESSAGE, "nobody") == ()
    assert apply(MESSAGE, {}, "airship") == MESSAGE


# -- replacing


def test_a_name_is_replaced_wherever_it_stands_and_nowhere_else():
    choices = {
        Name("tag", "t", "g"): Choice("replace", "t2"),
        Name("tag_group", "g"): Choice("replace", "g2"),
        Name("subscription_list", "news"): Choice("replace", "letters"),
        Name("template", "kiosk-1"): Choice("replace", "board-1"),
        Name("open_platform", "kiosk"): Choice("replace", "open::board"),
    }
    changed = apply(MESSAGE, choices, "airship")
    notification = changed["variants"][0]["push"]["notification"]
    assert notification["actions"]["tags"] == [{"type": "channel", "action": "add", "group": "g2", "tags": ["t2"]}]
    assert notification["actions"]["subscription_list"][0]["list_id"] == "letters"
    assert notification["android"]["notification_channel"] == "news"
    assert changed["device_types"] == ["android", "email", "open::board"]
    assert notification["open::board"] == {"alert": "hello", "template": {"template_id": "board-1"}}
    assert list(notification)[-1] == "open::board"
    assert "open::kiosk" not in json.dumps(changed)
    assert MESSAGE["device_types"][2] == "open::kiosk", "the source is not touched"


def test_two_open_platforms_do_not_become_one():
    document = {**copy.deepcopy(MESSAGE), "device_types": ["open::kiosk", "open::board"]}
    with pytest.raises(Refused, match="“board” is in this test already"):
        apply(document, {Name("open_platform", "kiosk"): Choice("replace", "board")}, "airship")
    fine = apply(document, {Name("open_platform", "kiosk"): Choice("replace", "wall")}, "airship")
    assert fine["device_types"] == ["open::wall", "open::board"]


def test_what_cannot_be_replaced_or_left_out_is_refused():
    place = audience({"and": [A, {"location": {"id": "x"}}]})
    name = next(one.name for one in references(place, "airship") if one.name.kind == "selector")
    with pytest.raises(Refused, match="cannot be replaced"):
        apply(place, {name: Choice("replace", "x")}, "airship")
    with pytest.raises(Refused, match="cannot be left out"):
        apply(MESSAGE, {Name("template", "mail-1"): LEAVE}, "airship")
    assert apply(MESSAGE, {Name("attachment", "file-1"): LEAVE}, "airship") != MESSAGE


# -- leaving out, in messages


def test_left_out_parts_of_messages_take_their_empty_frames_along():
    names = [
        *[Name("tag", value) for value in ("x", "y", "z", "pressed")],
        Name("tag", "t", "g"),
        Name("subscription_list", "news"),
        Name("attribute", "plan"),
        Name("notification_channel", "news"),
        Name("attachment", "file-1"),
        Name("open_platform", "kiosk"),
    ]
    changed = apply(MESSAGE, dict.fromkeys(names, LEAVE), "airship")
    notification = changed["variants"][0]["push"]["notification"]
    assert set(notification["actions"]) == {"app_defined", "open"}
    assert notification["interactive"] == {"type": "own_buttons"}
    assert notification["android"] == {"extra": {"notification_channel": "not-one"}}
    assert "attachments" not in notification["email"]
    assert "open::kiosk" not in notification
    assert changed["device_types"] == ["android", "email"]
    assert changed["variants"][1] == MESSAGE["variants"][1]


def test_one_of_two_tags_leaves_the_other():
    changed = apply(MESSAGE, {Name("tag", "x"): LEAVE}, "airship")
    assert changed["variants"][0]["push"]["notification"]["actions"]["add_tag"] == ["y"]


def test_the_last_platform_stays():
    document = {"device_types": ["open::kiosk"], "variants": [{"push": {"notification": {"open::kiosk": {}}}}]}
    with pytest.raises(Refused, match="no platform left"):
        apply(document, {Name("open_platform", "kiosk"): LEAVE}, "airship")


# -- leaving out, in audiences


@pytest.mark.parametrize(
    ("selector", "values", "left", "wider"),
    [
        ({"or": [A, B]}, "b", {"or": [A]}, set()),
        ({"and": [A, B]}, "b", {"and": [A]}, {"b"}),
        ({"and": [A, {"not": B}]}, "b", {"and": [A]}, {"b"}),
        ({"and": [A, {"not": {"or": [B, C]}}]}, "b", {"and": [A, {"not": {"or": [C]}}]}, {"b"}),
        ({"and": [A, {"not": {"and": [B, C]}}]}, "b", {"and": [A, {"not": {"and": [C]}}]}, set()),
        ({"or": [A, {"not": B}]}, "b", {"or": [A]}, set()),
        ({"or": [A, {"and": [B]}]}, "b", {"or": [A]}, set()),
        ({"or": [A, {"and": [B, C]}]}, "b", {"or": [A, {"and": [C]}]}, {"b"}),
        ({"and": [A, {"or": [B, C]}]}, "bc", {"and": [A]}, {"b", "c"}),
        ({"tag": ["a", "b"]}, "b", {"tag": ["a"]}, set()),
        ({"and": [A, {"not": {"tag": ["b", "d"]}}]}, "b", {"and": [A, {"not": {"tag": ["d"]}}]}, {"b"}),
        ({"and": [A, {"tag": ["b", "d"], "group": "g"}]}, "b", {"and": [A, {"tag": ["d"], "group": "g"}]}, set()),
        ({"or": [A, {"tag": "b", "group": "g"}]}, "g", {"or": [A]}, set()),
        ({"not": {"not": {"or": [A, B]}}}, "b", {"not": {"not": {"or": [A]}}}, set()),
        ({"not": [{"or": [A, B]}]}, "b", {"not": [{"or": [A]}]}, {"b"}),
        ({"or": [A, {"sms_id": {"msisdn": "1", "sender": "s"}}]}, "s", {"or": [A]}, set()),
        ({"OR": [A, {"TAG": "b"}]}, "b", {"OR": [A]}, set()),
    ],
)
def test_leaving_out_narrows_an_or_and_widens_an_and(selector, values, left, wider):
    assert left_out(selector, *values) == (left, wider)


@pytest.mark.parametrize(
    ("selector", "values", "why"),
    [
        (A, "a", NOTHING_LEFT),
        ({"and": [A, B]}, "ab", NOTHING_LEFT),
        ({"not": A}, "a", NOTHING_LEFT),
        ({"tag": ["a", "b"]}, "ab", NOTHING_LEFT),
        ({"and": [A, {"not": B}]}, "a", ALL_BUT),
        ({"or": [{"and": [A, {"not": B}]}, C]}, "a", ALL_BUT),
        ({"and": [A], "tag": "b"}, "a", BROKEN_GROUP),
        ({"and": [C, {"not": [A, B]}]}, "a", BROKEN_GROUP),
    ],
)
def test_what_would_make_it_everybody_is_refused(selector, values, why):
    with pytest.raises(Refused) as refused:
        left_out(selector, *values)
    assert str(refused.value) == why


def test_more_people_get_in_only_where_exactly_that_was_agreed_to():
    document = audience({"and": [A, B, C]})
    choices = {Name("tag", "b"): LEAVE}
    with pytest.raises(Refused, match="More people"):
        apply(document, choices, "airship")
    other = outcome(document, {Name("segment", "c"): LEAVE}, "airship").token
    with pytest.raises(Refused, match="More people"):
        apply(document, choices, "airship", other)
    found = outcome(document, choices, "airship")
    assert apply(document, choices, "airship", found.token)["audience"] == {"and": [A, C]}
    assert (found.before, found.after) == (
        "people with the tag “a” who have the tag “b” and are in the segment “c”",
        "people with the tag “a” who are in the segment “c”",
    )


# -- properties

ATOMS = "abcde"
atoms = st.sampled_from(ATOMS).map(lambda value: {"tag": value}) | st.lists(
    st.sampled_from(ATOMS), min_size=1, max_size=3
).map(lambda values: {"tag": values})
selectors = st.recursive(
    atoms,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"and": parts})
        | st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"or": parts})
        | inner.map(lambda part: {"not": part})
        | inner.map(lambda part: {"not": [part]})
    ),
    max_leaves=8,
)
KEYS = ["audience", "and", "or", "not", "tag", "tags", "group", "actions", "push", "notification", "template"]
KEYS += ["template_id", "device_types", "open::x", "variants", "email", "sender_address", "extra", "ä/~"]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(KEYS),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


def matches(selector, held):
    """Whether somebody with these tags is in."""
    operator = operator_of(selector)
    if not operator:
        value = selector["tag"]
        return bool(held & set(value if isinstance(value, list) else [value]))
    parts = selector[operator] if isinstance(selector[operator], list) else [selector[operator]]
    if operator == "not":
        return not matches(parts[0], held)
    return (all if operator == "and" else any)(matches(part, held) for part in parts)


PEOPLE = [set(held) for size in range(len(ATOMS) + 1) for held in itertools.combinations(ATOMS, size)]


def small_audiences():
    """Every audience of up to three rules of three tags, each rule and each group with and without a “not”."""
    rules = [rule for tag in "abc" for rule in ({"tag": tag}, {"not": {"tag": tag}})]
    pairs = [{how: [one, two]} for how in ("and", "or") for one in rules for two in rules]
    triples = [{how: [one, pair]} for how in ("and", "or") for one in rules for pair in pairs]
    grouped = [*pairs, *triples, *({how: [rules[0], {"not": pair}]} for how in ("and", "or") for pair in pairs)]
    return [*rules, {"tag": ["a", "b"]}, *grouped, *({"not": group} for group in grouped)]


def check_nobody_new(selector, gone):
    """Whether the choice was refused; fails where somebody new is in and nobody was told."""
    document = audience(selector)
    choices = {one.name: LEAVE for one in references(document, "airship") if one.name.value in gone}
    try:
        found = outcome(document, choices, "airship")
    except Refused:
        return True
    after = found.document["audience"]
    assert not {one.name.value for one in references(found.document, "airship")} & set(gone)
    newcomers = [held for held in PEOPLE if matches(after, held) and not matches(selector, held)]
    assert not newcomers or found.wider, (selector, gone)
    assert set() not in newcomers, (selector, gone)
    assert takes_anybody(after) == matches(after, set())
    return False


@pytest.mark.parametrize("gone", ["a", "ab", "abc"])
def test_no_small_audience_lets_anybody_in_untold(gone):
    refused = [check_nobody_new(selector, gone) for selector in small_audiences()]
    assert any(refused)
    assert not all(refused) or gone == "abc"


@settings(deadline=None)
@given(selectors, st.sets(st.sampled_from(ATOMS), min_size=1))
def test_nobody_new_is_in_unless_it_was_told(selector, gone):
    before = json.dumps(selector)
    check_nobody_new(selector, gone)
    assert json.dumps(selector) == before


@settings(deadline=None)
@given(selectors, st.sampled_from(ATOMS))
def test_after_a_replacement_the_old_value_is_gone_and_the_shape_stays(selector, old):
    document = audience(selector)
    changed = apply(document, {Name("tag", old): Choice("replace", "new")}, "airship")
    assert old not in {one.name.value for one in references(changed, "airship")}
    assert json.dumps(changed).replace('"new"', f'"{old}"') == json.dumps(document)


@settings(deadline=None)
@given(json_values)
def test_any_document_is_read_and_keeping_everything_changes_nothing(value):
    document = value if isinstance(value, dict) else {"audience": value, "variants": [value, {"push": value}]}
    keep = {one.name: Choice("keep") for one in references(document, "airship")}
    assert json.dumps(apply(document, keep, "airship")) == json.dumps(document)
    assert json.dumps(apply(document, {}, "airship")) == json.dumps(document)
    leave = {one.name: LEAVE for one in references(document, "airship") if one.can_leave_out}
    try:
        found = outcome(document, leave, "airship")
    except Refused:
        return
    assert not {one.name for one in references(found.document, "airship")} & set(leave)


# -- another provider, and what was seen


def test_groups_of_a_paywall_test_name_their_remote_configs():
    document = {"name": "x", "groups": [{"remote_config_uid": "r", "offering_uid": "o"}, {"name": "B"}, None]}
    assert named(document, "qonversion") == {
        ("remote_config", "r", "", ("/groups/0/remote_config_uid",)),
        ("offering", "o", "", ("/groups/0/offering_uid",)),
    }
    choices = {Name("remote_config", "r"): Choice("replace", "r2"), Name("offering", "o"): LEAVE}
    assert apply(document, choices, "qonversion")["groups"][0] == {"remote_config_uid": "r2"}
    assert apply(document, {}, "qonversion") == document


def test_what_was_seen_is_counted_by_test_and_offered_most_used_first():
    texts = [json.dumps(audience({"or": [A, A, B]})), json.dumps(audience({"or": [B]})), "", "[]", "{broken"]
    seen = seen_names(texts, "airship")
    assert seen == {Name("tag", "a"): 1, Name("tag", "b"): 2}
    assert suggestions(seen, ["tag", "segment"]) == {"tag": ["b", "a"], "segment": []}
