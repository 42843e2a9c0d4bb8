"""Bytes and differences of a paywall test: what was sent and what the provider holds, compared."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.providers import canonical
from experiments.providers.airship import document as airship
from experiments.providers.qonversion import document
from experiments.providers.qonversion.document import ABSENT, Difference
from tests.qonversion_documents import CONTROL, YEARLY, valid, without

KEYS = st.sampled_from(["name", "alias_id", "segment_percent", "groups", "weight", "zebra"])
VALUE = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("aé", max_size=3)
)


@given(st.dictionaries(KEYS, VALUE | st.dictionaries(KEYS, VALUE)), st.randoms())
def test_the_same_content_gives_the_same_bytes(whole, random):
    keys = list(whole)
    random.shuffle(keys)
    body = document.to_bytes(whole)
    assert json.loads(body) == whole
    assert document.to_bytes({key: whole[key] for key in keys}) == body
    assert document.sha256(body) == airship.sha256(body)


def test_keys_come_in_the_order_of_the_pages():
    body = document.to_bytes({"zebra": 1, "groups": [{"weight": 2.0, "name": "A"}], "alias_id": "a", "name": "n"})
    assert body == b'{"name":"n","alias_id":"a","groups":[{"name":"A","weight":2}],"zebra":1}'


def test_a_missing_value_is_the_same_thing_for_every_provider():
    assert ABSENT is airship.ABSENT is canonical.ABSENT
    assert document.difference({"a": 1}, {}) == [Difference("/a", 1, ABSENT)]


@pytest.mark.parametrize(
    "held",
    [
        valid(),
        without("alias_id"),  # older pages
        valid(primary_metric="user-to-trial"),
        valid(segment_percent=50.0),
        valid(id="e1", status="draft", created_at="x", object="experiment", started_at=None),
        valid(groups=[YEARLY | {"offering_uid": None, "id": "g2"}, CONTROL | {"remote_config_uid": None, "id": "g1"}]),
        valid(groups=[CONTROL | {"name": " Control"}, YEARLY]),
        {key: value for key, value in valid().items() if key != "groups"},  # a listing
    ],
)
def test_what_the_provider_adds_or_spells_otherwise_is_no_difference(held):
    assert document.same_content(valid(), held) == []


@pytest.mark.parametrize(
    ("sent", "held"),
    [
        ({"description": None}, {"description": ""}),
        ({"context_key": ""}, {"context_key": None}),
        ({"goal_value": None}, {"goal_value": None}),
        ({"name": "n"}, {"name": "n", "segment_percent": 100}),
        ({"is_context_specific": None}, {"is_context_specific": False}),
        ({}, {"groups": [CONTROL]}),
        ({"groups": [{"name": "B", "is_control": False}]}, {"groups": [{"name": "B", "is_control": None}]}),
    ],
)
def test_what_was_not_set_is_no_difference(sent, held):
    assert document.same_content(sent, held) == []


@pytest.mark.parametrize(
    ("held", "places"),
    [
        (valid(name="Other"), ["/name"]),
        (valid(alias_id="other"), ["/alias_id"]),
        (valid(segment_percent=None), ["/segment_percent"]),
        (valid(segment_percent="50"), ["/segment_percent"]),
        (valid(is_context_specific=1), ["/is_context_specific"]),
        (valid(groups=[CONTROL]), ["/groups/1"]),
        (valid(groups=[]), ["/groups/0", "/groups/1"]),
        (valid(groups=[CONTROL, YEARLY, CONTROL]), ["/groups/2"]),
        (valid(groups=[CONTROL | {"weight": 2}, YEARLY]), ["/groups/0/weight"]),
        (valid(groups=[CONTROL | {"is_control": False}, YEARLY]), ["/groups/0/is_control"]),
        (valid(groups=[CONTROL, YEARLY | {"remote_config_uid": None}]), ["/groups/1/remote_config_uid"]),
        (valid(groups=[CONTROL, YEARLY | {"name": "Renamed"}]), ["/groups/1", "/groups/2"]),
    ],
)
def test_a_real_difference_is_told_at_its_place(held, places):
    assert [one.pointer for one in document.same_content(valid(), held)] == places
