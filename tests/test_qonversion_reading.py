"""Qonversion's answers, read tolerantly: two generations of pages, words nobody documents, and junk."""

import datetime
import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.providers.marker import alias_with_marker, marker_for
from experiments.providers.qonversion.reading import (
    created_id,
    experiment_of,
    group_of,
    is_not_found,
    is_user_id,
    listed_of,
    read_id,
    says_ok,
    summaries_of,
)
from experiments.providers.qonversion.refusals import problems_of, sentence_of
from experiments.providers.transport import Reply

MARKER = marker_for(uuid.UUID(int=7))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
OLDER = {
    "object": "experiment",
    "id": "11",
    "url": "/v4/experiments/11",
    "name": "Paywall",
    "description": "Why",
    "status": "active",
    "started_at": "2026-04-23T11:44:36Z",
    "finished_at": None,
    "segment_percent": 50,
    "primary_metric": "user-to-trial",
    "goal_value": None,
    "goal_direction": None,
    "context_key": "",
    "is_context_specific": False,
    "created_at": "2026-04-22T11:44:36Z",
    "updated_at": "2026-04-23T11:44:36Z",
}
NEWER = OLDER | {"id": str(uuid.UUID(int=11)), "alias_id": alias_with_marker("paywall", MARKER)}


def there(value):
    assert value is not None
    return value


def reply(status, body, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, data, None, 5)


@pytest.mark.parametrize(("raw", "marker"), [(OLDER, ""), (NEWER, MARKER)])
def test_both_generations_of_an_experiment_are_read(raw, marker):
    found = there(experiment_of(raw))
    assert (found.remote_id, found.name, found.description, found.marker) == (raw["id"], "Paywall", "Why", marker)
    assert (found.status, found.remote_status, found.push_id) == ("running", "active", "")
    assert found.started_at == datetime.datetime(2026, 4, 23, 11, 44, 36, tzinfo=datetime.UTC)
    assert (found.finished_at, found.scheduled_at, found.is_fenced) == (None, None, False)
    assert there(found.updated_at) > there(found.created_at)
    assert found.raw is raw


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        ("draft", "draft"),
        ("active", "running"),
        ("running", "running"),
        ("paused", "paused"),
        ("finished", "finished"),
        ("stopped", "finished"),
        ("Active", "running"),
        ("archived", ""),
        ("", ""),
        (None, ""),
        (7, ""),
    ],
)
def test_every_word_for_a_status_is_kept_and_only_known_ones_are_translated(word, ours):
    found = there(experiment_of({"id": "e1", "status": word}))
    assert (found.status, found.remote_status) == (ours, word if isinstance(word, str) else "")
    assert len(there(experiment_of({"id": "e1", "status": "x" * 500})).remote_status) == 60


def test_an_experiment_may_tell_nothing_but_its_id():
    found = there(experiment_of({"id": "e1"}))
    assert (found.name, found.status, found.marker, found.variants, found.created_at) == ("", "", "", (), None)


@pytest.mark.parametrize("raw", [None, [], "x", {}, {"id": None}, {"id": True}, {"id": "a/b"}, {"uid": "e1"}])
def test_what_has_no_id_is_no_experiment(raw):
    assert experiment_of(raw) is None


@pytest.mark.parametrize(
    ("value", "id"),
    [
        ("e1", "e1"),
        (" e1 ", "e1"),
        (7, "7"),
        ("a.b-c_1", "a.b-c_1"),
        (".", ""),
        ("..", ""),
        ("...", ""),
        ("a/b", ""),
        ("é", ""),
        ("١", ""),
        ("x" * 100, "x" * 100),
        ("x" * 101, ""),
        (True, ""),
        (1.5, ""),
        (None, ""),
    ],
)
def test_an_id_is_harmless_in_a_path(value, id):
    assert read_id(value) == id


@pytest.mark.parametrize(
    ("text", "fits"), [("QON_1.a-b", True), ("u" * 256, True), ("u" * 257, False), ("..", False), ("", False)]
)
def test_a_user_is_told_by_the_documented_form(text, fits):
    assert is_user_id(text) is fits


@pytest.mark.parametrize(
    ("said", "location", "id"),
    [
        ({"id": "e1"}, "", "e1"),
        ({"id": "e1"}, "/v4/experiments/e2", "e1"),
        ({}, "/v4/experiments/e2", "e2"),
        ({}, "/experiments/e2", "e2"),
        ({}, "https://api.qonversion.io/v4/experiments/e2/", "e2"),
        ({}, "https://api.qonversion.io/other/e2", ""),
        ({}, "e2", ""),
        ({}, "https://[", ""),
        ({}, "", ""),
    ],
)
def test_the_id_of_what_was_made_is_found(said, location, id):
    assert created_id(said, {"location": location}, "/v4/experiments") == id


@pytest.mark.parametrize(
    ("said", "ok"),
    [
        ({"object": "experiment"}, True),
        ({"object": "list"}, True),
        ({"object": "experiment_group"}, True),
        ({"error": {"code": "x"}}, False),
        ({"error": "x"}, False),
        ({"object": "list", "error": {"code": "x"}}, False),
        ({"error": None}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_yes_and_a_no_are_told_by_the_body(said, ok):
    assert says_ok(said) is ok


def test_an_address_that_is_not_there_is_no_missing_test():
    assert is_not_found(reply(404, {"error": {"code": "not_found"}}))
    assert is_not_found(reply(404, {"error": "Not found"}))
    for status, body in (
        (404, {"error": {"code": "invalid_request"}}),
        (404, {}),
        (404, b"<html>"),
        (403, {"error": "x"}),
    ):
        assert not is_not_found(reply(status, body))
    assert not is_not_found(reply(404, {"error": "x"}, content_type="text/html"))


@pytest.mark.parametrize(
    ("said", "ids", "last_id"),
    [
        ({"data": []}, [], ""),
        ({"data": [{"id": "a"}, {"id": "b"}], "has_more": False}, ["a", "b"], ""),
        ({"data": [{"id": "a"}, {"id": "b"}], "has_more": True, "next_cursor": "b"}, ["a", "b"], "b"),
        ({"data": [{"id": "a"}, {}], "has_more": True}, ["a"], ""),
        ({"data": [None, 7, {"id": "a"}]}, ["a"], ""),
        ({"data": [{"id": "a"}], "has_more": "true"}, ["a"], ""),
    ],
)
def test_a_listing_goes_on_behind_its_last_row_only_where_it_says_so(said, ids, last_id):
    listed = there(listed_of(said, {}))
    assert ([item["id"] for item in listed.items], listed.last_id, listed.is_restarted) == (ids, last_id, False)
    assert there(listed_of(said, {"x-qon-pagination-restarted": "true"})).is_restarted


@pytest.mark.parametrize("said", [{}, {"data": None}, {"data": {}}, {"items": []}])
def test_a_listing_without_a_list_is_not_an_empty_listing(said):
    assert listed_of(said, {}) is None


@pytest.mark.parametrize(
    ("raw", "name", "weight", "is_control", "id"),
    [
        ({"id": "g1", "name": "A", "weight": 2, "is_control": True}, "A", 2, True, "g1"),
        ({"uid": "g1", "name": "A", "weight": 0.5, "control": 1}, "A", 0.5, True, "g1"),
        ({"uid": "g1", "name": None, "weight": 1, "control": 0}, "", 1, False, "g1"),
        ({"id": "g1", "offering_uid": "o", "offering_tag": 1}, "", 1, False, "g1"),
        ({}, "", 1, False, ""),
        ({"is_control": "true", "weight": "x"}, "", 1, False, ""),
    ],
)
def test_a_group_is_read_in_both_dialects(raw, name, weight, is_control, id):
    found = group_of(raw, 3)
    assert (found.position, found.name, found.weight, found.is_control, found.remote_id) == (
        3,
        name,
        weight,
        is_control,
        id,
    )
    assert type(found.weight) is type(weight)


def test_a_summary_never_gives_its_own_numbers_as_ids():
    said = {
        "items": [
            {"uid": "e1", "experiment_id": 11, "groups": [{"experiment_group_id": 7, "name": "A"}]},
            {"experiment_id": 12},
            5,
        ]
    }
    found = there(summaries_of(said))
    assert list(found) == ["e1"]
    assert found["e1"].groups[0].remote_id == ""


@pytest.mark.parametrize(
    ("group", "figures"),
    [
        ({"user-to-trial": 1}, [("user-to-trial", 1)]),
        ({"user_to_trial": 1.5}, [("user_to_trial", 1.5)]),
        ({"metrics": {"sales": {"value": 3, "currency": "USD"}, "odd": 4}}, [("metrics/sales/value", 3)]),
        ({"metrics": [{"code": "refunds", "total": 2}]}, [("metrics/refunds/total", 2)]),
        ({"users": 12, "weight": 1, "created_at": 0, "control": 1}, [("users", 12)]),
        ({"day": {"sales": 1}, "all": {"sales": 2}}, [("day/sales", 1), ("all/sales", 2)]),
        ({"sales": "3"}, []),
        ({"sales": True}, []),
        ({"sales": None}, []),
        ({"name": "sales", "weight": 5}, []),
        ({"a": {"b": {"c": {"d": {"e": {"sales": 1}}}}}}, []),
    ],
)
def test_only_figures_by_a_known_name_are_told_as_such(group, figures):
    said = {"items": [{"uid": "e1", "groups": [group | {"uid": "g1"}]}]}
    (found,) = there(summaries_of(said))["e1"].groups
    assert [(figure.name, figure.value) for figure in found.figures] == figures
    assert all(figure.label for figure in found.figures)
    assert found.raw == group | {"uid": "g1"}


def test_figures_of_the_whole_test_are_told_without_those_of_its_groups():
    said = {"items": [{"uid": "e1", "sales": 9, "goal_value": 4, "groups": [{"sales": 5}]}]}
    summary = there(summaries_of(said))["e1"]
    assert [(figure.name, figure.value) for figure in summary.figures] == [("sales", 9)]


def test_figures_that_stand_beside_the_groups_go_to_the_group_they_name():
    metrics = [
        {"group_uid": "g1", "metric": "users", "value": 5},
        {"group_uid": "g2", "metric": "sales", "value": 7},
        {"metric": "sales", "value": 9},
        "junk",
    ]
    said = {"items": [{"uid": "e1", "metrics": metrics, "groups": [{"uid": "g1"}, {"uid": "g2"}, {}]}]}
    summary = there(summaries_of(said))["e1"]
    assert [[(figure.label, figure.value) for figure in group.figures] for group in summary.groups] == [
        [("Users", 5)],
        [("Sales", 7)],
        [],
    ]
    assert [(figure.name, figure.value) for figure in summary.figures] == [("metrics/sales/value", 9)]


@pytest.mark.parametrize("said", [{}, {"items": None}, {"total_count": 0}, {"data": []}])
def test_a_summary_without_a_list_is_none(said):
    assert summaries_of(said) is None


@given(ANY_JSON)
def test_no_answer_ends_in_an_error(value):
    said = value if isinstance(value, dict) else {"data": value, "items": value, "error": value}
    experiment_of(value)
    experiment_of({"id": "e1", "groups": value, "status": value, "alias_id": value, "started_at": value})
    listed_of(said, {})
    summaries_of({"items": [{"uid": "e1", "groups": [{"uid": "g", "sales": value, "m": value}]}, value]})
    problems_of(said)
    assert sentence_of({"error": value}) is not None
