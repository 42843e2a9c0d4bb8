"""A part of the document written as JSON: one variant, or the audience.

The field's name is "part:" and the pointer of the part. What the text was made from, what was typed, and what other
fields have said of the same part since are put together here: where the text left a key alone, the other word stands.
A text that cannot be read is kept together with what it was made from, because until it is mended other fields go on.
"""

import copy
import json
import re
from typing import Any

from django.http import QueryDict

from experiments.forms import pointers
from experiments.forms.editing import Editing
from experiments.forms.messages.planning import plan_from_document
from experiments.forms.texts import NotKept, same_lines, storable
from experiments.providers.canonical import ABSENT
from experiments.providers.pointers import field_for
from experiments.providers.pointers import steps as steps_of
from experiments.providers.shapes import Json, Problem
from experiments.providers.text import read_document
from experiments.providers.text_places import TextPlaces

PREFIX = "part:"
JSON_TAB = "json"  # the name of the platform tab that shows a whole variant
PARTS = re.compile(r"part:(/audience|/variants/\d{1,2})", re.ASCII)
# Keys of a variant that other fields on the page of its JSON show too.
_ALSO_SHOWN = ("weight", "schedule")


def part_name(pointer: str) -> str:
    """The name of the field of a part: "part:/variants/0"."""
    return f"{PREFIX}{pointer}"


def part_id(pointer: str) -> str:
    """The id of the field of a part: "f-part-variants-0"."""
    return field_for(f"/part{pointer}")


def part_text(value: Any) -> str:
    """A part as its field shows it; "" where it is not there."""
    return "" if value is ABSENT else json.dumps(value, ensure_ascii=False, indent=2)


def read_part(text: str) -> tuple[Json, tuple[Problem, ...]]:
    """The object that the text holds, and what is wrong with the text, places told within it."""
    value, problems = read_document(same_lines(text))
    return value, tuple(_in_words_of_a_part(problem) for problem in problems)


def _in_words_of_a_part(problem: Problem) -> Problem:
    if problem.code != "not_object":
        return problem
    return Problem("", "One object in braces is expected here: { … }.", "not_object")


def shown_parts(document: Json, data: QueryDict) -> dict[str, Any]:
    """The posted parts by field name, as the document has them before anything posted is put into it."""
    found = {name: pointers.find(document, name.removeprefix(PREFIX)) for name in data if PARTS.fullmatch(name)}
    return {name: value if value is ABSENT else copy.deepcopy(value) for name, value in found.items()}


def post_parts(editing: Editing, data: QueryDict, shown: dict[str, Any]) -> None:
    """Put the posted parts into the document, after all other fields. `shown` is what `shown_parts` gave before."""
    for name, before in shown.items():
        raw = str(data[name])
        if same_lines(raw) == part_text(before):
            editing.unparsed.pop(name, None)
        elif before is not ABSENT or not name.startswith("part:/variants/"):
            _post_part(editing, name, raw, before)


def _post_part(editing: Editing, name: str, raw: str, shown: Any) -> None:
    pointer, kept = name.removeprefix(PREFIX), editing.unparsed.pop(name, {})
    made_from = json.loads(kept["from"]) if kept.get("from") else shown
    try:
        value = _read(raw)
    except NotKept as error:
        editing.unparsed[name] = {"text": storable(raw), "why": str(error), "from": part_text(made_from)}
        return
    if _exact(value) != _exact(made_from):
        _put(editing, pointer, _joined(made_from, pointers.find(editing.document, pointer), value))


def _read(raw: str) -> Json:
    """NotKept with the first mistake, its line in it."""
    value, problems = read_part(raw)
    for problem in problems:
        if problem.severity == "error":
            line = f"Line {TextPlaces(same_lines(raw)).at(problem.pointer).line}: " if problem.pointer else ""
            raise NotKept(line + problem.message)
    return value


def _joined(before: Any, now: Any, typed: Any) -> Any:
    """What was typed, with what others have changed since and the text left alone. Where both did, the text wins."""
    if not (isinstance(before, dict) and isinstance(now, dict) and isinstance(typed, dict)):
        return typed
    joined = dict(typed)
    for key in dict.fromkeys([*before, *now]):
        was, is_now, says = (part.get(key, ABSENT) for part in (before, now, typed))
        if _exact(says) != _exact(was):
            if says is not ABSENT:
                joined[key] = _joined(was, is_now, says) if _exact(is_now) != _exact(was) else says
        elif is_now is ABSENT:
            joined.pop(key, None)
        else:
            joined[key] = is_now
    return joined


def _put(editing: Editing, pointer: str, value: Json) -> None:
    path = steps_of(pointer)
    if path[0] != "variants":
        pointers.put(editing.document, pointer, value)
        return
    variants, position = editing.document["variants"], int(path[1])
    old, variants[position] = variants[position], value
    before = old.get("schedule", ABSENT) if isinstance(old, dict) else ABSENT
    if _exact(before) != _exact(value.get("schedule", ABSENT)):
        plan_from_document(editing.document, editing.plan, editing.zone)


def _exact(value: Any) -> str:
    """Compared as text, and so with the order of keys: to Python 1, 1.0 and True are the same."""
    return "" if value is ABSENT else json.dumps(value)


def fields_fall_behind(before: Json, after: Json, position: int) -> bool:
    """Whether a save changed, in the variant shown as JSON, what another field of that page shows too.

    Then the page needs all its fields anew; else the next save would post the old value as if somebody had typed it.
    """
    return any(
        _exact(pointers.find(before, f"/variants/{position}/{key}"))
        != _exact(pointers.find(after, f"/variants/{position}/{key}"))
        for key in _ALSO_SHOWN
    )
