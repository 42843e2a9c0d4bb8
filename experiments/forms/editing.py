"""One revision while it is being changed, and the fields that every kind of test has: names, texts, plan and tags.

A text that cannot become a value is kept in plan["unparsed"] under its field's name, with the reason, so that it is
shown again and nothing typed is lost.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from experiments.forms import pointers
from experiments.forms.texts import NotKept, read_text, same_lines, storable
from experiments.providers.canonical import ABSENT
from experiments.providers.shapes import Json

LONGEST_TAG = 60


@dataclass
class Editing:
    """One revision being changed: deep copies, changed in place. `unparsed`: field name to {"text", "why"}."""

    document: Json
    plan: Json
    zone: ZoneInfo
    can_publish: bool = False
    provider: str = "airship"
    can_endanger: bool = False  # switch on what only admins may send

    @classmethod
    def of(
        cls,
        document: Json,
        plan: Json,
        zone: ZoneInfo,
        *,
        can_publish: bool = False,
        provider: str = "airship",
        can_endanger: bool = False,
    ) -> "Editing":
        return cls(copy.deepcopy(document), copy.deepcopy(plan), zone, can_publish, provider, can_endanger)

    @property
    def unparsed(self) -> dict[str, dict[str, str]]:
        unparsed: dict[str, dict[str, str]] = self.plan.setdefault("unparsed", {})
        return unparsed

    def keep(self, name: str, raw: str, read: Callable[[], None]) -> None:
        """Run `read`; where it raises NotKept, remember the text instead."""
        try:
            read()
        except NotKept as error:
            self.unparsed[name] = {"text": storable(raw), "why": str(error)}
        else:
            self.unparsed.pop(name, None)

    def finish(self) -> None:
        if not self.unparsed:
            self.plan.pop("unparsed", None)


def post_text(document: Json, pointer: str, raw: str) -> None:
    shown = pointers.find(document, pointer)
    is_line = pointer != "/description"
    text = read_text(raw, is_line=is_line)
    if shown is ABSENT or isinstance(shown, str):
        before = same_lines(shown) if isinstance(shown, str) else ""
        if text != (before.replace("\n", "") if is_line else before):
            if text or pointer == "/name":
                pointers.put(document, pointer, text)
            else:
                pointers.take_out(document, pointer)


def post_plan(plan: Json, name: str, raw: str) -> None:
    text = read_text(raw, is_line=name == "measure")
    if text != plan.get(name, ""):
        plan[name] = text


def post_tags(plan: Json, raw: str) -> None:
    tags = [text.strip()[:LONGEST_TAG] for text in read_text(raw, is_line=True).split(",")]
    tags = list(dict.fromkeys(tag for tag in tags if tag))
    if tags != plan.get("tags", []):
        plan["tags"] = tags
