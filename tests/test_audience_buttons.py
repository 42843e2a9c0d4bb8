"""The buttons of the audience: rules and groups come, go, are copied, wrapped and moved."""

import json
from typing import Any

import pytest

from experiments.forms.actions import CannotDo, Done, act
from tests.audience_cases import NUMBER, editing_of
from tests.editor_form import Editor


def after(audience: Any, do: str, plan: dict[str, Any] | None = None) -> tuple[Any, Done]:
    editing = editing_of(audience, plan)
    done = act(editing, do)
    return editing.document["audience"], done


A, B, C, D = {"tag": "a"}, {"tag": "b"}, {"segment": "c"}, {"segment": "d"}
TREE = {"and": [A, {"or": [B, C]}, D]}


@pytest.mark.parametrize(
    ("do", "audience", "focus"),
    [
        ("rule-up:/audience/and/2", {"and": [A, D, {"or": [B, C]}]}, "/audience/and/1"),
        ("rule-down:/audience/and/0", {"and": [{"or": [B, C]}, A, D]}, "/audience/and/1"),
        ("rule-up:/audience/and/1/or/0", {"and": [A, B, {"or": [C]}, D]}, "/audience/and/1"),
        ("rule-up:/audience/and/1/or/1", {"and": [A, {"or": [C, B]}, D]}, "/audience/and/1/or/0"),
        ("rule-down:/audience/and/1/or/1", {"and": [A, {"or": [B]}, C, D]}, "/audience/and/2"),
        ("rule-into:/audience/and/0", {"and": [{"or": [A, B, C]}, D]}, "/audience/and/0/or/0"),
        ("rule-into:/audience/and/2", {"and": [A, {"or": [B, C, D]}]}, "/audience/and/1/or/2"),
        ("rule-out:/audience/and/1/or/0", {"and": [A, {"or": [C]}, B, D]}, "/audience/and/2"),
        ("rule-down:/audience/and/1", {"and": [A, D, {"or": [B, C]}]}, "/audience/and/2"),
        ("duplicate-rule:/audience/and/0", {"and": [A, A, {"or": [B, C]}, D]}, "/audience/and/1"),
        ("duplicate-rule:/audience/and/1", {"and": [A, {"or": [B, C]}, {"or": [B, C]}, D]}, "/audience/and/2"),
        ("wrap-rule:/audience/and/0", {"and": [{"or": [A]}, {"or": [B, C]}, D]}, "/audience/and/0/or/0"),
        ("wrap-rule:/audience/and/1/or/0", {"and": [A, {"or": [{"and": [B]}, C]}, D]}, "/audience/and/1/or/0/and/0"),
        ("move-rule:/audience/and/0:/audience:3", {"and": [{"or": [B, C]}, D, A]}, "/audience/and/2"),
        ("move-rule:/audience/and/2:/audience:0", {"and": [D, A, {"or": [B, C]}]}, "/audience/and/0"),
        ("move-rule:/audience/and/2:/audience/and/1:1", {"and": [A, {"or": [B, D, C]}]}, "/audience/and/1/or/1"),
        ("move-rule:/audience/and/1/or/0:/audience:0", {"and": [B, A, {"or": [C]}, D]}, "/audience/and/0"),
        ("remove:/audience/and/1/or/0", {"and": [A, {"or": [C]}, D]}, "/audience/and/1/or/0"),
        ("remove:/audience/and/1", {"and": [A, D]}, "/audience/and/1"),
        ("add-rule:/audience/and/1", {"and": [A, {"or": [B, C, {"tag": ""}]}, D]}, "/audience/and/1/or/2"),
        ("add-group:/audience", {"and": [A, {"or": [B, C]}, D, {"or": [{"tag": ""}]}]}, "/audience/and/3/or/0"),
    ],
)
def test_each_button_does_one_thing_and_goes_to_what_it_changed(do, audience, focus):
    made, done = after(TREE, do)
    assert made == audience
    assert done.focus == focus
    assert done.swap == "audience"


@pytest.mark.parametrize(
    ("audience", "do", "made"),
    [
        (A, "add-rule:/audience", {"and": [A, {"tag": ""}]}),
        (A, "wrap-rule:/audience", {"and": [{"or": [A]}]}),
        (A, "duplicate-rule:/audience", {"and": [A, A]}),
        (A, "remove:/audience", {"and": []}),
        ({"and": [A, {"or": [B]}]}, "remove:/audience/and/1/or/0", {"and": [A]}),
        ({"and": [A, {"or": [B]}]}, "rule-out:/audience/and/1/or/0", {"and": [A, B]}),
        ({"NOT": {"OR": [A, B]}}, "rule-down:/audience/NOT/OR/0", {"NOT": {"or": [B, A]}}),
        ({"not": A}, "add-rule:/audience", {"not": {"or": [A, {"tag": ""}]}}),
        ({"not": {"or": [A, B]}}, "remove:/audience/not/or/1", {"not": A}),
    ],
)
def test_single_rules_and_groups_of_none_keep_their_sense(audience, do, made):
    assert after(audience, do)[0] == made


@pytest.mark.parametrize(
    "do",
    [
        *("rule-up:/audience/and/0", "rule-down:/audience/and/2", "rule-out:/audience/and/0", "rule-up:/audience"),
        *("move-rule:/audience/and/1:/audience/and/1:0", "move-rule:/audience/and/0:/audience:9", "move-rule:x"),
        *("move-rule:/audience/and/0:/audience:-1", "move-rule:/audience/and/0:/audience/and/2:0", "remove:/audience"),
        *("wrap-rule:/audience", "duplicate-rule:/nowhere", "add-rule:", "add-group:/audience/and/0"),
    ],
)
def test_a_button_that_cannot_says_so_and_changes_nothing(do):
    editing = editing_of(TREE)
    with pytest.raises(CannotDo):
        act(editing, do)
    assert editing.document["audience"] == TREE


def test_buttons_keep_the_values_of_all_other_rules_as_they_are():
    odd = {"TAG": ["only one"]}
    made, _ = after({"AND": [A, {"Not": [odd]}, {"newer": 1.0}]}, "rule-down:/audience/AND/0")
    assert made == {"AND": [{"Not": [odd]}, A, {"newer": 1.0}]}
    assert json.dumps(made["AND"][2]) == '{"newer": 1.0}'


def test_a_text_that_no_value_came_of_moves_with_its_rule_and_goes_with_it():
    plan = {"unparsed": {"/audience/and/0:value": {"text": "x", "why": "y"}}}
    editing = editing_of({"and": [NUMBER, B]}, plan)
    act(editing, "rule-down:/audience/and/0")
    assert list(editing.unparsed) == ["/audience/and/1:value"]
    act(editing, "remove:/audience/and/0")
    assert list(editing.unparsed) == ["/audience/and/0:value"]
    act(editing, "remove:/audience/and/0")
    assert not editing.unparsed


def test_a_full_group_takes_no_more_and_says_which_it_is(write, visit, bob):
    full = {"and": [A, {"or": [{"tag": str(number)} for number in range(10)]}]}
    with pytest.raises(CannotDo, match="Group 2 is full: 10 parts are the most"):
        after(full, "add-rule:/audience/and/1")
    with pytest.raises(CannotDo, match="Group 2 is full"):
        after(full, "rule-into:/audience/and/0")
    page = Editor(visit(bob), write(audience=full))
    assert "Group 2 is full: 10 parts are the most Airship takes." in page.html
    assert "add-rule:/audience/and/1" not in page.buttons
    assert "add-rule:/audience" in page.buttons


def test_groups_are_nested_only_as_deep_as_airship_is_told(write, visit, bob):
    audience: Any = {"tag": "a"}
    for _ in range(8):
        audience = {"and": [audience]}
    group = "/audience" + "/and/0" * 7
    made, _ = after(audience, f"add-group:{group}")
    with pytest.raises(CannotDo, match="deeper than 10 levels"):
        after(made, f"add-group:{group}/and/1")
    page = Editor(visit(bob), write(audience=made))
    assert f"add-group:{group}" in page.buttons
    assert f"add-group:{group}/and/1" not in page.buttons
    assert "Groups cannot be nested deeper than this." in page.html


def test_more_than_a_thousand_values_are_refused_by_a_button_and_told_of_in_a_document():
    hundred = {"tag": [str(number) for number in range(100)]}
    with pytest.raises(CannotDo, match="more than 1,000"):
        after({"and": [{"or": [hundred] * 9}, hundred]}, "duplicate-rule:/audience/and/1")
    assert after({"and": [{"or": [hundred] * 8}, hundred]}, "duplicate-rule:/audience/and/1")
