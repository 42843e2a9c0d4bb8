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


@dataclass(frozen=True)
class ClockChange:
    """The clocks jump from the wall time `before` to `after` at the moment `at`."""

    at: datetime
    before: datetime
    after: datetime


def clock_change_near(at: datetime, zone: ZoneInfo) -> ClockChange | None:
    """The change of the clocks in the day before or after `at`, None where there is none. The one before wins."""
    for start in (at - timedelta(hours=24), at):
        early, late = start, start + timedelta(hours=24)
        if early.astimezone(zone).utcoffset() == late.astimezone(zone).utcoffset():
            continue
        while late - early > timedelta(seconds=1):
            middle = early + (late - early) / 2
            is_before = middle.astimezone(zone).utcoffset() == early.astimezone(zone).utcoffset()
            early, late = (middle, late) if is_before else (early, middle)
        jump = (late + timedelta(seconds=30)).replace(second=0, microsecond=0)
        was = early.astimezone(zone).utcoffset() or timedelta(0)
        return ClockChange(jump, jump.replace(tzinfo=None) + was, _wall(jump, zone))
    return None


def clocks_change_near(at: datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks change in the day before or after `at`."""
    return clock_change_near(at, zone) is not None


def clock_change_words(at: datetime, zone: ZoneInfo) -> str:
    """ "Berlin goes back one hour at 03:00 on Sunday, so 09:00 is 08:00 UTC and not 07:00.", "" without a change."""
    change = clock_change_near(at, zone)
    if change is None:
        return ""
    shift = change.after - change.before
    minutes = abs(int(shift.total_seconds() // 60))
    length = "one hour" if minutes == 60 else f"{minutes} minutes"
    other = at - shift if at < change.at else at + shift
    goes = "forward" if shift > timedelta(0) else "back"
    return (
        f"{city(zone)} goes {goes} {length} at {change.before:%H:%M} on {change.before:%A}, "
        f"so {_wall(at, zone):%H:%M} is {at:%H:%M} UTC and not {other:%H:%M}."
    )


def date_words(local: datetime) -> str:
    """ "Sun 25 Oct 2026"."""
    return f"{local:%a} {local.day} {local:%b %Y}"
