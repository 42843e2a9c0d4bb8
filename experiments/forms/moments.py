"""A wall time of the workspace and the UTC moment it means, in a world where clocks jump."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Moment:
    """What a wall time means. Exactly one of `at`, `gap` and `choices` is filled.

    `gap` are the two neighbours of a time that the clocks jump over; `choices` are the two moments (with their fold)
    of a time that the clocks show twice.
    """

    local: datetime
    at: datetime | None = None
    gap: tuple[datetime, datetime] | None = None
    choices: tuple[tuple[int, datetime], ...] = ()


def read_local(day: str, time: str) -> datetime | None:
    """The naive wall time of a date and a time input, None where one of them is missing or does not exist."""
    try:
        local = datetime.fromisoformat(f"{day.strip()}T{time.strip()}")
    except ValueError:
        return None
    is_plain = local.tzinfo is None and day.isascii() and time.isascii() and len(day.strip()) == 10
    return local.replace(second=0, microsecond=0) if is_plain and 2000 <= local.year <= 2200 else None


def moment_of(local: datetime, zone: ZoneInfo, fold: int | None = None) -> Moment:
    """What `local` (naive) means in `zone`; `fold` chooses where the clocks show it twice."""
    first, second = (local.replace(tzinfo=zone, fold=number).astimezone(UTC) for number in (0, 1))
    if first == second:
        return Moment(local, at=first)
    if first.astimezone(zone).replace(tzinfo=None) != local:
        return Moment(local, gap=(_wall(second, zone), _wall(first, zone)))
    if fold in (0, 1):
        return Moment(local, at=second if fold else first)
    return Moment(local, choices=((0, first), (1, second)))


def fold_of(at: datetime, zone: ZoneInfo) -> int | None:
    """Which of two equal wall times `at` is, None where its wall time is shown once."""
    local = at.astimezone(zone)
    return local.fold if moment_of(local.replace(tzinfo=None, fold=0), zone).choices else None


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None, fold=0)


def offset_words(at: datetime, zone: ZoneInfo) -> str:
    """ "UTC+1", "UTC−3:30", "UTC"."""
    offset = at.astimezone(zone).utcoffset() or timedelta(0)
    minutes = int(offset.total_seconds() // 60)
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'−' if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"


def city(zone: ZoneInfo) -> str:
    """ "Berlin" for Europe/Berlin."""
    return zone.key.rsplit("/", 1)[-1].replace("_", " ")


def clocks_change_near(at: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks change in the day before or after `at`."""
    offsets = {(at + timedelta(hours=hours)).astimezone(zone).utcoffset() for hours in (-24, 0, 24)}
    return len(offsets) > 1


def date_words(local: datetime) -> str:
    """ "Sun 25 Oct 2026"."""
    return f"{local:%a} {local.day} {local:%b %Y}"
