"""When a test goes out: the schedule inside each variant, always in UTC."""

import copy
import re
from datetime import UTC, datetime

from experiments.providers.airship.variants import variants_of
from experiments.providers.shapes import FIRST_MOMENT, LAST_MOMENT, Json

_UTC_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?Z?", re.ASCII)
_ANY_OFFSET = re.compile(r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?\s*[+-]\d\d:?\d\d$", re.ASCII)


def parse_moment(text: object) -> datetime | None:
    """The aware UTC moment that `text` means to Airship, or None where Airship would not read it as one.

    ISO 8601 in UTC to the second; "T" may be a space, "Z" may be left out, an offset is refused.
    Reference: https://docs.airship.com/developer/rest-api/ua/introduction (date-time format).
    """
    match = _UTC_TIME.fullmatch(text) if isinstance(text, str) else None
    if not match:
        return None
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}").replace(tzinfo=UTC)
    except ValueError:
        return None


def has_offset(text: str) -> bool:
    """Whether a time says "+02:00" or the like, which Airship does not take."""
    return bool(_ANY_OFFSET.search(text))


def moment_text(when: datetime) -> str:
    """`when` as Airship takes it: "2026-10-29T06:30:00", UTC, whole seconds. ValueError for a naive datetime."""
    if when.tzinfo is None:
        raise ValueError("A moment needs its time zone.")
    return when.astimezone(UTC).replace(tzinfo=None, microsecond=0).isoformat()


def at_time(document: Json, when: datetime) -> Json:
    """A copy in which every variant goes out at `when` (aware). ValueError for a naive datetime."""
    schedule = {"scheduled_time": moment_text(when)}
    changed = copy.deepcopy(document)
    for variant in variants_of(changed):
        if isinstance(variant, dict):
            variant["schedule"] = dict(schedule)
    return changed


def without_time(document: Json) -> Json:
    """A copy in which no variant has a schedule, which to Airship means: at once."""
    changed = copy.deepcopy(document)
    for variant in variants_of(changed):
        if isinstance(variant, dict):
            variant.pop("schedule", None)
    return changed


def scheduled_at(document: Json) -> datetime | None:
    """The one UTC moment that every variant goes out at, None where there is no such moment, or none to be told."""
    moments = {_variant_moment(variant) for variant in variants_of(document)}
    return moments.pop() if len(moments) == 1 else None


def _variant_moment(variant: object) -> datetime | None:
    schedule = variant.get("schedule") if isinstance(variant, dict) else None
    if not isinstance(schedule, dict) or set(schedule) != {"scheduled_time"}:
        return None
    moment = parse_moment(schedule["scheduled_time"])
    return moment if moment and FIRST_MOMENT <= moment <= LAST_MOMENT else None


def is_fenced(document: Json) -> bool:
    """Whether every variant holds one UTC moment, so that Airship refuses a copy that arrives late."""
    return scheduled_at(document) is not None
