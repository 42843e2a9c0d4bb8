"""Qonversion's error answers as problems at their places, in both envelopes and without what is not promised."""

import pytest

from experiments.providers.qonversion.refusals import is_taken, problems_of, sentence_of
from experiments.providers.shapes import Problem


@pytest.mark.parametrize(
    ("said", "problems"),
    [
        (None, []),
        ({}, []),
        ({"error": None}, []),
        ({"error": {}}, []),
        ({"error": {"type": "request", "code": "c", "message": "No"}}, [Problem("", "No", "c")]),
        ({"error": {"code": "4711", "message": "No"}}, [Problem("", "No", "4711")]),
        ({"error": {"code": 4711, "message": "No"}}, [Problem("", "No", "4711")]),
        ({"error": "No"}, [Problem("", "No", "")]),
        (
            {
                "error": {
                    "code": "c",
                    "message": "No",
                    "details": [{"field": "name", "message": "Long"}, {"field": "x"}],
                }
            },
            [Problem("/name", "Long", "c"), Problem("/x", "No", "c")],
        ),
        ({"error": {"message": "No", "details": {"field": "a.b", "message": "B"}}}, [Problem("/a/b", "B", "")]),
        ({"error": {"message": "No", "details": ["Why", 5, " "]}}, [Problem("", "Why", "")]),
        ({"error": {"message": "No", "details": []}}, [Problem("", "No", "")]),
        (
            {"error": {"code": "c", "message": "No"}, "_meta": {"fields": [{"name": "weight", "messages": ["Small"]}]}},
            [Problem("/weight", "Small", "c")],
        ),
        (
            {"error": {"code": "c", "message": "No"}, "meta": {"fields": [{"name": "weight", "messages": []}]}},
            [Problem("/weight", "No", "c")],
        ),
        (
            {
                "error": {"message": "No"},
                "_meta": {"fields": [{"path": "a.b", "messages": "Small"}, {"messages": [{}]}]},
            },
            [Problem("/a/b", "No", ""), Problem("", "No", "")],
        ),
        (
            {"error": {"details": [{"message": "Why"}, {"field": "x"}, {}]}},
            [Problem("", "Why", ""), Problem("/x", "", "")],
        ),
        ({"error": 7, "message": "No"}, []),
        ({"error": {"message": "No"}, "_meta": "no fields"}, [Problem("", "No", "")]),
    ],
)
def test_an_error_is_told_at_its_place(said, problems):
    assert list(problems_of(said)) == problems
    assert sentence_of(said) == (problems[0].message if problems else "")


def test_an_error_about_a_group_points_into_the_document():
    said = {"error": {"message": "No", "details": [{"field": "weight", "message": "Small"}]}}
    assert problems_of(said, "/groups/1") == (Problem("/groups/1/weight", "Small", ""),)
    assert problems_of({"error": {"message": "No"}}, "/groups/1") == (Problem("/groups/1", "No", ""),)


def test_a_flood_of_errors_is_cut():
    details = [{"field": f"f{number}", "message": "m" * 5000} for number in range(500)]
    found = problems_of({"error": {"details": details}})
    assert len(found) == 50
    assert len(found[0].message) == 500


@pytest.mark.parametrize(
    ("said", "taken"),
    [
        ({"error": {"code": "already_exists"}}, True),
        ({"error": {"code": "invalid_data"}}, False),
        ({"error": "already_exists"}, False),
        ({}, False),
        (None, False),
    ],
)
def test_what_exists_already_is_told_by_its_code(said, taken):
    assert is_taken(said) is taken
