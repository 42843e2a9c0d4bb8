"""The editor's page of a paywall test."""

import json
from dataclasses import dataclass
from typing import Any

from experiments import words
from experiments.forms import paywalls
from experiments.forms.messages.fields import AS_IT_IS, Field
from experiments.forms.paywalls import FIELDS, GROUP_FIELDS
from experiments.providers.letters import variant_letter
from experiments.providers.pointers import field_for
from experiments.providers.qonversion import document as qonversion
from experiments.providers.shapes import Share
from experiments.views.editor_fields import Shown
from experiments.views.editor_page import EditorPage

_NOT_SAID = {"goal_direction": "No goal", "is_context_specific": "Not said"}


@dataclass(frozen=True)
class GroupRow:
    """One group with its fields. `control_id` is the id of its radio button."""

    position: int
    letter: str
    colour: int
    title: str
    percent: float
    name: Shown
    weight: Shown
    remote_config: Shown
    control_id: str
    is_control: bool
    is_object: bool
    offering: str
    is_last: bool
    focus: str  # what a button goes to, where it was about this group

    @property
    def before(self) -> int:
        return self.position - 1

    @property
    def after(self) -> int:
        return self.position + 1


class PaywallPage(EditorPage):
    """All fields of the test and of all its groups at once."""

    sections = (
        "experiments/_paywall_goal.html",
        "experiments/_paywall_metric.html",
        "experiments/_paywall_people.html",
        "experiments/_paywall_groups.html",
        "experiments/_elsewhere.html",
    )
    live = "experiments/_paywall_live.html"
    read = "experiments/_paywall_read.html"
    metrics = qonversion.METRICS
    no_control = paywalls.NO_CONTROL

    def prepare(self) -> None:
        groups = qonversion.variants_of(self.document)
        self.position = min(max(self.asked_position, 0), max(len(groups) - 1, 0))
        self.shares = qonversion.shares(self.document)
        self.control = paywalls.control_of(self.document)
        self.groups = [self._group(position, group, len(groups)) for position, group in enumerate(groups)]
        self.left_to_add = qonversion.MOST_VARIANTS - len(groups)
        pieces = [{"letter": share.letter, "name": share.name, "percent": share.percent} for share in self.shares]
        self.slices = words.slices(pieces)

    @property
    def letter(self) -> str:
        return variant_letter(self.position)

    # -- fields

    def _field(self, pointer: str, field: Field, note: str = "", hint: str = "") -> Shown:
        value = paywalls.shown_value(self.document, pointer)
        can_show = field.can_show(value)
        unread = self.marks.unread(pointer)
        text = unread if unread is not None else field.show(value) if can_show else ""
        choices: tuple[tuple[str, str], ...] = ()
        if field.kind == "choice":
            choices = (("", _NOT_SAID[field.path]), *field.offered())
            if text == AS_IT_IS:
                choices = (*choices, (AS_IT_IS, f"As in the JSON: {json.dumps(value, ensure_ascii=False)[:40]}"))
        return Shown(
            id=field_for(pointer),
            name=pointer,
            label=field.label,
            kind=field.kind if field.kind in ("area", "choice") else "line",
            value=text,
            errors=self.errors_at(field_for(pointer)),
            hint=hint or field.hint,
            note=note,
            extra=field.extra,
            choices=choices,
            is_fixed=not can_show,
        )

    def _top(self, key: str, note: str = "", hint: str = "") -> Shown:
        return self._field(f"/{key}", FIELDS[key], note, hint)

    @property
    def name(self) -> Shown:
        return self._top("name")

    @property
    def goal(self) -> Shown:
        return self._plain("goal", "Hypothesis", self.plan.get("goal", ""), "area", "Stays in Splitdesk")

    @property
    def alias(self) -> Shown:
        return self._top("alias_id", f"Up to {qonversion.LONGEST_CHOICE} characters")

    @property
    def alias_suggestion(self) -> str:
        return paywalls.alias_suggestion(self.document)

    @property
    def description(self) -> Shown:
        return self._top("description", f"{self.provider.label} keeps it with the test")

    @property
    def metric(self) -> Shown:
        return self._top("primary_metric")

    @property
    def metric_words(self) -> str:
        """What a person calls the metric, and how it is written where that is another spelling."""
        metric = self.document.get("primary_metric")
        if not isinstance(metric, str) or not metric:
            return "Choose a known one, or write a name that the provider gave you."
        label = qonversion.metric_label(metric) or "A name that is not on the list of known ones"
        return f"{label}. Sent as {qonversion.written_metric(metric)}."

    @property
    def goal_direction(self) -> Shown:
        return self._top("goal_direction")

    @property
    def goal_value(self) -> Shown:
        return self._top("goal_value")

    @property
    def segment_percent(self) -> Shown:
        return self._top("segment_percent")

    @property
    def context_key(self) -> Shown:
        return self._top("context_key")

    @property
    def is_context_specific(self) -> Shown:
        return self._top("is_context_specific")

    def _group(self, position: int, group: Any, count: int) -> GroupRow:
        base = f"/groups/{position}"
        offering = group.get("offering_uid") if isinstance(group, dict) else None
        shown = {key: self._field(f"{base}/{key}", field) for key, field in GROUP_FIELDS.items()}
        return GroupRow(
            position=position,
            letter=variant_letter(position),
            colour=position % 6 + 1,
            title=self.shares[position].name,
            percent=self.shares[position].percent,
            name=shown["name"],
            weight=shown["weight"],
            remote_config=shown["remote_config_uid"],
            control_id=field_for(f"{base}/is_control"),
            is_control=self.control == str(position),
            is_object=isinstance(group, dict),
            offering=offering if isinstance(offering, str) else "",
            is_last=position == count - 1,
            focus="name" if position == self.position else "",
        )

    # -- figures and words

    @property
    def outside(self) -> Share | None:
        """Those whom the share of users keeps out, None where nobody is."""
        return self.shares[-1] if len(self.shares) > len(self.groups) else None

    @property
    def outside_percent(self) -> float:
        return self.outside.percent if self.outside else 0.0

    @property
    def sum_of_weights(self) -> str:
        return words.number(sum(share.weight for share in self.shares))

    @property
    def split_words(self) -> str:
        if len(self.shares) > 6:
            return words.split_words(self.slices)
        return " · ".join(words.number(share.percent) for share in self.shares)

    def said(self) -> dict[str, str]:
        metric, percent = self.document.get("primary_metric"), self.segment_percent.value
        return {
            "metric": (qonversion.metric_label(metric) or metric) if isinstance(metric, str) else "None chosen",
            "people": f"{percent} % of those let in" if percent else "Share not set",
            "variants": self.to_do_words("variants") or f"{words.count(len(self.groups), 'group')}: {self.split_words}",
        }
