"""A letter test: {"name", "description", "variants": [{"name", "text"}]}; what is generic comes from shared modules."""

import copy

from experiments.providers import canonical
from experiments.providers.letters import variant_letter
from experiments.providers.marker import with_marker
from experiments.providers.pointers import field_for
from experiments.providers.shapes import Problem, Share
from experiments.providers.text import read_document

__all__ = ["field_for", "read_document", "variant_letter"]

MOST_VARIANTS = 4
MISSING = frozenset({"text_missing"})
ORDER = ("name", "description", "variants", "text")


def find_problems(document, *, now, lead=None, zone=None, allow_missing=False):
    empty = [n for n, one in enumerate(variants_of(document)) if not one.get("text")]
    return tuple(Problem(f"/variants/{n}/text", "A letter needs a text.", "text_missing") for n in empty)


def to_bytes(document):
    return canonical.to_bytes(document, ORDER)


sha256 = canonical.sha256


def marked(document, marker):
    return {**document, "description": with_marker(document.get("description", ""), marker)}


def at_time(document, when):
    return document


def without_time(document):
    return document


def scheduled_at(document):
    return None


def is_fenced(document):
    return False


def difference(before, after):
    return canonical.difference(before, after, ORDER)


def same_content(sent, read_back):
    ours = {key: value for key, value in read_back.items() if key not in {"id", "created_at"}}
    return difference(sent, ours)


def shares(document):
    parts = variants_of(document)
    return tuple(Share(variant_letter(n), one["name"], 100 / len(parts)) for n, one in enumerate(parts))


def is_everybody(audience):
    return False


def audience_sentence(audience):
    return "everybody with a letterbox"


def platform_sentence(device_types):
    return "paper"


def channels(document):
    return ("Letter",)


def blank(name=""):
    return {"name": name, "description": "", "variants": [{"name": "A", "text": ""}, {"name": "B", "text": ""}]}


def from_remote(raw):
    return {key: copy.deepcopy(raw[key]) for key in ("name", "description", "variants")}


def variants_of(document):
    return document.get("variants") or []


def add_variant(document):
    return {**document, "variants": [*variants_of(document), {"name": "New", "text": ""}]}


def duplicate_variant(document, position):
    return {**document, "variants": [*variants_of(document), copy.deepcopy(variants_of(document)[position])]}


def remove_variant(document, position):
    return {**document, "variants": [one for n, one in enumerate(variants_of(document)) if n != position]}


def move_variant(document, position, to):
    order = list(variants_of(document))
    order.insert(to, order.pop(position))
    return {**document, "variants": order}


def rename_variant(document, position, name):
    changed = copy.deepcopy(document)
    changed["variants"][position]["name"] = name
    return changed
