"""The exact bytes of a document, and what differs between two documents."""

from typing import Any

from experiments.providers import canonical
from experiments.providers.canonical import ABSENT as ABSENT
from experiments.providers.canonical import Difference as Difference
from experiments.providers.canonical import sha256 as sha256
from experiments.providers.qonversion.definition import EMPTY, EXPERIMENT, GROUP, KEY_ORDER, groups_of
from experiments.providers.qonversion.wording import written_metric
from experiments.providers.shapes import Json


def to_bytes(document: Json) -> bytes:
    """The document, or one call's body, as canonical UTF-8 JSON. ValueError for NaN and such."""
    return canonical.to_bytes(document, KEY_ORDER)


def difference(before: Json, after: Json) -> list[Difference]:
    """Every place where two documents differ, in the order of reading."""
    return canonical.difference(before, after, KEY_ORDER)


def same_content(sent: Json, read_back: Json) -> list[Difference]:
    """What the provider holds otherwise than it was sent; an empty list where the content is the same.

    Not counted: what Qonversion adds (ids, status, times, values for what was not sent), a key that it does not show
    (older pages leave out the alias), null and empty for a value that is not set, the spelling of metrics, number
    formats, the order of groups. A group is told by its name.
    """
    found = difference(*_both(sent, read_back, EXPERIMENT))
    if not isinstance(sent.get("groups"), list) or not isinstance(read_back.get("groups"), list):
        return found
    held = [group for group in groups_of(read_back) if isinstance(group, dict)]
    for position, group in enumerate(groups_of(sent)):
        twin = _taken(group, held) if isinstance(group, dict) else None
        if twin is None:
            found.append(Difference(f"/groups/{position}", group, ABSENT))
        else:
            found += [
                one._replace(pointer=f"/groups/{position}{one.pointer}")
                for one in difference(*_both(group, twin, GROUP))
            ]
    more = len(groups_of(sent))
    return found + [Difference(f"/groups/{more + number}", ABSENT, group) for number, group in enumerate(held)]


def _taken(group: Json, held: list[Json]) -> Json | None:
    """The group of this name, taken out of `held`."""
    for index, other in enumerate(held):
        if same_name(group.get("name"), other.get("name")):
            return held.pop(index)
    return None


def same_name(one: object, other: object) -> bool:
    """Whether two groups are called the same, blanks at the ends apart; groups without a name never are."""
    return isinstance(one, str) and isinstance(other, str) and bool(one.strip()) and one.strip() == other.strip()


def _both(sent: Json, held: Json, keys: dict[str, Any]) -> tuple[Json, Json]:
    compared = [key for key in keys if key in sent and key in held]
    return {key: _settled(key, sent[key]) for key in compared}, {key: _settled(key, held[key]) for key in compared}


def _settled(key: str, value: Any) -> Any:
    if key == "primary_metric" and isinstance(value, str):
        return written_metric(value) or None
    if key == "is_control" and value is None:
        return False
    if value is None or value == "":
        return EMPTY.get(key)
    return value.strip() if key == "name" and isinstance(value, str) else value
