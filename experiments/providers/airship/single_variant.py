"""What is said of one variant whatever stands beside it, remembered by its text: most edits change one variant of many.

Nothing here may depend on the time, on other variants, or on anything but the arguments of `_judged`.
"""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from experiments.providers.airship.canonical import sha256, to_bytes
from experiments.providers.airship.definition import find_variant_shape_problems
from experiments.providers.airship.message_rules import MESSAGE_RULES
from experiments.providers.airship.payload import Message, device_types_of, message_of
from experiments.providers.airship.variants import variants_of
from experiments.providers.airship.wording import subject
from experiments.providers.marker import mentions_marker
from experiments.providers.shapes import Json, Problem
from experiments.providers.text import find_value_problems, places

MOST_REMEMBERED = 1024  # several drafts of 26 variants, in every process
LONGEST_REMEMBERED = 16 * 1024  # characters; a longer text is judged each time, so that memory stays small

_FREE = frozenset({"extra", "properties", "app_defined", "content_state", "audience", "attributes"})


class Judged(NamedTuple):
    """The problems of one variant by what finds them. `content` is a hash of what people get and when, "" for none."""

    values: tuple[Problem, ...]
    markers: tuple[Problem, ...]
    nulls: tuple[Problem, ...]
    message: tuple[Problem, ...]
    shape: tuple[Problem, ...]
    content: str

    @property
    def is_clean(self) -> bool:
        return not (self.values or self.markers or self.nulls or self.message or self.shape)


def judged(document: Json) -> Iterator[Judged]:
    """Of each variant of the document, in order."""
    device_types = device_types_of(document)
    for position, variant in enumerate(variants_of(document)):
        text = json.dumps(variant, ensure_ascii=False)
        judge = _judged if len(text) <= LONGEST_REMEMBERED else _judged.__wrapped__
        found: Judged = judge(text, 0, device_types)
        # Where nothing is wrong, that holds wherever the variant stands: a move makes nobody judge it anew.
        yield found if found.is_clean or not position else judge(text, position, device_types)


def without_variants(document: Json) -> Json:
    """The document without what `judged` tells of."""
    if not isinstance(document.get("variants"), list):
        return document
    return {key: value for key, value in document.items() if key != "variants"}


@lru_cache(maxsize=MOST_REMEMBERED)
def _judged(text: str, position: int, device_types: tuple[str, ...]) -> Judged:
    variant = json.loads(text)
    pointer = f"/variants/{position}"
    message = message_of(variant, position, device_types)
    return Judged(
        tuple(find_value_problems(variant, pointer)),
        tuple(find_markers(variant, pointer)),
        tuple(find_nulls(variant, pointer)),
        tuple(problem for rule in MESSAGE_RULES for problem in rule(message)) if message else (),
        tuple(find_variant_shape_problems(variant, position)),
        _content(variant, message),
    )


def find_markers(value: Any, pointer: str = "") -> Iterator[Problem]:
    for place, text in places(value, pointer):
        if isinstance(text, str) and mentions_marker(text):
            message = f"{subject(place)} holds “ref abx-…”, which Splitdesk keeps for itself. Delete it."
            yield Problem(place, message, "marker")


def find_nulls(value: Any, pointer: str = "") -> Iterator[Problem]:
    for place, found in places(value, pointer):
        if found is None and not _FREE.intersection(place.split("/")) and "/ios/alert/" not in place:
            yield Problem(place, f"{subject(place)} is null. Fill it in, or leave the key out.", "null")


def _content(variant: Any, message: Message | None) -> str:
    if message is None or not (message.push.get("notification") or message.push.get("in_app")):
        return ""
    try:
        return sha256(to_bytes({"push": variant["push"], "schedule": variant.get("schedule")}))
    except ValueError:  # NaN or half a character, told by its own problem
        return ""
