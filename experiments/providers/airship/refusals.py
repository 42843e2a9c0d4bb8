"""Where and why Airship refused a document: its error answers as problems with RFC 6901 pointers.

How Airship writes positions inside `variants` is not documented, so every usual notation is understood.
Reference: https://docs.airship.com/developer/rest-api/ua/schemas/responses
"""

from typing import Any

from experiments.providers.pointers import plain, pointer_of
from experiments.providers.shapes import Json, Problem

_MOST_PROBLEMS = 50


def problems_of(said: Json | None) -> tuple[Problem, ...]:
    """The problems an error answer names, in its order; one for the whole document where it says why but not where."""
    if not said:
        return ()
    code = plain(said.get("error_code"))
    whole = plain(said.get("error")) or plain(said.get("message"))
    details = said.get("details")
    found = details if isinstance(details, list) else [details]
    problems = [problem for item in found[:_MOST_PROBLEMS] if (problem := _problem(item, code, whole))]
    if not problems and whole:
        problems = [Problem("", whole, code)]
    return tuple(problems)


def sentence_of(said: Json | None) -> str:
    """Airship's own words for the first thing that is wrong, or ""."""
    problems = problems_of(said)
    return problems[0].message if problems else ""


def _problem(item: Any, code: str, whole: str) -> Problem | None:
    if isinstance(item, str):
        return Problem("", plain(item), code) if item.strip() else None
    if not isinstance(item, dict):
        return None
    pointer = pointer_of(item.get("path"))
    message = plain(item.get("error")) or plain(item.get("message")) or whole
    return Problem(pointer, message, code or plain(item.get("type"))) if message or pointer else None
