"""Where in a JSON text each value stands, in lines and in the units in which browsers count."""

import json

import pytest

from experiments.providers.text import read_document
from experiments.providers.text_places import TextPlaces


def selected(text: str, pointer: str) -> str:
    """What a browser would select."""
    _, start, end = TextPlaces(text).at(pointer)
    return text.encode("utf-16-le")[2 * start : 2 * end].decode("utf-16-le")


TEXT = """{
  "name": "🏃 runs",
  "a/b~c": {"": [10, {"x\\"y": null}, "]}"]},
  "\\u0061lert": true, "empty": {}, "list": []
}"""


@pytest.mark.parametrize(
    ("pointer", "text", "line"),
    [
        ("/name", '"name": "🏃 runs"', 2),
        ("/a~1b~0c", '"a/b~c"', 3),
        ("/a~1b~0c/", '""', 3),
        ("/a~1b~0c//0", "10", 3),
        ("/a~1b~0c//1", "{", 3),
        ('/a~1b~0c//1/x"y', '"x\\"y": null', 3),
        ("/a~1b~0c//2", '"]}"', 3),
        ("/alert", '"\\u0061lert": true', 4),
        ("/empty", '"empty"', 4),
        ("/list", '"list"', 4),
        ("/empty/missing", '"empty"', 4),
        ("/list/0/deep", '"list"', 4),
        ("/nowhere", "{", 1),
        ("", "{", 1),
    ],
)
def test_a_pointer_leads_to_its_characters(pointer, text, line):
    assert selected(TEXT, pointer) == text
    assert TextPlaces(TEXT).at(pointer).line == line


def test_of_a_key_that_stands_twice_the_second_is_meant():
    assert selected('{"a": 1, "b": {"a": 2}, "a": 3}', "/a") == '"a": 3'


EVERY = ["/a", "/a/0/b", "/a/0/b/0/0", "/a/0/b/1", "/a/1", "/a/2/c/d", "/e/1/0"]
FOUND = ['"a"', '"b"', "1", '"x"', "null", '"d"', "["]


def test_every_value_of_a_document_is_found():
    value = {"a": [{"b": [[1, -2.5e3], "x"]}, None, {"c": {"d": {}}}], "e": [[], [[]]]}
    for indent in (None, 1, 4):
        text = json.dumps(value, indent=indent)
        assert [selected(text, pointer) for pointer in EVERY] == FOUND
        assert selected(text, "/a/0/b/0/1") == "-2500.0"


@pytest.mark.parametrize(
    "text", ["", "{", "[[[", '{"a', '{"a":', '{"a": [1, 2', "}}]]", ",,,", '"x"', "{]}", "\\", '{"a": "b\nc"}']
)
def test_a_broken_text_is_read_as_far_as_it_goes(text):
    place = TextPlaces(text).at("/a/1")
    assert 0 <= place.start <= place.end <= len(text)


def test_the_place_that_a_sentence_names_is_found():
    text = '{\n  "name": "🏃",\n}'
    _, (problem,) = read_document(text)
    place, column, words = TextPlaces(text).told(problem.message)
    assert place == (3, text.index("}") + 1, text.index("}") + 2)
    assert column == 1
    assert words == "The comma before this bracket has nothing after it. Delete the comma."
    assert TextPlaces(text).told("Something else.") == (None, 0, "Something else.")


def test_deep_and_wide_texts_with_long_keys_are_read_in_one_go():
    assert TextPlaces("[" * 100_000).at("/0/0") == (1, 2, 3)
    long = "k" * 300_000
    wide = json.dumps({long: list(range(50_000))})
    assert selected(wide, f"/{long}/49999") == "49999"
