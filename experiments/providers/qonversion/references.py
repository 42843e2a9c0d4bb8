"""What a Qonversion test names of its project: the remote configs of its groups."""

import copy
from collections.abc import Iterator

from experiments.providers.qonversion.definition import groups_of
from experiments.providers.references import KEEP, Carried, Choices, Name, Reference, grouped
from experiments.providers.shapes import Json

KINDS = {"remote_config": "Remote config", "offering": "Offering"}
_KEYS = {"remote_config_uid": "remote_config", "offering_uid": "offering"}


def find_references(document: Json) -> tuple[Reference, ...]:
    """The remote configs and offerings, each once. An offering is only told: no call sets it."""
    return grouped(_find(document))


def _find(document: Json) -> Iterator[Reference]:
    for position, group in enumerate(groups_of(document)):
        for key, kind in _KEYS.items():
            value = group.get(key) if isinstance(group, dict) else None
            if isinstance(value, str) and value.strip():
                yield Reference(Name(kind, value), (f"/groups/{position}/{key}",))


def carry_over(document: Json, choices: Choices) -> Carried:
    """A copy of the document in which every reference is what was chosen for it."""
    changed = copy.deepcopy(document)
    for group in groups_of(changed):
        for key, kind in _KEYS.items():
            value = group.get(key) if isinstance(group, dict) else None
            choice = choices.get(Name(kind, value), KEEP) if isinstance(value, str) else KEEP
            if choice.how == "replace":
                group[key] = choice.new
            elif choice.how == "leave":
                del group[key]
    return Carried(changed)
