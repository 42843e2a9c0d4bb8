"""Bytes, hashes and differences: the same content gives the same bytes, and nothing is lost on the way."""

import json
import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from experiments.providers.airship.canonical import ABSENT, difference, same_content, sha256, to_bytes
from experiments.providers.airship.definition import key_order
from experiments.providers.text import read_document

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NUMBER = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
VALUE = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(TEXT, children, max_size=4),
    max_leaves=20,
)
KEYS = TEXT | st.sampled_from(key_order())
DOCUMENT = st.dictionaries(KEYS, VALUE, max_size=6)


@given(DOCUMENT)
@example({"a": -0.0, "b": 1e22, "c": 2.0, "d": 2**53, "e": float(2**53), "f": 5e-324, "g": 0.1})
def test_bytes_read_back_as_the_same_document(document):
    body = to_bytes(document)
    assert json.loads(body) == document
    assert to_bytes(json.loads(body)) == body


@given(DOCUMENT)
def test_bytes_are_read_strictly_without_an_error(document):
    again, problems = read_document(to_bytes(document).decode())
    assert again == document
    assert {problem.code for problem in problems} <= {"large_number"}


@given(DOCUMENT, st.randoms())
def test_order_of_keys_does_not_change_the_bytes(document, random):
    keys = list(document)
    random.shuffle(keys)
    assert to_bytes({key: document[key] for key in keys}) == to_bytes(document)


@pytest.mark.parametrize(
    ("document", "body"),
    [
        ({}, b"{}"),
        ({"zebra": 1, "apple": 2, "variants": [], "name": "n"}, b'{"name":"n","variants":[],"apple":2,"zebra":1}'),
        ({"name": "ö👩🏽‍🚀"}, '{"name":"ö👩🏽‍🚀"}'.encode()),
        ({"control": -0.0}, b'{"control":0}'),
        ({"control": -0}, b'{"control":0}'),
        ({"control": 0.10}, b'{"control":0.1}'),
        ({"control": 1.0}, b'{"control":1}'),
        ({"control": 1e100}, b'{"control":1e+100}'),
        ({"q": True, "r": None, "p": "</script>"}, b'{"p":"</script>","q":true,"r":null}'),
        ({"weight": 10**30}, b'{"weight":1000000000000000000000000000000}'),
    ],
)
def test_bytes_are_these(document, body):
    assert to_bytes(document) == body


def test_known_keys_come_in_the_order_of_the_definition():
    assert key_order()[:7] == (
        "name",
        "description",
        "audience",
        "device_types",
        "control",
        "campaigns",
        "variants",
    )
    assert len(set(key_order())) == len(key_order())


@pytest.mark.parametrize("value", [math.nan, math.inf, "\ud800"])
def test_what_cannot_be_sent_has_no_bytes(value):
    with pytest.raises(ValueError):
        to_bytes({"name": value})


def test_hash_is_sha_256_in_hex():
    assert sha256(b"{}") == "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({}, {}, []),
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": True}, [("/a", 1, True)]),
        ({"a": 0}, {"a": False}, [("/a", 0, False)]),
        ({"a": None}, {}, [("/a", None, ABSENT)]),
        ({}, {"a": None}, [("/a", ABSENT, None)]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3, 4]}}, [("/a/b/1", 2, 3), ("/a/b/2", ABSENT, 4)]),
        ({"a": [1]}, {"a": {"0": 1}}, [("/a", [1], {"0": 1})]),
        ({"a/b~c": 1}, {"a/b~c": 2}, [("/a~1b~0c", 1, 2)]),
        ({"z": 1, "name": "x"}, {"z": 2, "name": "y"}, [("/name", "x", "y"), ("/z", 1, 2)]),
    ],
)
def test_difference_names_each_place(before, after, found):
    assert difference(before, after) == found


@given(DOCUMENT)
def test_document_does_not_differ_from_itself(document):
    assert difference(document, json.loads(json.dumps(document))) == []


SENT = {
    "name": "n",
    "audience": {"AND": [{"tag": "a"}, {"Not": {"tag": "ALL"}}]},
    "device_types": ["ios"],
    "control": 0.1,
    "variants": [
        {
            "push": {
                "notification": {"alert": "2026-10-29 06:30:00", "ios": {"expiry": "2026-10-30T00:00:00", "badge": 1}}
            },
            "schedule": {"scheduled_time": "2026-10-29T06:30:00"},
        }
    ],
}


def read_back(**changes: object):
    document = json.loads(json.dumps(SENT))
    document |= {"id": "i", "push_id": "p", "created_at": "2026-10-01T00:00:00", "description": None}
    document["variants"][0] |= {"id": 0, "weight": 1, "description": None}
    return document | changes


def test_what_airship_adds_is_not_a_difference():
    assert same_content(SENT, read_back()) == []


@pytest.mark.parametrize(
    ("sent", "got"),
    [
        ({"audience": "all"}, {"audience": "ALL"}),
        ({"audience": {"or": [{"tag": "a"}]}}, {"audience": {"OR": [{"tag": "a"}]}}),
        ({}, {"control": 0.0}),
        ({"control": 0}, {}),
        ({"control": 0}, {"control": 0.0}),
        ({"control": 0.5}, {"control": 5e-1}),
        ({"variants": [{"weight": 1}]}, {"variants": [{}]}),
        ({"variants": [{}]}, {"variants": [{"weight": 1, "id": 0}]}),
        (
            {"variants": [{"schedule": {"scheduled_time": "2026-10-29T06:30:00"}}]},
            {"variants": [{"schedule": {"scheduled_time": "2026-10-29 06:30:00.000Z"}}]},
        ),
    ],
)
def test_same_content_written_otherwise_is_not_a_difference(sent, got):
    assert same_content(sent, got) == []


@pytest.mark.parametrize(
    ("sent", "got", "pointer"),
    [
        ({"audience": {"tag": "ALL"}}, {"audience": {"tag": "all"}}, "/audience/tag"),
        ({"audience": {"tag": "a"}}, {"audience": "all"}, "/audience"),
        ({}, {"control": 0.1}, "/control"),
        ({"control": 0}, {"control": False}, "/control"),
        ({"name": "a"}, {}, "/name"),
        ({"name": None}, {}, "/name"),
        ({"variants": [{"weight": 2}]}, {"variants": [{}]}, "/variants/0/weight"),
        ({"variants": [{}]}, {"variants": [{"weight": True}]}, "/variants/0/weight"),
        ({"variants": [{}]}, {"variants": [{}, {}]}, "/variants/1"),
        ({"new_key": 1}, {}, "/new_key"),
        ({}, {"new_key": 1}, "/new_key"),
        ({"extra": {"expiry": "2026-10-29T06:30:00Z"}}, {"extra": {"expiry": "2026-10-29T06:30:00"}}, "/extra/expiry"),
        (
            {"variants": [{"push": {"notification": {"alert": "2026-10-29T06:30:00"}}}]},
            {"variants": [{"push": {"notification": {"alert": "2026-10-29T06:30:00Z"}}}]},
            "/variants/0/push/notification/alert",
        ),
        (
            {"variants": [{"schedule": {"scheduled_time": "2026-10-29T06:30:00"}}]},
            {"variants": [{"schedule": {"scheduled_time": "2026-10-29T06:30:01Z"}}]},
            "/variants/0/schedule/scheduled_time",
        ),
    ],
)
def test_other_content_is_a_difference(sent, got, pointer):
    assert [found.pointer for found in same_content(sent, got)] == [pointer]


def test_comparing_changes_neither_document():
    sent, got = json.dumps(SENT), read_back()
    same_content(SENT, got)
    assert json.dumps(SENT) == sent
    assert got == read_back()
