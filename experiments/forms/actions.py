"""What the editor's buttons do to a draft: each is a word and, after a colon, a place or a number."""

from collections.abc import Callable
from dataclasses import dataclass

from experiments.forms.editing import Editing
from experiments.forms.editors import editor_of
from experiments.providers import PROVIDERS
from experiments.providers import document as document_module
from experiments.providers.modules import Document
from experiments.providers.shapes import Json


@dataclass(frozen=True)
class Done:
    """What was done: the words to say, the variant to show, the id of the field to go to."""

    words: str = ""
    position: int | None = None
    focus: str = ""
    is_removal: bool = False
    platform: str | None = None


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
    document_of = _module(editing)
    _replace(editing, document_of.add_variant(editing.document))
    return Done(position=len(document_of.variants_of(editing.document)) - 1, focus="name")


def _duplicate_variant(editing: Editing, place: str) -> Done:
    _refuse_beyond_limit(editing)
    position = int(place)
    _replace(editing, _module(editing).duplicate_variant(editing.document, position))
    return Done(position=position + 1, focus="name")


def _refuse_beyond_limit(editing: Editing) -> None:
    most = _module(editing).MOST_VARIANTS
    if len(_module(editing).variants_of(editing.document)) >= most:
        raise CannotDo(f"{most} {_word(editing)}s are the most that fit here.")


def _remove_variant(editing: Editing, place: str) -> Done:
    position = int(place)
    document_of = _module(editing)
    if len(document_of.variants_of(editing.document)) == 1:
        raise CannotDo(f"A test needs at least one {_word(editing)}.")
    _replace(editing, document_of.remove_variant(editing.document, position))
    shown = min(position, len(document_of.variants_of(editing.document)) - 1)
    words = f"{_word(editing).capitalize()} {document_of.variant_letter(position)} is removed."
    return Done(words, shown, is_removal=True)


def _move_variant(editing: Editing, place: str) -> Done:
    position, to = (int(number) for number in place.split(":"))
    _replace(editing, _module(editing).move_variant(editing.document, position, to))
    return Done(position=to)


def _replace(editing: Editing, document: Json) -> None:
    """Positions changed, so texts kept for variants by position would stand at the wrong one."""
    editing.document = document
    editor = editor_of(editing.provider)
    editor.settle(editing)
    for name in [name for name in editing.unparsed if name.startswith((f"/{editor.VARIANTS}/", "title:"))]:
        del editing.unparsed[name]


def _module(editing: Editing) -> Document:
    return document_module(editing.provider)


def _word(editing: Editing) -> str:
    return PROVIDERS[editing.provider].variant_word


def _nothing(editing: Editing, place: str) -> Done:
    return Done()


def _show_variant(editing: Editing, place: str) -> Done:
    position, _, platform = place.partition(":")
    return Done(position=int(position), platform=platform)


_ACTIONS: dict[str, Act] = {
    "save": _nothing,
    "show": _show_variant,
    "add-variant": _add_variant,
    "duplicate-variant": _duplicate_variant,
    "remove-variant": _remove_variant,
    "move-variant": _move_variant,
}
