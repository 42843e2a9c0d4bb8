"""The section “Split” of the editor's page."""

from typing import Any

from experiments import words
from experiments.forms.messages.posting import control_text, weight_text
from experiments.providers.airship import document as airship
from experiments.providers.airship.variants import variants_of
from experiments.providers.shapes import Json
from experiments.providers.shapes import Share as ShareOf
from experiments.views.editor_fields import Marks, Shown
from experiments.views.messages.variants import Tab


class SplitSection:
    """Weights, the holdout, and the shares that follow from them."""

    def __init__(self, document: Json, marks: Marks, tabs: list[Tab]) -> None:
        self.document, self.marks, self.tabs = document, marks, tabs
        self.shares: tuple[ShareOf, ...] = airship.shares(document)
        self.slices = words.slices(
            [{"letter": share.letter, "name": share.name, "percent": share.percent} for share in self.shares]
        )
        self.words = " · ".join(words.number(share.percent) for share in self.shares)
        if len(self.shares) > 6:
            self.words = words.split_words(self.slices)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [
            {"tab": tab, "field": self._weight(tab, variant), "percent": share.percent}
            for tab, variant, share in zip(self.tabs, variants_of(self.document), self.shares, strict=False)
        ]

    def _weight(self, tab: Tab, variant: Any) -> Shown:
        pointer = f"/variants/{tab.position}/weight"
        id = airship.field_for(pointer)
        unread = self.marks.unread(pointer)
        text = weight_text(variant) if unread is None else unread
        return Shown(id, pointer, f"Weight of {tab.letter}", "line", text, self.marks.at(id))

    @property
    def holdout(self) -> Shown:
        unread = self.marks.unread("control")
        text = control_text(self.document) if unread is None else unread
        return Shown("f-control", "control", "Held out, per cent", "line", text, self.marks.at("f-control"))

    @property
    def holdout_percent(self) -> float:
        return next((share.percent for share in self.shares if share.letter == words.HOLDOUT), 0.0)

    @property
    def left_percent(self) -> float:
        return 100 - self.holdout_percent

    @property
    def sum_of_weights(self) -> str:
        return words.number(sum(share.weight for share in self.shares))
