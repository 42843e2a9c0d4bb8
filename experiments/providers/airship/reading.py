"""Airship's answers as our shapes, read tolerantly: what is missing, extra or of another type must not end a pass.

Reference: https://docs.airship.com/developer/rest-api/ua/operations/a-b-tests
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from experiments.providers import replies
from experiments.providers.marker import split_marker
from experiments.providers.replies import read_number, read_text, read_time, read_whole
from experiments.providers.shapes import (
    Answer,
    Json,
    Page,
    RemoteExperiment,
    RemoteVariant,
    Report,
    VariantFigures,
)
from experiments.providers.transport import Reply

_ID = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)


def says_ok(said: Json | None) -> bool | None:
    """`ok` as a boolean, from a boolean or (as in the vendor's samples) a string; None where it says neither."""
    ok = (said or {}).get("ok")
    return {"true": True, "false": False}.get(str(ok).strip().lower())


def answer_of(reply: Reply, said: Json | None) -> Answer:
    """What is kept of an answer: for the ledger and for Airship's support desk."""
    return replies.answer_of(reply, read_id((said or {}).get("operation_id")))


def created_id(said: Json, headers: Mapping[str, str]) -> str:
    """The new experiment's id: `experiment_id`, else the end of the Location header; "" where neither has one."""
    location = headers.get("location", "")
    try:
        front, _, tail = urlsplit(location).path.rstrip("/").rpartition("/")
    except ValueError:
        front, tail = "", ""
    return read_id(said.get("experiment_id")) or (read_id(tail) if front.endswith("/api/experiments") else "")


def page_of(said: Json, offset: int) -> Page | None:
    """One page of a listing; None where the answer does not tell what is on it.

    The address of the next page is our own sum. `next_page` is only believed to say that there is one, and so is a
    total that is not reached yet.
    """
    items, total = said.get("experiments"), read_whole(said.get("total_count"))
    if not isinstance(items, list):
        is_empty = items is None and not total and not read_whole(said.get("count"))
        if not is_empty or ("experiments" not in said and total is None):
            return None
        items = []
    is_told = isinstance(said.get("experiments"), list) or total == 0  # else null may be a fault as well as nothing
    reached = offset + len(items)
    has_more = bool(items) and (bool(said.get("next_page")) or (total is not None and reached < total))
    found = [experiment for item in items if (experiment := experiment_of(item))]
    # An item without an id may be the very one that is looked for.
    return Page(tuple(found), total, reached if has_more else None, is_whole=is_told and len(found) == len(items))


def experiment_of(raw: object, remote_id: str = "") -> RemoteExperiment | None:
    """One experiment of a listing or a look-up; None where it has no id. `remote_id` fills in for a missing one."""
    if not isinstance(raw, dict):
        return None
    found_id = read_id(raw.get("id")) or read_id(raw.get("experiment_id")) or remote_id
    if not found_id:
        return None
    items = raw.get("variants")
    items = items if isinstance(items, list) else []
    variants = tuple(_variant(item, position) for position, item in enumerate(items))
    moments = [variant.scheduled_at for variant in variants if variant.scheduled_at]
    _, marker = split_marker(read_text(raw.get("description")))
    return RemoteExperiment(
        remote_id=found_id,
        name=read_text(raw.get("name")),
        description=read_text(raw.get("description")),
        raw=raw,
        push_id=read_id(raw.get("push_id")),
        created_at=read_time(raw.get("created_at")),
        scheduled_at=min(moments, default=None),
        is_fenced=bool(items) and all(_is_fenced(item) for item in items),
        variants=variants,
        marker=marker,
    )


def report_of(said: Json) -> Report:
    """The overview of one push. A push that was no experiment has no variants and empty figures.

    Reference: https://docs.airship.com/developer/rest-api/ua/operations/reports
    """
    items = said.get("variants")
    items = [items] if isinstance(items, dict) else items if isinstance(items, list) else []
    items = [item for item in items if isinstance(item, dict)]
    holdout = said.get("control")
    holdout = holdout if isinstance(holdout, dict) else {}
    return Report(
        sends=read_whole(said.get("sends")) or 0,
        direct_responses=read_whole(said.get("direct_responses")) or 0,
        influenced_responses=_influenced(said),
        variants=tuple(_figures(item, position) for item, position in zip(items, _positions(items), strict=True)),
        holdout_percent=read_number(holdout.get("audience_pct")),
        holdout_people=read_whole(holdout.get("sends")),
        holdout_responses=read_whole(holdout.get("responses")),
        raw=said,
    )


def read_id(value: object) -> str:
    """An id, from text or a number; "" where it is none, or could change the meaning of a path it is put into."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    text = str(value).strip()
    return text if _ID.fullmatch(text) else ""


def _variant(item: object, position: int) -> RemoteVariant:
    raw = item if isinstance(item, dict) else {}
    schedule = raw.get("schedule")
    scheduled_at = read_time(schedule.get("scheduled_time")) if isinstance(schedule, dict) else None
    number, weight = read_whole(raw.get("id")), read_whole(raw.get("weight"))
    return RemoteVariant(
        position=position if number is None else number,
        name=read_text(raw.get("name")),
        weight=1 if weight is None else weight,
        scheduled_at=scheduled_at,
        raw=raw,
    )


def _is_fenced(item: object) -> bool:
    schedule = item.get("schedule") if isinstance(item, dict) else None
    if not isinstance(schedule, dict) or not read_time(schedule.get("scheduled_time")):
        return False
    return not (schedule.keys() & {"local_scheduled_time", "best_time"})


def _figures(item: Json, position: int) -> VariantFigures:
    return VariantFigures(
        position=position,
        name=read_text(item.get("name")),
        percent=read_number(item.get("audience_pct")),
        sends=read_whole(item.get("sends")) or 0,
        direct_responses=read_whole(item.get("direct_responses")) or 0,
        indirect_responses=_influenced(item),
    )


def _positions(items: list[Json]) -> list[int]:
    """Airship's samples count variants from 0, its API description from 1: believe what fits, else the order."""
    numbers = [number for item in items if (number := read_whole(item.get("id"))) is not None]
    if len(set(numbers)) != len(items):
        return list(range(len(items)))
    if 0 in numbers:
        return numbers
    return [number - 1 for number in numbers] if sorted(numbers) == list(range(1, len(items) + 1)) else numbers


def _influenced(item: Json) -> int:
    """One figure under two names, which Airship mixes even inside one answer."""
    first, second = read_whole(item.get("indirect_responses")), read_whole(item.get("influenced_responses"))
    return first if first is not None else second or 0
