"""One field of a form: which place of the document it fills, how its value is shown, and how a typed text is read.

A field's name in the form is the pointer of its place, so that saving changes that place and nothing else. A value that
a field cannot show (an object where a text is expected) is told as such and left alone.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Literal

from experiments.forms.messages.fields import listed
from experiments.forms.texts import NotKept, read_number, read_text, read_whole, same_lines
from experiments.providers.canonical import ABSENT

type Kind = Literal[
    "line", "area", "choice", "whole", "number", "number_or_text", "texts", "text_or_texts", "ids", "pairs", "json"
]
AS_IT_IS = "as-it-is"  # the choice of a select whose value in the document is none of the offered ones
_LISTED = {
    "texts": (listed.show_texts, listed.read_texts),
    "text_or_texts": (listed.show_texts, listed.read_texts),
    "ids": (listed.show_ids, listed.read_ids),
    "pairs": (listed.show_pairs, listed.read_pairs),
    "json": (listed.show_json, listed.read_json),
}
AREAS = frozenset({"area", *_LISTED})  # kinds whose text has several lines


@dataclass(frozen=True)
class Field:
    """One field. `path` is its place below the variant: "push/notification/ios/title"."""

    path: str
    label: str
    kind: Kind = "line"
    hint: str = ""
    choices: tuple[tuple[str, str, Any], ...] = ()  # form value, words, value in the document
    extra: str = field(default="", compare=False)  # a class for the input, such as "mono"
    # The value may also be an object, in which the text stands at this key: {"name": "ding", "volume": 1}.
    inner: str = ""
    # Shown only where the choice at this path is one of these, or where the document has a value here.
    needs: tuple[str, tuple[str, ...]] | None = None
    is_dangerous: bool = False  # only admins may switch it on

    def below(self, place: str) -> "Field":
        """The same field below another place."""
        needs = (f"{place}/{self.needs[0]}", self.needs[1]) if self.needs else None
        return replace(self, path=f"{place}/{self.path}", needs=needs)

    def can_show(self, value: Any) -> bool:
        value = self._within(value)
        if value is ABSENT or self.kind == "choice":
            return True
        if self.kind in _LISTED:
            return _LISTED[self.kind][0](value) is not None
        if self.kind == "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        if self.kind in ("whole", "number_or_text"):
            return isinstance(value, str | int) and not isinstance(value, bool)
        return isinstance(value, str)

    def show(self, value: Any) -> str:
        """The text of the input for a value of the document."""
        value = self._within(value)
        if value is ABSENT:
            return ""
        if self.kind == "choice":
            for shown, _, meant in self.choices:
                if type(meant) is type(value) and meant == value:
                    return shown
            return AS_IT_IS
        if self.kind in _LISTED:
            return _LISTED[self.kind][0](value) or ""
        return str(value)

    def read(self, raw: str) -> Any:
        """The value of the document for a typed text, ABSENT for none. NotKept where it cannot be read."""
        if self.kind == "choice":
            return self._chosen(raw)
        text = read_text(raw, is_line=self.kind not in AREAS)
        if text == "":
            return ABSENT
        if self.kind in _LISTED:
            return _LISTED[self.kind][1](text)
        if self.kind == "whole":
            return read_whole(text)
        if self.kind == "number":
            return read_number(text)
        if self.kind == "number_or_text":
            try:
                return read_whole(text) if not text.startswith("+") else text
            except NotKept:
                return text
        return text

    def offered(self) -> list[tuple[str, str]]:
        return [(shown, words) for shown, words, _ in self.choices]

    def _within(self, value: Any) -> Any:
        return value.get(self.inner, ABSENT) if self.inner and isinstance(value, dict) else value

    def _chosen(self, raw: str) -> Any:
        if raw == "":
            return ABSENT
        for shown, _, meant in self.choices:
            if shown == raw:
                return meant
        raise NotKept("This is none of the choices. Choose again.")

    def is_same(self, raw: str, value: Any) -> bool:
        """Whether the posted text is what the field showed, so that the value in the document stays as it is."""
        shown = same_lines(self.show(value))
        if self.kind not in AREAS:
            shown = shown.replace("\n", "")  # a browser's one-line input drops line ends by itself
        return same_lines(raw) == shown


@dataclass(frozen=True)
class Group:
    """Fields that stand together. One with a label is folded as long as nothing in it is filled."""

    label: str
    fields: tuple[Field, ...]


def group(place: str, label: str, *fields: Field) -> Group:
    """A group of fields below `place`."""
    return Group(label, tuple(field.below(place) for field in fields))


def yes_no(path: str, label: str, hint: str = "", **more: Any) -> Field:
    return Field(path, label, "choice", hint, (("yes", "Yes", True), ("no", "No", False)), **more)


def words(*names: str) -> tuple[tuple[str, str, Any], ...]:
    """Choices that stand in the document as they are spelled here."""
    return tuple((name, name.replace("-", " ").replace("_", " ").capitalize(), name) for name in names)


EXPIRY = "Seconds, or a UTC time such as 2026-10-29T06:30:00."


def expiry(path: str, label: str = "Expires", hint: str = EXPIRY) -> Field:
    return Field(path, label, "number_or_text", hint)


def extra(path: str = "extra") -> Field:
    return Field(path, "Extra keys for the app", "pairs", "One a line: key = value.", extra="mono")
