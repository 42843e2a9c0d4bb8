"""The editor of message tests: its steps, where its problems are, and what is searched in it."""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

from experiments.forms.editing import Editing
from experiments.forms.messages import fields
from experiments.forms.messages.actions import ACTIONS as ACTIONS
from experiments.forms.messages.audience import shape
from experiments.forms.messages.locating import TIME_FIELD as TIME_FIELD
from experiments.forms.messages.locating import locate as locate
from experiments.forms.messages.parts import PREFIX
from experiments.forms.messages.planning import find_when_problems, plan_from_document, schedule_new_variant
from experiments.forms.messages.posting import post_form as post_form
from experiments.providers.airship import wording
from experiments.providers.airship.pasted import tests_in as tests_in
from experiments.providers.airship.variants import variants_of
from experiments.providers.shapes import Json, Problem
from experiments.providers.text import places

VARIANTS = "variants"
STEPS = {"goal": "Goal", "audience": "Audience", "variants": "Variants", "split": "Split", "when": "When"}
SECTIONS = {"name": "variants", "tab": "variants", "platform": "variants", "time": "when", "": "audience"}
MISSING = frozenset({"time_missing", "audience_value_empty"})
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
    chosen = [
        (pointer, value)
        for variant in variants
        for pointer, value in places(variant.get("push"))
        if pointer.endswith(("/open/type", "/style/type"))
    ]
    tabs = [fields.tabs_of(document, position) for position in range(len(variants))]
    when = plan.get("when") or {}
    return (
        shape(document.get("audience"), plan),
        document.get("device_types"),
        len(variants),
        chosen,
        tabs,
        when.get("mode"),
        when.get("as_written"),
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
    if name.startswith("/audience") and ":" in name:
        return "A rule of the audience"
    return wording.subject(name if name.startswith("/") else f"/{name}")


def searched(document: Json) -> Iterator[str]:
    """The texts of all variants that people read."""
    for variant in variants_of(document):
        yield from texts_of(variant)


def texts_of(variant: Any) -> Iterator[str]:
    """The texts of one variant that people read: titles, messages, subjects."""
    for pointer, value in places(variant.get("push") if isinstance(variant, dict) else None):
        if isinstance(value, str) and value and pointer.rsplit("/", 1)[-1] in _SEARCHED:
            yield value
