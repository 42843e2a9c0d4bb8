"""Single fields of the editor's page: what they show, and what is told at them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from experiments.providers.canonical import ABSENT
from experiments.providers.shapes import Problem


@dataclass(frozen=True)
class Shown:
    """One field as it stands on the page. `note` stands beside the label, `hint` below the field."""

    id: str
    name: str
    label: str
    kind: str
    value: str
    errors: tuple[str, ...] = ()
    hint: str = ""
    note: str = ""
    extra: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    is_fixed: bool = False  # the field cannot show what the document holds here, or has nothing to fill
    compared: str = ""  # with the same field of the control: "differs", "same", "" where there is nothing to say

    @property
    def lines(self) -> str:
        """For a text area: HTML drops the first line end in it, so that one more has to stand there."""
        return f"\n{self.value}"

    def fixed(self) -> "Shown":
        return replace(self, is_fixed=True)


@dataclass(frozen=True)
class Marks:
    """The errors by field id, and the texts that no value came of by field name.

    `problems` are all of them with their kinds ("error", "missing", "warning"), for a field that shows a whole part of
    the document. `typed` are its texts by name as they were just posted.
    """

    at: Callable[[str], tuple[str, ...]]
    unparsed: dict[str, dict[str, str]]
    problems: tuple[tuple[Problem, str], ...] = ()
    typed: dict[str, str] = field(default_factory=dict)

    def unread(self, name: str) -> str | None:
        kept = self.unparsed.get(name)
        return kept["text"] if kept else None

    def plain(self, id: str, name: str, label: str, value: Any, kind: str = "line", hint: str = "") -> Shown:
        """A text field. Anything but a text in the document is told as something the field cannot show."""
        unread = self.unread(name)
        text = unread if unread is not None else value if isinstance(value, str) else ""
        is_fixed = unread is None and not isinstance(value, str) and value is not ABSENT
        return Shown(id, name, label, kind, text, self.at(id), note=hint, is_fixed=is_fixed)
