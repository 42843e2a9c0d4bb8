"""What may be typed about a test that a provider holds: a confirming word, changed values, a tester."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms

from experiments.providers import Move
from experiments.providers.modules import StagedDocument
from experiments.providers.shapes import Field, Json, RemoteVariant

MOST_NEW = 1  # groups that can be added at a time
LONGEST = 5000


class MoveForm(forms.Form):
    """Asks for the move's own verb where it reaches people, and for nothing where it does not."""

    word = forms.CharField()

    def __init__(self, *args: Any, move: Move, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.wanted = move.verb
        if not move.reaches_people:
            del self.fields["word"]
            return
        self.fields["word"].label = f"Type the word “{move.verb}”"
        why = "This is asked because people will see it. Nothing was changed."
        self.fields["word"].error_messages["required"] = why

    def clean_word(self) -> str:
        typed = " ".join(str(self.cleaned_data["word"]).split()).casefold().strip("“”\"'")
        if typed != self.wanted:
            raise forms.ValidationError(f"This does not say “{self.wanted}”. Nothing was changed.")
        return typed


class TesterForm(forms.Form):
    """Pins one user to a group, or takes that away."""

    do = forms.ChoiceField(choices=[("attach", "Pin"), ("detach", "Take out")])
    user_id = forms.CharField(label="User id", max_length=256)
    group_id = forms.CharField(required=False)

    def __init__(self, *args: Any, speech: StagedDocument, groups: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.speech, self.groups = speech, groups
        self.fields["user_id"].error_messages["required"] = "Enter a user id. Nothing was changed."

    def clean_user_id(self) -> str:
        user_id = str(self.cleaned_data["user_id"]).strip()
        if not self.speech.is_user_id(user_id):
            message = "A user id holds letters, digits, “.”, “_” and “-”, 256 at most. Nothing was changed."
            raise forms.ValidationError(message)
        return user_id

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if values.get("do") == "attach" and values.get("group_id") not in self.groups:
            self.add_error("group_id", "Choose one of the groups that the test has. Nothing was changed.")
        return values


@dataclass
class Input:
    """One field as it is drawn."""

    field: Field
    name: str
    value: Any
    error: str = ""

    @property
    def id(self) -> str:
        return f"f-{self.name}"


@dataclass
class Row:
    """One group as it is drawn. A new one has no id, and is only made where it gets a name."""

    id: str
    letter: str
    inputs: list[Input]
    is_removed: bool = False


@dataclass
class ChangeForm:
    """The values of a test and of its groups. `before` and `after` are documents with the groups' ids."""

    speech: StagedDocument
    held: Json
    data: Mapping[str, str] | None = None
    before: Json = field(default_factory=dict)
    after: Json = field(default_factory=dict)
    inputs: list[Input] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        groups = self.speech.held_groups(self.held)
        self.before = {one.key: self.held[one.key] for one in self.speech.TEST_FIELDS if one.key in self.held}
        self.before["groups"] = [self._held_group(group) for group in groups]
        self.after, self.inputs = self._read(self.speech.TEST_FIELDS, self.before, "")
        self.after["groups"] = [*self._read_groups(), *self._new_groups(len(groups))]

    def _held_group(self, group: RemoteVariant) -> Json:
        kept = {one.key: group.raw[one.key] for one in self.speech.GROUP_FIELDS if one.key in group.raw}
        return {"id": group.remote_id, **kept}

    def _read_groups(self) -> list[Json]:
        found = []
        for position, group in enumerate(self.before["groups"]):
            values, inputs = self._read(self.speech.GROUP_FIELDS, group, f"group-{position}-")
            is_removed = self.data is not None and f"group-{position}-remove" in self.data
            self.rows.append(Row(group["id"], self.speech.variant_letter(position), inputs, is_removed))
            if not is_removed:
                found.append({"id": group["id"], **values})
        return found

    def _new_groups(self, first: int) -> list[Json]:
        found = []
        for position in range(first, min(first + MOST_NEW, self.speech.MOST_VARIANTS)):
            values, inputs = self._read(self.speech.GROUP_FIELDS, {"weight": 1}, f"group-{position}-")
            self.rows.append(Row("", self.speech.variant_letter(position), inputs))
            if values.get("name"):
                found.append({key: value for key, value in values.items() if value is not None})
        return found

    def _read(self, fields: tuple[Field, ...], held: Json, prefix: str) -> tuple[Json, list[Input]]:
        """The typed values over the held ones; a value that nobody touched stays exactly what it is."""
        values, inputs = dict(held), []
        values.pop("id", None)
        for one in fields:
            drawn = Input(one, f"{prefix}{one.key}", _shown(one, held.get(one.key)))
            inputs.append(drawn)
            if self.data is None:
                continue
            typed = self._typed(one, drawn)
            if typed == drawn.value:
                continue
            drawn.value = typed
            try:
                values[one.key] = _meant(one, typed)
            except ValueError as error:
                drawn.error = str(error)
        return values, inputs

    def _typed(self, one: Field, drawn: Input) -> Any:
        assert self.data is not None
        if one.kind == "yes_no":
            return drawn.name in self.data
        text = self.data.get(drawn.name, "").replace("\r\n", "\n")[:LONGEST]
        return text if one.kind == "area" else " ".join(text.split())

    @property
    def errors(self) -> list[Input]:
        drawn = [*self.inputs, *(one for row in self.rows if not row.is_removed for one in row.inputs)]
        return [one for one in drawn if one.error]


def _shown(one: Field, value: Any) -> Any:
    if one.kind == "yes_no":
        return value is True
    if isinstance(value, int | float):
        return f"{value:.15g}"
    return value if isinstance(value, str) else ""


def _meant(one: Field, typed: Any) -> Any:
    """The value that was typed. ValueError with a sentence where it is none."""
    if one.kind != "number":
        return typed if typed != "" else None
    if typed == "":
        return None
    try:
        number = float(str(typed).replace(",", "."))
    except ValueError:
        raise ValueError(f"“{typed}” is no number.") from None
    if not math.isfinite(number):
        raise ValueError(f"“{typed}” is no number.")
    return int(number) if number == int(number) else number
