"""The aside of the section “Variants”: how the shown variant looks, and for whom."""

from functools import cached_property

from experiments.forms.messages.previews import Preview, drawings, is_personal, notification_of, previews
from experiments.providers.airship.personal import read_for, variables
from experiments.providers.shapes import Json
from experiments.views.editor_fields import Marks, Shown

FIRST = 4  # previews that are open; the rest is folded


class PreviewsAside:
    """`platform` is the chosen tab; its previews come first."""

    def __init__(self, document: Json, plan: Json, marks: Marks, position: int, platform: str) -> None:
        self.document, self.plan, self.marks = document, plan, marks
        self.position, self.platform = position, platform

    @cached_property
    def all(self) -> list[Preview]:
        return drawings(self.document, self.position, self.platform, self.person)

    @property
    def first(self) -> list[Preview]:
        return self.all[:FIRST]

    @property
    def rest(self) -> list[Preview]:
        return self.all[FIRST:]

    @property
    def person(self) -> dict[str, str]:
        """The sample person: each value that was given, and for every other its own name in braces."""
        return {name: f"{{{{{name}}}}}" for name in self.asked} | person_of(self.plan.get("sample"))

    @cached_property
    def asked(self) -> tuple[str, ...]:
        """The values that the variant's texts ask for, where Airship fills them in."""
        if not is_personal(self.document, self.position):
            return ()
        texts = [text for shown in previews(self.document, self.position) for text in (shown.title, shown.body)]
        return tuple(dict.fromkeys(name for text in texts for name in variables(text)))

    @property
    def sample(self) -> Shown:
        """The field of the sample person."""
        asks = ", ".join(self.asked)
        hint = f"Asked for: {asks}. One a line: first_name = Ines"
        return self.marks.plain("f-sample", "sample", "Sample person", self.plan.get("sample", ""), "area", hint)

    @property
    def for_nobody(self) -> str:
        """What somebody reads for whom none of the values is known."""
        alert = notification_of(self.document, self.position).get("alert")
        return read_for(alert, {}) if self.asked and isinstance(alert, str) and variables(alert) else ""


def person_of(lines: object) -> dict[str, str]:
    """ "first_name = Ines" a line."""
    pairs = [line.partition("=") for line in lines.splitlines()] if isinstance(lines, str) else []
    return {name.strip(): value.strip() for name, equals, value in pairs if equals and name.strip()}
