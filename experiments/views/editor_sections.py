"""The sections of the editor's page: audience, variants, split and when, each read from one revision."""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from experiments import words
from experiments.forms import audience as audiences
from experiments.forms import fields, pointers
from experiments.forms.drafts import DEVICE_TYPES, control_text, weight_text
from experiments.forms.messages import TIME_FIELD
from experiments.forms.moments import city, clocks_change_near, date_words, offset_words
from experiments.forms.planning import When, when_of
from experiments.forms.previews import Preview, Size, previews, sizes
from experiments.forms.problems import Found
from experiments.providers.airship import document as airship
from experiments.providers.airship.variants import variants_of
from experiments.providers.shapes import Json
from experiments.providers.shapes import Share as ShareOf
from experiments.views.editor_fields import Marks, Shown
from workspaces.models import Workspace

MANY_TABS = 7  # from here on tabs show their letters only


@dataclass(frozen=True)
class Tab:
    letter: str
    name: str
    position: int
    is_current: bool
    needs_attention: bool
    colour: int


class AudienceSection:
    """`mode` is "all", "rules" or "" for nothing chosen yet."""

    kinds = audiences.KINDS
    old_kinds = audiences.OLD_KINDS
    comparisons = audiences.COMPARISONS
    precisions = audiences.PRECISIONS
    dated = ("before", "after", "equals")
    hows = (("all", "All of"), ("any", "Any of"), ("none", "None of"))

    def __init__(self, document: Json, marks: Marks) -> None:
        self.document, self.marks = document, marks
        audience = document.get("audience")
        self.mode = "all" if airship.is_everybody(audience) else "rules" if audience else ""
        self.root = audiences.read_audience(audience)
        sentence = airship.audience_sentence(audience)
        self.words = sentence[:1].upper() + sentence[1:]
        self.errors = marks.at("f-audience")
        self.device_type_errors = marks.at("f-device_types")

    @property
    def json_text(self) -> str:
        """An audience that is neither everybody nor rules, as it stands in the document."""
        audience = self.document.get("audience")
        is_shown = not audience or self.mode == "all" or self.root is not None
        return "" if is_shown else json.dumps(audience, ensure_ascii=False, indent=2)

    @property
    def rules(self) -> dict[str, Any] | None:
        return self._node(self.root) if self.root is not None else None

    def _node(self, node: audiences.Group | audiences.Rule) -> dict[str, Any]:
        if isinstance(node, audiences.Group):
            children = [self._node(child) for child in node.children]
            return {"is_group": True, "id": node.id, "how": node.how, "children": children}
        value_id = airship.field_for(node.value_place)
        return {
            "id": node.id,
            "field_id": airship.field_for(node.id),
            "rule": node,
            "value_id": value_id,
            "errors": self.marks.at(value_id) + self.marks.at(airship.field_for(node.id)),
            "json": "" if node.key else json.dumps(node.raw, ensure_ascii=False),
        }

    @property
    def device_types(self) -> list[dict[str, Any]]:
        chosen = chosen_platforms(self.document)
        known = [{"name": name, "label": fields.tab_name(name), "is_on": name in chosen} for name in DEVICE_TYPES]
        others = [name for name in chosen if name not in DEVICE_TYPES and ":" in name]
        return [*known, *({"name": name, "label": fields.tab_name(name), "is_on": True} for name in others)]

    @property
    def kept_platforms(self) -> str:
        """Platforms that no tick stands for; they stay as they are."""
        names = [name for name in chosen_platforms(self.document) if name not in DEVICE_TYPES and ":" not in name]
        return ", ".join(fields.tab_name(name) for name in names)


def chosen_platforms(document: Json) -> list[str]:
    chosen = document.get("device_types")
    return list(dict.fromkeys(str(name) for name in chosen)) if isinstance(chosen, list) else []


class VariantsSection:
    """The tabs of all variants, and the fields of one of them on one platform ("" for all platforms)."""

    def __init__(self, document: Json, marks: Marks, errors: list[Found], position: int, platform: str) -> None:
        self.document, self.marks = document, marks
        self.variants = variants_of(document)
        self.position = min(max(position, 0), max(len(self.variants) - 1, 0))
        self.letter = airship.variant_letter(self.position)
        self.platform_names = chosen_platforms(document)
        self.platform = platform if platform in self.platform_names and fields.has_form(platform) else ""
        self.troubled = {found.position for found in errors if found.step in ("variants", "split")}
        self.has_many = len(self.variants) >= MANY_TABS
        self.left_to_add = airship.MOST_VARIANTS - len(self.variants)
        self.is_only = len(self.variants) < 2
        self.is_last = self.position == len(self.variants) - 1

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
        names = ["", *[name for name in self.platform_names if fields.has_form(name)]]
        return [{"name": name, "label": fields.tab_name(name), "is_current": name == self.platform} for name in names]

    @property
    def formless(self) -> str:
        """Chosen platforms whose message is written as JSON."""
        return ", ".join(fields.tab_name(name) for name in self.platform_names if not fields.has_form(name))

    @property
    def name(self) -> Shown:
        pointer = f"/variants/{self.position}/name"
        value = pointers.find(self.document, pointer)
        return self.marks.plain(airship.field_for(pointer), pointer, f"Name of {self.letter}", value)

    @property
    def title(self) -> Shown:
        """Airship's notification has no title for all platforms: this one stands for those of the chosen ones."""
        title = fields.common_title(self.document, self.position)
        titled = [fields.tab_name(name) for name in self.platform_names if name in fields.TITLED]
        hint = f"For {words_and(titled)}" if titled else "Choose iOS, Android, Fire OS or Web first"
        if title is None:
            hint = "Differs per platform; a text here replaces all of them"
        name = f"title:{self.position}"
        shown = self.marks.plain(f"f-title-{self.position}", name, "Title", title or "", hint=hint)
        return shown if titled else shown.fixed()

    @property
    def rows(self) -> list[list[Shown]]:
        """The fields of the message, long ones alone and short ones by two."""
        rows: list[list[Shown]] = []
        for shown in (self._shown(field) for field in fields.fields_of(self.platform)):
            is_pair = shown.kind != "area" and rows and len(rows[-1]) == 1 and rows[-1][0].kind != "area"
            if is_pair:
                rows[-1].append(shown)
            else:
                rows.append([shown])
        return rows

    def _shown(self, field: fields.Field) -> Shown:
        pointer = f"{fields.notification_pointer(self.position)}/{field.path}"
        value = pointers.find(self.document, pointer)
        can_show = field.can_show(value)
        unread = self.marks.unread(pointer)
        text = unread if unread is not None else field.show(value) if can_show else ""
        choices: tuple[tuple[str, str], ...] = ()
        if field.kind == "choice":
            choices = (("", "Only open the app" if field is fields.OPEN_TYPE else "Not said"), *field.offered())
            if text == fields.AS_IT_IS:
                choices = (*choices, (fields.AS_IT_IS, f"As in the JSON: {json.dumps(value)[:40]}"))
        id = airship.field_for(pointer)
        kind = field.kind if field.kind in ("area", "choice") else "line"
        hint = f"{len(text)} letters" if field.path.endswith("alert") else ""
        return Shown(
            id,
            pointer,
            field.label,
            kind,
            text,
            self.marks.at(id),
            field.hint,
            hint,
            field.extra,
            choices,
            not can_show,
        )

    @property
    def previews(self) -> list[Preview]:
        return previews(self.document, self.position)

    @property
    def sizes(self) -> list[Size]:
        return sizes(self.document, self.position)


def name_of(variant: Any) -> str:
    name = variant.get("name") if isinstance(variant, dict) else None
    return name if isinstance(name, str) else ""


def words_and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)


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


class WhenSection:
    """The choice, and the one moment on the workspace's clock and in UTC."""

    def __init__(self, document: Json, plan: Json, workspace: Workspace, marks: Marks) -> None:
        self.zone: ZoneInfo = workspace.zone
        self.when: When = when_of(document, plan, self.zone)
        self.undo_minutes = workspace.undo_window // 60
        self.errors = marks.at(TIME_FIELD) + marks.at("when")
        self.field_id = TIME_FIELD
        self.city = city(self.zone)

    @property
    def clocks(self) -> list[dict[str, str]]:
        at = self.when.at
        if at is None:
            return []
        local = at.astimezone(self.zone)
        there = f"{date_words(local)}, {offset_words(at, self.zone)}"
        return [
            {"name": f"Workspace, {self.city}", "time": f"{local:%H:%M}", "date": there},
            {"name": "UTC", "time": f"{at:%H:%M}", "date": date_words(at)},
        ]

    @property
    def is_near_clock_change(self) -> bool:
        return self.when.at is not None and clocks_change_near(self.when.at, self.zone)

    @property
    def neighbours(self) -> list[dict[str, str]]:
        """The two times beside one that the clocks jump over."""
        gap = self.when.moment.gap if self.when.moment else None
        return [{"value": f"{time:%Y-%m-%dT%H:%M}", "words": f"{time:%H:%M}"} for time in gap or ()]

    @property
    def twice(self) -> list[dict[str, Any]]:
        """The two moments of a time that the clocks show twice."""
        moment = self.when.moment
        return [
            {"fold": str(fold), "words": f"{at.astimezone(self.zone):%H:%M}, {offset_words(at, self.zone)}"}
            for fold, at in (moment.choices if moment else ())
        ]

    @property
    def words(self) -> str:
        when = self.when
        if when.mode == "now":
            return "At once"
        if when.mode == "soon":
            return f"Soon, {self.undo_minutes} min to undo"
        if when.is_as_written:
            return "As in the JSON"
        if when.at is None:
            return "No time yet"
        local = when.at.astimezone(self.zone)
        return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"

    @property
    def on_the_lock_screen(self) -> dict[str, str]:
        """The day and time a locked phone shows, in the workspace's zone."""
        local = (self.when.at or timezone.now()).astimezone(self.zone)
        return {"day": f"{local:%A} {local.day} {local:%B}", "time": f"{local.hour}:{local:%M}"}
