"""Where in a JSON text each value stands, so that a problem leads to its line, and a click to its characters."""

import json
import re
from dataclasses import dataclass, field
from typing import NamedTuple

from experiments.providers.pointers import escape

_TOKEN = re.compile(
    r'[ \t\n\r]*+(?:(?P<text>"(?:[^"\\]|\\.)*+")|(?P<mark>[\[\]{},:])|(?P<plain>[^\s\[\]{},:"]++))', re.DOTALL
)
_LINE_AND_COLUMN = re.compile(r"Line (\d+), column (\d+): ")


class Place(NamedTuple):
    """A range of a text. `line` counts from 1; `start` and `end` are UTF-16 units, as browsers count them."""

    line: int
    start: int
    end: int


@dataclass
class _Open:
    """An object or a list that is being read."""

    pointer: str
    is_object: bool
    number: int = 0  # of the item, in a list
    key: str | None = None  # of the value that comes, in an object
    key_range: tuple[int, int] = (0, 0)


@dataclass
class TextPlaces:
    """The places of one text. What stands after a mistake is read as far as it can be."""

    text: str
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, text: str) -> "TextPlaces":
        places = cls(text)
        places._read()
        return places

    def at(self, pointer: str) -> Place:
        """The place of the value, with its key; of a key that is not there, the nearest object around it.

        Of a key that stands twice, the second. Of an object or a list only its key or its bracket, so that a selection
        stays in view.
        """
        while pointer and pointer not in self.ranges:
            pointer = pointer.rpartition("/")[0]
        return self._place(*self.ranges.get(pointer, (0, 0)))

    def told(self, message: str) -> tuple[Place | None, int, str]:
        """The place and the column that a sentence names ("Line 2, column 5: …"), and the sentence without them."""
        match = _LINE_AND_COLUMN.match(message)
        if not match:
            return None, 0, message
        lines = self.text.split("\n")[: int(match[1]) - 1]
        start = sum(len(line) + 1 for line in lines) + int(match[2]) - 1
        return self._place(start, min(start + 1, len(self.text))), int(match[2]), message[match.end() :]

    def _place(self, start: int, end: int) -> Place:
        line = self.text.count("\n", 0, start) + 1
        before = _units(self.text[:start])
        return Place(line, before, before + _units(self.text[start:end]))

    def _read(self) -> None:
        waiting: list[_Open] = []
        position = 0
        while match := _TOKEN.match(self.text, position):
            position = match.end()
            start = match.start(match.lastgroup or 0)
            if match.lastgroup == "mark":
                self._read_mark(match["mark"], start, waiting)
            elif match.lastgroup == "text" and waiting and waiting[-1].is_object and waiting[-1].key is None:
                waiting[-1].key = _unquoted(match["text"])
                waiting[-1].key_range = (start, position)
            else:
                self._keep(start, position, waiting, is_whole=True)

    def _read_mark(self, mark: str, start: int, waiting: list[_Open]) -> None:
        if mark in "{[":
            pointer = self._keep(start, start + 1, waiting, is_whole=False)
            waiting.append(_Open(pointer, mark == "{"))
        elif mark in "}]" and waiting:
            waiting.pop()
        elif mark == "," and waiting:
            waiting[-1].key = None
            waiting[-1].number += 1

    def _keep(self, start: int, end: int, waiting: list[_Open], *, is_whole: bool) -> str:
        """Remember a value that stands from `start` to `end`; its pointer."""
        around = waiting[-1] if waiting else None
        pointer = ""
        if around and around.is_object and around.key is not None:
            pointer = f"{around.pointer}/{escape(around.key)}"
            start, end = around.key_range[0], end if is_whole else around.key_range[1]
        elif around:
            pointer = f"{around.pointer}/{around.number}"
        self.ranges[pointer] = (start, end)
        return pointer


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _unquoted(text: str) -> str:
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        return text[1:-1]
