"""Reading a pasted document: nothing that two readers could understand differently gets in."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.providers.airship.document import read_document


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("", "not_json", "nothing here"),
        ("  \n", "not_json", "nothing here"),
        ('\ufeff{"a": 1}', "byte_order_mark", "Line 1, column 1"),
        ('{"a": 1, // why\n "b": 2}', "comment", "Line 1, column 10"),
        ('{"a": 1 /* why */}', "comment", "Line 1, column 9"),
        ('{\n  # why\n "b": 2}', "comment", "Line 2, column 3"),
        ('{"a": 1,\n}', "trailing_comma", "Line 2, column 1"),
        ('{"a": [1, 2, ]}', "trailing_comma", "Line 1, column 14"),
        ("{'a': 1}", "wrong_quotes", "Line 1, column 2"),
        ("{“a”: 1}", "wrong_quotes", "straight double quotes"),
        ('{"a" 1}', "not_json", "colon"),
        ('{"a": 1 "b": 2}', "not_json", "comma"),
        ('{"a": }', "not_json", "value"),
        ('{"a": "x', "not_json", "closing quote"),
        ('{"a": "x\ny"}', "not_json", "line break"),
        ('{"a": "\\x"}', "not_json", "backslash"),
        ('{"a": 1} {"b": 2}', "not_json", "something stands after"),
        ("nothing", "not_json", "Line 1, column 1"),
        ("[]", "not_object", "one object"),
        ('"text"', "not_object", "one object"),
        ("5", "not_object", "one object"),
        ("null", "not_object", "one object"),
    ],
)
def test_text_that_is_no_document_is_told_in_one_sentence(text, code, words):
    found, (problem,) = read_document(text)
    assert found == {}
    assert (problem.code, problem.severity) == (code, "error")
    assert words in problem.message
    assert problem.message.endswith((".", "}."))


@pytest.mark.parametrize(
    ("text", "pointer", "code"),
    [
        ('{"name": "a", "name": "b"}', "/name", "duplicate_key"),
        ('{"v": [{"x": {"alert": 1, "alert": 1}}]}', "/v/0/x/alert", "duplicate_key"),
        ('{"a/b": 1, "a/b": 2}', "/a~1b", "duplicate_key"),
        ('{"control": NaN}', "/control", "not_finite"),
        ('{"control": Infinity}', "/control", "not_finite"),
        ('{"control": -Infinity}', "/control", "not_finite"),
        ('{"control": 1e400}', "/control", "not_finite"),
        ('{"control": ' + "9" * 5000 + "}", "/control", "not_finite"),
        ('{"name": "\\ud800"}', "/name", "surrogate"),
        ('{"a": {"\\udfff": 1}}', "/a/\udfff", "surrogate"),
        ('{"name": "a\\u0000b"}', "/name", "nul"),
        ('{"a": {"b\\u0000": 1}}', "/a/b\0", "nul"),
    ],
)
def test_text_that_can_be_read_in_two_ways_is_refused_at_its_place(text, pointer, code):
    found, (problem,) = read_document(text)
    assert found == {}
    assert (problem.pointer, problem.code, problem.severity) == (pointer, code, "error")


def test_duplicate_key_is_named():
    _, (problem,) = read_document('{"alert": 1, "alert": 2}')
    assert "“alert”" in problem.message


def test_large_number_is_kept_exactly_and_flagged():
    found, (problem,) = read_document('{"weight": 9007199254740993}')
    assert found == {"weight": 9007199254740993}
    assert (problem.pointer, problem.code, problem.severity) == ("/weight", "large_number", "warning")
    assert read_document('{"weight": 9007199254740992}') == ({"weight": 9007199254740992}, ())


def test_document_of_a_mebibyte_is_the_largest():
    text = '{"name": "%s"}'
    assert read_document(text % ("x" * (1024 * 1024 - 12)))[1] == ()
    _, (problem,) = read_document(text % ("x" * (1024 * 1024 - 11)))
    assert problem.code == "too_large"
    _, (problem,) = read_document(text % ("é" * 524_300))
    assert problem.code == "too_large"


@pytest.mark.parametrize("opening", ['{"a":', "["])
@pytest.mark.parametrize("depth", [61, 10_000, 150_000])
def test_depth_is_capped_before_parsing(opening, depth):
    _, (problem,) = read_document(opening * depth)
    assert problem.code == "too_deep"


def test_depth_of_sixty_is_read_and_brackets_in_texts_do_not_count():
    text = '{"a":' * 59 + '{"b": "' + "[" * 100 + '\\"{"}' + "}" * 59
    found, found_problems = read_document(text)
    assert found_problems == ()
    assert json.loads(text) == found


@pytest.mark.parametrize("text", ['{"' + '\\"' * 500_000, '"' * 1_000_000, "\\" * 1_000_000, "{" + '"a' * 400_000])
def test_hostile_text_is_refused_in_a_moment(text):
    started = time.perf_counter()
    found, found_problems = read_document(text)
    assert found == {}
    assert found_problems
    assert time.perf_counter() - started < 3


@given(st.text())
def test_any_text_is_read_or_refused(text):
    found, found_problems = read_document(text)
    assert isinstance(found, dict)
    assert found_problems or json.loads(text) == found


def test_read_document_is_made_of_plain_objects():
    found, _ = read_document('{"a": [{"b": {}}]}')
    assert type(found) is type(found["a"][0]) is type(found["a"][0]["b"]) is dict
