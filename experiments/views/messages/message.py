"""The fields of one variant's message on one platform."""

import json

from experiments.forms import pointers
from experiments.forms.messages import fields
from experiments.forms.messages.previews import Preview, Size, previews, sizes
from experiments.providers.airship import document as airship
from experiments.providers.shapes import Json
from experiments.views.editor_fields import Marks, Shown


class MessageFields:
    """`platform` is "" for the fields that all platforms share."""

    def __init__(self, document: Json, marks: Marks, position: int, platform: str, platform_names: list[str]) -> None:
        self.document, self.marks = document, marks
        self.position, self.platform, self.platform_names = position, platform, platform_names
        self.letter = airship.variant_letter(position)

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


def words_and(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else "".join(names)
