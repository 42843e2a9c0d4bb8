"""Which keys and values fit at a place of the document, for whoever writes it as JSON. Read from the typed definition.

Where a place may hold one of several objects (the kinds of a selector, the four ways to open something), the keys of
all of them are given, and in `together` which of them belong to one object.
"""

import typing
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, TypeAliasType, Union

from pydantic import BaseModel, create_model

from experiments.providers.airship.actions import (
    BUTTONS,
    Actions,
    AttributeChange,
    Colour,
    Day,
    Expiry,
    Interactive,
    Part,
    Tags,
)
from experiments.providers.airship.audience import ACTIVITIES
from experiments.providers.airship.definition import (
    OPEN_PREFIX,
    Experiment,
    Notification,
    Variant,
)
from experiments.providers.airship.platforms import Android, Ios, OpenChannel
from experiments.providers.airship.selector_shapes import Activity, Selector
from experiments.providers.pointers import steps
from experiments.providers.shapes import Fitting, Key, Value

type Shape = type[BaseModel] | "Items" | "Names" | "Plain"


@dataclass(frozen=True)
class Items:
    """A list of what `of` says."""

    of: Any


@dataclass(frozen=True)
class Names:
    """An object whose keys somebody chooses, and what `of` says behind each."""

    of: Any


@dataclass(frozen=True)
class Plain:
    """Neither an object nor a list. `kind` "" says anything."""

    kind: str
    values: tuple[Value, ...] = ()


_TEXT = Plain("text")
_KINDS = {str: _TEXT, int: Plain("number"), float: Plain("number"), bool: Plain("yes or no", (True, False))}
# Types that a function checks, and what fits there.
_CHECKED: tuple[tuple[Any, tuple[Shape, ...]], ...] = (
    (Expiry, (Plain("number"), _TEXT)),
    (Day, (_TEXT,)),
    (Colour, (_TEXT,)),
    (Tags, (Items(str), _TEXT)),
)
_BUTTONS = {name: (Actions | None, None) for names in BUTTONS.values() for name in names}
_ButtonActions: type[BaseModel] = create_model("_ButtonActions", __base__=Part, **typing.cast(Any, _BUTTONS))
_JsonAttribute = create_model("_JsonAttribute", __base__=Part, exp=(float | None, None))
_DEVICE_TYPES = ("ios", "android", "amazon", "web", "email", "sms", "mms", OPEN_PREFIX)
# What the definition leaves to rules, and so says less of.
_SAID_ELSEWHERE: dict[tuple[type[BaseModel], str], Any] = {
    (Experiment, "audience"): (Selector, Plain("text", ("all",))),
    (Experiment, "device_types"): Items(Plain("text", _DEVICE_TYPES)),
    (Interactive, "type"): Plain("text", tuple(BUTTONS)),
    (Interactive, "button_actions"): _ButtonActions,
    (Ios, "badge"): (Plain("number"), Plain("text", ("auto",))),
    (Android, "visibility"): Plain("number", (-1, 0, 1)),
    (Activity, "activity"): Plain("text", ACTIVITIES),
    (AttributeChange, "value"): (Plain("text"), Plain("number"), _JsonAttribute),
}
_NEEDED = {
    *((Experiment, name) for name in ("audience", "device_types", "variants")),
    (Variant, "push"),
}


def fitting(pointer: str) -> Fitting:
    """What fits at an RFC 6901 pointer of the experiment object, "" for the whole. Nothing fits at an unknown place."""
    shapes: list[Shape] = [Experiment]
    for step in steps(pointer):
        shapes = list(dict.fromkeys(inner for shape in shapes for inner in _inside(shape, step)))
    models = [shape for shape in shapes if _is_model(shape)]
    return Fitting(
        keys=tuple(_keys(models)),
        values=tuple(dict.fromkeys(value for shape in shapes if isinstance(shape, Plain) for value in shape.values)),
        together=tuple(tuple(_fields(model)) for model in models) if len(models) > 1 else (),
    )


def _is_model(shape: Any) -> typing.TypeGuard[type[BaseModel]]:
    return isinstance(shape, type) and issubclass(shape, BaseModel)


def _inside(shape: Shape, step: str) -> Iterator[Shape]:
    """The shapes that fit behind one key, or as an item of a list."""
    if isinstance(shape, Items):
        yield from _shapes(shape.of) if step.isdecimal() else ()
    elif isinstance(shape, Names):
        yield from _shapes(shape.of)
    elif _is_model(shape):
        if shape is Notification and step.startswith(OPEN_PREFIX):
            yield OpenChannel
        elif step in _fields(shape):
            yield from _shapes(_fields(shape)[step])


@cache
def _fields(model: type[BaseModel]) -> dict[str, Any]:
    """The keys of an object as they are written, with what fits behind each."""
    hints = typing.get_type_hints(model, include_extras=True)
    fields = {
        field.alias or name: _SAID_ELSEWHERE.get((model, name), hints[name])
        for name, field in model.model_fields.items()
    }
    return {**fields, OPEN_PREFIX: OpenChannel} if model is Notification else fields


def _shapes(said: Any) -> Iterator[Shape]:
    """What a type says, one by one, without None."""
    if isinstance(said, Items | Names | Plain) or _is_model(said):
        yield said
        return
    checked = next((shapes for known, shapes in _CHECKED if said == known), None)
    if checked is not None:
        yield from checked
        return
    origin, arguments = typing.get_origin(said), typing.get_args(said)
    if origin is Literal:
        yield Plain(_KINDS[type(arguments[0])].kind, arguments)
    elif origin in (list, dict):
        yield Items(arguments[0]) if origin is list else Names(arguments[1])
    else:
        several = _several(said)
        yield from (shape for one in several for shape in _shapes(one))
        if not several and said is not NoneType:
            yield _KINDS.get(said, Plain(""))


def _several(said: Any) -> tuple[Any, ...]:
    """The types of which one fits; none for a single one."""
    if isinstance(said, tuple):
        return said
    if isinstance(said, TypeAliasType):
        return (said.__value__,)
    origin, arguments = typing.get_origin(said), typing.get_args(said)
    if origin is typing.Annotated:
        return arguments[:1]
    return arguments if origin in (Union, UnionType) else ()


def _keys(models: list[type[BaseModel]]) -> Iterator[Key]:
    """Every key of the objects once, in their order. Only what all of its objects need is needed."""
    names = dict.fromkeys(name for model in models for name in _fields(model))
    for name in names:
        owners = [model for model in models if name in _fields(model)]
        shapes = [shape for model in owners for shape in _shapes(_fields(model)[name])]
        values = dict.fromkeys(value for shape in shapes if isinstance(shape, Plain) for value in shape.values)
        is_needed = len(owners) == len(models) and all(_is_needed(model, name) for model in owners)
        yield Key(name, _kind(shapes), is_needed, tuple(values))


def _kind(shapes: Iterable[Shape]) -> str:
    kinds = [
        shape.kind if isinstance(shape, Plain) else "list" if isinstance(shape, Items) else "object" for shape in shapes
    ]
    return " or ".join(dict.fromkeys(kind for kind in kinds if kind)) or "anything"


def _is_needed(model: type[BaseModel], name: str) -> bool:
    fields = {field.alias or own: field for own, field in model.model_fields.items()}
    return (model, name) in _NEEDED or (name in fields and fields[name].is_required())
