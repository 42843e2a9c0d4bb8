"""The editor's page of a message test."""

from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from experiments.forms.messages import fields
from experiments.forms.messages.audience import locate_audience
from experiments.forms.messages.editor import texts_of
from experiments.forms.messages.parts import fields_fall_behind
from experiments.forms.problems import Found
from experiments.providers.shapes import Json
from experiments.views.editor_fields import Shown
from experiments.views.editor_page import EditorPage
from experiments.views.messages.audience import AudienceSection
from experiments.views.messages.message import shown_field
from experiments.views.messages.previews import PreviewsAside
from experiments.views.messages.split import SplitSection
from experiments.views.messages.variants import VariantsSection
from experiments.views.messages.when import WhenSection
from experiments.views.part import falls_behind


class MessagePage(EditorPage):
    """One variant's fields, on one platform or for all, and the audience, the split and the time of the test."""

    sections = (
        "experiments/messages/goal.html",
        "experiments/messages/audience.html",
        "experiments/messages/variants.html",
        "experiments/messages/split.html",
        "experiments/messages/when.html",
    )
    live = "experiments/messages/live.html"
    preview = "experiments/messages/preview_live.html"
    read = "experiments/messages/read.html"
    swaps = MappingProxyType(
        {
            "audience": "experiments/messages/swap_audience.html",
            "variant": "experiments/messages/swap_variant.html",
            "variants": "experiments/messages/swap_variants.html",
        }
    )
    has_tabs = True

    def prepare(self) -> None:
        marks = self.marks
        self.audience = AudienceSection(self.document, marks, self.plan)
        self.variants = VariantsSection(self.document, marks, self.errors, self.asked_position, self.asked_platform)
        self.split = SplitSection(self.document, marks, self.variants.tabs)
        self.when = WhenSection(self.document, self.plan, self.draft, self.workspace, marks)

    def placed(self, found: Found) -> Found:
        """A problem of the audience at the rule or group that shows its place."""
        if not found.problem.pointer.startswith("/audience"):
            return found
        return replace(found, field=locate_audience(found.problem.pointer, self.document, self.plan))

    def falls_behind(self, before: Json) -> bool:
        is_split = self.variants.part is not None and fields_fall_behind(before, self.document, self.variants.position)
        return is_split or falls_behind(self.document, self.marks)

    @cached_property
    def previews(self) -> PreviewsAside:
        return PreviewsAside(self.document, self.plan, self.marks, self.variants.position, self.platform)

    @property
    def letter(self) -> str:
        return self.variants.letter

    @property
    def platform(self) -> str:
        return self.variants.platform

    @property
    def measure(self) -> Shown:
        return self._plain("measure", "Count as a success", self.plan.get("measure", ""))

    @property
    def categories(self) -> Shown:
        return shown_field(self.document, self.marks, "", fields.CATEGORIES, "")

    def said(self) -> dict[str, str]:
        count = len(self.variants.variants)
        written = f"{count}, all written" if count > 1 else "1, written"
        return {
            "audience": self.audience.words,
            "variants": self.to_do_words("variants") or written,
            "split": self.split.words,
            "when": self.when.words,
        }

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Every variant with the texts people read, for those who only look."""
        return [
            {"tab": tab, "texts": list(dict.fromkeys(texts_of(variant)))}
            for tab, variant in zip(self.variants.tabs, self.variants.variants, strict=True)
        ]
