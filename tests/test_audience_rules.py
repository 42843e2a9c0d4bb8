"""Rules of an audience as fields: what is shown is what the document says, and only what changes is rewritten."""

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.forms.editing import Editing
from experiments.forms.messages.audience import (
    locate_audience,
    mode_of,
    nodes_of,
    post_audience,
    read_audience,
    rules_in,
    rules_of,
)
from experiments.forms.messages.kinds import KINDS, choices_of
from experiments.forms.messages.selectors import can_show, natural_kind, read_values, shown_values, texts_of
from experiments.providers.airship.audience import audience_sentence
from experiments.providers.airship.grammar import find_audience_problems
from experiments.views.editor_fields import Marks
from experiments.views.messages.audience import AudienceSection
from tests.audience_cases import (
    ACTIVITY,
    ATTRIBUTE,
    AUDIENCES,
    DATE,
    JSONS,
    NESTED,
    NUMBER,
    SELECTORS,
    editing_of,
    page_fields,
    posted,
    saved,
    written,
)
from tests.openapi_check import document as openapi
from tests.openapi_check import is_available
from tests.openapi_documents import Maker


@pytest.mark.parametrize(("kind", "selector"), SELECTORS, ids=str)
def test_each_selector_is_shown_as_its_kind(kind, selector):
    assert natural_kind(selector) == kind
    (rule,) = rules_of(read_audience({"and": [selector]}))
    assert rule.kind == kind
    assert can_show(kind, selector)


@pytest.mark.skipif(not is_available(), reason="Airship's definition is not at hand")
def test_every_selector_of_the_openapi_has_a_kind_of_its_own():
    schemas = openapi()["components"]["schemas"]
    made = list(Maker().instances(schemas["atomicSelector"]))
    assert len(made) > 30
    told = {json.dumps(selector): natural_kind(selector) for selector in made if isinstance(selector, dict)}
    assert [text for text, kind in told.items() if kind == "json"] == []
    assert set(KINDS) - set(told.values()) <= {
        kind.name for kind in KINDS.values() if kind.is_old or kind.name == "json"
    }


@pytest.mark.parametrize("audience", AUDIENCES, ids=str)
def test_an_audience_that_nobody_changes_stays_the_same_value(audience):
    editing = editing_of(audience)
    before = editing.document["audience"]
    post_audience(editing, posted(page_fields(editing)))
    assert editing.document["audience"] is before
    assert editing.plan in ({}, {"unparsed": {}})


VALUES = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=8),
    st.integers(-5, 40),
    st.booleans(),
    st.none(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.text('ab, "', max_size=4), max_size=3),
)
KEYS = st.sampled_from(
    ("tag", "TAG", "group", "segment", "attribute", "operator", "value", "precision", "activity", "metric", "after")
) | st.sampled_from(("sms_id", "msisdn", "sender", "newer"))
ATOMS = st.one_of(
    st.sampled_from([selector for _, selector in SELECTORS if isinstance(selector, dict) and selector]),
    st.dictionaries(KEYS, VALUES, min_size=1, max_size=4),
)
TREES = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"and": st.lists(inner, max_size=4)}),
        st.fixed_dictionaries({"OR": st.lists(inner, max_size=4)}),
        st.fixed_dictionaries({"not": st.one_of(inner, st.lists(inner, max_size=2))}),
    ),
    max_leaves=8,
)


@given(TREES)
def test_whatever_an_audience_holds_a_save_without_a_change_keeps_it_exactly(audience):
    editing = editing_of(audience)
    before = json.dumps(audience)
    post_audience(editing, posted(page_fields(editing)))
    assert json.dumps(editing.document["audience"]) == before
    assert not editing.unparsed
    assert audience_sentence(audience)
    section = AudienceSection(editing.document, Marks(lambda id: (), {}), editing.plan)
    assert section.rules or section.part


@given(TREES)
def test_beside_a_rule_that_changes_all_others_stay_as_they_are(audience):
    whole = {"and": [audience, {"tag": "a"}]}
    assert written(whole, {"/audience/and/1:value": "b"}) == {"and": [audience, {"tag": "b"}]}
    assert json.dumps(written(whole, {"/audience/and/1:value": "b"})["and"][0]) == json.dumps(audience)


@given(TREES)
def test_every_problem_of_an_audience_leads_to_a_field_of_its_page(audience):
    document = {"audience": {"and": [audience]}}
    section = AudienceSection(document, Marks(lambda id: (), {}))
    ids = {"f-audience", *ids_in(section.rules or {})}
    for problem in find_audience_problems(document["audience"], ["ios"]):
        assert locate_audience(problem.pointer, document) in ids


def ids_in(node: dict[str, Any]) -> list[str]:
    own = [node["field_id"], *([node["kind_id"]] if "kind_id" in node else [])]
    parts = [part["id"] for part in node.get("parts", [])]
    return [*own, *parts, *(id for child in node.get("children", []) for id in ids_in(child))]


@pytest.mark.parametrize("audience", [None, "", "all", "ALL", {}, [], 3])
def test_what_is_no_group_of_rules_is_none(audience):
    assert read_audience(audience) is None


def test_bad_16_an_audience_nested_ten_thousand_deep_is_no_recursion_error():
    audience: dict[str, Any] = {"tag": "a"}
    for _ in range(10_000):
        audience = {"and": [audience]}
    root = read_audience(audience)
    assert root is not None
    assert root.written() is audience


@pytest.mark.parametrize(
    ("fields", "selector"),
    [
        ({"kind": "segment", "value": "s"}, {"segment": "s"}),
        ({"value": "a, b"}, {"tag": ["a", "b"]}),
        ({"value": '"a, b", c'}, {"tag": ["a, b", "c"]}),
        ({"value": "a", "group": "g"}, {"tag": "a", "group": "g"}),
        ({"kind": "named_user", "value": " u1 "}, {"named_user": "u1"}),
        ({"kind": "text_attribute"}, {"attribute": "", "operator": "equals", "value": "old"}),
        ({"kind": "date_attribute"}, {"attribute": "", "operator": "before", "value": "old", "precision": "days"}),
        ({"kind": "sms_id", "value": "1555"}, {"sms_id": {"msisdn": "1555", "sender": ""}}),
        ({"kind": "activity", "value": "3"}, {"activity": "", "operator": "greater_eq", "value": 3}),
        ({"kind": "json_attribute"}, {"attribute": "", "where": {"property": "", "operator": "equals"}}),
    ],
)
def test_a_rule_becomes_the_selector_it_says(fields, selector):
    assert written({"tag": "old"}, {f"/audience:{name}": value for name, value in fields.items()}) == selector


@pytest.mark.parametrize(
    ("selector", "fields", "after"),
    [
        (ATTRIBUTE, {"value": "30"}, ATTRIBUTE | {"value": "30"}),
        (ATTRIBUTE, {"name": "b"}, ATTRIBUTE | {"attribute": "b"}),
        (ATTRIBUTE, {"operator": "is_empty"}, {"attribute": "a", "operator": "is_empty"}),
        (ATTRIBUTE, {"kind": "date_attribute"}, ATTRIBUTE | {"precision": "year_month_day"}),
        (NUMBER, {"value": "30"}, NUMBER | {"value": 30}),
        (NUMBER, {"value": "1.5"}, NUMBER | {"value": 1.5}),
        (NUMBER, {"value": ""}, NUMBER | {"value": ""}),
        (DATE, {"value": "2027-01-01T09:00:00"}, DATE | {"value": "2027-01-01T09:00:00"}),
        (DATE, {"precision": "hours"}, DATE | {"precision": "hours"}),
        (DATE, {"relative": "future"}, DATE | {"relative_to": "future"}),
        (DATE, {"operator": "range"}, {"attribute": "a", "operator": "range", "value": 3}),
        (DATE, {"operator": "equals"}, DATE | {"operator": "equals", "precision": "year_month_day"}),
        (JSONS, {"wanted": "2"}, {"attribute": "a", "where": JSONS["where"] | {"value": 2}}),
        (JSONS, {"where": "is_empty"}, {"attribute": "a", "where": {"property": "$.x", "operator": "is_empty"}}),
        (JSONS, {"as": "number"}, {"attribute": "a", "where": JSONS["where"] | {"compare_as": "number"}}),
        (ACTIVITY, {"value": "5"}, ACTIVITY | {"value": 5}),
        (ACTIVITY, {"after": "30", "precision": "weeks"}, ACTIVITY | {"after": 30, "precision": "weeks"}),
        (ACTIVITY, {"metric": "last"}, {"activity": "app_open", "metric": "last"}),
        (ACTIVITY, {"property": "p"}, ACTIVITY | {"where": {"property": "p", "operator": "equals"}}),
    ],
)
def test_one_field_changes_its_own_place_only(selector, fields, after):
    changes = {f"/audience/and/0:{name}": value for name, value in fields.items()}
    assert written({"and": [selector, {"tag": "a"}]}, changes) == {"and": [after, {"tag": "a"}]}


def test_a_number_that_is_none_is_kept_told_at_its_field_and_shown_again():
    editing = saved({"and": [NUMBER]}, {"/audience/and/0:value": "3,5"})
    assert editing.document["audience"] == {"and": [NUMBER]}
    kept = editing.unparsed["/audience/and/0:value"]
    assert kept == {"text": "3,5", "why": "“3,5” is not a number. Write it with a point: 3.5."}
    assert locate_audience("/audience/and/0:value", editing.document) == "f-audience-and-0-value"
    again = Editing.of(editing.document, editing.plan, editing.zone)
    post_audience(again, posted({**page_fields(again), "/audience/and/0:value": "3.5"}))
    assert again.document["audience"] == {"and": [NUMBER | {"value": 3.5}]}
    assert not again.unparsed


def test_a_text_that_the_new_kind_cannot_hold_is_kept_with_its_field():
    editing = saved(ATTRIBUTE, {"/audience:kind": "number_attribute"})
    assert editing.document["audience"] == ATTRIBUTE | {"value": ""}
    assert editing.plan["rule_kinds"] == {"/audience": "number_attribute"}
    assert editing.unparsed["/audience:value"]["text"] == "x"
    assert page_fields(editing)["/audience:value"] == "x"


def test_a_rule_as_json_stays_as_json_and_a_mistake_in_it_is_told():
    editing = saved(NESTED, {"/audience/and/0:kind": "json"})
    assert editing.document["audience"] == NESTED
    assert editing.plan["rule_kinds"] == {"/audience/and/0": "json"}
    broken = saved(NESTED, {"/audience/and/0:json": '{"tag": '}, editing.plan)
    assert broken.document["audience"] == NESTED
    assert "Line 1" in broken.unparsed["/audience/and/0:json"]["why"]
    assert locate_audience("/audience/and/0:json", broken.document, broken.plan) == "f-audience-and-0-json"
    mended = saved(NESTED, {"/audience/and/0:json": '{"or": [{"tag": "x"}, {"newer": 1}]}'}, editing.plan)
    assert mended.document["audience"]["and"][0] == {"or": [{"tag": "x"}, {"newer": 1}]}
    assert rules_of(rules_in(mended.document, mended.plan))[0].kind == "json"


def test_kinds_and_kept_texts_go_with_their_rules_when_a_group_changes_its_place():
    plan = {"rule_kinds": {"/audience/and/1": "json"}, "unparsed": {"/audience/and/0:value": {"text": "x", "why": "y"}}}
    editing = saved({"and": [NUMBER, {"tag": "b"}]}, {"/audience:how": "none"}, plan)
    assert editing.document["audience"] == {"not": {"or": [NUMBER, {"tag": "b"}]}}
    assert editing.plan["rule_kinds"] == {"/audience/not/or/1": "json"}
    assert list(editing.unparsed) == ["/audience/not/or/0:value"]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a", ["a"]),
        ("a, b", ["a", "b"]),
        (" a ,, b ,", ["a", "b"]),
        ('"a, b", c', ["a, b", "c"]),
        ('"say ""hi"""', ['say "hi"']),
        ('"open', ['"open']),
        ("", []),
        ('" "', [" "]),
    ],
)
def test_several_values_stand_with_commas(text, values):
    assert read_values(text) == values


@given(st.lists(st.text(max_size=6).filter(lambda text: "\n" not in text and "\r" not in text), min_size=1, max_size=4))
def test_values_read_back_are_those_that_were_shown(values):
    shown = shown_values(values)
    assert shown is None or read_values(shown) == values


@pytest.mark.parametrize(
    ("how", "after"),
    [
        ("any", {"or": [{"tag": "a"}, {"tag": "b"}]}),
        ("none", {"not": {"or": [{"tag": "a"}, {"tag": "b"}]}}),
        ("all", {"and": [{"tag": "a"}, {"tag": "b"}]}),
    ],
)
def test_a_group_changes_how_its_rules_combine(how, after):
    assert written({"and": [{"tag": "a"}, {"tag": "b"}]}, {"/audience:how": how}) == after


def test_none_of_one_group_stays_a_group_of_its_own():
    audience = {"and": [{"or": [{"tag": "a"}, {"tag": "b"}]}]}
    after = written(audience, {"/audience:how": "none"})
    assert after == {"not": {"or": [{"or": [{"tag": "a"}, {"tag": "b"}]}]}}
    assert [type(node).__name__ for node in nodes_of(read_audience(after))] == ["Group", "Group", "Rule", "Rule"]


def test_switching_between_rules_everybody_and_json_loses_nothing():
    editing = editing_of(copy.deepcopy(NESTED))
    for mode, audience in (
        *(("json", NESTED), ("all", "all"), ("json", "all"), ("rules", NESTED), ("all", "all"), ("rules", NESTED)),
        *(("json", NESTED), ("rules", NESTED)),
    ):
        post_audience(editing, posted({"audience.mode": mode}))
        assert editing.document["audience"] == audience
        assert mode_of(editing.document, editing.plan) == mode


def test_a_text_that_is_no_json_keeps_the_mode_it_stands_in():
    editing = editing_of(NESTED, {"audience_as": "json"})
    post_audience(editing, posted({"audience.mode": "rules", "part:/audience": '{"tag": '}))
    assert mode_of(editing.document, editing.plan) == "json"
    post_audience(editing, posted({"audience.mode": "rules", "part:/audience": '{"tag": "a"}'}))
    assert mode_of(editing.document, editing.plan) == "rules"


def test_each_choice_that_a_field_shows_is_one_it_offers():
    for kind, selector in SELECTORS:
        texts = texts_of(kind, selector) if kind != "json" else {}
        for part in KINDS[kind].parts:
            if part.form == "choice":
                assert (texts or {})[part.name] in dict(choices_of(kind, part, texts or {}))
