"""Audiences: the grammar as Airship reads it, and each audience in one plain sentence."""

import pytest

from experiments.providers.airship.audience import audience_sentence, is_everybody
from experiments.providers.airship.grammar import count_selectors, find_audience_problems

UUID = "11111111-2222-4333-8444-555555555555"


def found(audience, device_types=("ios", "android", "amazon", "web", "sms")):
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
        ({"segment": UUID, "group": "g"}, "/audience/group", "unknown_guard"),
        ({"tag": "a", "gruop": "g"}, "/audience/gruop", "unknown_guard"),
        ({"and": [{"tag": "a"}], "colour": 1}, "/audience/colour", "unknown_key"),
        (
            {"attribute": "a", "where": {"property": "p", "operator": "equals", "value": 1, "newer": 1}},
            "/audience/where/newer",
            "unknown_key",
        ),
        ({"activity": "a", "operator": "equals", "value": ""}, "/audience/value", "audience_value_empty"),
        ({"activity": "a", "operator": "equals", "value": "two"}, "/audience/value", "audience_value_form"),
        (
            {"attribute": "a", "operator": "equals", "value": 1, "precision": "days"},
            "/audience/precision",
            "audience_precision",
        ),
        (
            {"attribute": "a", "operator": "range", "value": "a/b", "precision": "days"},
            "/audience/precision",
            "audience_precision",
        ),
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
    (problem,) = find_audience_problems(audience, ["sms"])
    assert (problem.code, problem.severity) == ("audience_old_selector", "warning")


@pytest.mark.parametrize(
    ("selector", "platform"), [("android_channel", "android"), ("amazon_channel", "amazon"), ("web_channel", "web")]
)
def test_devices_of_a_platform_need_that_platform(selector, platform):
    audience = {"and": [{"not": {selector: UUID}}, {"tag": "a"}]}
    place = (f"/audience/and/0/not/{selector}", "audience_platform")
    assert place in found(audience, ["ios"])
    assert place not in found(audience, ["ios", platform])


@pytest.mark.parametrize("selector", [{"sms_sender": "1"}, {"sms_id": {"msisdn": "1", "sender": "2"}}])
def test_phone_numbers_in_a_test_without_sms_are_only_warned_of(selector):
    (problem,) = find_audience_problems({"and": [selector]}, ["ios"])
    assert (problem.code, problem.severity) == ("audience_platform", "warning")
    assert not list(find_audience_problems({"and": [selector]}, ["ios", "mms"]))


@pytest.mark.parametrize(
    ("audience", "message"),
    [
        (
            {"churn": "high"},
            "Splitdesk does not know the selector “churn”. It is kept and sent as it is; Airship’s check decides.",
        ),
        (
            {"tga": "a"},
            "Splitdesk does not know the selector “tga”. It is kept and sent as it is; Airship’s check decides."
            " Did you mean “tag”?",
        ),
        (
            {"tag": "a", "weather": 1},
            "Splitdesk does not know “weather” here. It is kept and sent as it is; Airship’s check decides.",
        ),
    ],
)
def test_what_a_newer_api_may_know_is_kept_and_only_warned_of(audience, message):
    (problem,) = find_audience_problems({"and": [audience]}, ["ios"])
    assert (problem.message, problem.code, problem.severity) == (message, "unknown_key", "warning")


@pytest.mark.parametrize("key", ["gruop", "grop", "groups", "operator", "value"])
def test_a_key_that_may_be_a_misspelt_or_misplaced_one_is_an_error(key):
    (problem,) = find_audience_problems({"tag": "a", key: "x"}, ["ios"])
    assert (problem.code, problem.severity) == ("unknown_guard", "error")
    assert not list(find_audience_problems({"tag": "a", "group": "x"}, ["ios"]))


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
        ({"not": {"not": {"tag": "a"}}}, "people with the tag “a”"),
        ({"tag": ""}, "people with the tag “…”"),
        ({"tag": "a", "group": ""}, "people with the tag “a”"),
        (
            {"AND": [{"tag": "long-run-plan"}, {"Not": {"segment": "injured"}}]},
            "people with the tag “long-run-plan” who are not in the segment “injured”",
        ),
        ({"and": [{"tag": "a"}]}, "people with the tag “a”"),
        ({"or": [{"and": [{"tag": "a"}]}]}, "people with the tag “a”"),
        (
            {"or": [{"tag": "a"}, {"and": [{"tag": "b"}, {"not": {"tag": "c"}}]}]},
            "people who have the tag “a” or (have the tag “b” and do not have the tag “c”)",
        ),
        (
            {"and": [{"segment": "s"}, {"not": {"or": [{"tag": "a"}, {"static_list": "l"}]}}]},
            "people who are in the segment “s” and do not have the tag “a” and are not on the list “l”",
        ),
        (
            {"and": [{"segment": "s"}, {"not": {"and": [{"tag": "a"}, {"static_list": "l"}]}}]},
            "people who are in the segment “s” and (do not have the tag “a” or are not on the list “l”)",
        ),
        (
            {
                "and": [
                    {"tag": "x"},
                    {"or": [{"tag": "a"}, {"and": [{"tag": "b"}, {"or": [{"tag": "c"}, {"tag": "d"}]}]}]},
                ]
            },
            "people with the tag “x” who (have the tag “a” or [have the tag “b” and"
            " (have the tag “c” or have the tag “d”)])",
        ),
        (
            {"and": [{"and": [{"segment": "s"}, {"segment": "t"}]}, {"segment": "u"}]},
            "people who are in the segment “s” and are in the segment “t” and are in the segment “u”",
        ),
        ({"email_address": "a@b.example"}, "people who have the email address “a@b.example”"),
        ({"not": {"sms_sender": "123"}}, "people who do not get SMS from the sender “123”"),
        (
            {"attribute": "age", "operator": "greater", "value": 30},
            "people who have an attribute “age” that is more than 30",
        ),
        (
            {"attribute": "city", "operator": "equals", "value": "Berlin"},
            "people who have an attribute “city” that is “Berlin”",
        ),
        (
            {"not": {"attribute": "city", "operator": "contains", "value": ""}},
            "people who do not have an attribute “city” that contains “…”",
        ),
        (
            {"attribute": "seen", "operator": "before", "value": 3, "precision": "days"},
            "people who have an attribute “seen” that is at least 3 days ago",
        ),
        (
            {"attribute": "seen", "operator": "after", "value": 1, "precision": "days"},
            "people who have an attribute “seen” that is at most 1 day ago",
        ),
        (
            {"attribute": "ends", "operator": "before", "value": 3, "precision": "days", "relative_to": "future"},
            "people who have an attribute “ends” that is at most 3 days from now",
        ),
        (
            {"attribute": "ends", "operator": "after", "value": 2, "precision": "months", "relative_to": "future"},
            "people who have an attribute “ends” that is at least 2 months from now",
        ),
        (
            {"attribute": "seen", "operator": "before", "value": "now"},
            "people who have an attribute “seen” that is in the past",
        ),
        (
            {"attribute": "seen", "operator": "after", "value": "2027-01-01T00:00:00", "precision": "days"},
            "people who have an attribute “seen” that is after 2027-01-01T00:00:00",
        ),
        (
            {"attribute": "seen", "operator": "range", "value": "2026-01-01/2027-01-01"},
            "people who have an attribute “seen” that is between 2026-01-01 and 2027-01-01",
        ),
        (
            {"attribute": "born", "operator": "equals", "value": "05-04", "precision": "month_day"},
            "people who have an attribute “born” that is on 4 May of any year",
        ),
        (
            {"attribute": "born", "operator": "equals", "value": 12, "precision": "month"},
            "people who have an attribute “born” that is in December",
        ),
        (
            {"attribute": "born", "operator": "equals", "value": "2020-05", "precision": "year_month"},
            "people who have an attribute “born” that is in May 2020",
        ),
        (
            {"attribute": "born", "operator": "equals", "value": "2020-05-04", "precision": "year_month_day"},
            "people who have an attribute “born” that is on 4 May 2020",
        ),
        (
            {"attribute": "born", "operator": "equals", "value": 5, "precision": "day"},
            "people who have an attribute “born” that is on day 5 of a month",
        ),
        (
            {"attribute": "born", "operator": "equals", "value": "now", "precision": "month_day"},
            "people who have an attribute “born” that is on today’s date of any year",
        ),
        (
            {"attribute": "born", "operator": "equals", "value": "soon", "precision": "month_day"},
            "people who have an attribute “born” that is “soon” (day of the year)",
        ),
        ({"attribute": "born", "operator": "is_empty"}, "people who have no value for the attribute “born”"),
        ({"not": {"attribute": "born", "operator": "is_empty"}}, "people who have a value for the attribute “born”"),
        (
            {"attribute": "cart", "where": {"property": "$.sum", "operator": "less", "value": 5}},
            "people who have an attribute “cart” whose “$.sum” is less than 5",
        ),
        (
            {"attribute": "cart", "where": {"property": "$.x", "operator": "equals", "value": True}},
            "people who have an attribute “cart” whose “$.x” is true",
        ),
        ({"activity": "app_open", "operator": "greater_eq", "value": 2}, "people who did “app_open” at least 2 times"),
        (
            {"not": {"activity": "app_open", "operator": "equals", "value": 1, "after": 30}},
            "people who did not do “app_open” exactly 1 time in the last 30 days",
        ),
        (
            {"activity": "app_open", "metric": "last", "after": 1, "precision": "weeks"},
            "people who last did “app_open” in the last 1 week",
        ),
        (
            {"activity": "app_open", "metric": "first", "before": "2026-01-01"},
            "people who first did “app_open” before 2026-01-01",
        ),
        (
            {"activity": "app_open", "metric": "first", "on": 12, "on_precision": "month"},
            "people who first did “app_open” in December",
        ),
        (
            {
                "activity": "bought",
                "metric": "total_value",
                "operator": "greater",
                "value": 9,
                "where": {"property": "shoe", "operator": "present"},
            },
            "people who did “bought” whose “shoe” is there with a total value of more than 9",
        ),
        ({"activity": "app_open", "metric": "last"}, "people who last did “app_open”"),
        ({"and": []}, "people who match a group without rules"),
        ({"and": [{"tag": "a"}, {"or": []}]}, "people with the tag “a” who (match a group without rules)"),
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


def test_the_sentence_of_a_nested_audience_can_be_read_in_one_way_only():
    """Read back by the brackets alone, the sentence has the audience's own logic for every way to belong to it."""
    texts = {name: f"have the tag “{name}”" for name in "abcd"}
    for audience in shapes(3):
        sentence = audience_sentence({"or": [{"segment": "z"}, audience]}).removeprefix("people who ")
        for name, text in texts.items():
            sentence = sentence.replace(f"do not {text}", f"not {name}").replace(text, name)
        code = sentence.replace("are in the segment “z”", "z").replace("[", "(").replace("]", ")")
        for bits in range(16):
            tags = {name: bool(bits >> at & 1) for at, name in enumerate("abcd")}
            assert joined_once(code)
            assert eval(code, {}, {**tags, "z": False}) == matches(audience, tags)


def joined_once(code):
    """Within one pair of brackets stands only “and” or only “or”, so that no order between them is needed."""
    depth = 0
    words: dict[int, set[str]] = {}
    for word in code.replace("(", " ( ").replace(")", " ) ").split():
        if word == "(":
            depth += 1
            words[depth] = set()
        elif word == ")":
            depth -= 1
        elif word in ("and", "or"):
            words.setdefault(depth, set()).add(word)
            if len(words[depth]) > 1:
                return False
    return True


def shapes(depth):
    """Nested audiences over four tags, of every operator in every other."""
    if depth == 0:
        return [{"tag": "a"}, {"not": {"tag": "b"}}]
    inner = shapes(depth - 1)
    some = [inner[0], inner[len(inner) // 2], inner[-1]]
    return [
        *some,
        *({"not": one} for one in some),
        *({word: [one, {"tag": "c"}, {"tag": "d"}]} for word in ("and", "OR") for one in some),
        *({"not": {"or": [one, {"tag": "d"}]}} for one in some),
        *({"and": [{"tag": "c"}, {"or": [one, {"and": [{"tag": "b"}, {"tag": "d"}]}]}]} for one in some),
    ]


def matches(audience, tags):
    (key, value), *_ = audience.items()
    if key == "tag":
        return tags[value]
    if key == "not":
        return not matches(value, tags)
    return (all if key == "and" else any)(matches(part, tags) for part in value)
