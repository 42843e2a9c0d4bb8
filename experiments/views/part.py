"""A part of a document as JSON on a page: its text, and what is wrong in it, line by line."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from experiments.forms import pointers
from experiments.forms.messages.parts import PARTS, PREFIX, part_id, part_name, part_text, read_part
from experiments.forms.texts import same_lines
from experiments.providers.pointers import steps
from experiments.providers.shapes import Json, Problem
from experiments.providers.text_places import TextPlaces
from experiments.views.editor_fields import Marks


@dataclass(frozen=True)
class PartProblem:
    """One problem with its place: `path` are the keys within the part, `line` counts from 1, 0 for no line.

    `start` and `end` are what a click selects in the text area, in UTF-16 units.
    """

    kind: str  # "error", "missing" (only not written yet) or "warning"
    message: str
    path: str
    line: int
    start: int
    end: int
    column: int = 0  # of a mistake in the text, 0 where the line says enough


@dataclass(frozen=True)
class Part:
    """One part as a text area with its problems, for the template experiments/messages/part.html.

    The template takes `part` and, for the height, `rows`:
    {% include "experiments/messages/part.html" with part=section.part rows=12 %}
    The field saves itself with the form that it stands in (forms/messages/parts.py); after an autosave its problems
    come anew where the page includes experiments/messages/part_live.html with the same `part`.
    """

    pointer: str
    id: str
    name: str
    label: str
    text: str
    problems: tuple[PartProblem, ...] = ()
    is_completed: bool = True  # keys are offered while somebody writes
    is_readonly: bool = False

    @property
    def lines(self) -> str:
        """For a text area: HTML drops the first line end in it, so that one more has to stand there."""
        return f"\n{self.text}"

    @property
    def has_errors(self) -> bool:
        return any(problem.kind == "error" for problem in self.problems)


def part_of(document: Json, marks: Marks, pointer: str, label: str = "JSON") -> Part:
    """The part at `pointer` ("/audience", "/variants/0"). A text that could not be read is shown as it was typed."""
    name, value = part_name(pointer), pointers.find(document, pointer)
    unread = marks.unread(name)
    if unread is not None:
        mistakes = [(problem, problem.severity) for problem in read_part(unread)[1] if problem.severity == "error"]
        return Part(pointer, part_id(pointer), name, label, unread, placed(unread, mistakes))
    text = _as_typed(marks.typed.get(name), value)
    found = [(problem, kind) for problem, kind in marks.problems if _is_inside(problem.pointer, pointer)]
    return Part(pointer, part_id(pointer), name, label, text, placed(text, found, pointer))


def falls_behind(document: Json, marks: Marks) -> bool:
    """Whether a posted text says something else than the document now does: the page needs it anew."""
    names = [name for name in marks.typed if PARTS.fullmatch(name)]
    texts = {name: part_of(document, marks, name.removeprefix(PREFIX)).text for name in names}
    return any(same_lines(texts[name]) != same_lines(marks.typed[name]) for name in names)


def _is_inside(pointer: str, around: str) -> bool:
    return pointer == around or pointer.startswith(f"{around}/")


def _as_typed(typed: str | None, value: Any) -> str:
    """The text that somebody typed, in their own lines, where it says what the document says; else the document's."""
    shown = part_text(value)
    if typed is None or same_lines(typed) == shown:
        return shown
    read, problems = read_part(typed)
    is_same = not any(problem.severity == "error" for problem in problems) and part_text(read) == shown
    return same_lines(typed) if is_same else shown


def placed(text: str, found: Iterable[tuple[Problem, str]], pointer: str = "") -> tuple[PartProblem, ...]:
    """Problems (with their kinds) at their places in `text`, which holds what stands at `pointer` in the document."""
    places = TextPlaces(same_lines(text))
    made = []
    for problem, kind in found:
        inner = problem.pointer.removeprefix(pointer) if _is_inside(problem.pointer, pointer) else problem.pointer
        told, column, message = places.told(problem.message)
        place = told or (places.at(inner) if inner and text else None)
        path = " › ".join(steps(inner))
        made.append(PartProblem(kind, message, path, *(place or (0, 0, 0)), column))
    return tuple(made)
