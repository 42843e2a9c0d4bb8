"""The editor of paywall tests: its fields, where its problems are, and what is searched in it.

As in the editor of message tests, the document is never built from the form: each posted field changes its own place,
and only where its text is another than the one the form showed.
"""

import re
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from experiments.forms import pointers
from experiments.forms.actions import Act, CannotDo, Done
from experiments.forms.editing import Editing, post_plan, post_tags
from experiments.forms.messages.fields import AS_IT_IS, Field, yes_no
from experiments.forms.problems import Found
from experiments.providers.canonical import ABSENT
from experiments.providers.pointers import field_for, steps
from experiments.providers.qonversion import document as qonversion
from experiments.providers.qonversion import wording
from experiments.providers.qonversion.pasted import tests_in as tests_in
from experiments.providers.shapes import Json, Problem

VARIANTS = "groups"
STEPS = {"goal": "Goal", "metric": "Metric", "people": "People", "variants": "Groups"}
SECTIONS = {"": "variants"}
MISSING: frozenset[str] = frozenset()

_DIRECTIONS = tuple((name, name.capitalize(), name) for name in qonversion.GOAL_DIRECTIONS)
FIELDS = {
    field.path: field
    for field in (
        Field("name", "Name"),
        Field("alias_id", "Alias", extra="mono"),
        Field("description", "Description", "area"),
        Field("primary_metric", "Primary metric", extra="mono"),
        Field("goal_direction", "Goal", "choice", choices=_DIRECTIONS),
        Field("goal_value", "Goal value", "number", "In which unit is not documented."),
        Field("segment_percent", "Share of users, per cent", "number"),
        Field("context_key", "Context key", extra="mono"),
        yes_no("is_context_specific", "Only in this context"),
    )
}
GROUP_FIELDS = {
    field.path: field
    for field in (
        Field("name", "Name"),
        Field("weight", "Weight", "number"),
        Field("remote_config_uid", "Remote config id", extra="mono"),
    )
}
_STEP_OF = {
    "name": "goal",
    "alias_id": "goal",
    "description": "goal",
    "primary_metric": "metric",
    "goal_direction": "metric",
    "goal_value": "metric",
    "segment_percent": "people",
    "context_key": "people",
    "is_context_specific": "people",
}
_GROUP_PLACE = re.compile(r"/groups/(\d{1,4})/(\w+)", re.ASCII)
_TOP_PLACE = re.compile(r"/(\w+)", re.ASCII)
# Blanks around an id come from copying it; a name keeps its own.
_TRIMMED = frozenset({"alias_id", "primary_metric", "context_key", "remote_config_uid"})
NO_CONTROL = "none"


def post_form(editing: Editing, data: QueryDict) -> None:
    """Put everything that was posted into the document and the plan."""
    for name in data:
        _post_field(editing, name, str(data[name]))
    _post_control(editing.document, data.get("control", ""))
    editing.finish()


def _post_field(editing: Editing, name: str, raw: str) -> None:
    if name == "goal":
        editing.keep(name, raw, lambda: post_plan(editing.plan, name, raw))
    elif name == "tags":
        editing.keep(name, raw, lambda: post_tags(editing.plan, raw))
    elif field := field_at(editing.document, name):
        _post_value(editing, name, field, raw)


def field_at(document: Json, pointer: str) -> Field | None:
    """The field for a place, None where no field shows it or the group is none."""
    if top := _TOP_PLACE.fullmatch(pointer):
        return FIELDS.get(top[1])
    group = _GROUP_PLACE.fullmatch(pointer)
    if group and isinstance(pointers.find(document, f"/groups/{group[1]}"), dict):
        return GROUP_FIELDS.get(group[2])
    return None


def shown_value(document: Json, pointer: str) -> Any:
    """The value that a field shows: null says that nothing is set."""
    value = pointers.find(document, pointer)
    return ABSENT if value is None else value


def _post_value(editing: Editing, pointer: str, field: Field, raw: str) -> None:
    value = shown_value(editing.document, pointer)
    if not field.can_show(value):
        return
    if raw == AS_IT_IS or field.is_same(raw, value):
        editing.unparsed.pop(pointer, None)
        return
    editing.keep(pointer, raw, lambda: _put(editing.document, pointer, field, raw, value))


def _put(document: Json, pointer: str, field: Field, raw: str, before: Any) -> None:
    value = field.read(raw.strip() if field.path in _TRIMMED else raw)
    if field.path == "primary_metric" and isinstance(value, str):
        value = qonversion.written_metric(value)
    if value is ABSENT and pointer == "/name":
        value = ""  # an emptied name is told; one that was never there is only not written yet
    if value is ABSENT and before is not ABSENT:
        pointers.take_out(document, pointer)
    elif value is not ABSENT and (type(value), value) != (type(before), before):
        pointers.put(document, pointer, value)


def control_of(document: Json) -> str:
    """The position of the one control as the form names it, NO_CONTROL for none, "" where there are several."""
    groups = enumerate(qonversion.variants_of(document))
    found = [position for position, group in groups if isinstance(group, dict) and group.get("is_control") is True]
    return "" if len(found) > 1 else str(found[0]) if found else NO_CONTROL


def _post_control(document: Json, chosen: str) -> None:
    """Exactly one group is the control, or none. What is already so, or names no group, changes nothing."""
    groups = qonversion.variants_of(document)
    known = {NO_CONTROL, *(str(position) for position, group in enumerate(groups) if isinstance(group, dict))}
    if chosen not in known or chosen == control_of(document):
        return
    for position, group in enumerate(groups):
        if isinstance(group, dict) and (str(position) == chosen or group.get("is_control") is True):
            group["is_control"] = str(position) == chosen


def settle(editing: Editing) -> None:
    """After groups changed their positions: nothing else of a paywall test hangs on them."""


def follow_document(document: Json, plan: Json, zone: ZoneInfo) -> None:
    """After the JSON was written by hand: the plan holds nothing that the document says too."""


def fields_of(document: Json, plan: Json) -> tuple[Any, ...]:
    """What decides which fields the form has. Where it changes, the page gets its fields anew."""
    return (len(qonversion.variants_of(document)), control_of(document) == "")


def find_plan_problems(document: Json, plan: Json, zone: ZoneInfo) -> list[Problem]:
    """None: the plan of a paywall test decides nothing of what is sent."""
    return []


def locate(problem: Problem) -> Found:
    """The problem with its place on the page."""
    path = steps(problem.pointer)
    if not path:
        return Found(problem, "variants", None, "", "")
    if path[0] != "groups":
        is_shown = len(path) == 1 and (path[0] in FIELDS or path[0] in ("goal", "tags"))
        return Found(problem, _STEP_OF.get(path[0], "goal"), None, "", field_for(problem.pointer) if is_shown else "")
    if len(path) == 1 or not path[1].isdecimal():
        return Found(problem, "variants", None, "", "variants")
    position = int(path[1])
    if len(path) == 2:
        return Found(problem, "variants", position, "", "variants")
    is_shown = len(path) == 3 and (path[2] in GROUP_FIELDS or path[2] == "is_control")
    return Found(problem, "variants", position, "", field_for(problem.pointer) if is_shown else "")


def subject(name: str) -> str:
    """A place, or a field by its name, as the subject of a sentence."""
    return wording.subject(name if name.startswith("/") else f"/{name}")


def searched(document: Json) -> Iterator[str]:
    """What a person may remember of the test besides its name and its groups' names."""
    texts = [document.get(key) for key in ("alias_id", "primary_metric", "context_key")]
    groups = [group for group in qonversion.variants_of(document) if isinstance(group, dict)]
    yield from (
        text for text in [*texts, *(group.get("remote_config_uid") for group in groups)] if isinstance(text, str)
    )
    metric = document.get("primary_metric")
    yield qonversion.metric_label(metric) if isinstance(metric, str) else ""


def alias_suggestion(document: Json) -> str:
    """The alias that fits the name, "" where it is that already or no letter is left."""
    name, alias = document.get("name"), document.get("alias_id")
    suggested = qonversion.suggested_alias(name) if isinstance(name, str) else ""
    return "" if suggested == alias else suggested


def _suggest_alias(editing: Editing, place: str) -> Done:
    suggested = alias_suggestion(editing.document)
    if not suggested:
        raise CannotDo("No other alias follows from the name. Nothing was changed.")
    editing.document["alias_id"] = suggested
    editing.unparsed.pop("/alias_id", None)
    return Done("The alias follows from the name now.")


def _even_split(editing: Editing, place: str) -> Done:
    for position, group in enumerate(qonversion.variants_of(editing.document)):
        if isinstance(group, dict) and (group.get("weight") != 1 or isinstance(group.get("weight"), bool)):
            group["weight"] = 1
        editing.unparsed.pop(f"/groups/{position}/weight", None)
    return Done("All groups now have the same weight.")


ACTIONS: dict[str, Act] = {"even-split": _even_split, "suggest-alias": _suggest_alias}
