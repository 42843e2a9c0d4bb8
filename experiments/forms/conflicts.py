"""Two versions of one draft beside each other: where they differ, and whether both can be kept."""

import copy
import json
from dataclasses import dataclass
from typing import Any

from experiments.forms import pointers
from experiments.forms.editors import editor_of
from experiments.providers import document as document_module
from experiments.providers.canonical import ABSENT
from experiments.providers.shapes import Json

PLAN_LABELS = {
    "goal": "What is expected",
    "measure": "What counts as a success",
    "sample": "Sample person",
    "tags": "Tags",
    "when": "When it goes out",
    "unparsed": "Texts that could not be read",
}


@dataclass(frozen=True)
class Difference:
    """One place in words. `who` changed it since both started: "mine", "theirs" or "both"."""

    place: str
    theirs: str
    mine: str
    who: str


@dataclass(frozen=True)
class Version:
    document: Json
    plan: Json
    provider: str = "airship"

    def flat(self) -> dict[str, Any]:
        return {f"plan/{key}": self.plan.get(key) for key in PLAN_LABELS}


def differences(base: Version, theirs: Version, mine: Version) -> list[Difference]:
    """Every place where the two versions differ, in reading order."""
    document_of, subject = document_module(base.provider), editor_of(base.provider).subject
    by_me = _changed(base, mine)
    by_them = _changed(base, theirs)
    found = []
    for key, label in PLAN_LABELS.items():
        ours, others = mine.plan.get(key), theirs.plan.get(key)
        if ours != others:
            found.append(Difference(label, _words(others), _words(ours), _who(f"plan/{key}", by_me, by_them)))
    for pointer, others, ours in document_of.difference(theirs.document, mine.document):
        found.append(Difference(subject(pointer), _words(others), _words(ours), _who(pointer, by_me, by_them)))
    return found


def _changed(before: Version, after: Version) -> set[str]:
    changed = document_module(before.provider).difference(before.document, after.document)
    document = {pointer for pointer, _, _ in changed}
    old, new = before.flat(), after.flat()
    return document | {key for key in old if old[key] != new[key]}


def _who(place: str, by_me: set[str], by_them: set[str]) -> str:
    mine = any(place == other or other.startswith(f"{place}/") or place.startswith(f"{other}/") for other in by_me)
    theirs = any(place == other or other.startswith(f"{place}/") or place.startswith(f"{other}/") for other in by_them)
    return "both" if mine and theirs else "mine" if mine else "theirs"


def _words(value: Any) -> str:
    if value is ABSENT or value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return json.dumps(value, ensure_ascii=False)


def merged(base: Version, theirs: Version, mine: Version) -> Version | None:
    """Their version with my changes in it, where no place was changed by both and the variants are the same ones."""
    document_of = document_module(base.provider)
    lengths = {len(document_of.variants_of(version.document)) for version in (base, theirs, mine)}
    if len(lengths) > 1 or any(found.who == "both" for found in differences(base, theirs, mine)):
        return None
    document, plan = copy.deepcopy(theirs.document), copy.deepcopy(theirs.plan)
    for pointer, _, ours in document_of.difference(base.document, mine.document):
        if isinstance(pointers.find(document, pointer.rpartition("/")[0]), list):
            return None  # a list is one thing: its items have no names that could be merged
        if ours is ABSENT:
            pointers.take_out(document, pointer)
        else:
            try:
                pointers.put(document, pointer, ours)
            except LookupError:
                return None
    for key in PLAN_LABELS:
        if base.plan.get(key) != mine.plan.get(key):
            plan[key] = mine.plan.get(key)
    return Version(document, {key: value for key, value in plan.items() if value is not None}, base.provider)
