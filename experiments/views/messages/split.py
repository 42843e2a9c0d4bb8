"""The section “Split” of the editor's page."""

import math
from functools import cached_property
from typing import Any

from experiments import words
from experiments.forms.messages.posting import control_text, weight_text
from experiments.providers.airship import document as airship
from experiments.providers.airship.variants import variants_of
from experiments.providers.shapes import Json
from experiments.providers.shapes import Share as ShareOf
from experiments.views.editor_fields import Marks, Shown
from experiments.views.messages.variants import Tab

TINY = 1.0  # per cent; a share below it is told
MANY = 7  # from here on the weights stand in two columns


def tenths(percents: list[float]) -> list[str]:
    """Shares to one decimal that add up to exactly 100.0: the largest remainders are rounded up, in their order.

    Equal shares may differ by 0.1 then, and a larger share is never shown as the smaller one. Empty for an empty list.
    """
    exact = [percent * 10 for percent in percents]
    whole = [math.floor(value + 1e-9) for value in exact]
    by_rest = sorted(range(len(exact)), key=lambda place: (whole[place] - exact[place], place))
    for place in by_rest[: 1000 - sum(whole)]:
        whole[place] += 1
    return [f"{value // 10}.{value % 10}" for value in whole]


class SplitSection:
    """Weights, the holdout, and the shares that follow from them."""

    def __init__(self, document: Json, marks: Marks, tabs: list[Tab]) -> None:
        self.document, self.marks, self.tabs = document, marks, tabs
        self.shares: tuple[ShareOf, ...] = airship.shares(document)
        self.slices = words.slices(
            [{"letter": share.letter, "name": share.name, "percent": share.percent} for share in self.shares]
        )
        self.shown = tenths([share.percent for share in self.shares])
        self.words = " · ".join(words.number(share.percent) for share in self.shares)
        if len(self.shares) > 6:
            self.words = words.split_words(self.slices)

    @property
    def rows(self) -> list[dict[str, Any]]:
        return [
            {"tab": tab, "field": self._weight(tab, variant), "percent": percent}
            for tab, variant, percent in zip(self.tabs, variants_of(self.document), self.shown, strict=False)
        ]

    @cached_property
    def columns(self) -> list[list[dict[str, Any]]]:
        """The rows in one column, or in two where there are many."""
        rows = self.rows
        half = -(-len(rows) // 2)
        return [rows[:half], rows[half:]] if len(rows) >= MANY else [rows]

    @property
    def shown_holdout(self) -> str:
        return self.shown[-1] if self.shares and self.shares[-1].letter == words.HOLDOUT else "0.0"

    @property
    def tiny(self) -> str:
        """The letters of variants that hardly anybody gets: "C", "C and D"."""
        letters = [share.letter for share in self.shares if share.percent < TINY and share.letter != words.HOLDOUT]
        return " and ".join(filter(None, [", ".join(letters[:-1]), *letters[-1:]]))

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

    @cached_property
    def holdout_percent(self) -> float:
        return next((share.percent for share in self.shares if share.letter == words.HOLDOUT), 0.0)

    @property
    def left_percent(self) -> float:
        return 100 - self.holdout_percent

    @property
    def sum_of_weights(self) -> str:
        return words.number(sum(share.weight for share in self.shares))
