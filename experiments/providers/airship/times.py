"""When a test goes out: the schedule inside each variant, always in UTC."""

import copy
import re
from datetime import UTC, date, datetime, timedelta

from experiments.providers.airship.variants import variants_of
from experiments.providers.shapes import FIRST_MOMENT, LAST_MOMENT, Json

_UTC_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.\d+)?Z?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
LAST_ZONE = timedelta(hours=12)  # the last clocks on Earth are 12 hours behind UTC
FIRST_ZONE = timedelta(hours=14)  # the first are 14 hours ahead of it
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


def shared_schedule(document: Json) -> Json | None:
    """The one schedule that all variants hold alike, None where they differ or one has none."""
    variants = variants_of(document)
    found = [variant.get("schedule") if isinstance(variant, dict) else None for variant in variants]
    first = found[0] if found else None
    return first if isinstance(first, dict) and all(schedule == first for schedule in found) else None


def local_time_of(document: Json) -> datetime | None:
    """The clock time (naive) at which everybody gets it in their own zone, None where there is no such time."""
    schedule = shared_schedule(document)
    if schedule is None or set(schedule) != {"local_scheduled_time"}:
        return None
    moment = parse_moment(schedule["local_scheduled_time"])
    is_told = moment is not None and FIRST_MOMENT <= moment <= LAST_MOMENT
    return moment.replace(tzinfo=None) if moment and is_told else None


def best_day_of(document: Json) -> date | None:
    """The day on which everybody gets it at their best hour, None where there is no such day."""
    schedule = shared_schedule(document)
    best = schedule.get("best_time") if schedule is not None and set(schedule) == {"best_time"} else None
    return read_day(best["send_date"]) if isinstance(best, dict) and set(best) == {"send_date"} else None


def read_day(text: object) -> date | None:
    """The day of "2031-05-01", None for anything else."""
    if not isinstance(text, str) or not _DAY.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def best_day_trouble(best_time: object, now: datetime) -> tuple[str, str] | None:
    """What is wrong with a best time, as words and a code. Past only where the day is over even in the last zone.

    Reference: OpenAPI scheduleSpec best_time.send_date: a date, in the zone of each channel.
    """
    text = best_time.get("send_date") if isinstance(best_time, dict) else None
    if not isinstance(text, str) or not text.strip():
        return "The day of the best time is empty. Choose one.", "schedule_empty"
    day = read_day(text)
    if day is None:
        return f"The day “{text}” does not exist. Write it as 2031-05-01.", "schedule_form"
    if day < (now.astimezone(UTC) - LAST_ZONE).date():
        return f"{day.day} {day:%B} {day.year} has passed everywhere. Pick a later day.", "schedule_past"
    return None
