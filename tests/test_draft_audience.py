"""The audience as nested groups: what is shown is what the document says, and only what changes is rewritten."""

import copy
from typing import Any

import pytest
from django.http import QueryDict

from experiments.forms.messages.audience import Group, read_audience
from tests.editor_form import Editor

NESTED = {
    "and": [
        {"tag": "plan"},
        {"or": [{"segment": "s1"}, {"attribute": "country", "operator": "equals", "value": "Germany"}]},
        {"not": {"or": [{"tag": "paused", "group": "crm"}, {"static_list": "staff"}]}},
    ]
}
EXPRESSIBLE = [
    {"tag": "plan"},
    {"tag": ["a", "b"]},
    {"tag": "a", "group": "crm"},
    {"named_user": "u1"},
    {"channel": "11111111-2222-4333-8444-555555555555"},
    {"subscription_list": "news"},
    {"not": {"tag": "a"}},
    {"NOT": [{"tag": "a"}]},
    {"OR": [{"TAG": "a"}, {"and": [{"segment": "x"}]}]},
    {"attribute": "age", "operator": "greater", "value": 30},
    {"attribute": "birthday", "operator": "before", "value": 3, "precision": "days"},
    {"attribute": "plan", "operator": "is_empty"},
    NESTED,
]
HIDDEN = [
    {"activity": "x", "operator": "greater", "value": 3},
    {"sms_id": {"msisdn": "1555", "sender": "1"}},
    {"tag": ["only one"]},
    {"tag": "with, comma"},
    {"attribute": "a", "where": {"property": "$.x", "operator": "equals", "value": 1}},
    {"tag": "a", "segment": "b"},
    {"not": [{"tag": "a"}, {"tag": "b"}]},
    {"and": [{"tag": "a"}], "or": []},
    "all",
    5,
]


def group(audience: Any) -> Group:
    root = read_audience(audience)
    assert root is not None
    return root


def posted(**values):
    data = QueryDict(mutable=True)
    for name, value in values.items():
        data[name] = value
    return data


@pytest.mark.parametrize("audience", EXPRESSIBLE + [{"and": [hidden]} for hidden in HIDDEN], ids=str)
def test_an_audience_that_nobody_changes_is_written_as_the_same_value(audience):
    root = group(audience)
    root.post(QueryDict())
    assert root.written() is audience


@pytest.mark.parametrize("hidden", HIDDEN, ids=str)
def test_a_rule_that_no_form_can_say_is_kept_beside_one_that_changes(hidden):
    before = copy.deepcopy(hidden)
    root = group({"and": [hidden, {"tag": "a"}]})
    root.post(posted(**{"/audience/and/1:kind": "tag", "/audience/and/1:value": "b"}))
    assert root.written() == {"and": [before, {"tag": "b"}]}


@pytest.mark.parametrize("audience", [None, "", "all", "ALL", {}, [], 3])
def test_what_is_no_group_of_rules_is_none(audience):
    assert read_audience(audience) is None


def test_bad_16_an_audience_nested_ten_thousand_deep_is_no_recursion_error():
    audience: dict[str, Any] = {"tag": "a"}
    for _ in range(10_000):
        audience = {"and": [audience]}
    root = group(audience)
    root.post(QueryDict())
    assert root.written() is audience


@pytest.mark.parametrize(
    ("fields", "written"),
    [
        ({"kind": "segment", "value": "s"}, {"segment": "s"}),
        ({"kind": "tag", "value": "a, b"}, {"tag": ["a", "b"]}),
        ({"kind": "tag", "value": "a", "group": "g"}, {"tag": "a", "group": "g"}),
        ({"kind": "named_user", "value": " u1 "}, {"named_user": "u1"}),
        (
            {"kind": "attribute", "name": "age", "operator": "greater", "value": "30"},
            {"attribute": "age", "operator": "greater", "value": 30},
        ),
        (
            {"kind": "attribute", "name": "age", "operator": "less", "value": "1.5"},
            {"attribute": "age", "operator": "less", "value": 1.5},
        ),
        (
            {"kind": "attribute", "name": "city", "operator": "equals", "value": "30"},
            {"attribute": "city", "operator": "equals", "value": "30"},
        ),
        (
            {"kind": "attribute", "name": "seen", "operator": "before", "value": "3", "precision": "days"},
            {"attribute": "seen", "operator": "before", "value": 3, "precision": "days"},
        ),
        ({"kind": "attribute", "name": "x", "operator": "is_empty"}, {"attribute": "x", "operator": "is_empty"}),
    ],
)
def test_a_rule_becomes_the_selector_it_says(fields, written):
    root = group({"tag": "old"})
    root.post(posted(**{f"/audience:{name}": value for name, value in fields.items()}))
    assert root.written() == written


@pytest.mark.parametrize(
    ("how", "written"),
    [
        ("any", {"or": [{"tag": "a"}, {"tag": "b"}]}),
        ("none", {"not": {"or": [{"tag": "a"}, {"tag": "b"}]}}),
        ("all", {"and": [{"tag": "a"}, {"tag": "b"}]}),
    ],
)
def test_a_group_changes_how_its_rules_combine(how, written):
    root = group({"and": [{"tag": "a"}, {"tag": "b"}]})
    root.post(posted(**{"/audience:how": how}))
    assert root.written() == written


def test_everybody_is_a_choice_and_the_rules_come_back(draft, visit, bob):
    editor = Editor(visit(bob), draft)
    editor.post({"audience.mode": "all"})
    assert editor.document["audience"] == "all"
    page = Editor(visit(bob), draft)
    assert page.fields["audience.mode"] == ["all"]
    assert "Everybody." in page.html
    page.post({"audience.mode": "rules"})
    assert editor.document["audience"] == {"tag": "long-run-plan"}


def test_a_new_draft_has_no_audience_and_everybody_is_not_ticked(write, visit, bob):
    page = Editor(visit(bob), write(audience=None))
    assert "audience.mode" not in page.fields
    page.post({"audience.mode": "rules"})
    assert page.document["audience"] == {"and": [{"tag": ""}]}


def test_rules_and_groups_are_added_and_removed_by_buttons(write, visit, bob):
    draft = write(audience=copy.deepcopy(NESTED))
    editor = Editor(visit(bob), draft)
    assert "add-rule:/audience/and/1" in editor.buttons
    editor.post({"/audience/and/0:value": "typed before"}, do="add-rule:/audience/and/1")
    audience = editor.document["audience"]
    assert audience["and"][0] == {"tag": "typed before"}
    assert audience["and"][1]["or"][2] == {"tag": ""}
    assert audience["and"][2] == NESTED["and"][2]
    editor = Editor(visit(bob), draft)
    editor.post(do="add-group:/audience")
    assert editor.document["audience"]["and"][3] == {"or": [{"tag": ""}]}
    editor = Editor(visit(bob), draft)
    editor.post(do="remove:/audience/and/3/or/0")
    assert len(editor.document["audience"]["and"]) == 3  # a group without rules goes with its last one
    editor = Editor(visit(bob), draft)
    response = editor.post(do="remove:/audience/and/2")
    assert len(editor.document["audience"]["and"]) == 2
    again = visit(bob).get(response["Location"]).content.decode()
    undo = again.split('value="restore:')[1].split('"')[0]
    Editor(visit(bob), draft).post(do=f"restore:{undo}")
    assert editor.document["audience"]["and"][2] == NESTED["and"][2]


def test_a_button_for_a_rule_that_is_gone_changes_nothing(write, visit, bob):
    draft = write(audience=copy.deepcopy(NESTED))
    editor = Editor(visit(bob), draft)
    for do in ("remove:/audience/and/9", "add-rule:/nowhere", "remove:", "frobnicate", "remove-variant:x"):
        assert editor.post(do=do).status_code == 303
    assert editor.document["audience"] == NESTED
    assert draft.number == 1


def test_an_audience_that_no_form_can_say_is_shown_and_never_changed(write, visit, bob):
    draft = write(audience={"activity": "opened", "operator": "greater", "value": 2})
    editor = Editor(visit(bob), draft)
    assert "activity" in editor.html
    editor.post({"/name": "Other"})
    assert editor.document["audience"] == {"activity": "opened", "operator": "greater", "value": 2}
    assert editor.document["name"] == "Other"


def test_platforms_that_no_tick_stands_for_stay(write, visit, bob):
    draft = write(device_types=["mms", "ios", "open::kiosk"])
    editor = Editor(visit(bob), draft)
    assert editor.fields["device_types"] == ["ios", "open::kiosk"]
    editor.post({"device_types": ["ios", "web", "open::kiosk"]})
    assert editor.document["device_types"] == ["ios", "web", "mms", "open::kiosk"]
    Editor(visit(bob), draft).post({"device_types": ["ios"]})
    assert editor.document["device_types"] == ["ios", "mms"]


def test_the_audience_is_said_in_a_sentence_without_a_number_of_people(write, visit, bob):
    page = Editor(visit(bob), write(audience=copy.deepcopy(NESTED)))
    assert "People with the tag “plan”" in page.html
    assert "Airship does not tell how many people" in page.html
