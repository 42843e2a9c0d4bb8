"""Where in a JSON text each value stands, so that a problem leads to its line, and a click to its characters."""

import json
import re
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from experiments.providers.pointers import steps

_TOKEN = re.compile(
    r'[ \t\n\r]*+(?:(?P<text>"(?:[^"\\]|\\.)*+")|(?P<mark>[\[\]{},:])|(?P<plain>[^\s\[\]{},:"]++))', re.DOTALL
)
_LINE_AND_COLUMN = re.compile(r"Line (\d+), column (\d+): ")
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")  # two units in UTF-16


class Place(NamedTuple):
    """A range of a text. `line` counts from 1; `start` and `end` are UTF-16 units, as browsers count them."""

    line: int
    start: int
    end: int


@dataclass
class _Found:
    """One value with what stands in it, by key or by position."""

    start: int
    end: int
    is_object: bool = False
    inside: "dict[str, _Found]" = field(default_factory=dict)
    number: int = 0  # of the item that comes, in a list
    key: tuple[str, int, int] | None = None  # of the value that comes, in an object: name, start, end


class TextPlaces:
    """The places of one text. What stands after a mistake is read as far as it can be."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.root = _Found(0, 0)
        waiting: list[_Found] = []
        position = 0
        while match := _TOKEN.match(text, position):
            position = match.end()
            start = match.start(match.lastgroup or 0)
            around = waiting[-1] if waiting else None
            if match["mark"]:
                self._read_mark(match["mark"], start, waiting)
            elif match["text"] and around and around.is_object and around.key is None:
                around.key = (_unquoted(match["text"]), start, position)
            else:
                self._keep(start, position, around)

    def at(self, pointer: str) -> Place:
        """The place of the value, with its key; of a key that is not there, the nearest object around it.

        Of a key that stands twice, the second. Of an object or a list only its key or its bracket, so that a selection
        stays in view.
        """
        found = self.root
        for step in steps(pointer):
            if step not in found.inside:
                break
            found = found.inside[step]
        return self._place(found.start, found.end)

    def told(self, message: str) -> tuple[Place | None, int, str]:
        """The place and the column that a sentence names ("Line 2, column 5: …"), and the sentence without them."""
        match = _LINE_AND_COLUMN.match(message)
        if not match or int(match[1]) > len(self._line_ends) + 1:
            return None, 0, message
        line, column = int(match[1]), int(match[2])
        start = (self._line_ends[line - 2] + 1 if line > 1 else 0) + column - 1
        return self._place(start, min(start + 1, len(self.text))), column, message[match.end() :]

    def _read_mark(self, mark: str, start: int, waiting: list[_Found]) -> None:
        if mark in "{[":
            waiting.append(self._keep(start, start + 1, waiting[-1] if waiting else None, is_object=mark == "{"))
        elif mark in "}]" and waiting:
            waiting.pop()
        elif mark == "," and waiting:
            waiting[-1].key = None
            waiting[-1].number += 1

    def _keep(self, start: int, end: int, around: _Found | None, is_object: bool | None = None) -> _Found:
        """Remember a value; `is_object` is None for one that is neither an object nor a list."""
        found = _Found(start, end, bool(is_object))
        if around is None:
            self.root = found
        elif around.is_object and around.key is not None:
            name, found.start, key_end = around.key
            found.end = end if is_object is None else key_end
            around.inside[name] = found
        else:
            around.inside[str(around.number)] = found
        return found

    @cached_property
    def _line_ends(self) -> list[int]:
        return [match.start() for match in re.finditer("\n", self.text)]

    @cached_property
    def _astral(self) -> list[int]:
        return [match.start() for match in _ASTRAL.finditer(self.text)]

    def _place(self, start: int, end: int) -> Place:
        first, last = (place + bisect_left(self._astral, place) for place in (start, end))
        return Place(bisect_left(self._line_ends, start) + 1, first, last)


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        return text[1:-1]
