"""Airship's answers, read tolerantly: what is missing, odd or absurd must neither crash nor be taken for a fact."""

import datetime
import json
import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.providers.airship.reading import (
    answer_of,
    created_id,
    experiment_of,
    page_of,
    read_id,
    report_of,
    says_ok,
)
from experiments.providers.airship.refusals import problems_of
from experiments.providers.marker import marker_for, with_marker
from experiments.providers.replies import is_own_words, json_of, read_time
from experiments.providers.transport import Reply

ID = "0f7704e9-5dc0-4f7d-9964-e89055701b0a"
MARKER = marker_for(uuid.UUID(int=7))
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def there(value):
    assert value is not None
    return value


def utc(year, month, day, hour, minute=0, second=0):
    return datetime.datetime(year, month, day, hour, minute, second, tzinfo=datetime.UTC)


def reply(body, *, status=200, **headers):
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, data, None, 5)


# The envelope


@pytest.mark.parametrize(
    "body",
    [b"", b"no", b"<html>", b"[1]", b'"text"', b"null", b"1", b'{"a":', b"\xff\xfe{", b"[" * 50_000, b'{"a":' * 5000],
)
def test_what_is_no_json_object_is_nothing(body):
    assert json_of(reply(body)) is None


def test_json_is_read_whatever_its_type_says():
    assert json_of(reply(b'\xef\xbb\xbf{"ok":true}', content_type="text/plain")) == {"ok": True}


def test_what_a_database_cannot_store_is_taken_out():
    said = json_of(reply(b'{"a\\u0000":"x\\u0000y\\ud800","b":[NaN,Infinity,1e999,-1e999,1.5],"c":"\xf0\x9f\x98\x80"}'))
    assert said == {"a�": "x�y�", "b": [None, None, None, None, 1.5], "c": "😀"}


@pytest.mark.parametrize(
    ("ok", "meaning"),
    [
        (True, True),
        (False, False),
        ("true", True),
        ("false", False),
        ("True", True),
        (" FALSE ", False),
        (None, None),
        ("yes", None),
        (1, None),
        ([], None),
    ],
)
def test_ok_is_a_boolean_or_its_name(ok, meaning):
    assert says_ok({"ok": ok}) is meaning


def test_a_missing_ok_says_nothing():
    assert says_ok({}) is None
    assert says_ok(None) is None


@pytest.mark.parametrize(
    ("body", "content_type", "is_own"),
    [
        (b'{"ok":false}', "application/json", True),
        (b"Unauthorized", "text/plain", True),
        (b"", "", True),
        (b"<html>", "", False),
        (b"  <!doctype html>", "text/plain", False),
        (b"sorry", "text/html; charset=utf-8", False),
    ],
)
def test_a_page_of_html_is_not_the_api_speaking(body, content_type, is_own):
    assert is_own_words(reply(body, content_type=content_type)) is is_own


def test_an_answer_is_kept_for_support():
    said = {"ok": True, "operation_id": ID}
    answer = answer_of(reply(said, status=201, x_request_id="r-1"), said)
    assert (answer.status, answer.operation_id, answer.request_id, answer.milliseconds) == (201, ID, "r-1", 5)
    assert json.loads(answer.body) == said


def test_a_kept_answer_is_cut_and_storable():
    answer = answer_of(reply(b"\x00\xff" + "ü".encode() * 50_000), None)
    assert len(answer.body) == 8000
    assert "\x00" not in answer.body
    assert answer.body.endswith("ü")


# Ids and times


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (ID, ID),
        (f" {ID}\n", ID),
        (42, "42"),
        ("", ""),
        (None, ""),
        (True, ""),
        (1.5, ""),
        ({}, ""),
        ("a/b", ""),
        ("..", ""),
        ("a b", ""),
        ("é", ""),
        ("x" * 101, ""),
    ],
)
def test_an_id_is_text_or_a_number_that_fits_into_a_path(value, found):
    assert read_id(value) == found


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2031-05-01T09:00:00", utc(2031, 5, 1, 9)),
        ("2031-05-01T09:00:00Z", utc(2031, 5, 1, 9)),
        ("2031-05-01 09:00:03", utc(2031, 5, 1, 9, 0, 3)),
        ("2031-05-01t09:00:00z", utc(2031, 5, 1, 9)),
        ("2031-05-01T09:00:25.000Z", utc(2031, 5, 1, 9, 0, 25)),
        ("2031-05-01T09:00", utc(2031, 5, 1, 9)),
        ("2031-05-01T09:00:00+02:00", utc(2031, 5, 1, 7)),
        (" 2031-05-01T09:00:00Z ", utc(2031, 5, 1, 9)),
        ("2031-02-30T09:00:00", None),
        ("2031-05-01", None),
        ("0001-01-01T00:00:00+05:00", None),
        ("tomorrow", None),
        ("", None),
        (None, None),
        (1_900_000_000, None),
    ],
)
def test_a_time_is_read_in_every_form_airship_uses(value, moment):
    assert read_time(value) == moment


# What a create answers


@pytest.mark.parametrize(
    ("said", "location", "found"),
    [
        ({"experiment_id": ID}, "", ID),
        ({"experiment_id": 7}, "", "7"),
        ({"experiment_id": ID}, "https://go.urbanairship.com/api/experiments/other", ID),
        ({}, f"https://go.urbanairship.com/api/experiments/{ID}", ID),
        ({"experiment_id": ""}, f"/api/experiments/{ID}/", ID),
        ({}, f"https://go.urbanairship.com/api/experiments/{ID}?x=1", ID),
        ({}, "https://go.urbanairship.com/api/experiments", ""),
        ({}, f"https://go.urbanairship.com/login/{ID}", ""),
        ({}, "https://[bad", ""),
        ({}, "", ""),
    ],
)
def test_a_new_id_comes_from_the_body_or_else_from_the_location(said, location, found):
    assert created_id(said, {"location": location}) == found


# Experiments


def variant(**changes):
    return {
        "id": 0,
        "name": "warm",
        "weight": 3,
        "push": {},
        "schedule": {"scheduled_time": "2031-05-01T09:00:00"},
    } | changes


def test_an_experiment_is_read_whole():
    raw = {
        "id": ID,
        "push_id": "p1",
        "name": "Tone",
        "description": with_marker("Which tone", MARKER),
        "created_at": "2031-04-01T09:00:00",
        "variants": [variant(), variant(id=1, name="terse", schedule={"scheduled_time": "2031-05-01T08:00:00Z"})],
        "surprise": {"new": True},
    }
    experiment = there(experiment_of(raw))
    assert (experiment.remote_id, experiment.push_id, experiment.name) == (ID, "p1", "Tone")
    assert experiment.created_at == utc(2031, 4, 1, 9)
    assert experiment.scheduled_at == utc(2031, 5, 1, 8)
    assert experiment.is_fenced
    assert experiment.marker == MARKER
    assert experiment.raw is raw
    assert [(v.position, v.name, v.weight) for v in experiment.variants] == [(0, "warm", 3), (1, "terse", 3)]


@pytest.mark.parametrize("raw", [None, 1, "x", [], {}, {"id": None}, {"id": {}}, {"name": "Tone"}])
def test_what_has_no_id_is_no_experiment(raw):
    assert experiment_of(raw) is None


def test_an_experiment_with_nothing_but_an_id_is_read():
    experiment = there(experiment_of({"id": 12, "name": None, "variants": None, "description": 5, "created_at": []}))
    assert (experiment.remote_id, experiment.name, experiment.description, experiment.variants) == ("12", "", "", ())
    assert (experiment.created_at, experiment.scheduled_at, experiment.is_fenced) == (None, None, False)


def test_a_variant_without_anything_has_its_place_and_weight_one():
    experiment = there(
        experiment_of({"id": ID, "variants": [{}, None, variant(id="2", weight="4"), variant(weight=0)]})
    )
    assert [(v.position, v.weight) for v in experiment.variants] == [(0, 1), (1, 1), (2, 4), (0, 0)]


@pytest.mark.parametrize(
    ("variants", "is_fenced"),
    [
        ([variant(), variant()], True),
        ([], False),
        ([variant(), variant(schedule=None)], False),
        ([variant(), {"push": {}}], False),
        ([variant(), None], False),
        ([variant(schedule={"scheduled_time": "soon"})], False),
        ([variant(schedule={"local_scheduled_time": "2031-05-01T09:00:00"})], False),
        ([variant(schedule={"best_time": {"send_date": "2031-05-01"}})], False),
        ([variant(schedule={"scheduled_time": "2031-05-01T09:00:00", "best_time": {}})], False),
    ],
)
def test_only_one_utc_moment_in_every_variant_is_a_fence(variants, is_fenced):
    assert there(experiment_of({"id": ID, "variants": variants})).is_fenced is is_fenced


# Pages


def items(*ids):
    return [{"id": number} for number in ids]


@pytest.mark.parametrize(
    ("said", "offset", "found", "total", "next_offset"),
    [
        ({"experiments": items(1, 2), "total_count": 5, "next_page": "/api/experiments?offset=2"}, 0, 2, 5, 2),
        ({"experiments": items(3, 4), "total_count": 4}, 2, 2, 4, None),
        ({"experiments": items(1), "next_page": "http://evil.test/?offset=900"}, 10, 1, None, 11),
        ({"experiments": items(1), "total_count": "3"}, 0, 1, 3, 1),
        ({"experiments": items(1), "next_page": ""}, 0, 1, None, None),
        ({"experiments": [], "total_count": 9, "next_page": "/again"}, 4, 0, 9, None),
        ({"experiments": None, "total_count": 0}, 0, 0, 0, None),
        ({"experiments": None}, 0, 0, None, None),
        ({"total_count": 0, "count": 0}, 0, 0, 0, None),
        ({"experiments": [{"id": 1}, {}, None, "x"], "next_page": "/x"}, 0, 1, None, 4),
    ],
)
def test_a_page_says_what_it_holds_and_where_the_next_begins(said, offset, found, total, next_offset):
    page = there(page_of(said, offset))
    assert (len(page.experiments), page.total, page.next_offset) == (found, total, next_offset)


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"ok": True},
        {"experiments": None, "total_count": 3},
        {"experiments": {}},
        {"count": 1},
        {"experiments": "x"},
    ],
)
def test_an_answer_that_does_not_list_is_not_taken_for_an_empty_list(said):
    assert page_of(said, 0) is None


# Reports


def test_a_report_is_read_with_both_names_of_one_figure():
    report = report_of(
        {
            "sends": 90,
            "direct_responses": 4,
            "influenced_responses": 6,
            "variants": [
                {
                    "id": 0,
                    "name": "warm",
                    "audience_pct": 67.5,
                    "sends": 68,
                    "direct_responses": 3,
                    "indirect_responses": 5,
                },
                {"id": 1, "audience_pct": "22.5", "sends": 22, "direct_responses": 1, "influenced_responses": 2},
            ],
            "control": {"audience_pct": 10.0, "sends": 10, "responses": 1, "response_rate_pct": 10.0},
        }
    )
    assert (report.sends, report.direct_responses, report.influenced_responses) == (90, 4, 6)
    assert [(v.position, v.name, v.percent, v.sends, v.indirect_responses) for v in report.variants] == [
        (0, "warm", 67.5, 68, 5),
        (1, "", 22.5, 22, 2),
    ]
    assert (report.holdout_percent, report.holdout_people, report.holdout_responses) == (10.0, 10, 1)


def test_a_push_that_was_no_experiment_has_an_empty_report():
    report = report_of({"variants": [], "control": {"audience_pct": 0.0, "sends": 0, "responses": 0}})
    assert (report.sends, report.variants, report.holdout_percent) == (0, (), 0.0)


def test_an_empty_report_knows_of_no_holdout():
    report = report_of({"variants": None, "control": None})
    assert (report.variants, report.holdout_percent, report.holdout_people) == ((), None, None)


@pytest.mark.parametrize(
    ("ids", "positions"),
    [
        ([0, 1, 2], [0, 1, 2]),
        ([1, 2, 3], [0, 1, 2]),
        ([2, 1], [1, 0]),
        ([0, 2], [0, 2]),
        (["0", "1"], [0, 1]),
        ([None, None], [0, 1]),
        ([1, 1], [0, 1]),
    ],
)
def test_variants_of_a_report_are_counted_from_0_or_from_1(ids, positions):
    report = report_of({"variants": [{"id": number} for number in ids]})
    assert [figures.position for figures in report.variants] == positions


def test_a_single_variant_may_come_without_its_list():
    report = report_of({"variants": {"id": 0, "sends": 3, "indirect_responses": 0, "influenced_responses": 9}})
    assert [(v.sends, v.indirect_responses) for v in report.variants] == [(3, 0)]


# Whatever comes


@given(ANY_JSON)
def test_no_answer_ends_the_reading(anything):
    said = json_of(reply(json.dumps({"ok": True, "experiments": anything}).encode()))
    page_of(there(said), 0)
    for key in ("id", "variants", "description", "created_at", "push_id", "name"):
        experiment = experiment_of({"id": "e1", key: anything})
        assert experiment is None or experiment.remote_id
    assert all(problem.pointer == "" or problem.pointer[0] == "/" for problem in problems_of({"details": anything}))
    assert report_of({"variants": anything, "control": anything, "sends": anything}).sends is not None
    assert isinstance(created_id({"experiment_id": anything}, {}), str)


def test_a_full_page_is_read_quickly():
    push = {"notification": {"alert": "Hello", "ios": {"title": "Hi", "extra": {"a": "b"}}}}
    one = {"id": ID, "name": "Tone", "variants": [variant(push=push) for _ in range(26)]}
    page = reply({"ok": True, "experiments": [one] * 100})
    started = time.perf_counter()
    found = there(page_of(there(json_of(page)), 0))
    assert len(found.experiments) == 100
    assert time.perf_counter() - started < 2
