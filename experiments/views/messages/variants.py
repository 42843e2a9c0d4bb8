"""The section “Variants” of the editor's page: the tabs, and the fields of one variant on one platform."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from experiments.forms.messages import fields
from experiments.forms.messages.parts import JSON_TAB
from experiments.forms.problems import Found
from experiments.providers.airship import document as airship
from experiments.providers.airship.comparing import things_that_differ
from experiments.providers.airship.variants import variants_of
from experiments.providers.airship.wording import listed
from experiments.providers.shapes import Json
from experiments.views.editor_fields import Marks
from experiments.views.messages.audience import chosen_platforms
from experiments.views.messages.message import MessageFields
from experiments.views.part import Part, part_of

MANY_TABS = 7  # from here on tabs show their letters only


@dataclass(frozen=True)
class Tab:
    letter: str
    name: str
    position: int
    is_current: bool
    needs_attention: bool
    colour: int
    differs: str = ""  # from the control, "differs from A in title and picture"


class VariantsSection:
    """The tabs of all variants, and the fields of one of them on one platform ("" for all platforms)."""

    def __init__(self, document: Json, marks: Marks, errors: list[Found], position: int, platform: str) -> None:
        self.document, self.marks = document, marks
        self.variants = variants_of(document)
        self.position = min(max(position, 0), max(len(self.variants) - 1, 0))
        self.letter = airship.variant_letter(self.position)
        self.platform_names = chosen_platforms(document)
        self.tab_names = fields.tabs_of(document, self.position)
        is_tab = platform == JSON_TAB or platform in self.tab_names
        self.platform = platform if is_tab else ""
        self.part = self._part() if platform == JSON_TAB else None
        self.troubled = {found.position for found in errors if found.step in ("variants", "split")}
        self.has_many = len(self.variants) >= MANY_TABS
        self.left_to_add = airship.MOST_VARIANTS - len(self.variants)
        self.is_only = len(self.variants) < 2
        self.is_last = self.position == len(self.variants) - 1

    def _part(self) -> Part:
        return part_of(self.document, self.marks, f"/variants/{self.position}", f"Variant {self.letter} as JSON")

    @cached_property
    def tabs(self) -> list[Tab]:
        return [
            Tab(
                airship.variant_letter(position),
                name_of(variant),
                position,
                position == self.position,
                position in self.troubled,
                position % 6 + 1,
                differs_words(self.document, position),
            )
            for position, variant in enumerate(self.variants)
        ]

    @property
    def current(self) -> Tab | None:
        return next((tab for tab in self.tabs if tab.is_current), None)

    @property
    def before(self) -> int:
        return self.position - 1

    @property
    def after(self) -> int:
        return self.position + 1

    @property
    def platform_tabs(self) -> list[dict[str, Any]]:
        names = ["", *self.tab_names]
        labels = {**{name: fields.tab_name(name) for name in names}, JSON_TAB: "JSON"}
        return [{"name": name, "label": label, "is_current": name == self.platform} for name, label in labels.items()]

    @cached_property
    def message(self) -> MessageFields:
        """The fields of the current variant on the chosen platform."""
        return MessageFields(self.document, self.marks, self.position, self.platform, self.platform_names)


def differs_words(document: Json, position: int) -> str:
    things = things_that_differ(document, position)
    return f"differs from A in {listed(things)}" if things else ""


def name_of(variant: Any) -> str:
    name = variant.get("name") if isinstance(variant, dict) else None
    return name if isinstance(name, str) else ""
