"""Texts that no value came of stand in plan["unparsed"] by the name of their field, which holds a variant's position.

Where variants move, these go along, so that nothing typed is lost. A name that belongs to a variant is a pointer such
as "/variants/2/weight", the same behind a word ("part:/variants/2"), or "title:2".
"""

import re
from collections.abc import Callable

type Kept = dict[str, dict[str, str]]
type Moved = Callable[[int], tuple[int, ...]]


def follow(kept: Kept, key: str, moved: Moved) -> Kept:
    """`kept` after variants changed places: `moved` gives the new positions of an old one, none where it is gone.

    `key` is the document's key of its variants. Two copies of a variant have a copy of its texts each.
    """
    names = _names(key)
    followed: Kept = {}
    for name, text in kept.items():
        match = names.fullmatch(name)
        places = moved(int(match["position"])) if match else ()
        for new in [f"{match['head']}{place}{match['tail']}" for place in places] if match else [name]:
            followed[new] = dict(text)
    return followed


def texts_of(kept: Kept, key: str, position: int, to: int) -> Kept:
    """The texts of the variant at `position` alone, named for the position `to`."""
    names = _names(key)
    own = {name: text for name, text in kept.items() if names.fullmatch(name)}
    return follow(own, key, lambda place: (to,) if place == position else ())


def _names(key: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?P<head>(?:[a-z-]+:)?/{key}/|title:)(?P<position>\d{{1,4}})(?P<tail>(?:/.*)?)", re.ASCII | re.DOTALL
    )
