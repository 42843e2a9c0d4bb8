"""The posted fields of the variants' messages, and the test's campaign categories, put into the document."""

import re
from functools import partial
from typing import Any

from django.http import QueryDict

from experiments.forms import pointers
from experiments.forms.editing import Editing
from experiments.forms.messages import fields
from experiments.forms.texts import NotKept
from experiments.providers.airship.variants import variants_of

_FIELD = re.compile(r"(/variants/(\d{1,2}))/(description|push/.+)", re.ASCII)
_CATEGORIES = f"/{fields.CATEGORIES.path}"


def post_messages(editing: Editing, data: QueryDict) -> None:
    """Write the fields that hold another text than the page showed.

    All of them are compared before the first is written, because writing one can change what another one shows.
    """
    changed = []
    for name in data:
        base, field = _field_of(editing, name)
        raw = str(data[name])
        if field is None:
            continue
        value = pointers.find(editing.document, name)
        if not field.can_show(value) or not _may_set(editing, field, raw):
            continue
        if raw == fields.AS_IT_IS or field.is_same(raw, value):
            editing.unparsed.pop(name, None)
        else:
            changed.append((name, base, field, raw))
    for name, base, field, raw in changed:
        editing.keep(name, raw, partial(_write, editing, base, field, raw))


def _field_of(editing: Editing, name: str) -> tuple[str, fields.Field | None]:
    """The pointer that the field's path stands below, and the field; None for no field of a variant that is there."""
    if name == _CATEGORIES:
        return "", fields.CATEGORIES
    match = _FIELD.fullmatch(name)
    variants = variants_of(editing.document)
    if match is None or int(match[2]) >= len(variants) or not isinstance(variants[int(match[2])], dict):
        return "", None
    return match[1], fields.field_at(match[3])


def _may_set(editing: Editing, field: fields.Field, raw: str) -> bool:
    return not field.is_dangerous or editing.can_endanger or raw != "yes"


def _write(editing: Editing, base: str, field: fields.Field, raw: str) -> None:
    value: Any = field.read(raw)
    try:
        fields.write(editing.document, base, field, value)
    except LookupError:
        raise NotKept("Something else stands at this place. Edit it as JSON.") from None
