"""Putting the value of a field into the document, and taking it out again.

Most fields are one key. The others are here: a text that becomes an object when a second field of it is filled, an
in-app message that always is a banner, and what a tap opens, whose content depends on its type.
"""

from typing import Any

from experiments.forms import pointers
from experiments.forms.messages.fields.field import Field
from experiments.forms.messages.fields.tabs import field_at
from experiments.forms.messages.fields.tapping import OPENED_AS_OBJECT
from experiments.forms.texts import NotKept
from experiments.providers.canonical import ABSENT
from experiments.providers.shapes import Json

_BANNER = {"display_type": "banner"}  # the only kind there is. Source: OpenAPI inAppObject.display_type
_TEXT_OF = {"landing_page": "url", "scene": "template/template_id"}  # where the text of a link goes


def is_shown(document: Json, base: str, field: Field) -> bool:
    """Whether the field stands on the page of the document. `base` is the pointer of the variant."""
    pointer = f"{base}/{field.path}"
    if pointer.endswith("/open/content"):
        kind = _open_type(document, pointer)
        return not (kind in OPENED_AS_OBJECT and isinstance(pointers.find(document, pointer), dict))
    if field.needs is None or pointers.find(document, pointer) is not ABSENT:
        return True
    path, values = field.needs
    return pointers.find(document, f"{base}/{path}") in values


def write(document: Json, base: str, field: Field, value: Any) -> None:
    """Put `value` at the field's place, ABSENT to take it out. LookupError where something else is in the way."""
    pointer = f"{base}/{field.path}"
    if pointer.endswith("/open/type"):
        _write_open_type(document, pointer, value)
    elif pointer.endswith("/open/content"):
        _write_open_content(document, pointer, value)
    elif field.inner:
        _write_inner(document, pointer, field.inner, value)
    elif value is ABSENT:
        pointers.take_out(document, pointer)
        _shorten(document, base, field)
        _keep_content(document, pointer)
    else:
        _lengthen(document, base, field)
        pointers.put(document, pointer, value)
    _keep_banner(document, base, field, is_filled=value is not ABSENT)


def _write_inner(document: Json, pointer: str, inner: str, value: Any) -> None:
    place = f"{pointer}/{inner}" if isinstance(pointers.find(document, pointer), dict) else pointer
    if value is ABSENT:
        pointers.take_out(document, place)
    else:
        pointers.put(document, place, value)


def _text_beside(base: str, field: Field) -> tuple[str, str]:
    """The pointer of the text that this field is a second part of, and the text's key; "" for most fields."""
    parent = field.path.rpartition("/")[0]
    around = field_at(parent) if parent.startswith("push/") else None
    return (f"{base}/{parent}", around.inner) if around is not None and around.inner else ("", "")


def _lengthen(document: Json, base: str, field: Field) -> None:
    pointer, inner = _text_beside(base, field)
    text = pointers.find(document, pointer) if pointer else ABSENT
    if isinstance(text, str):
        pointers.put(document, pointer, {inner: text})


def _shorten(document: Json, base: str, field: Field) -> None:
    pointer, inner = _text_beside(base, field)
    whole = pointers.find(document, pointer) if pointer else ABSENT
    if isinstance(whole, dict) and set(whole) == {inner}:
        pointers.put(document, pointer, whole[inner])


def _keep_banner(document: Json, base: str, field: Field, *, is_filled: bool) -> None:
    pointer = f"{base}/push/in_app"
    if not field.path.startswith("push/in_app/"):
        return
    if is_filled:
        pointers.find(document, pointer).setdefault("display_type", "banner")
    elif pointers.find(document, pointer) == _BANNER:
        pointers.take_out(document, pointer)


# -- what a tap opens


def _open_type(document: Json, pointer: str) -> Any:
    """The type beside the content at `pointer`, ABSENT where a tap only opens the app."""
    return pointers.find(document, f"{pointer.rpartition('/')[0]}/type")


def _write_open_type(document: Json, pointer: str, value: Any) -> None:
    """The text that stood there stays, as what the new type calls it."""
    place = pointer.rpartition("/")[0]
    if value is ABSENT:
        pointers.take_out(document, place)
        return
    before = pointers.find(document, f"{place}/type")
    content = pointers.find(document, f"{place}/content")
    pointers.put(document, pointer, value)
    if (before in OPENED_AS_OBJECT or value in OPENED_AS_OBJECT) and before != value:
        text = _text_of(before, content)
        content = _content_of(value, text)
    pointers.put(document, f"{place}/content", "" if content is ABSENT else content)


def _text_of(kind: Any, content: Any) -> str:
    if isinstance(content, dict):
        found = pointers.find({"content": content}, f"/content/{_TEXT_OF.get(kind, 'url')}")
        return found if isinstance(found, str) else ""
    return content if isinstance(content, str) else ""


def _content_of(kind: Any, text: str) -> Any:
    if kind not in OPENED_AS_OBJECT:
        return text
    made: Json = {"content": {}}
    if text:
        pointers.put(made, f"/content/{_TEXT_OF[kind]}", text)
    return made["content"]


def _keep_content(document: Json, pointer: str) -> None:
    """A link has a content, also while nothing of it is filled."""
    place, mark, _ = pointer.rpartition("/open/content/")
    opened = pointers.find(document, f"{place}/open") if mark else ABSENT
    if isinstance(opened, dict) and opened.get("type") in OPENED_AS_OBJECT:
        opened.setdefault("content", {})


def _write_open_content(document: Json, pointer: str, value: Any) -> None:
    kind = _open_type(document, pointer)
    if kind is ABSENT:
        if value is not ABSENT:
            raise NotKept("Choose first what happens when somebody taps.")
    elif isinstance(pointers.find(document, pointer), dict):  # the type was changed by the same form
        pointers.put(document, f"{pointer}/{_TEXT_OF.get(kind, 'url')}", value)
    else:
        pointers.put(document, pointer, "" if value is ABSENT else value)
