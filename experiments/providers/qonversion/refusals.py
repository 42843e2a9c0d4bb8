"""Where and why Qonversion refused something: its error answers as problems with RFC 6901 pointers.

The v4 envelope names fields in `error.details`; v3, which shares statuses and codes, in `_meta.fields`. Neither the
type nor the code of an error is a closed set, and some errors have no type at all.
Reference: https://documentation.qonversion.io/reference/v4/handling-api-errors
"""

from typing import Any

from experiments.providers.pointers import plain, pointer_of
from experiments.providers.shapes import Json, Problem

_MOST_PROBLEMS = 50


def problems_of(said: Json | None, prefix: str = "") -> tuple[Problem, ...]:
    """The problems an error answer names, in its order; one for the whole where it says why but not where.

    `prefix` is the pointer of the part that was sent, such as "/groups/1".
    """
    error = (said or {}).get("error")
    if isinstance(error, str):
        error = {"message": error}
    if not isinstance(error, dict):
        return ()
    code, whole = plain(error.get("code")), plain(error.get("message"))
    details = error.get("details") or _meta_fields(said or {})
    found = details if isinstance(details, list) else [details]
    problems = [problem for item in found[:_MOST_PROBLEMS] if (problem := _problem(item, code, whole, prefix))]
    return tuple(problems) or ((Problem(prefix, whole, code),) if whole else ())


def sentence_of(said: Json | None) -> str:
    """Qonversion's own words for the first thing that is wrong, or ""."""
    problems = problems_of(said)
    return problems[0].message if problems else ""


def is_taken(said: Json | None) -> bool:
    """Whether the error says that something like this exists already, whatever its status: which one is not told."""
    error = (said or {}).get("error")
    return isinstance(error, dict) and error.get("code") == "already_exists"


def _meta_fields(said: Json) -> Any:
    meta = said.get("_meta") or said.get("meta")
    return meta.get("fields") if isinstance(meta, dict) else None


def _problem(item: Any, code: str, whole: str, prefix: str) -> Problem | None:
    if isinstance(item, str):
        return Problem(prefix, plain(item), code) if item.strip() else None
    if not isinstance(item, dict):
        return None
    pointer = pointer_of(item.get("field") or item.get("name") or item.get("path"))
    messages = item.get("messages")
    first = messages[0] if isinstance(messages, list) and messages else None
    message = plain(item.get("message")) or plain(first) or whole
    return Problem(prefix + pointer, message, code) if message or pointer else None
