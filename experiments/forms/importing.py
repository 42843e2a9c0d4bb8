"""Reading what somebody pasted: JSON of a provider's API, or the curl command that would send it."""

from dataclasses import dataclass

from experiments.forms.editors import editor_of
from experiments.providers import document as document_module
from experiments.providers.curl import NotRead, body_of, is_curl
from experiments.providers.shapes import Pasted, Problem


@dataclass(frozen=True)
class Reading:
    """The tests that were found, or why none was. `warnings` are told although the paste was understood."""

    tests: tuple[Pasted, ...] = ()
    problems: tuple[Problem, ...] = ()
    warnings: tuple[str, ...] = ()


def read_pasted(text: str, provider: str) -> Reading:
    """Every test in a pasted text. Nothing is guessed: a text that can be read in two ways is refused."""
    try:
        body = body_of(text) if is_curl(text) else text.strip("\ufeff \t\r\n")
    except NotRead as error:
        return Reading(problems=(Problem("", str(error), "curl"),))
    value, problems = document_module(provider).read_document(body)
    if any(problem.severity == "error" for problem in problems):
        return Reading(problems=problems)
    try:
        tests = tuple(editor_of(provider).tests_in(value))
    except ValueError as error:
        return Reading(problems=(Problem("", str(error), "no_test"),))
    return Reading(tests, warnings=tuple(problem.message for problem in problems))
