"""Rules about a paywall test: each mistake at its place, and only a warning where no page says that it is refused."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.providers.qonversion import document
from tests.qonversion_documents import CONTROL, NOW, YEARLY, codes, groups, problems, valid, without

ERRORS = [
    (without("name"), "/name", "name_missing"),
    (valid(name=None), "/name", "name_missing"),
    (valid(name=" \u200b"), "/name", "name_missing"),
    (valid(name=5), "/name", "not_text"),
    (valid(name="a\nb"), "/name", "name_lines"),
    (valid(name="n" * 256), "/name", "name_too_long"),
    (valid(name="a\0b"), "/name", "nul"),
    (valid(alias_id="has blank"), "/alias_id", "alias_form"),
    (valid(alias_id="a/b"), "/alias_id", "alias_form"),
    (valid(alias_id="größe"), "/alias_id", "alias_form"),
    (valid(alias_id="a\n"), "/alias_id", "alias_form"),
    (valid(alias_id="a" * 34), "/alias_id", "alias_too_long"),
    (valid(alias_id="x-abx-1"), "/alias_id", "marker"),
    (valid(alias_id=7), "/alias_id", "not_text"),
    (valid(segment_percent="50"), "/segment_percent", "not_number"),
    (valid(segment_percent=True), "/segment_percent", "not_number"),
    (valid(goal_value="4"), "/goal_value", "not_number"),
    (valid(goal_value=float("nan")), "/goal_value", "not_finite"),
    (valid(goal_direction=1), "/goal_direction", "not_text"),
    (valid(primary_metric=1), "/primary_metric", "not_text"),
    (valid(context_key=1), "/context_key", "not_text"),
    (valid(is_context_specific="yes"), "/is_context_specific", "not_yes_no"),
    (valid(is_context_specific=1), "/is_context_specific", "not_yes_no"),
    (valid(status="active"), "/status", "set_by_qonversion"),
    (valid(id="e1"), "/id", "set_by_qonversion"),
    (valid(started_at=None), "/started_at", "set_by_qonversion"),
    (without("groups"), "/groups", "groups_missing"),
    (valid(groups=[]), "/groups", "groups_missing"),
    (valid(groups={}), "/groups", "not_list"),
    (valid(groups=[CONTROL, 5]), "/groups/1", "not_object"),
    (valid(groups=[CONTROL, YEARLY | {"id": "g1"}]), "/groups/1/id", "set_by_qonversion"),
    (valid(groups=[CONTROL, YEARLY | {"name": ""}]), "/groups/1/name", "group_name_missing"),
    (valid(groups=[CONTROL, YEARLY | {"name": None}]), "/groups/1/name", "group_name_missing"),
    (valid(groups=[CONTROL, YEARLY | {"name": "Control "}]), "/groups/1/name", "group_name_double"),
    (valid(groups=[CONTROL, YEARLY | {"name": 5}]), "/groups/1/name", "not_text"),
    (valid(groups=[CONTROL, YEARLY | {"weight": "1"}]), "/groups/1/weight", "not_number"),
    (valid(groups=[CONTROL, YEARLY | {"weight": None}]), "/groups/1/weight", "weight_missing"),
    (valid(groups=[CONTROL, YEARLY | {"weight": -1}]), "/groups/1/weight", "weight_too_small"),
    (valid(groups=[CONTROL, YEARLY | {"is_control": 0}]), "/groups/1/is_control", "not_yes_no"),
    (valid(groups=[CONTROL, YEARLY | {"remote_config_uid": 5}]), "/groups/1/remote_config_uid", "not_text"),
]
WARNINGS = [
    (valid(name="a\u202eb"), "/name", "name_bidi"),
    (valid(groups=[CONTROL, YEARLY | {"name": "a\u202eb"}]), "/groups/1/name", "name_bidi"),
    (without("segment_percent"), "/segment_percent", "segment_percent_missing"),
    (valid(segment_percent=None), "/segment_percent", "segment_percent_missing"),
    (valid(segment_percent=101), "/segment_percent", "segment_percent_range"),
    (valid(segment_percent=-0.5), "/segment_percent", "segment_percent_range"),
    (valid(segment_percent=0), "/segment_percent", "segment_percent_0"),
    (valid(primary_metric="user-to-trial"), "/primary_metric", "metric_spelling"),
    (valid(primary_metric="arpu"), "/primary_metric", "metric_unknown"),
    (valid(goal_direction="up"), "/goal_direction", "goal_direction_unknown"),
    (without("goal_direction"), "/goal_direction", "goal_direction_missing"),
    (without("goal_value"), "/goal_value", "goal_value_missing"),
    (without("primary_metric"), "/primary_metric", "metric_missing"),
    (valid(groups=[CONTROL]), "/groups", "nothing_to_compare"),
    (valid(groups=[CONTROL, YEARLY | {"is_control": True}]), "/groups", "control_double"),
    (valid(groups=[CONTROL | {"is_control": False}, YEARLY]), "/groups", "control_missing"),
    (valid(groups=[CONTROL, YEARLY | {"weight": 0}]), "/groups/1/weight", "weight_0"),
    (
        valid(groups=[CONTROL | {"remote_config_uid": "7d0c-uid"}, YEARLY]),
        "/groups/1/remote_config_uid",
        "groups_identical",
    ),
    (valid(groups=[CONTROL, YEARLY | {"offering_uid": "o"}]), "/groups/1/offering_uid", "set_in_dashboard"),
    (valid(groups=[CONTROL, YEARLY | {"offering_tag": 1}]), "/groups/1/offering_tag", "set_in_dashboard"),
    (valid(audience={"country": "DE"}), "/audience", "unknown_key"),
    (valid(groups=[CONTROL, YEARLY | {"payload": {}}]), "/groups/1/payload", "unknown_key"),
    (valid(goal_value=2**60), "/goal_value", "large_number"),
]


def test_a_good_document_has_no_problem():
    assert codes(valid()) == []


@pytest.mark.parametrize(
    "whole",
    [
        valid(description=None, context_key=None, is_context_specific=None),
        without("description", "context_key", "is_context_specific", "alias_id"),
        valid(goal_value=None, goal_direction=None, primary_metric=None),
        valid(alias_id="a" * 33),
        valid(alias_id="A.b_c-9"),
        valid(segment_percent=100),
        valid(segment_percent=0.5),
        valid(groups=[CONTROL | {"weight": 0.5}, YEARLY | {"weight": 1e6}]),
        valid(groups=[CONTROL | {"remote_config_uid": None}, YEARLY]),
        valid(goal_direction="decrease", primary_metric="subscription_cancellation", goal_value=-4.5),
    ],
)
def test_what_the_pages_allow_is_no_problem(whole):
    assert codes(whole) == []


@pytest.mark.parametrize(("whole", "pointer", "code"), ERRORS)
def test_a_mistake_is_told_at_its_place(whole, pointer, code):
    assert (pointer, code, "error") in codes(whole)


@pytest.mark.parametrize(("whole", "pointer", "code"), WARNINGS)
def test_a_risk_that_no_page_calls_refused_is_only_a_warning(whole, pointer, code):
    assert codes(whole) == [(pointer, code, "warning")]


def test_many_groups_are_a_warning_and_letters_go_on():
    whole = groups(*({"is_control": number == 0} for number in range(27)))
    assert codes(whole) == [("/groups", "groups_many", "warning")]
    whole["groups"][26]["weight"] = -1
    assert problems(whole)[-1].message.startswith("Group AA’s weight is -1.")


def test_problems_speak_in_sentences_about_the_place():
    for whole, pointer, code in [*ERRORS, *WARNINGS]:
        (found, *_) = [one for one in problems(whole) if (one.pointer, one.code) == (pointer, code)]
        assert found.message.endswith(".")
        assert found.message.isprintable() or code == "name_bidi"


def test_problems_come_in_the_order_of_reading():
    whole = valid(name="", alias_id="a b", segment_percent=None, zebra=1, groups=[{"name": "", "weight": -1}])
    assert [problem.pointer for problem in problems(whole)] == [
        "/name",
        "/alias_id",
        "/segment_percent",
        "/groups",
        "/groups",
        "/groups/0/name",
        "/groups/0/weight",
        "/zebra",
    ]


def test_a_new_draft_is_not_shouted_at():
    whole = {"name": "", "segment_percent": 5, "groups": [{"is_control": True}, {}]}
    assert codes(whole, allow_missing=True) == []
    assert {code for _, code, _ in codes(whole)} == {"name_missing", "group_name_missing", "weight_missing"}


def test_a_check_needs_to_know_its_time_zone():
    with pytest.raises(ValueError, match="time zone"):
        document.find_problems(valid(), now=datetime.datetime(2026, 1, 1))
    assert document.find_problems(valid(), now=NOW) == ()


def test_a_document_that_is_absurdly_deep_is_told_as_that():
    deep: dict[str, object] = {}
    for _ in range(100):
        deep = {"a": deep}
    assert codes(deep) == [("", "too_deep", "error")]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from([*document.MISSING, "name", "groups", "alias_id", "weight", "is_control"]), inner
            )
        ),
        max_leaves=12,
    )
)
def test_no_document_ends_in_an_error(value):
    whole = value if isinstance(value, dict) else {"groups": value, "name": value, "segment_percent": value}
    document.find_problems(whole, now=NOW)
    document.shares(whole)
    assert document.from_remote(whole)["groups"] is not None
    document.changes(whole, valid())
    document.group_bodies(whole)
