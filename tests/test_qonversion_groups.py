"""Groups of a paywall test: shares, clones and edits, each giving a new document."""

import copy
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.providers.marker import marker_for
from experiments.providers.qonversion import document
from tests.qonversion_documents import CONTROL, codes, groups, valid


@pytest.mark.parametrize(
    ("percent", "weights", "percents"),
    [
        (None, [1, 1], [50, 50]),
        (100, [1, 1], [50, 50]),
        (50, [1, 1], [25, 25, 50]),
        (30, [2, 1], [20, 10, 70]),
        (0, [1, 1], [0, 0, 100]),
        (12.5, [1], [12.5, 87.5]),
        (100, [0.5, 1.5], [25, 75]),
        (100, [0, 1], [0, 100]),
        (100, [0, 0], [50, 50]),
        (100, [-1, "3", True, None, 1], [0, 0, 0, 0, 100]),
        (100, [float("inf"), 1], [0, 100]),
        (150, [1, 1], [50, 50]),
        (-1, [1, 1], [50, 50]),
        ("50", [1, 1], [50, 50]),
        (True, [1, 1], [50, 50]),
        (float("nan"), [1, 1], [50, 50]),
        (100, [], []),
        (50, [], []),
    ],
)
def test_shares_follow_the_weights_and_the_share_of_users(percent, weights, percents):
    found = document.shares({"segment_percent": percent, "groups": [{"weight": weight} for weight in weights]})
    assert [share.percent for share in found] == pytest.approx(percents, abs=1e-9)
    assert [share.letter for share in found] == [*"ABCDEFGH"[: len(weights)], "–"][: len(percents)]


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=26), st.none() | st.floats(0, 100))
def test_shares_sum_to_a_hundred(weights, percent):
    found = document.shares({"segment_percent": percent, "groups": [{"weight": weight} for weight in weights]})
    assert abs(sum(share.percent for share in found) - 100) < 1e-6
    assert all(share.percent >= 0 for share in found)


def test_shares_carry_names_and_weights():
    found = document.shares({"segment_percent": 50, "groups": [{"name": "Control", "weight": 3}, {"weight": 0.5}, 5]})
    assert [(share.letter, share.name, share.weight) for share in found] == [
        ("A", "Control", 3),
        ("B", "", 0.5),
        ("C", "", 0),
        ("–", "Not in the test", 0),
    ]


def test_a_new_draft_has_a_control_and_nobody_is_let_in_by_default():
    whole = document.blank("Yearly first")
    assert [(group["name"], group["is_control"]) for group in whole["groups"]] == [("Control", True), ("B", False)]
    assert "segment_percent" not in whole
    assert whole["alias_id"] == "yearly-first"
    assert codes(whole, allow_missing=True) == [("/segment_percent", "segment_percent_missing", "warning")]
    assert codes(document.blank(), allow_missing=True) == [("/segment_percent", "segment_percent_missing", "warning")]


def test_a_copy_of_a_test_there_is_a_document_of_ours():
    raw = {
        "object": "experiment",
        "id": "e1",
        "url": "/v4/experiments/e1",
        "name": "Old",
        "alias_id": "old-" + marker_for(uuid.UUID(int=1)),
        "description": None,
        "status": "active",
        "started_at": "2026-04-23T11:44:36Z",
        "primary_metric": "subscription-cancellation",
        "goal_value": None,
        "segment_percent": 20,
        "context_key": "",
        "is_context_specific": False,
        "groups": [
            {"object": "experiment_group", "id": "g1", "weight": 1, "is_control": True, "name": "Control"}
            | {"remote_config_uid": None, "offering_uid": None, "offering_tag": 0, "created_at": "x"},
            {
                "id": "g2",
                "weight": 2,
                "is_control": False,
                "name": "B",
                "remote_config_uid": "r1",
                "offering_uid": "o1",
            },
            "junk",
        ],
    }
    before = copy.deepcopy(raw)
    whole = document.from_remote(raw)
    assert raw == before
    assert whole == {
        "name": "Old",
        "alias_id": "old",
        "primary_metric": "subscription_cancellation",
        "segment_percent": 20,
        "is_context_specific": False,
        "groups": [
            {"name": "Control", "weight": 1, "is_control": True},
            {"name": "B", "weight": 2, "is_control": False, "remote_config_uid": "r1", "offering_uid": "o1"},
        ],
    }
    assert codes(whole) == [("/groups/1/offering_uid", "set_in_dashboard", "warning")]


@pytest.mark.parametrize("raw", [{}, {"groups": None}, {"groups": {}}, {"alias_id": 5}, {"primary_metric": 5}])
def test_a_copy_of_little_is_a_document_too(raw):
    assert document.from_remote(raw)["groups"] == []


def test_a_long_alias_is_cut_in_a_copy():
    assert document.from_remote({"alias_id": "x" * 64})["alias_id"] == "x" * 33


def names(whole):
    return [group["name"] for group in whole["groups"]]


def test_edits_leave_the_old_document_alone():
    whole = valid()
    before = copy.deepcopy(whole)
    assert names(document.add_variant(whole)) == ["Control", "Yearly first", "C"]
    assert names(document.duplicate_variant(whole, 0)) == ["Control", "Control copy", "Yearly first"]
    assert names(document.remove_variant(whole, 0)) == ["Yearly first"]
    assert names(document.move_variant(whole, 0, 1)) == ["Yearly first", "Control"]
    assert names(document.rename_variant(whole, 1, "New")) == ["Control", "New"]
    assert whole == before


def test_a_twin_of_the_control_is_no_control():
    twin = document.duplicate_variant(valid(), 0)["groups"][1]
    assert (twin["is_control"], twin["weight"]) == (False, 1)
    assert names(document.duplicate_variant(document.duplicate_variant(valid(), 0), 0)) == [
        "Control",
        "Control copy 2",
        "Control copy",
        "Yearly first",
    ]


def test_a_new_group_gets_a_name_that_nobody_has():
    assert names(document.add_variant(groups({"name": "B"}))) == ["B", "B 2"]


@pytest.mark.parametrize("whole", [{}, {"groups": None}, {"groups": 5}])
def test_edits_work_where_there_is_no_list_yet(whole):
    assert names(document.add_variant(whole)) == ["A"]


@pytest.mark.parametrize("position", [-1, 2])
def test_an_edit_beyond_the_end_is_an_error(position):
    for edit in (document.duplicate_variant, document.remove_variant):
        with pytest.raises(IndexError):
            edit(valid(), position)
    with pytest.raises(IndexError):
        document.rename_variant(valid(), position, "x")
    for places in ((position, 0), (0, position)):
        with pytest.raises(IndexError):
            document.move_variant(valid(), *places)
    assert valid()["groups"][0] == CONTROL
