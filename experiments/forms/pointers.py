"""Places in a document, by RFC 6901 pointer: look, put, take out. The document is changed in place."""

from typing import Any

from experiments.providers.canonical import ABSENT
from experiments.providers.pointers import steps
from experiments.providers.shapes import Json

# An object that becomes empty is taken out with its last key, but not these: without them a variant is not one.
_KEPT_EMPTY = frozenset({"push", "notification"})


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
    """Set the value at `pointer`, making objects on the way. LookupError where another kind of value is in the way."""
    *path, last = steps(pointer)
    parent: Any = document
    for step in path:
        if isinstance(parent, dict):
            parent = parent.setdefault(step, {})
        elif isinstance(parent, list):
            parent = parent[int(step)]
        else:
            raise LookupError(pointer)
    if not isinstance(parent, dict):
        raise LookupError(pointer)
    parent[last] = value


def take_out(document: Json, pointer: str) -> None:
    """Delete the key at `pointer`, and objects that are empty because of it."""
    path, _, last = pointer.rpartition("/")
    parent = find(document, path)
    key = steps(f"/{last}")[0]
    if not isinstance(parent, dict) or key not in parent:
        return
    del parent[key]
    name = path.rsplit("/", 1)[-1]
    if not parent and path and name not in _KEPT_EMPTY and not name.isdecimal():
        take_out(document, path)
