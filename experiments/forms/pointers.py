"""Places in a document, by RFC 6901 pointer: look, put, take out. The document is changed in place."""

from typing import Any

from experiments.providers.canonical import ABSENT
from experiments.providers.pointers import steps
from experiments.providers.shapes import Json

# An object that becomes empty is taken out with its last key, but not these: without them a variant is not one.
_KEPT_EMPTY = frozenset({"push", "notification"})
_MOST_ENTRIES = 10  # of a list that is made by filling a field of a later entry


def find(document: Json, pointer: str) -> Any:
    """The value at `pointer`, or ABSENT."""
    found: Any = document
    for step in steps(pointer):
        if isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, list) and step.isascii() and step.isdecimal() and int(step) < len(found):
            found = found[int(step)]
        else:
            return ABSENT
    return found


def put(document: Json, pointer: str, value: Any) -> None:
    """Set the value at `pointer`, making objects and lists on the way. LookupError where another kind is in the way."""
    *path, last = steps(pointer)
    parent: Any = document
    for depth, step in enumerate(path):
        if isinstance(parent, dict):
            is_list = [*path, last][depth + 1].isdecimal()
            parent = parent.setdefault(step, [] if is_list else {})
        elif isinstance(parent, list) and step.isdecimal():
            parent = _entry(parent, int(step), is_list_of_variants=depth == 1)
        else:
            raise LookupError(pointer)
    if not isinstance(parent, dict):
        raise LookupError(pointer)
    parent[last] = value


def _entry(entries: list[Any], position: int, *, is_list_of_variants: bool) -> Any:
    """The entry at `position`, made together with those before it, but never a variant. IndexError beyond the end."""
    if position >= len(entries) and not is_list_of_variants and position < _MOST_ENTRIES:
        entries += [{} for _ in range(position + 1 - len(entries))]
    return entries[position]


def take_out(document: Json, pointer: str) -> None:
    """Delete the key at `pointer`, and objects and lists that are empty because of it."""
    path, _, last = pointer.rpartition("/")
    parent = find(document, path)
    key = steps(f"/{last}")[0]
    if isinstance(parent, dict) and key in parent:
        del parent[key]
        if not parent and path:
            _take_out_empty(document, path)


def _take_out_empty(document: Json, pointer: str) -> None:
    """An entry goes only from the end of its list, so that those after it keep their places; a variant never goes."""
    path, _, name = pointer.rpartition("/")
    if not name.isdecimal():
        if name not in _KEPT_EMPTY:
            take_out(document, pointer)
        return
    entries = find(document, path)
    while path.count("/") > 1 and isinstance(entries, list) and entries and entries[-1] == {}:
        entries.pop()
    if entries == []:
        take_out(document, path)
