"""The groups of a test: letters, shares, and the edits to their row. Every edit returns a new document."""

import copy
from collections.abc import Iterable
from fractions import Fraction

from experiments.providers.letters import variant_letter
from experiments.providers.marker import split_alias
from experiments.providers.qonversion.alias import fitting, suggested_alias
from experiments.providers.qonversion.definition import EXPERIMENT, GROUP, groups_of, is_number
from experiments.providers.qonversion.wording import written_metric
from experiments.providers.shapes import Json, Share

MOST_VARIANTS = 26  # the letters; how many groups Qonversion takes is not documented
OUTSIDE_LETTER = "–"
OUTSIDE_NAME = "Not in the test"


def shares(document: Json) -> tuple[Share, ...]:
    """Who gets which part of the users that the audience rules let in: segment percent x weight / sum of weights.

    Documented: `weight` is relative, `segment_percent` is the share of users that enters. Not documented: what a
    missing segment percent means (here: nobody is counted out), and whether a weight may be 0 (here: no share). Where
    no weight counts, the split is even, so that the percentages always sum to 100. Tests that started earlier under
    the same context key take their users first, so that fewer may be left.
    Reference: https://documentation.qonversion.io/api-reference/experiments/create-an-experiment-group,
    https://documentation.qonversion.io/docs/splitting-rules
    """
    groups = groups_of(document)
    entering = _entering(document)
    weights = [_weight(group) for group in groups]
    total = sum(weights, Fraction(0))
    parts = [weight / total if total else Fraction(1, len(weights)) for weight in weights]
    found = [
        Share(variant_letter(position), _name(group), float(entering * part * 100), _plain(weights[position]))
        for position, (group, part) in enumerate(zip(groups, parts, strict=True))
    ]
    if groups and entering < 1:
        found.append(Share(OUTSIDE_LETTER, OUTSIDE_NAME, float((1 - entering) * 100), 0))
    return tuple(found)


def _weight(group: object) -> Fraction:
    weight = group.get("weight") if isinstance(group, dict) else None
    return _fraction(weight) if is_number(weight) and weight > 0 else Fraction(0)


def _entering(document: Json) -> Fraction:
    percent = document.get("segment_percent")
    return _fraction(percent) / 100 if is_number(percent) and 0 <= percent <= 100 else Fraction(1)


def _fraction(number: float) -> Fraction:
    try:
        return Fraction(repr(number))
    except ValueError:  # infinity and NaN, told by their own problem
        return Fraction(0)


def _plain(number: Fraction) -> float:
    return int(number) if number.denominator == 1 else float(number)


def _name(group: object) -> str:
    name = group.get("name") if isinstance(group, dict) else None
    return name if isinstance(name, str) else ""


def blank(name: str = "") -> Json:
    """A new draft's document: a control, one group, and no share of users: everybody must never be the default."""
    return {"name": name, "alias_id": suggested_alias(name), "groups": [_new("Control", is_control=True), _new("B")]}


def _new(name: str, *, is_control: bool = False) -> Json:
    return {"name": name, "weight": 1, "is_control": is_control}


def from_remote(raw: Json) -> Json:
    """A draft's document from an experiment as `look_up` gives it: without ids, status, times and our marker.

    An offering stays in its group, so that the editor can warn that no call can set it.
    """
    document = {key: copy.deepcopy(raw[key]) for key in EXPERIMENT if raw.get(key) not in (None, "")}
    alias = document.get("alias_id")
    if isinstance(alias, str):
        document["alias_id"] = fitting(split_alias(alias)[0])
    metric = document.get("primary_metric")
    if isinstance(metric, str):
        document["primary_metric"] = written_metric(metric)
    document["groups"] = [_copied(group) for group in groups_of(raw) if isinstance(group, dict)]
    return document


def _copied(group: Json) -> Json:
    kept = {key: copy.deepcopy(group[key]) for key in GROUP if group.get(key) is not None}
    return kept | ({"offering_uid": group["offering_uid"]} if group.get("offering_uid") else {})


def add_variant(document: Json) -> Json:
    """A copy with one more group at the end, named by its letter."""
    changed = _copy(document)
    changed["groups"].append(_new(_free_name(variant_letter(len(changed["groups"])), changed["groups"])))
    return changed


def duplicate_variant(document: Json, position: int) -> Json:
    """A copy in which the group at `position` stands twice, the second named "… copy". IndexError beyond the end."""
    changed = _copy(document)
    twin = copy.deepcopy(changed["groups"][_within(changed, position)])
    if isinstance(twin, dict):
        if _name(twin):
            twin["name"] = _free_name(f"{_name(twin)} copy", changed["groups"])
        if "is_control" in twin:
            twin["is_control"] = False
    changed["groups"].insert(position + 1, twin)
    return changed


def remove_variant(document: Json, position: int) -> Json:
    """A copy without the group at `position`; those after it move up. IndexError beyond the end."""
    changed = _copy(document)
    del changed["groups"][_within(changed, position)]
    return changed


def move_variant(document: Json, position: int, to: int) -> Json:
    """A copy in which the group at `position` stands at `to`; the others close up. IndexError beyond the end."""
    changed = _copy(document)
    moved = changed["groups"].pop(_within(changed, position))
    if not 0 <= to <= len(changed["groups"]):
        raise IndexError(to)
    changed["groups"].insert(to, moved)
    return changed


def rename_variant(document: Json, position: int, name: str) -> Json:
    """A copy in which the group at `position` is called `name`. IndexError beyond the end."""
    changed = _copy(document)
    changed["groups"][_within(changed, position)]["name"] = name
    return changed


def _free_name(name: str, groups: Iterable[object]) -> str:
    """`name`, or with a number where another group has it: by its name a group is found again."""
    taken = {_name(group) for group in groups}
    number, free = 2, name
    while free in taken:
        free, number = f"{name} {number}", number + 1
    return free


def _copy(document: Json) -> Json:
    changed = copy.deepcopy(document)
    if not isinstance(changed.get("groups"), list):
        changed["groups"] = []
    return changed


def _within(document: Json, position: int) -> int:
    if not 0 <= position < len(document["groups"]):
        raise IndexError(position)
    return position
