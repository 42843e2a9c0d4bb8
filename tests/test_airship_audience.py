"""Audiences: the grammar as Airship reads it, and each audience in one plain sentence."""

import pytest

from experiments.providers.airship.audience import audience_sentence, is_everybody
from experiments.providers.airship.grammar import count_selectors, find_audience_problems

UUID = "11111111-2222-4333-8444-555555555555"


def found(audience, device_types=("ios", "android", "amazon", "web")):
    return [(problem.pointer, problem.code) for problem in find_audience_problems(audience, list(device_types))]


@pytest.mark.parametrize(
    "audience",
    [
        "all",
        "ALL",
        {"tag": "a"},
        {"TAG": "a"},
        {"tag": "silver", "group": "loyalty"},
        {"tag": ["a", "b"], "group": "loyalty"},
        {"segment": UUID},
        {"named_user": "u" * 128},
        {"static_list": "preferred_customers"},
        {"subscription_list": ["monthly", "weekly"]},
        {"channel": UUID},
        {"amazon_channel": [UUID]},
        {"android_channel": UUID},
        {"open_channel": UUID},
        {"sms_sender": "12345"},
        {"sms_id": {"msisdn": "15551234567", "sender": "12345"}},
        {"attribute": "age", "operator": "greater", "value": 30},
        {"attribute": "age", "operator": "equals", "value": 0},
        {"attribute": "born", "operator": "is_empty"},
        {"attribute": "born", "operator": "before", "value": 3, "precision": "years", "relative_to": "past"},
        {"attribute": "born", "operator": "after", "value": "2020-01-01T00:00:00", "precision": "days"},
        {"attribute": "born", "operator": "range", "value": "2020-01-01/2021-01-01"},
        {"attribute": "cart", "where": {"property": "$.x", "operator": "not_empty"}},
        {
            "attribute": "cart",
            "where": {"property": "$.x", "operator": "equals", "value": False, "compare_as": "boolean"},
        },
        {"activity": "app_open", "metric": "count", "operator": "greater", "value": 2, "after": 3, "precision": "days"},
        {"activity": "app_open", "metric": "last", "after": 3, "precision": "days"},
        {
            "activity": "bought",
            "operator": "equals",
            "value": 1,
            "where": {"property": "p", "operator": "less", "value": 9},
        },
        {"and": [{"tag": "a"}, {"not": {"tag": "b"}}]},
        {"AND": [{"OR": [{"tag": "a"}]}, {"NOT": {"tag": "b"}}]},
        {"not": [{"tag": "a"}]},
        {"or": [{"tag": str(number)} for number in range(10)]},
    ],
)
def test_audience_that_airship_reads_has_no_problem(audience):
    assert found(audience) == []


@pytest.mark.parametrize(
    ("audience", "pointer", "code"),
    [
        ("everyone", "/audience", "audience_word"),
        (" all ", "/audience", "audience_word"),
        ("", "/audience", "audience_word"),
        ("triggered", "/audience", "audience_triggered"),
        (5, "/audience", "audience_form"),
        ([], "/audience", "audience_form"),
        ({}, "/audience", "audience_empty"),
        ({"tga": "a"}, "/audience/tga", "unknown_key"),
        ({"tag": "a", "colour": "red"}, "/audience/colour", "unknown_key"),
        ({"tag": "a", "segment": UUID}, "/audience/segment", "audience_two_kinds"),
        ({"segment": UUID, "group": "g"}, "/audience/group", "unknown_key"),
        ({"and": [{"tag": "a"}], "or": [{"tag": "b"}]}, "/audience/or", "audience_two_kinds"),
        ({"tag": ""}, "/audience/tag", "audience_value_empty"),
        ({"tag": "  "}, "/audience/tag", "audience_value_empty"),
        ({"tag": None}, "/audience/tag", "audience_value_empty"),
        ({"tag": 5}, "/audience/tag", "audience_value_empty"),
        ({"tag": []}, "/audience/tag", "audience_values"),
        ({"tag": ["a"] * 101}, "/audience/tag", "audience_values"),
        ({"tag": ["a", 5]}, "/audience/tag", "audience_value_empty"),
        ({"tag": "t" * 129}, "/audience/tag", "audience_value_long"),
        ({"sms_sender": "1" * 17}, "/audience/sms_sender", "audience_value_long"),
        ({"tag": "a", "group": ""}, "/audience/group", "audience_value_empty"),
        ({"sms_id": {"msisdn": "1"}}, "/audience/sms_id/sender", "audience_sms"),
        ({"sms_id": "1"}, "/audience/sms_id", "audience_sms"),
        ({"msisdn": "1"}, "/audience/sender", "audience_sms"),
        ({"msisdn": "1", "sender": "2", "tag": "a"}, "/audience/tag", "audience_two_kinds"),
        ({"and": []}, "/audience/and", "audience_group_empty"),
        ({"or": {"tag": "a"}}, "/audience/or", "audience_group_empty"),
        ({"or": [{"tag": "a"}] * 11}, "/audience/or", "audience_group_large"),
        ({"and": [{"tag": "a"}, {}]}, "/audience/and/1", "audience_empty"),
        ({"and": ["all", {"tag": "a"}]}, "/audience/and/0", "audience_all_nested"),
        ({"NOT": "all"}, "/audience/NOT", "audience_all_nested"),
        ({"and": [{"tag": "a"}, {"or": ["everyone"]}]}, "/audience/and/1/or/0", "audience_word"),
        ({"not": [{"tag": "a"}, {"tag": "b"}]}, "/audience/not", "audience_not"),
        ({"not": []}, "/audience/not", "audience_not"),
        ({"not": None}, "/audience/not", "audience_empty"),
        ({"attribute": ""}, "/audience/attribute", "audience_value_empty"),
        ({"attribute": "a"}, "/audience/operator", "audience_operator"),
        ({"attribute": "a", "operator": "like", "value": 1}, "/audience/operator", "audience_operator"),
        ({"attribute": "a", "operator": ["equals"], "value": 1}, "/audience/operator", "audience_operator"),
        ({"attribute": "a", "operator": "equals"}, "/audience/value", "audience_value_empty"),
        (
            {"attribute": "a", "operator": "before", "value": "2020-01-01T00:00:00"},
            "/audience/precision",
            "audience_precision",
        ),
        ({"attribute": "a", "where": []}, "/audience/where", "audience_form"),
        ({"attribute": "a", "where": {"operator": "is_empty"}}, "/audience/where/property", "audience_value_empty"),
        (
            {"attribute": "a", "where": {"property": "p", "operator": {}}},
            "/audience/where/operator",
            "audience_operator",
        ),
        ({"activity": "app_open"}, "/audience", "audience_operator"),
        ({"ios_channel": UUID}, "/audience/ios_channel", "audience_old_selector"),
        ({"location": {"id": "x"}}, "/audience/location", "audience_old_selector"),
    ],
)
def test_each_mistake_is_told_at_its_place(audience, pointer, code):
    assert (pointer, code) in found(audience)


@pytest.mark.parametrize("audience", [{"subscription_lists": "l"}, {"msisdn": "1", "sender": "2"}])
def test_selectors_that_sources_disagree_on_only_warn(audience):
    (problem,) = find_audience_problems(audience, ["ios"])
    assert (problem.code, problem.severity) == ("audience_old_selector", "warning")


@pytest.mark.parametrize(
    ("selector", "platform"), [("android_channel", "android"), ("amazon_channel", "amazon"), ("web_channel", "web")]
)
def test_devices_of_a_platform_need_that_platform(selector, platform):
    audience = {"and": [{"not": {selector: UUID}}, {"tag": "a"}]}
    place = (f"/audience/and/0/not/{selector}", "audience_platform")
    assert place in found(audience, ["ios"])
    assert place not in found(audience, ["ios", platform])


def nested(depth):
    audience: object = {"tag": "a"}
    for _ in range(depth - 1):
        audience = {"not": audience}
    return audience


def test_depth_is_limited_to_ten():
    assert found(nested(10)) == []
    assert [code for _, code in found(nested(11))] == ["audience_too_deep"]


def test_depth_of_ten_thousand_ends_in_a_problem_and_a_sentence():
    audience = nested(10_000)
    assert "audience_too_deep" in [code for _, code in found(audience)]
    assert count_selectors(audience) == 1
    assert audience_sentence(audience) == "people who …"


def test_selectors_are_limited_to_a_thousand():
    hundred = {"tag": [str(number) for number in range(100)]}
    assert count_selectors({"or": [hundred] * 10}) == 1000
    assert found({"or": [hundred] * 10}) == []
    more = {"or": [hundred] * 9 + [{"and": [hundred, {"tag": "one more"}]}]}
    assert found(more) == [("/audience", "audience_too_large")]


@pytest.mark.parametrize(
    ("audience", "sentence"),
    [
        ("all", "everybody"),
        ("ALL", "everybody"),
        (None, "nobody yet"),
        ("", "nobody yet"),
        ({}, "nobody yet"),
        ({"tag": "long-run-plan"}, "people with the tag “long-run-plan”"),
        ({"TAG": "a", "group": "loyalty"}, "people with the tag “a” of the group “loyalty”"),
        ({"tag": ["a", "b", "c"]}, "people with the tag “a”, “b” or “c”"),
        ({"tag": list("abcdefg")}, "people with the tag “a”, “b”, “c”, “d”, “e” or 2 more"),
        ({"segment": "s"}, "people who are in the segment “s”"),
        ({"named_user": ["u", "v"]}, "people who are the named user “u” or “v”"),
        ({"static_list": "l"}, "people who are on the list “l”"),
        ({"sms_id": {"msisdn": "1555", "sender": "1"}}, "people who have the phone number “1555”"),
        ({"not": {"msisdn": "1555", "sender": "1"}}, "people who do not have the phone number “1555”"),
        ({"NOT": {"tag": "a"}}, "people who do not have the tag “a”"),
        ({"not": [{"tag": "a"}]}, "people who do not have the tag “a”"),
        ({"not": {"not": {"tag": "a"}}}, "people who have the tag “a”"),
        (
            {"AND": [{"tag": "long-run-plan"}, {"Not": {"segment": "injured"}}]},
            "people with the tag “long-run-plan” who are not in the segment “injured”",
        ),
        ({"and": [{"tag": "a"}]}, "people with the tag “a”"),
        (
            {"or": [{"tag": "a"}, {"and": [{"tag": "b"}, {"not": {"tag": "c"}}]}]},
            "people who have the tag “a” or (have the tag “b” and do not have the tag “c”)",
        ),
        (
            {"and": [{"segment": "s"}, {"not": {"or": [{"tag": "a"}, {"static_list": "l"}]}}]},
            "people who are in the segment “s” and (are not among those who have the tag “a” or are on the list “l”)",
        ),
        (
            {"and": [{"and": [{"segment": "s"}, {"segment": "t"}]}, {"segment": "u"}]},
            "people who are in the segment “s” and are in the segment “t” and are in the segment “u”",
        ),
        (
            {"attribute": "age", "operator": "greater", "value": 30},
            "people who have an attribute “age” that is more than 30",
        ),
        (
            {"attribute": "seen", "operator": "before", "value": 3, "precision": "days"},
            "people who have an attribute “seen” that is before 3 days ago",
        ),
        (
            {"not": {"attribute": "born", "operator": "is_empty"}},
            "people who do not have an attribute “born” that is empty",
        ),
        (
            {"attribute": "cart", "where": {"property": "$.sum", "operator": "less", "value": 5}},
            "people who have an attribute “cart” whose “$.sum” is less than 5",
        ),
        (
            {"activity": "app_open", "operator": "greater_eq", "value": 2},
            "people who match the activity “app_open” that is at least 2",
        ),
        ({"activity": "app_open", "metric": "last"}, "people who match the activity “app_open” at the given time"),
        ({"favourite": "x"}, "people who match “favourite”"),
        ({"and": ["all", {"tag": "b"}]}, "people who are anybody and have the tag “b”"),
        ([], "people who are “[]”"),
    ],
)
def test_audience_is_one_plain_sentence(audience, sentence):
    assert audience_sentence(audience) == sentence


def test_only_all_means_everybody():
    assert is_everybody("all")
    assert is_everybody(" ALL ")
    assert not is_everybody({"tag": "all"})
    assert not is_everybody(None)
    assert not is_everybody({"not": {"tag": "a"}})
