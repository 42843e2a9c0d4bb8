"""The fields of one variant's message on one platform."""

import json
from dataclasses import dataclass, replace
from functools import cached_property

from experiments import words
from experiments.forms import pointers
from experiments.forms.messages import fields
from experiments.forms.messages.previews import Size, sizes
from experiments.providers.airship import document as airship
from experiments.providers.airship.comparing import differs_from_control, touches
from experiments.providers.canonical import ABSENT
from experiments.providers.graphemes import graphemes
from experiments.providers.shapes import Json
from experiments.views.editor_fields import Marks, Shown


@dataclass(frozen=True)
class MessageField(Shown):
    """A field of a message. `json_query` leads to where a value is edited that the field cannot show."""

    json_query: str = ""
    is_filled: bool = False
    is_for_admins: bool = False  # others see it, and why they may not use it
    rows: int = 3  # of a text area
    anchor: str = ""  # the id of a place around the field that has no field of its own

    @property
    def is_long(self) -> bool:
        return self.kind == "area"


@dataclass(frozen=True)
class FieldGroup:
    """Fields that stand together, folded where it has a label. `id` is that of its count."""

    id: str
    label: str
    rows: list[list[MessageField]]

    @property
    def filled(self) -> int:
        return sum(field.is_filled for row in self.rows for field in row)

    @property
    def is_open(self) -> bool:
        return self.filled > 0 or any(field.errors for row in self.rows for field in row)


class MessageFields:
    """`platform` is "" for the fields that all platforms share."""

    def __init__(self, document: Json, marks: Marks, position: int, platform: str, platform_names: list[str]) -> None:
        self.document, self.marks = document, marks
        self.position, self.platform, self.platform_names = position, platform, platform_names
        self.letter = airship.variant_letter(position)
        self.base = f"/variants/{position}"
        self.differing = differs_from_control(document, position)

    def _compared(self, shown: Shown, *pointers: str) -> str:
        """Whether the field says another thing than the same field of A. An empty field of both says nothing."""
        if not self.position:
            return ""
        is_other = any(touches(self.differing, pointer.removeprefix(self.base)) for pointer in pointers)
        return "differs" if is_other else "same" if shown.value else "none"

    @property
    def compared(self) -> dict[str, list[str]]:
        """The ids of the fields on this tab that are other than in A, and of those that say the same."""
        shown = [*([] if self.platform else [self.title]), *(field for row in self.rows for field in row)]
        return {said: [field.id for field in shown if field.compared == said] for said in ("differs", "same")}

    @property
    def formless(self) -> str:
        """Chosen platforms whose message is written as JSON."""
        return ", ".join(fields.tab_name(name) for name in self.platform_names if not fields.has_form(name))

    @property
    def other_text(self) -> str:
        """What stands in the way of writing an MMS or an SMS: a message can be only one of the two."""
        other = {"sms": "mms", "mms": "sms"}.get(self.platform, "")
        pointer = f"{fields.notification_pointer(self.position)}/"
        if not other or pointers.find(self.document, pointer + other) is ABSENT:
            return ""
        return f"Variant {self.letter} has an {fields.tab_name(other)}. One message can be only one of the two."

    @property
    def name(self) -> Shown:
        pointer = f"{self.base}/name"
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
        if not titled:
            return shown
        places = (f"{fields.notification_pointer(self.position)}/{platform}/title" for platform in fields.TITLED)
        return replace(shown, compared=self._compared(shown, *places))

    @cached_property
    def groups(self) -> list[FieldGroup]:
        """All fields of the tab that have a meaning in this message; the first group is always open."""
        groups = []
        for number, group in enumerate(fields.groups_of(self.platform)):
            shown = [field for field in group.fields if fields.is_shown(self.document, self.base, field)]
            if shown:
                rows = in_rows([self._shown(field) for field in shown])
                groups.append(FieldGroup(f"fold-{number}", group.label, rows))
        return groups

    @property
    def rows(self) -> list[list[MessageField]]:
        return [row for group in self.groups for row in group.rows]

    def _shown(self, field: fields.Field) -> MessageField:
        query = f"?variant={self.letter}&platform=json#variants"
        shown = shown_field(self.document, self.marks, self.base, field, query)
        return replace(shown, compared=self._compared(shown, shown.name))

    @property
    def sizes(self) -> list[Size]:
        return sizes(self.document, self.position)


def shown_field(document: Json, marks: Marks, base: str, field: fields.Field, json_query: str) -> MessageField:
    """A field as it stands on the page, below `base`: the pointer of a variant, or "" for the test."""
    pointer = f"{base}/{field.path}"
    value = pointers.find(document, pointer)
    can_show = field.can_show(value)
    unread = marks.unread(pointer)
    text = unread if unread is not None else field.show(value) if can_show else ""
    id = airship.field_for(pointer)
    return MessageField(
        id=id,
        name=pointer,
        label=field.label,
        kind="area" if field.kind in fields.AREAS else "choice" if field.kind == "choice" else "line",
        value=text,
        errors=marks.at(id),
        hint=field.hint,
        note=words.count(len(graphemes(text)), "letter") if can_show and field.path.endswith("alert") else "",
        extra=field.extra,
        choices=_choices(field, text, value),
        is_fixed=not can_show,
        json_query=json_query,
        is_filled=value is not ABSENT or bool(unread),
        is_for_admins=field.is_dangerous and value is not True,
        rows=3 if field.kind == "area" else 2,
        anchor=_anchor(document, pointer),
    )


def _choices(field: fields.Field, text: str, value: object) -> tuple[tuple[str, str], ...]:
    if field.kind != "choice":
        return ()
    choices = (("", "Only open the app" if field.path.endswith("open/type") else "Not said"), *field.offered())
    if text == fields.AS_IT_IS:
        return (*choices, (fields.AS_IT_IS, f"As in the JSON: {json.dumps(value)[:40]}"))
    return choices


def _anchor(document: Json, pointer: str) -> str:
    """Of a link whose content is an object, one field stands for the whole content."""
    place, _, last = pointer.rpartition("/open/content/")
    opened = pointers.find(document, f"{place}/open") if place else ABSENT
    if not isinstance(opened, dict) or not isinstance(opened.get("content"), dict):
        return ""
    is_first = (opened.get("type"), last) in (("landing_page", "url"), ("scene", "template/template_id"))
    return airship.field_for(f"{place}/open/content") if is_first else ""


def in_rows(shown: list[MessageField]) -> list[list[MessageField]]:
    """Long fields alone and short ones by two."""
    rows: list[list[MessageField]] = []
    for field in shown:
        if not field.is_long and rows and len(rows[-1]) == 1 and not rows[-1][0].is_long:
            rows[-1].append(field)
        else:
            rows.append([field])
    return rows


def words_and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
