"""Qonversion's answers as our shapes, read tolerantly: what is missing, extra or of another type must not end a pass.

No field of an experiment is promised, and two generations of the vendor's pages disagree about some.
Reference: https://documentation.qonversion.io/reference/v4/experiments
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from experiments.providers.marker import split_alias
from experiments.providers.qonversion.wording import metric_label, our_status
from experiments.providers.replies import is_own_words, json_of, read_number, read_text, read_time
from experiments.providers.shapes import Figure, GroupFigures, Json, RemoteExperiment, RemoteVariant, Summary
from experiments.providers.transport import Reply

EXPERIMENTS = "/v4/experiments"
RESTARTED = "x-qon-pagination-restarted"  # a listing went back to its first row
_ID = re.compile(r"[A-Za-z0-9._-]{1,100}", re.ASCII)  # the API allows 256, our rows hold 100
_USER_ID = re.compile(r"[A-Za-z0-9._-]{1,256}", re.ASCII)
_LONGEST_STATUS = 60
_DEEPEST_FIGURE = 4
_OBJECTS = frozenset({"experiment", "experiment_group", "list"})


@dataclass(frozen=True)
class Listed:
    """One answer of a listing. `last_id` is where the next one begins, "" where there is none to ask for."""

    items: tuple[Json, ...]
    last_id: str
    is_restarted: bool


def says_ok(said: Json | None) -> bool | None:
    """Whether an answer's body is a success or an error; None where it is neither."""
    if said is None:
        return None
    if said.get("error"):
        return False
    return True if said.get("object") in _OBJECTS else None


def is_not_found(reply: Reply) -> bool:
    """Whether the API itself says that it has no such thing, and not that it has no such address."""
    error = (json_of(reply) or {}).get("error")
    is_address = isinstance(error, dict) and error.get("code") == "invalid_request"
    return reply.status == 404 and is_own_words(reply) and bool(error) and not is_address


def read_id(value: object) -> str:
    """An id, from text or a number; "" where it is none, or could change the meaning of a path it is put into."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).strip()
    return text if _ID.fullmatch(text) and text.strip(".") else ""


def is_user_id(text: str) -> bool:
    """Whether a user's id has the form that Qonversion documents, and can stand in a path."""
    return bool(_USER_ID.fullmatch(text)) and bool(text.strip("."))


def created_id(said: Json, headers: Mapping[str, str], path: str) -> str:
    """The id of what was made below `path`: `id`, else the end of the Location header; "" where neither has one."""
    try:
        front, _, tail = urlsplit(headers.get("location", "")).path.rstrip("/").rpartition("/")
    except ValueError:
        front, tail = "", ""
    # Whether Location is an address or only a path, and from where on, is not documented.
    is_ours = bool(front) and (path.endswith(front) or front.endswith(path))
    return read_id(said.get("id")) or (read_id(tail) if is_ours else "")


def listed_of(said: Json, headers: Mapping[str, str]) -> Listed | None:
    """One answer of a listing; None where it does not tell what is on it."""
    data = said.get("data")
    if not isinstance(data, list):
        return None
    items = tuple(item for item in data if isinstance(item, dict) and read_id(item.get("id")))
    last_id = read_id(data[-1].get("id")) if data and isinstance(data[-1], dict) else ""
    is_restarted = headers.get(RESTARTED, "").strip().lower() == "true"
    return Listed(items, last_id if said.get("has_more") is True else "", is_restarted)


def experiment_of(raw: object, remote_id: str = "") -> RemoteExperiment | None:
    """One experiment; None where it has no id. `remote_id` fills in for a missing one.

    Its groups are those in `raw["groups"]`, which no answer about an experiment holds: `look_up` adds them.
    """
    if not isinstance(raw, dict):
        return None
    found_id = read_id(raw.get("id")) or remote_id
    if not found_id:
        return None
    groups = raw.get("groups")
    word = read_text(raw.get("status"))[:_LONGEST_STATUS]
    return RemoteExperiment(
        remote_id=found_id,
        name=read_text(raw.get("name")),
        description=read_text(raw.get("description")),
        raw=raw,
        created_at=read_time(raw.get("created_at")),
        variants=groups_of(groups if isinstance(groups, list) else []),
        marker=split_alias(read_text(raw.get("alias_id")))[1],
        status=our_status(word),
        remote_status=word,
        started_at=read_time(raw.get("started_at")),
        finished_at=read_time(raw.get("finished_at")),
        updated_at=read_time(raw.get("updated_at")),
    )


def groups_of(items: list[Any] | tuple[Json, ...]) -> tuple[RemoteVariant, ...]:
    """The groups of a test in the order they came."""
    found = [item for item in items if isinstance(item, dict)]
    return tuple(group_of(item, position) for position, item in enumerate(found))


def group_of(raw: Json, position: int = 0) -> RemoteVariant:
    """One group, in the dialect of the groups' calls or of the summary."""
    control = raw.get("is_control", raw.get("control"))
    return RemoteVariant(
        position=position,
        name=read_text(raw.get("name")),
        weight=_plain(read_number(raw.get("weight"))),
        scheduled_at=None,
        raw=raw,
        remote_id=read_id(raw.get("id")) or read_id(raw.get("uid")),
        is_control=control is True or (not isinstance(control, bool) and control == 1),
    )


def summaries_of(said: Json) -> dict[str, Summary] | None:
    """The figures of each test, by its id; None where the answer holds no list of tests.

    `experiment_id` in here is a number of Qonversion's own and no id of ours, so it is never read.
    Reference: https://documentation.qonversion.io/api-reference/experiments/get-experiments-analytics-summary
    """
    items = said.get("items")
    if not isinstance(items, list):
        return None
    found = [_summary(item) for item in items if isinstance(item, dict) and read_id(item.get("uid"))]
    return {summary.remote_id: summary for summary in found}


def _summary(raw: Json) -> Summary:
    items = raw.get("groups")
    groups = groups_of(items if isinstance(items, list) else [])
    word = read_text(raw.get("status"))[:_LONGEST_STATUS]
    beside = _by_owner({key: value for key, value in raw.items() if key != "groups"}, [one.remote_id for one in groups])
    return Summary(
        remote_id=read_id(raw.get("uid")),
        status=our_status(word),
        remote_status=word,
        figures=_figures(beside[""]),
        groups=tuple(
            GroupFigures(
                position=group.position,
                remote_id=group.remote_id,
                name=group.name,
                weight=group.weight,
                is_control=group.is_control,
                figures=_figures(group.raw) + (_figures(beside[group.remote_id]) if group.remote_id else ()),
                raw=group.raw,
            )
            for group in groups
        ),
        raw=raw,
    )


def _by_owner(part: Json, ids: list[str]) -> dict[str, Json]:
    """What belongs to each group, and under "" what belongs to the whole: an entry of a list may name its group."""
    owned: dict[str, Json] = {owner: {} for owner in ("", *ids)}
    for key, value in part.items():
        if not isinstance(value, list):
            owned[""][key] = value
            continue
        for entry in value:
            named = [item for item in entry.values() if isinstance(item, str)] if isinstance(entry, dict) else []
            owner = next((item for item in named if item and item in ids), "")
            owned[owner].setdefault(key, []).append(entry)
    return owned


def _figures(part: Json) -> tuple[Figure, ...]:
    return tuple(dict.fromkeys(_figures_in(part, "", "", 0)))


def _figures_in(part: Json, path: str, label: str, depth: int) -> Iterator[Figure]:
    """Numbers whose name, or the name of what holds them, is a metric that the vendor's pages list.

    How the figures are nested is not documented: as keys, or as entries that name their metric. Both are read.
    """
    if depth > _DEEPEST_FIGURE:
        return
    named = next((read_text(part[key]) for key in ("metric", "code", "name") if _label(read_text(part.get(key)))), "")
    if named and depth:
        path, label = f"{path}/{named}", _label(named)
    for key, value in part.items():
        place = f"{path}/{key}" if path else key
        known = _label(key) or label
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, dict):
                yield from _figures_in(item, place, known, depth + 1)
            elif known and not isinstance(item, bool | str) and (number := read_number(item)) is not None:
                yield Figure(place, known, _plain(number))


def _label(key: str) -> str:
    return "Users" if key == "users" else metric_label(key)


def _plain(number: float | None) -> float:
    """A whole number as an int; a missing weight counts as 1."""
    if number is None:
        return 1
    return int(number) if number == int(number) else number
