"""What is read of any answer, at the edges: too deep, too long, too large, of another type."""

import time
from datetime import UTC, datetime

import pytest

from experiments.providers.replies import (
    BODY_KEPT,
    answer_of,
    is_own_words,
    json_of,
    read_number,
    read_text,
    read_time,
    read_whole,
)
from experiments.providers.transport import Reply

AT = datetime(2026, 11, 21, 20, tzinfo=UTC)


def reply(body=b"{}", status=200, **headers):
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, AT, 5)


@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"b":', b"}")])
def test_an_answer_that_nests_too_deep_is_not_read(opening, closing):
    def nested(depth):
        return json_of(reply(b'{"a":' + opening * depth + b"1" + closing * depth + b"}"))

    assert nested(200) is not None
    assert nested(201) is None


def test_depth_is_how_deep_a_thing_is_and_not_how_many_there_are():
    wide = b'{"a":[' + b"[{}]," * 500 + b"[{}]]}"
    assert json_of(reply(wide)) is not None


@pytest.mark.parametrize("body", [b"", b"no", b"[1]", b'{"a":', b"\xff{"])
def test_what_is_no_object_is_nothing(body):
    assert json_of(reply(body)) is None


def test_what_no_database_takes_is_replaced_once():
    assert json_of(reply(b'{"a\\u0000b":["\\ud800"]}')) == {"a�b": ["�"]}
    assert answer_of(reply(b"a\0b")).body == "a�b"
    assert answer_of(reply(x_request_id="r\0")).request_id == "r�"


def test_an_answer_is_kept_up_to_a_limit_in_whole_characters():
    assert answer_of(reply(b"x" * (BODY_KEPT + 1))).body == "x" * 8000
    assert answer_of(reply("€".encode() * BODY_KEPT)).body == "€" * 8000  # 3 bytes each
    assert answer_of(reply("😀".encode() * (BODY_KEPT + 1))).body == "😀" * 8000  # 4, the most there are
    assert answer_of(reply(b"\xffx")).body == "�x"


def test_an_answer_is_kept_with_what_a_support_desk_asks_for():
    kept = answer_of(reply(b"{}", 418, x_request_id="r" * 101), "o1")
    assert (kept.status, kept.operation_id, kept.request_id) == (418, "o1", "r" * 100)
    assert (kept.provider_date, kept.milliseconds) == (AT, 5)
    plain = answer_of(reply(b"{}"))
    assert (plain.operation_id, plain.request_id) == ("", "")


@pytest.mark.parametrize(
    ("body", "headers", "is_own"),
    [
        (b"{}", {}, True),
        (b"no", {"content_type": "text/plain"}, True),
        (b"{}", {"content_type": "TEXT/HTML"}, False),
        (b" <p>", {}, False),
    ],
)
def test_a_page_is_not_the_api_speaking(body, headers, is_own):
    assert is_own_words(reply(body, **headers)) is is_own


@pytest.fixture
def tokyo(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-21T20:00:00Z", AT),
        ("2026-11-21t20:00:00z", AT),
        ("2026-11-21 20:00", AT),
        (" 2026-11-21T21:00:00+01:00 ", AT),
        ("٢026-11-21T20:00:00", None),
        ("2026-13-21T20:00:00", None),
        ("20261121T200000Z", None),
        (20261121, None),
    ],
)
def test_a_moment_is_aware_and_utc_wherever_the_machine_stands(value, moment, tokyo):
    found = read_time(value)
    assert found == moment
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(("value", "text"), [("a", "a"), ("", ""), (None, ""), (1, ""), (["a"], "")])
def test_only_text_is_text(value, text):
    assert read_text(value) == text


@pytest.mark.parametrize(
    ("value", "number", "whole"),
    [
        (7, 7.0, 7),
        ("7", 7.0, 7),
        (7.0, 7.0, 7),
        (7.5, 7.5, None),
        ("-3", -3.0, -3),
        (2**53 - 1, 2.0**53 - 1, 2**53 - 1),
        (2**53, 2.0**53, None),
        (-(2**53), -(2.0**53), None),
        (10**400, None, None),
        ("1e999", None, None),
        ("nan", None, None),
        (True, None, None),
        (False, None, None),
        ("", None, None),
        ("seven", None, None),
        (None, None, None),
        ([7], None, None),
    ],
)
def test_a_number_is_finite_and_a_whole_one_exact(value, number, whole):
    assert read_number(value) == number
    assert read_whole(value) == whole
    assert read_whole(value) is None or isinstance(read_whole(value), int)
