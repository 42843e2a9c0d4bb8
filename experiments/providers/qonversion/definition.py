"""The experiment and its groups, typed once: what keys there are, of which kind, and in which order they are written.

A draft's document is the body of Qonversion's create call with the bodies of its groups inside, as `groups`.
Reference: https://documentation.qonversion.io/api-reference/experiments/create-an-experiment,
https://documentation.qonversion.io/api-reference/experiments/create-an-experiment-group
"""

from collections.abc import Iterator
from typing import Any, Literal, TypeGuard

from experiments.providers.pointers import escape
from experiments.providers.qonversion.wording import owner, subject
from experiments.providers.shapes import Json, Problem

type Kind = Literal["text", "number", "yes_no"]

EXPERIMENT: dict[str, Kind] = {
    "name": "text",
    "alias_id": "text",
    "description": "text",
    "primary_metric": "text",
    "goal_value": "number",
    "goal_direction": "text",
    "segment_percent": "number",
    "context_key": "text",
    "is_context_specific": "yes_no",
}
GROUP: dict[str, Kind] = {"name": "text", "weight": "number", "is_control": "yes_no", "remote_config_uid": "text"}
KEY_ORDER = tuple(dict.fromkeys((*EXPERIMENT, "groups", *GROUP)))
# What the API refuses as null: leaving such a key out, or its empty value, says the same.
EMPTY: Json = {"description": "", "context_key": "", "is_context_specific": False}

SET_BY_QONVERSION = frozenset(
    {"object", "id", "url", "status", "started_at", "finished_at", "created_at", "updated_at"}
)
SET_IN_DASHBOARD = frozenset({"offering_uid", "offering_tag"})

_WORDS: dict[Kind, tuple[str, str]] = {
    "text": ("not_text", "must be a text"),
    "number": ("not_number", "must be a number"),
    "yes_no": ("not_yes_no", "must be true or false"),
}


def is_number(value: object) -> TypeGuard[float]:
    """Whether a value is a JSON number, which true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def groups_of(document: Json) -> list[Any]:
    """The document's groups as they are, an empty list where there is no list."""
    groups = document.get("groups")
    return groups if isinstance(groups, list) else []


def find_shape_problems(document: Json) -> Iterator[Problem]:
    """Values of the wrong kind, keys that Qonversion sets itself, and keys that its pages do not have.

    null says that a value is not set; it is left out of what is sent.
    """
    yield from _problems_in(document, EXPERIMENT, "", SET_BY_QONVERSION, frozenset({"groups"}))
    groups = document.get("groups")
    if groups is not None and not isinstance(groups, list):
        yield Problem("/groups", "The groups must be a list.", "not_list")
    for position, group in enumerate(groups_of(document)):
        pointer = f"/groups/{position}"
        if isinstance(group, dict):
            yield from _problems_in(group, GROUP, pointer, SET_BY_QONVERSION - {"status"}, SET_IN_DASHBOARD)
        else:
            yield Problem(pointer, f"{owner(pointer)} must be an object in braces.", "not_object")


def _problems_in(
    part: Json, kinds: dict[str, Kind], pointer: str, set_there: frozenset[str], known: frozenset[str]
) -> Iterator[Problem]:
    for key, value in part.items():
        place = f"{pointer}/{escape(key)}"
        if key in set_there:
            yield Problem(place, f"Qonversion sets “{key}” itself. Delete it here.", "set_by_qonversion")
        elif key in kinds:
            if value is not None and not _is_kind(value, kinds[key]):
                code, words = _WORDS[kinds[key]]
                yield Problem(place, f"{subject(place)} {words}.", code)
        elif key not in known:
            message = f"Qonversion’s pages have no “{key}” here. It may be refused or ignored. Check the spelling."
            yield Problem(place, message, "unknown_key", "warning")


def _is_kind(value: object, kind: Kind) -> bool:
    if kind == "number":
        return is_number(value)
    return isinstance(value, str if kind == "text" else bool)
