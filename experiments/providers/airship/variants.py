"""The variants of a test: letters, shares, and the edits to their row. Every edit returns a new document."""

import copy
from fractions import Fraction
from typing import Any

from experiments.providers.letters import variant_letter as variant_letter
from experiments.providers.marker import split_marker
from experiments.providers.shapes import Json, Share

MOST_VARIANTS = 26
HOLDOUT_LETTER = "–"
SET_BY_AIRSHIP = ("id", "push_id", "created_at")  # readOnly in experimentObject


def variants_of(document: Json) -> list[Any]:
    """The document's variants as they are, an empty list where there is no list."""
    variants = document.get("variants")
    return variants if isinstance(variants, list) else []


def shares(document: Json) -> tuple[Share, ...]:
    """Who gets which part of the whole audience: (1 - control) x weight / sum of weights, then the holdout.

    A missing weight counts as 1. A weight that is not a whole number above 0 has no share until it is mended; where no
    weight counts, the split is even, so that the percentages always sum to 100.
    Reference: https://www.airship.com/docs/guides/experimentation/a-b-tests/messages-legacy/ (audience groups).
    """
    variants = variants_of(document)
    holdout = _holdout(document) if variants else Fraction(0)
    weights = [_weight(variant) for variant in variants]
    total = sum(weights)
    parts = [Fraction(weight, total) if total else Fraction(1, len(weights)) for weight in weights]
    found = [
        Share(variant_letter(position), _name(variant), float((1 - holdout) * part * 100), weights[position])
        for position, (variant, part) in enumerate(zip(variants, parts, strict=True))
    ]
    if holdout:
        found.append(Share(HOLDOUT_LETTER, "", float(holdout * 100), 0))
    return tuple(found)


def _weight(variant: object) -> int:
    weight = variant.get("weight", 1) if isinstance(variant, dict) else 1
    return weight if type(weight) is int and weight > 0 else 0


def _holdout(document: Json) -> Fraction:
    control = document.get("control")
    if isinstance(control, bool) or not isinstance(control, int | float) or not 0 <= control < 1:
        return Fraction(0)
    return Fraction(repr(control))


def _name(variant: object) -> str:
    name = variant.get("name") if isinstance(variant, dict) else None
    return name if isinstance(name, str) else ""


def blank(name: str = "") -> Json:
    """A new draft's document: two empty variants and no audience, because everybody must never be the default."""
    return {"name": name, "device_types": [], "variants": [_empty_variant("A"), _empty_variant("B")]}


def _empty_variant(name: str) -> Json:
    return {"name": name, "push": {"notification": {}}}


def from_remote(raw: Json) -> Json:
    """A draft's document from an experiment as Airship lists it: without Airship's ids, our marker and its schedules.

    Every schedule goes, not only a past one: a copy of a planned test is a new test, and its time is a new decision.
    """
    document = {
        key: copy.deepcopy(value) for key, value in raw.items() if key not in SET_BY_AIRSHIP and value is not None
    }
    if isinstance(document.get("description"), str):
        document["description"] = split_marker(document["description"])[0]
        if not document["description"]:
            del document["description"]
    for variant in variants_of(document):
        if isinstance(variant, dict):
            for key in ("id", "schedule", *(name for name, value in variant.items() if value is None)):
                variant.pop(key, None)
    return document


def add_variant(document: Json) -> Json:
    """A copy with one more empty variant at the end, named by its letter."""
    changed = _copy(document)
    changed["variants"].append(_empty_variant(variant_letter(len(changed["variants"]))))
    return changed


def duplicate_variant(document: Json, position: int) -> Json:
    """A copy in which the variant at `position` stands twice, the second named "… copy". IndexError beyond the end."""
    changed = _copy(document)
    twin = copy.deepcopy(changed["variants"][_within(changed, position)])
    if isinstance(twin, dict):
        twin.pop("id", None)
        if _name(twin):
            twin["name"] = f"{_name(twin)} copy"
    changed["variants"].insert(position + 1, twin)
    return changed


def remove_variant(document: Json, position: int) -> Json:
    """A copy without the variant at `position`. IndexError beyond the end."""
    changed = _copy(document)
    del changed["variants"][_within(changed, position)]
    return changed


def move_variant(document: Json, position: int, to: int) -> Json:
    """A copy in which the variant at `position` stands at `to`; the others close up. IndexError beyond the end."""
    changed = _copy(document)
    moved = changed["variants"].pop(_within(changed, position))
    if not 0 <= to <= len(changed["variants"]):
        raise IndexError(to)
    changed["variants"].insert(to, moved)
    return changed


def rename_variant(document: Json, position: int, name: str) -> Json:
    """A copy in which the variant at `position` is called `name`. IndexError beyond the end."""
    changed = _copy(document)
    changed["variants"][_within(changed, position)]["name"] = name
    return changed


def _copy(document: Json) -> Json:
    changed = copy.deepcopy(document)
    if not isinstance(changed.get("variants"), list):
        changed["variants"] = []
    return changed


def _within(document: Json, position: int) -> int:
    if not 0 <= position < len(document["variants"]):
        raise IndexError(position)
    return position
