"""Reading a pasted document strictly: nothing that two JSON readers could understand differently gets in."""

import json
import math
import re
import unicodedata
from collections.abc import Iterator
from typing import Any

from experiments.providers.pointers import escape
from experiments.providers.shapes import Json, Problem

MOST_BYTES = 1024 * 1024
MOST_DEPTH = 60
_EXACT = 2**53  # a JSON reader that keeps numbers as doubles is exact up to here
_LONGEST_NUMBER = 400
_UNSEEN = frozenset("\u034f\u115f\u1160\u2800\u3164\uffa0")  # letters by category, yet nothing to see
# Possessive, and matching to the end of the text where a string is not closed: linear on any input.
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{}]', re.DOTALL)
_SYNTAX = {
    "Expecting ',' delimiter": "A comma or a closing bracket is missing",
    "Expecting ':' delimiter": "A colon is missing after the name",
    "Expecting property name enclosed in double quotes": "A name in straight double quotes is expected",
    "Expecting value": "A value is expected",
    "Unterminated string starting at": "A text begins here and never ends: its closing quote is missing",
    "Invalid control character at": "A line break or control character stands inside a text; write it as \\n",
    "Extra data": "The document ends before this place: something stands after it",
}


class _Object(dict[str, Any]):
    """An object as it was read, with the names that stood in it twice."""

    doubles: tuple[str, ...] = ()


def read_document(text: str) -> tuple[Json, tuple[Problem, ...]]:
    """The document that `text` holds as JSON, and what is wrong with the text.

    Where one of the problems is an error, the document is empty and must not be kept: the text was not understood in
    one way only. Numbers that other readers may round are warnings.
    """
    problem = _find_size_problem(text) or _find_depth_problem(text)
    if problem:
        return {}, (problem,)
    try:
        value = json.loads(
            text, object_pairs_hook=_pairs, parse_int=_whole, parse_float=float, parse_constant=_constant
        )
    except json.JSONDecodeError as error:
        return {}, (_syntax_problem(text, error),)
    if not isinstance(value, dict):
        return {}, (Problem("", "The document must be one object in braces: { … }.", "not_object"),)
    problems = tuple(find_value_problems(value))
    if any(problem.severity == "error" for problem in problems):
        return {}, problems
    return _plain(value), problems


def _find_size_problem(text: str) -> Problem | None:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > MOST_BYTES:
        return Problem("", f"The document has {size:,} bytes; {MOST_BYTES:,} are the most.", "too_large")
    if not text.strip():
        return Problem("", "There is nothing here yet. Paste one object in braces: { … }.", "not_json")
    if text.startswith("\ufeff"):
        return _at(
            text, 0, "The text begins with an invisible mark (BOM). Delete the first character", "byte_order_mark"
        )
    return None


def _find_depth_problem(text: str) -> Problem | None:
    """Before parsing, because a parser that recurses dies of depth."""
    depth = 0
    for match in _BRACKETS.finditer(text):
        depth += {"{": 1, "[": 1, "}": -1, "]": -1}.get(match[0], 0)
        if depth > MOST_DEPTH:
            return _at(text, match.start(), f"The document is nested deeper than {MOST_DEPTH} levels", "too_deep")
    return None


def _pairs(pairs: list[tuple[str, Any]]) -> _Object:
    found = _Object(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        found.doubles = tuple(name for name in found if names.count(name) > 1)
    return found


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _LONGEST_NUMBER else math.inf


def _constant(name: str) -> float:
    return {"NaN": math.nan, "Infinity": math.inf}.get(name, -math.inf)


def _syntax_problem(text: str, error: json.JSONDecodeError) -> Problem:
    here = text[error.pos : error.pos + 2]
    before = text[: error.pos].rstrip()[-1:]
    if here in ("//", "/*") or here[:1] == "#":
        return _at(text, error.pos, "JSON has no comments. Take this one out", "comment")
    if error.msg.startswith("Illegal trailing comma") or (here[:1] in ("}", "]") and before == ","):
        return _at(
            text, error.pos, "The comma before this bracket has nothing after it. Delete the comma", "trailing_comma"
        )
    if here[:1] in ("'", "“", "”", "„", "‘", "’"):
        return _at(text, error.pos, 'Texts and names stand in straight double quotes (")', "wrong_quotes")
    if error.msg.startswith("Invalid \\"):
        return _at(text, error.pos, "This backslash is no JSON escape. Write \\\\ for a backslash", "not_json")
    return _at(text, error.pos, _SYNTAX.get(error.msg, "This is not JSON"), "not_json")


def _at(text: str, position: int, words: str, code: str) -> Problem:
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)
    return Problem("", f"Line {line}, column {column}: {words}.", code)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list) else value


def depth_of(document: object) -> int:
    """How many levels of objects and lists the document has, counted without recursion."""
    deepest, waiting = 0, [(document, 1)]
    while waiting:
        value, depth = waiting.pop()
        children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
        if children is not None:
            deepest = max(deepest, depth)
            waiting += [(child, depth + 1) for child in children]
    return deepest


def places(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of the document with its pointer, parents first."""
    waiting = [(pointer, value)]
    while waiting:
        place, found = waiting.pop()
        yield place, found
        if isinstance(found, dict):
            waiting += [(f"{place}/{escape(str(key))}", item) for key, item in reversed(found.items())]
        elif isinstance(found, list):
            waiting += [(f"{place}/{position}", item) for position, item in reversed(list(enumerate(found)))]


def find_value_problems(document: Any, within: str = "") -> Iterator[Problem]:
    """Values that cannot be stored or sent as they are: NUL, lone surrogates, NaN, infinity, numbers others round.

    `within` is the pointer of what is looked at, where it is a part of a document.
    """
    for pointer, value in places(document, within):
        if isinstance(value, dict):
            for name in getattr(value, "doubles", ()):
                message = (
                    f"“{name}” stands more than once in one object. Only one of them can be meant: delete the other."
                )
                yield Problem(f"{pointer}/{escape(name)}", message, "duplicate_key")
            for name in value:
                yield from _find_text_problems(f"{pointer}/{escape(name)}", name, "This name")
        elif isinstance(value, str):
            yield from _find_text_problems(pointer, value, "This text")
        elif isinstance(value, float) and not math.isfinite(value):
            yield Problem(
                pointer, "This number is too large, or no number at all. JSON has no NaN or infinity.", "not_finite"
            )
        elif isinstance(value, int | float) and abs(value) > _EXACT:
            message = f"The number {value} is larger than {_EXACT}; other programs may round it."
            yield Problem(pointer, message, "large_number", "warning")


def _find_text_problems(pointer: str, text: str, subject: str) -> Iterator[Problem]:
    if "\0" in text:
        yield Problem(pointer, f"{subject} holds a NUL character, which cannot be stored. Delete it.", "nul")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        yield Problem(pointer, f"{subject} holds half of a character (a lone surrogate). Type it again.", "surrogate")


def is_unseen(text: str) -> bool:
    """Whether a text shows nothing: empty, or only spaces, zero-width and control characters."""
    return all(
        character in _UNSEEN or character.isspace() or unicodedata.category(character) in ("Cf", "Cc", "Mn", "Zs")
        for character in text
    )
