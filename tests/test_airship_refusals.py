"""Airship's error answers as problems that point into the document, in whatever notation it writes the path."""

import pytest

from experiments.providers.airship.refusals import problems_of, sentence_of
from experiments.providers.pointers import pointer_of
from experiments.providers.shapes import Problem


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("variants.0.push", "/variants/0/push"),
        ("variants[0].push", "/variants/0/push"),
        ("$.variants[0]['push']", "/variants/0/push"),
        ('$["variants"][0]["open::kiosk"]', "/variants/0/open::kiosk"),
        ("/variants/0/push", "/variants/0/push"),
        ("/a~1b/", "/a~1b"),
        (["variants", 0, "push"], "/variants/0/push"),
        ("variants.0.push.notification.open::kiosk", "/variants/0/push/notification/open::kiosk"),
        ("a/b.c~d", "/a~1b/c~0d"),
        ("audience", "/audience"),
        ("..", ""),
        ("", ""),
        ("$", ""),
        (None, ""),
        (7, ""),
        ({}, ""),
    ],
)
def test_a_path_in_any_notation_becomes_a_pointer(path, pointer):
    assert pointer_of(path) == pointer


@pytest.mark.parametrize(
    ("said", "problems"),
    [
        (
            {
                "error": "Could not parse.",
                "error_code": 40000,
                "details": {"error": "unexpected 'alrt'", "path": "a.0.alrt"},
            },
            [("/a/0/alrt", "unexpected 'alrt'", "40000")],
        ),
        (
            {"error": "Could not parse.", "error_code": 40000, "details": {"error": "no payload"}},
            [("", "no payload", "40000")],
        ),
        ({"error": "Could not parse.", "details": {"path": "a.b"}}, [("/a/b", "Could not parse.", "")]),
        ({"error": "Entity not found", "error_code": "40401"}, [("", "Entity not found", "40401")]),
        (
            {
                "message": "Two things",
                "details": [{"message": "one", "path": ["a", 0], "type": "any.required"}, {"message": "two"}, None, 5],
            },
            [("/a/0", "one", "any.required"), ("", "two", "")],
        ),
        ({"message": "Only this"}, [("", "Only this", "")]),
        ({"error": "x", "details": "because"}, [("", "because", "")]),
        ({"error": "line\nbreak\r\n  and space", "details": {}}, [("", "line break and space", "")]),
        ({"error": {"deep": 1}, "details": [[]]}, []),
        ({"details": [{"path": "a.b"}, {"error": "why"}, {}]}, [("/a/b", "", ""), ("", "why", "")]),
        ({}, []),
        (None, []),
    ],
)
def test_an_error_answer_becomes_problems(said, problems):
    assert list(problems_of(said)) == [Problem(*problem) for problem in problems]


def test_the_first_problem_is_the_sentence():
    assert sentence_of({"error": "No.", "details": {"error": "audience is required"}}) == "audience is required"
    assert sentence_of(None) == ""


def test_a_flood_of_problems_is_cut():
    problems = problems_of({"details": [{"message": "x" * 9000, "path": "a"}] * 9000})
    assert len(problems) == 50
    assert {len(problem.message) for problem in problems} == {500}
