"""Reads a JSON body and finds where in it a path is written, for `details.location`."""

import json
import re
from typing import Any

from sandbox.airship.shapes import Invalid, Path

BLANK = re.compile(r"[ \t\n\r]*")
STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
OTHER = re.compile(r"[^,\]}\s]+")


def read(body: bytes, duplicate_keys: bool = True) -> tuple[str, Any]:
    """The body as text and as a value. Raises Invalid for what is not UTF-8 or not JSON."""
    try:
        text = body.decode("utf-8")
        return text, json.loads(text, parse_constant=_refuse, object_pairs_hook=None if duplicate_keys else _once)
    except UnicodeDecodeError as problem:
        raise Invalid((), "the body is not UTF-8", location=line_and_column("", problem.start)) from None
    except json.JSONDecodeError as problem:
        raise Invalid((), f"malformed JSON: {problem.msg}", location=(problem.lineno, problem.colno)) from None
    except ValueError as problem:  # an integer with thousands of digits
        raise Invalid((), f"malformed JSON: {problem}", location=(1, 1)) from None
    except RecursionError:
        raise Invalid((), "the body is nested too deeply", location=(1, 1)) from None


def _refuse(word: str) -> object:
    raise Invalid((), f"malformed JSON: {word} is not a value", location=(1, 1))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    for name in names:
        if names.count(name) > 1:
            raise Invalid((), f"duplicate key '{name}'", location=(1, 1))
    return dict(pairs)


def line_and_column(text: str, index: int) -> tuple[int, int]:
    """Both count from 1."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def locate(text: str, path: Path) -> tuple[int, int]:
    """Line and column of the key or array item at `path`; of its nearest ancestor where it is not there."""
    index = _blank(text, 0)
    shown = index
    for step in path:
        found = _child(text, index, step)
        if found is None:
            break
        shown, index = found
    return line_and_column(text, shown)


def _child(text: str, index: int, step: str | int) -> tuple[int, int] | None:
    """Where the child's key (or the item itself) and its value begin, inside the value that begins at `index`."""
    opening = text[index]
    if opening not in "{[":
        return None
    found = None
    number = 0
    index = _blank(text, index + 1)
    while text[index] not in "]}":
        shown, name = index, str(number)
        if opening == "{":
            after = _after_string(text, index)
            name = json.loads(text[index:after])
            index = _blank(text, _blank(text, after) + 1)
        if name == str(step) and (opening == "{") == isinstance(step, str):
            found = (shown, index)  # the last of a repeated key wins, as in reading
        index = _blank(text, _end(text, index))
        if text[index] == ",":
            index = _blank(text, index + 1)
        number += 1
    return found


def _end(text: str, index: int) -> int:
    """The index after the value that begins at `index`; the text is known to be JSON."""
    depth = 0
    while True:
        character = text[index]
        if character == '"':
            index = _after_string(text, index)
        elif character in "{[":
            depth += 1
            index += 1
        elif character in "]}":
            depth -= 1
            index += 1
        elif character in ",: \t\n\r":
            index += 1
        else:
            match = OTHER.match(text, index)
            index = match.end() if match else index + 1
        if depth == 0 and character not in ",: \t\n\r":
            return index


def _after_string(text: str, index: int) -> int:
    match = STRING.match(text, index)
    return match.end() if match else len(text)


def _blank(text: str, index: int) -> int:
    match = BLANK.match(text, index)
    return match.end() if match else index
