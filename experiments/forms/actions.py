"""What the editor's buttons do to a draft: each is a word and, after a colon, a place or a number."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from experiments.forms.editing import Editing
from experiments.forms.editors import editor_of
from experiments.forms.kept_texts import Moved, follow, texts_of
from experiments.models import Template
from experiments.providers import PROVIDERS
from experiments.providers import document as document_module
from experiments.providers.letters import variant_letter
from experiments.providers.modules import Document
from experiments.providers.names import plainly
from experiments.providers.shapes import Json
from experiments.providers.text import MOST_BYTES


@dataclass(frozen=True)
class Done:
    """What was done: the words to say, the variant to show, the id of the field to go to.

    `said` is told to those who do not see it. `swap` names what of the page is new, "" for all of it. `removed` is the
    position of a variant that is gone.
    """

    words: str = ""
    position: int | None = None
    focus: str = ""
    is_removal: bool = False
    platform: str | None = None
    said: str = ""
    swap: str = ""
    removed: int | None = None


LOOKS = frozenset({"show", "show-platform"})  # buttons that change nothing

type Act = Callable[[Editing, str], Done]


class CannotDo(Exception):
    """The button's place is no longer there, or a limit is reached. `str(error)` says so."""


def act(editing: Editing, do: str) -> Done:
    """Run the button whose value is `do` ("remove-variant:2"). CannotDo where it is unknown or out of place."""
    verb, _, place = do.partition(":")
    actions = {**_ACTIONS, **editor_of(editing.provider).ACTIONS}
    if verb not in actions:
        raise CannotDo("This button is not known here. Nothing was changed by it.")
    try:
        return actions[verb](editing, place)
    except (IndexError, ValueError):
        raise CannotDo("What this button was for is no longer there. Nothing was changed by it.") from None


def _add_variant(editing: Editing, place: str) -> Done:
    _refuse_beyond_limit(editing)
    _replace(editing, _module(editing).add_variant(editing.document))
    position = len(_variants(editing)) - 1
    return Done(position=position, focus="name", said=f"{_called(editing, position)} is new.", swap="variants")


def add_template(editing: Editing, template: Template) -> Done:
    """Add the variant that a template holds at the end. CannotDo beyond a limit."""
    _refuse_beyond_limit(editing)
    variants = [*_module(editing).variants_of(editing.document), template.document]
    document = {**editing.document, editor_of(editing.provider).VARIANTS: variants}
    if len(json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")) > MOST_BYTES:
        raise CannotDo(f"With “{plainly(template.name)}” the test would be too large. Nothing was changed.")
    _replace(editing, document)
    position = len(variants) - 1
    said = f"{_called(editing, position)} is new, from the template “{plainly(template.name)}”."
    return Done(position=position, focus="name", said=said, swap="variants")


def _duplicate_variant(editing: Editing, place: str) -> Done:
    _refuse_beyond_limit(editing)
    position = int(place)
    twins = _module(editing).duplicate_variant(editing.document, position)
    _replace(editing, twins, lambda old: (old, old + 1) if old == position else (old + (old > position),))
    said = f"{_called(editing, position + 1)} is new, a copy of {variant_letter(position)}."
    return Done(position=position + 1, focus="name", said=said, swap="variants")


def _refuse_beyond_limit(editing: Editing) -> None:
    most = _module(editing).MOST_VARIANTS
    if len(_variants(editing)) >= most:
        raise CannotDo(f"{most} {_word(editing)}s are the most that fit here.")


def _remove_variant(editing: Editing, place: str) -> Done:
    position = int(place)
    if len(_variants(editing)) == 1:
        raise CannotDo(f"A test needs at least one {_word(editing)}.")
    left = _module(editing).remove_variant(editing.document, position)
    words = f"{_called(editing, position)} is removed."
    _replace(editing, left, lambda old: () if old == position else (old - (old > position),))
    shown = min(position, len(_variants(editing)) - 1)
    return Done(words, shown, "tab", is_removal=True, swap="variants", removed=position)


def put_back(editing: Editing, document: Json, plan: Json, place: str) -> Done:
    """Bring back the variant that stood at `place` in an earlier document, and nothing else of that."""
    earlier = _module(editing).variants_of(document)
    position = int(place) if place.isascii() and place.isdecimal() and len(place) < 4 else len(earlier)
    if position >= len(earlier):
        raise CannotDo("This variant is not there. Nothing was changed.")
    variant = earlier[position]
    if _count(_variants(editing), variant) >= _count(earlier, variant):
        return Done("It is back already.")
    _refuse_beyond_limit(editing)
    at = min(position, len(_variants(editing)))
    key = editor_of(editing.provider).VARIANTS
    variants = [*_variants(editing)[:at], _without_stale_time(variant, _variants(editing)), *_variants(editing)[at:]]
    own = texts_of(plan.get("unparsed") or {}, key, position, at)
    _replace(editing, {**editing.document, key: variants}, lambda old: (old + (old >= at),))
    editing.unparsed.update(own)
    return Done(position=at, focus="tab", said=f"{_called(editing, at)} is back.", swap="variants")


def _count(variants: list[Any], variant: Any) -> int:
    """Compared as text: to Python 1 and True are the same."""
    return [json.dumps(other) for other in variants].count(json.dumps(variant))


def _without_stale_time(variant: Any, others: list[Any]) -> Any:
    """All variants have a time, or none: where the others gave theirs up, the one that comes back has none either."""
    if not isinstance(variant, dict) or any(isinstance(other, dict) and "schedule" in other for other in others):
        return variant
    return {key: value for key, value in variant.items() if key != "schedule"}


def _move_variant(editing: Editing, place: str) -> Done:
    position, to = (int(number) for number in place.split(":"))
    _replace(
        editing,
        _module(editing).move_variant(editing.document, position, to),
        lambda old: (_place_after_move(old, position, to),),
    )
    said = f"{_called(editing, to)} is now {to + 1} of {len(_variants(editing))}."
    return Done(position=to, focus="tab", said=said, swap="variants")


def _place_after_move(old: int, position: int, to: int) -> int:
    if old == position:
        return to
    return old - (old > position) + (old - (old > position) >= to)


def _replace(editing: Editing, document: Json, moved: Moved = lambda old: (old,)) -> None:
    """Take the document whose variants stand elsewhere; texts that are kept for a variant go along with it."""
    editing.document = document
    editor = editor_of(editing.provider)
    editor.settle(editing)
    editing.plan["unparsed"] = follow(editing.unparsed, editor.VARIANTS, moved)


def _called(editing: Editing, position: int) -> str:
    """ "Variant B, “Weather”," as the beginning of a sentence; without a name only its letter."""
    variants = _variants(editing)
    variant = variants[position] if position < len(variants) else None
    name = variant.get("name") if isinstance(variant, dict) else None
    letter = f"{_word(editing).capitalize()} {variant_letter(position)}"
    return f"{letter}, “{plainly(name)}”," if isinstance(name, str) and name not in ("", letter[-1]) else letter


def _variants(editing: Editing) -> list[Any]:
    return _module(editing).variants_of(editing.document)


def _module(editing: Editing) -> Document:
    return document_module(editing.provider)


def _word(editing: Editing) -> str:
    return PROVIDERS[editing.provider].variant_word


def _nothing(editing: Editing, place: str) -> Done:
    return Done()


def _show_variant(editing: Editing, place: str) -> Done:
    position, _, platform = place.partition(":")
    return Done(position=int(position), focus="tab", platform=platform, swap="variant")


def _show_platform(editing: Editing, place: str) -> Done:
    return replace(_show_variant(editing, place), focus="platform")


_ACTIONS: dict[str, Act] = {
    "save": _nothing,
    "show": _show_variant,
    "show-platform": _show_platform,
    "add-variant": _add_variant,
    "duplicate-variant": _duplicate_variant,
    "remove-variant": _remove_variant,
    "move-variant": _move_variant,
}
