"""The exact bytes of a document, and what differs between two documents, for every provider.

`order` is a provider's own order of keys: they come first, the others after them by alphabet.
"""

import hashlib
import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from experiments.providers.pointers import escape
from experiments.providers.shapes import Json

_EXACT = 2**53  # a JSON reader that keeps numbers as doubles is exact up to here


class Absent:
    """Stands where one of two documents has no value at all, which is not the same as null."""

    def __repr__(self) -> str:
        return "ABSENT"

    def __bool__(self) -> bool:
        return False


ABSENT = Absent()


class Difference(NamedTuple):
    """One place where two documents differ; ABSENT where one of them says nothing there."""

    pointer: str
    before: Any
    after: Any


def to_bytes(document: Json, order: Sequence[str]) -> bytes:
    """The document as canonical UTF-8 JSON: the same content always gives the same bytes.

    No white space; no escapes that JSON does not need; -0 as 0 and 2.0 as 2. ValueError for NaN, infinity and lone
    surrogates.
    """
    settled = _canonical(document, _ranks(tuple(order)))
    return json.dumps(settled, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def sha256(body: bytes) -> str:
    """The hash a person compares and a confirmation is bound to, 64 hex digits."""
    return hashlib.sha256(body).hexdigest()


def difference(before: Json, after: Json, order: Sequence[str]) -> list[Difference]:
    """Every place where two documents differ, in the order of reading. 1 and 1.0 are the same, 1 and true are not."""
    return list(_differences(before, after, "", _ranks(tuple(order))))


@cache
def _ranks(order: tuple[str, ...]) -> dict[str, int]:
    return {key: rank for rank, key in enumerate(order)}


def _canonical(value: Any, ranks: dict[str, int]) -> Any:
    if isinstance(value, dict):
        ordered = sorted(value, key=lambda key: (ranks.get(key, len(ranks)), key))
        return {key: _canonical(value[key], ranks) for key in ordered}
    if isinstance(value, list):
        return [_canonical(item, ranks) for item in value]
    if isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT:
        return int(value)
    return value


def _differences(before: Any, after: Any, pointer: str, ranks: dict[str, int]) -> Iterator[Difference]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted({*before, *after}, key=lambda key: (ranks.get(key, len(ranks)), key)):
            place = f"{pointer}/{escape(key)}"
            yield from _differences(before.get(key, ABSENT), after.get(key, ABSENT), place, ranks)
    elif isinstance(before, list) and isinstance(after, list):
        for position in range(max(len(before), len(after))):
            one = before[position] if position < len(before) else ABSENT
            other = after[position] if position < len(after) else ABSENT
            yield from _differences(one, other, f"{pointer}/{position}", ranks)
    elif isinstance(before, bool) is not isinstance(after, bool) or before != after:
        yield Difference(pointer, before, after)
