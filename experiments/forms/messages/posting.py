"""The form of the editor of message tests: what was posted, put into the document and the plan at its places.

The document is never built from the form. Each posted field changes its own place, and only where its text is another
than the one the form showed; keys that no field knows stay as they are. A text that cannot become a value is kept in
plan["unparsed"] under its field's name, with the reason, so that it is shown again and nothing typed is lost.
"""

import re
from functools import partial
from typing import Any

from django.http import QueryDict

from experiments.forms import pointers
from experiments.forms.editing import Editing, post_plan, post_tags, post_text
from experiments.forms.messages import fields
from experiments.forms.messages.audience import post_audience
from experiments.forms.messages.message import post_messages
from experiments.forms.messages.parts import post_parts, shown_parts
from experiments.forms.messages.planning import post_when, schedule_new_variant
from experiments.forms.texts import NotKept, read_per_cent, read_text, read_whole, show_per_cent, storable
from experiments.providers.airship.variants import variants_of
from experiments.providers.shapes import Json

_TITLE = re.compile(r"title:(\d{1,2})", re.ASCII)
_VARIANT = re.compile(r"/variants/(\d{1,2})/(name|weight)", re.ASCII)
LONGEST_CHANNEL = 100
DEVICE_TYPES = ("ios", "android", "amazon", "web", "email", "sms")


def post_form(editing: Editing, data: QueryDict) -> None:
    """Put everything that was posted into the document and the plan."""
    before, parts = _chosen(editing.document), shown_parts(editing.document, data)
    titles = [fields.common_title(editing.document, position) for position in range(len(variants_of(editing.document)))]
    for name in data:
        _post_field(editing, name, str(data[name]))
    post_messages(editing, data)
    if "device_types:shown" in data:
        _post_device_types(editing, data.getlist("device_types"), before)
    _post_titles(editing, data, titles)
    post_audience(editing, data)
    post_when(editing.document, editing.plan, data, editing.zone, can_publish=editing.can_publish)
    post_parts(editing, data, parts)
    schedule_new_variant(editing.document, editing.plan)
    editing.finish()


def _post_field(editing: Editing, name: str, raw: str) -> None:
    if name in ("/name", "/description"):
        editing.keep(name, raw, lambda: post_text(editing.document, name, raw))
    elif name in ("goal", "measure", "sample"):
        editing.keep(name, raw, lambda: post_plan(editing.plan, name, raw))
    elif name == "tags":
        editing.keep(name, raw, lambda: post_tags(editing.plan, raw))
    elif name == "open_channel":
        _post_open_channel(editing.plan, raw)
    elif name == "control":
        editing.keep(name, raw, lambda: _post_control(editing, raw))
    elif match := _VARIANT.fullmatch(name):
        _post_variant(editing, name, int(match[1]), match[2], raw)


def _post_control(editing: Editing, raw: str) -> None:
    document = editing.document
    text = read_text(raw, is_line=True).strip()
    if text == control_text(document):
        return
    if text:
        pointers.put(document, "/control", _plain(read_per_cent(text)))
    else:
        pointers.take_out(document, "/control")


def _plain(share: float) -> int | float:
    return int(share) if share.is_integer() else share


def control_text(document: Json) -> str:
    control = document.get("control")
    if isinstance(control, bool) or not isinstance(control, int | float):
        return ""
    return show_per_cent(control)


def _post_variant(editing: Editing, name: str, position: int, key: str, raw: str) -> None:
    variants = variants_of(editing.document)
    if position >= len(variants) or not isinstance(variants[position], dict):
        return
    if key == "name":
        editing.keep(name, raw, lambda: post_text(editing.document, name, raw))
    else:
        editing.keep(name, raw, lambda: _post_weight(variants[position], raw))


def weight_text(variant: Any) -> str:
    """A variant without a weight counts as 1, and is shown so."""
    weight = variant.get("weight", 1) if isinstance(variant, dict) else 1
    return str(weight) if isinstance(weight, int | float) and not isinstance(weight, bool) else ""


def _post_weight(variant: Json, raw: str) -> None:
    if raw.strip() == weight_text(variant):
        return
    if raw.strip():
        variant["weight"] = read_whole(raw)
    else:
        raise NotKept("The weight is empty. Write a whole number such as 1.")


def _post_titles(editing: Editing, data: QueryDict, shown: list[str | None]) -> None:
    """After the platforms, because a title goes to those that were just chosen; kept ones that waited for them too."""
    kept = {name: text["text"] for name, text in editing.unparsed.items() if _TITLE.fullmatch(name)}
    posted = {name: str(data[name]) for name in data if _TITLE.fullmatch(name)}
    for name, raw in {**kept, **posted}.items():
        position = int(name.removeprefix("title:"))
        if position < len(shown):
            before = (shown[position] or "").replace("\n", "")
            editing.keep(name, raw, partial(_post_title, editing.document, position, raw, before))


def _post_title(document: Json, position: int, raw: str, shown: str) -> None:
    text = read_text(raw, is_line=True)
    if text == shown:
        return
    if text and not list(fields.titles(document, position)):
        raise NotKept("No chosen platform has a title. Choose iOS, Android, Fire OS or Web; it waits here until then.")
    fields.put_title(document, position, text)


def _post_open_channel(plan: Json, raw: str) -> None:
    """The name waits in the plan for its button: while it is typed, it is not a channel yet."""
    text = storable(raw).strip()[:LONGEST_CHANNEL]
    if text != plan.get("open_channel", ""):
        plan["open_channel"] = text


def _chosen(document: Json) -> list[Any]:
    chosen = document.get("device_types")
    return chosen if isinstance(chosen, list) else []


def _post_device_types(editing: Editing, posted: list[str], before: list[Any]) -> None:
    """Ticked platforms in their usual order, after them those that no tick stands for, such as open::kiosk."""
    document = editing.document
    ticked = [name for name in DEVICE_TYPES if name in posted]
    others = [name for name in before if name not in DEVICE_TYPES]
    kept = [name for name in others if name in posted or not fields.has_tick(name)]
    if ticked == [name for name in DEVICE_TYPES if name in before] and kept == others and "device_types" in document:
        return
    shared = [fields.common_title(document, position) for position in range(len(variants_of(document)))]
    document["device_types"] = [*ticked, *kept]
    for position, title in enumerate(shared):
        for name in fields.TITLED:
            if name in ticked and name not in before and title:
                pointers.put(document, f"{fields.notification_pointer(position)}/{name}/title", title)
            elif name in before and name not in ticked:
                _drop_bare_title(document, f"{fields.notification_pointer(position)}/{name}", title)


def _drop_bare_title(document: Json, pointer: str, title: str | None) -> None:
    """What only the common title had put there goes with the platform; what somebody wrote for it stays."""
    if title and pointers.find(document, pointer) == {"title": title}:
        pointers.take_out(document, pointer)
