"""A document as the calls that make it, and what is still missing at the provider."""

import uuid

import pytest

from experiments.providers.marker import marker_for
from experiments.providers.qonversion import document
from experiments.providers.qonversion.reading import groups_of
from tests.qonversion_documents import CONTROL, YEARLY, valid, without

MARKER = marker_for(uuid.UUID(int=7))


def held(*raws):
    return groups_of([{"id": f"g{number}"} | raw for number, raw in enumerate(raws)])


def test_a_marked_document_ends_its_alias_with_our_reference():
    whole = document.marked(valid(), MARKER)
    assert whole["alias_id"] == f"yearly-first-{MARKER}"
    assert document.marked(whole, MARKER) == whole
    other = marker_for(uuid.UUID(int=8))
    assert document.marked(whole, other)["alias_id"] == f"yearly-first-{other}"


@pytest.mark.parametrize("whole", [without("alias_id"), valid(alias_id=""), valid(alias_id=None)])
def test_without_a_choice_the_alias_is_the_marker(whole):
    assert document.marked(whole, MARKER)["alias_id"] == MARKER


@pytest.mark.parametrize(
    ("metric", "written"),
    [
        ("user-to-trial", "user_to_trial"),
        ("subscription-cancellation", "subscription_cancellation"),
        ("user_to_trial", "user_to_trial"),
        ("ARPU", "ARPU"),
        ("My metric-2", "My metric-2"),
        ("", ""),
    ],
)
def test_an_old_spelling_of_a_metric_is_never_sent(metric, written):
    assert document.marked(valid(primary_metric=metric), MARKER)["primary_metric"] == written
    assert document.written_metric(metric) == written


def test_the_create_body_has_no_groups_no_status_and_no_nulls():
    whole = valid(goal_value=None, description=None)
    assert document.create_body(whole, MARKER) == {
        "name": "Yearly first",
        "alias_id": f"yearly-first-{MARKER}",
        "primary_metric": "user_to_trial",
        "goal_direction": "increase",
        "segment_percent": 50,
        "context_key": "main_paywall",
        "is_context_specific": True,
    }
    marked = document.marked(whole, MARKER)
    assert document.create_body(marked) == document.create_body(whole, MARKER)


def test_the_group_bodies_leave_out_offerings_and_nulls():
    whole = valid(groups=[CONTROL | {"remote_config_uid": None, "offering_uid": "o1"}, YEARLY, "junk"])
    assert document.group_bodies(whole) == [CONTROL, YEARLY]


@pytest.mark.parametrize(
    ("raws", "missing", "extra"),
    [
        ([], (0, 1), ()),
        ([CONTROL], (1,), ()),
        ([YEARLY], (0,), ()),
        ([CONTROL, YEARLY], (), ()),
        ([YEARLY, CONTROL], (), ()),
        ([CONTROL, YEARLY, CONTROL], (), ("g2",)),
        ([CONTROL, CONTROL], (1,), ("g1",)),
        ([CONTROL, YEARLY, {"name": "New"}], (), ("g2",)),
        ([CONTROL, YEARLY, {"name": None}], (), ("g2",)),
        ([{"name": " Control "}, YEARLY], (), ()),
        # another content by the same name is made, and reading back tells what differs
        ([CONTROL | {"weight": 9}, YEARLY], (), ()),
        # of two, the one that is as it was sent is ours
        ([CONTROL | {"weight": 9}, CONTROL, YEARLY], (), ("g0",)),
        ([CONTROL | {"offering_uid": "o", "created_at": "x", "remote_config_uid": None}, YEARLY], (), ()),
    ],
)
def test_what_is_missing_is_told_by_name(raws, missing, extra):
    assert document.missing_groups(valid(), held(*raws)) == missing
    assert document.extra_groups(valid(), held(*raws)) == extra


@pytest.mark.parametrize(
    ("before", "after", "body"),
    [
        ({}, {}, {}),
        ({"name": "a"}, {"name": "b"}, {"name": "b"}),
        ({"alias_id": "a"}, {"alias_id": "b"}, {}),
        ({"groups": []}, {"groups": [1]}, {}),
        ({"status": "draft"}, {"status": "active"}, {}),
        ({"segment_percent": 50}, {"segment_percent": 50.0}, {}),
        ({"segment_percent": 50}, {}, {"segment_percent": None}),
        ({"segment_percent": 1}, {"segment_percent": True}, {"segment_percent": True}),
        ({"description": "x"}, {}, {"description": ""}),
        ({"description": None}, {"description": ""}, {}),
        ({"context_key": "x"}, {"context_key": None}, {"context_key": ""}),
        ({"is_context_specific": True}, {}, {"is_context_specific": False}),
        ({"is_context_specific": False}, {}, {}),
        ({"goal_value": None}, {}, {}),
        ({"goal_direction": "decrease"}, {"goal_direction": ""}, {"goal_direction": None}),
        ({"primary_metric": "user-to-trial"}, {"primary_metric": "user_to_trial"}, {}),
        ({"primary_metric": "user_to_trial"}, {"primary_metric": "user-to-paid"}, {"primary_metric": "user_to_paid"}),
        ({"odd": 1}, {"odd": 2}, {}),
    ],
)
def test_a_change_holds_only_what_differs(before, after, body):
    found = document.changes(before, after)
    assert found == body
    assert [type(value) for value in found.values()] == [type(value) for value in body.values()]


@pytest.mark.parametrize(
    ("before", "after", "body"),
    [
        (CONTROL, CONTROL, {}),
        (CONTROL, CONTROL | {"weight": 3}, {"weight": 3}),
        (CONTROL, CONTROL | {"id": "g1", "offering_uid": "o"}, {}),
        (YEARLY, CONTROL | {"name": "Yearly first"}, {"is_control": True, "remote_config_uid": None}),
        ({"name": "a"}, {"name": "a", "is_control": False}, {}),
        ({"name": "a"}, {}, {"name": None}),
    ],
)
def test_a_change_of_a_group_holds_only_what_differs(before, after, body):
    assert document.group_changes(before, after) == body
