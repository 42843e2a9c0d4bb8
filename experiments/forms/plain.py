"""The editor for a provider that has none of its own: name, goal and tags as fields, everything else as JSON."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from experiments.forms.actions import Act
from experiments.forms.editing import Editing, post_plan, post_tags, post_text
from experiments.forms.problems import Found
from experiments.providers.pointers import field_for, steps
from experiments.providers.shapes import Json, Pasted, Problem
from experiments.providers.text import places

VARIANTS = "variants"
STEPS = {"goal": "Goal", "variants": "Document"}
ACTIONS: dict[str, Act] = {}
SECTIONS = {"": "variants"}
MISSING: frozenset[str] = frozenset()


def post_form(editing: Editing, data: QueryDict) -> None:
    """Put the few fields there are into the document and the plan."""
    for name in ("/name", "goal", "tags"):
        if name in data:
            _post_field(editing, name, str(data[name]))
    editing.finish()


def _post_field(editing: Editing, name: str, raw: str) -> None:
    if name == "/name":
        editing.keep(name, raw, lambda: post_text(editing.document, name, raw))
    elif name == "goal":
        editing.keep(name, raw, lambda: post_plan(editing.plan, name, raw))
    else:
        editing.keep(name, raw, lambda: post_tags(editing.plan, raw))


def settle(editing: Editing) -> None:
    """After variants changed their positions: nothing here hangs on them."""


def follow_document(document: Json, plan: Json, zone: ZoneInfo) -> None:
    """After the JSON was written by hand: the plan holds nothing that the document says too."""


def fields_of(document: Json, plan: Json) -> tuple[Any, ...]:
    """The form always has the same fields."""
    return ()


def find_plan_problems(document: Json, plan: Json, zone: ZoneInfo) -> list[Problem]:
    """None: the plan decides nothing of what is sent."""
    return []


def locate(problem: Problem) -> Found:
    """The problem with its place: a field for the name and the plan, else the JSON."""
    path = steps(problem.pointer)
    if len(path) == 1 and path[0] in ("name", "goal", "tags"):
        return Found(problem, "goal", None, "", field_for(problem.pointer))
    position = int(path[1]) if len(path) > 1 and path[0] == VARIANTS and path[1].isdecimal() else None
    return Found(problem, "variants", position, "", "")


def subject(name: str) -> str:
    """A place as the subject of a sentence."""
    return f"The place {name}" if name.startswith("/") else f"The field {name}"


def searched(document: Json) -> Iterator[str]:
    """Every text of the document."""
    yield from (value for _, value in places(document) if isinstance(value, str))


def tests_in(value: Json) -> list[Pasted]:
    """The pasted object as it is: nobody here knows this provider's answers."""
    return [Pasted(value)]
