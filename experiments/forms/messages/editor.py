"""The editor of message tests: its steps, where its problems are, and what is searched in it."""

import json
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from experiments.forms.editing import Editing
from experiments.forms.messages import fields
from experiments.forms.messages.actions import ACTIONS as ACTIONS
from experiments.forms.messages.audience import shape
from experiments.forms.messages.parts import JSON_TAB, PREFIX, part_id
from experiments.forms.messages.planning import find_when_problems, plan_from_document, schedule_new_variant
from experiments.forms.messages.posting import post_form as post_form
from experiments.forms.problems import Found
from experiments.providers.airship import document as airship
from experiments.providers.airship import wording
from experiments.providers.airship.pasted import tests_in as tests_in
from experiments.providers.airship.variants import variants_of
from experiments.providers.airship.wording import PLATFORMS, steps
from experiments.providers.shapes import Json, Problem
from experiments.providers.text import places

VARIANTS = "variants"
STEPS = {"goal": "Goal", "audience": "Audience", "variants": "Variants", "split": "Split", "when": "When"}
SECTIONS = {"name": "variants", "tab": "variants", "platform": "variants", "time": "when", "": "audience"}
MISSING = frozenset({"time_missing", "audience_value_empty"})
# The ids of fields that stand for a place as a whole.
TIME_FIELD = "f-variants-0-schedule-scheduled_time"
_TOP = {"name": "goal", "description": "goal", "audience": "audience", "device_types": "audience", "control": "split"}
_SEARCHED = frozenset(
    {"alert", "title", "subtitle", "summary", "body", "subject", "plaintext_body", "html_body", "big_text"}
)


def settle(editing: Editing) -> None:
    """After variants changed their positions: a variant that came in goes out with the others."""
    schedule_new_variant(editing.document, editing.plan)


def follow_document(document: Json, plan: Json, zone: ZoneInfo) -> None:
    """After the JSON was written by hand: the plan's choice of a time follows it."""
    plan_from_document(document, plan, zone)


def fields_of(document: Json, plan: Json) -> tuple[Any, ...]:
    """What decides which fields the form has. Where it changes, the page gets its fields anew."""
    variants = [variant for variant in variants_of(document) if isinstance(variant, dict)]
    opens = [json.dumps(variant.get("push", {}), default=str).count('"open"') for variant in variants]
    when = plan.get("when") or {}
    is_set = bool(airship.scheduled_at(document))
    return (
        shape(document.get("audience")),
        document.get("device_types"),
        len(variants),
        opens,
        when.get("mode"),
        is_set or (when.get("local"), when.get("fold")),
    )


def find_plan_problems(document: Json, plan: Json, zone: ZoneInfo) -> list[Problem]:
    """Why there is no moment although one was asked for."""
    return find_when_problems(document, plan, zone)


def subject(name: str) -> str:
    """A place, or a field by its name, as the subject of a sentence."""
    if name.startswith("title:"):
        return "The title"
    if name.startswith(PREFIX):
        return f"{wording.owner(name.removeprefix(PREFIX) + '/')}’s JSON"
    return wording.subject(name if name.startswith("/") else f"/{name}")


def locate(problem: Problem) -> Found:
    """The problem with its place on the page."""
    path = steps(problem.pointer)
    if not path:
        return Found(problem, "variants", None, "", "")
    if path[0] == PREFIX:
        return _locate_part(problem, path[1:])
    if path[0].startswith("title:"):
        position = int(path[0].removeprefix("title:"))
        return Found(problem, "variants", position, "", f"f-title-{position}")
    if path[0] != "variants":
        return Found(problem, _TOP.get(path[0], "goal"), None, "", _top_field(path, problem))
    if len(path) == 1 or not path[1].isdecimal():
        return Found(problem, "variants", None, "", "variants")
    position = int(path[1])
    key = path[2] if len(path) > 2 else ""
    if key == "weight":
        return Found(problem, "split", position, "", airship.field_for(problem.pointer))
    if key == "schedule":
        return Found(problem, "when", None, "", TIME_FIELD if problem.code != "schedule_mixed" else "when")
    if path[2:4] != ["push", "notification"]:
        whole = "variants" if len(path) < 4 and key in ("", "push") else ""
        field = airship.field_for(problem.pointer) if key == "name" else whole
        if not field:
            return Found(problem, "variants", position, JSON_TAB, part_id(f"/variants/{position}"))
        return Found(problem, "variants", position, "", field)
    return _locate_in_message(problem, path, position)


def _locate_part(problem: Problem, path: list[str]) -> Found:
    """The JSON of a part, which no value came of."""
    if path[0] != "variants":
        return Found(problem, "audience", None, "", part_id("/audience"))
    position = int(path[1])
    return Found(problem, "variants", position, JSON_TAB, part_id(f"/variants/{position}"))


def _top_field(path: list[str], problem: Problem) -> str:
    if path[0] == "device_types":
        return "f-device_types"
    if path[0] == "audience" and problem.code in ("audience_missing", "audience_form", "audience_word"):
        return "f-audience"
    known = path[0] in ("name", "description", "audience", "control", "goal", "measure", "tags")
    return airship.field_for(problem.pointer) if known else ""


def _locate_in_message(problem: Problem, path: list[str], position: int) -> Found:
    inner = problem.pointer.split("/")[5:]
    platform = path[4] if len(path) > 4 and (path[4] in PLATFORMS or path[4].startswith("open::")) else ""
    base = fields.notification_pointer(position)
    while inner and fields.field_at("/".join(inner)) is None:
        inner.pop()
    if inner:
        return Found(problem, "variants", position, platform, airship.field_for(f"{base}/{'/'.join(inner)}"))
    if platform and not fields.has_form(platform):
        return Found(problem, "variants", position, JSON_TAB, part_id(f"/variants/{position}"))
    own = {"email": "email/subject"}.get(platform, f"{platform}/alert" if platform else "alert")
    return Found(problem, "variants", position, platform, airship.field_for(f"{base}/{own}"))


def searched(document: Json) -> Iterator[str]:
    """The texts of all variants that people read."""
    for variant in variants_of(document):
        yield from texts_of(variant)


def texts_of(variant: Any) -> Iterator[str]:
    """The texts of one variant that people read: titles, messages, subjects."""
    for pointer, value in places(variant.get("push") if isinstance(variant, dict) else None):
        if isinstance(value, str) and value and pointer.rsplit("/", 1)[-1] in _SEARCHED:
            yield value
