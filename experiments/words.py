"""What people read: moments in the workspace's zone, how long until then, shares, counts. Pure functions."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from experiments.models import Status
from experiments.providers import PROVIDERS

UTC = ZoneInfo("UTC")
HOLDOUT = "–"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MINUTE, HOUR, DAY = 60, 3600, 86_400
NEARBY = {-1: "Yesterday", 0: "Today", 1: "Tomorrow"}


def provider_name(code: str) -> str:
    return PROVIDERS[code].label if code in PROVIDERS else code.capitalize()


def zone_words(zone: ZoneInfo) -> str:
    """ "Berlin time" for Europe/Berlin, "UTC" for UTC."""
    city = zone.key.rsplit("/", 1)[-1].replace("_", " ")
    return city if city in {"UTC", "GMT"} else f"{city} time"


def moment(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """ "Today 14:36", "Sun 25 Oct 09:00"; with the year where it is not the present one."""
    local, today = at.astimezone(zone), now.astimezone(zone)
    day = local.toordinal()
    name = NEARBY.get(day - today.toordinal()) or _day(day, today.year)
    return f"{name} {local.hour:02}:{local.minute:02}"


def moment_inside(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """The same inside a sentence: "today 14:36"."""
    said = moment(at, zone, now)
    return said[0].lower() + said[1:] if said.startswith(tuple(NEARBY.values())) else said


@lru_cache(maxsize=4096)
def _day(ordinal: int, this_year: int) -> str:
    day = date.fromordinal(ordinal)
    words = f"{DAYS[day.weekday()]} {day.day} {MONTHS[day.month - 1]}"
    return words if day.year == this_year else f"{words} {day.year}"


def day(at: datetime, zone: ZoneInfo, now: datetime) -> str:
    """ "6 Oct"; with the year where it is not the present one."""
    local = at.astimezone(zone)
    words = f"{local.day} {MONTHS[local.month - 1]}"
    return words if local.year == now.astimezone(zone).year else f"{words} {local.year}"


def exact(at: datetime, zone: ZoneInfo) -> str:
    """ "Sun 25 Oct 2026 09:00:00"."""
    local = at.astimezone(zone)
    return f"{DAYS[local.weekday()]} {local.day} {MONTHS[local.month - 1]} {local.year} {local:%H:%M:%S}"


def relative(at: datetime, now: datetime) -> str:
    """ "in 4 days 19 h", "29 min ago", "now"."""
    seconds = (at - now).total_seconds()
    if abs(seconds) < 1:
        return "now"
    return f"in {span(seconds, is_fine=True)}" if seconds > 0 else f"{span(-seconds)} ago"


def span(length: float | timedelta, *, is_fine: bool = False) -> str:
    """ "47 s", "29 min", "3 h", "4 days". `is_fine` adds the next smaller unit where it matters: "4 days 19 h"."""
    total = int(length.total_seconds() if isinstance(length, timedelta) else length)
    if total < MINUTE:
        return f"{total} s"
    if total < HOUR:
        return _two(total, MINUTE, "min", 1, "s", shown=is_fine and total < 10 * MINUTE)
    if total < DAY:
        return _two(total, HOUR, "h", MINUTE, "min", shown=is_fine)
    days = total // DAY
    unit = "day" if days == 1 else "days"
    return _two(total, DAY, unit, HOUR, "h", shown=is_fine and days < 7)


def _two(total: int, big: int, unit: str, small: int, small_unit: str, *, shown: bool) -> str:
    count, rest = divmod(total, big)
    return f"{count} {unit} {rest // small} {small_unit}" if shown and rest // small else f"{count} {unit}"


def number(value: float) -> str:
    """A per cent figure without needless digits: 45, 33.3, 0.5."""
    return f"{value:.1f}".removesuffix(".0")


def count(value: int, noun: str, plural: str = "") -> str:
    """ "1 test", "2 tests", "1,204 tests"."""
    return f"{value:,} {noun if value == 1 else plural or noun + 's'}"


class Slice(NamedTuple):
    """One piece of a split, `start` and `percent` of the whole. The holdout's `letter` is "–", its `colour` 0."""

    letter: str
    name: str
    percent: float
    start: float
    colour: int

    @property
    def middle(self) -> float:
        return self.start + self.percent / 2

    @property
    def is_holdout(self) -> bool:
        return self.letter == HOLDOUT


def slices(shares: Sequence[dict[str, Any]]) -> list[Slice]:
    """The pieces of a split, from the mirror's or a draft's `shares`."""
    found, start = [], 0.0
    for position, share in enumerate(shares):
        letter, percent = str(share.get("letter", "?")), float(share.get("percent") or 0)
        colour = 0 if letter == HOLDOUT else position % 6 + 1
        found.append(Slice(letter, str(share.get("name") or ""), percent, start, colour))
        start += percent
    return found


def split_words(pieces: Sequence[Slice]) -> str:
    """ "A 45 · B 45 · held out 10"; from four equal variants on "A–E, 18 each · held out 10"."""
    arms = [piece for piece in pieces if not piece.is_holdout]
    held = [f"{_outside(piece)} {number(piece.percent)}" for piece in pieces if piece.is_holdout]
    if len(arms) > 3:
        least, most = min(arm.percent for arm in arms), max(arm.percent for arm in arms)
        each = f"{number(arms[0].percent)} each" if most - least < 0.05 else f"{number(least)} to {number(most)}"
        return " · ".join([f"{arms[0].letter}–{arms[-1].letter}, {each}", *held])
    return " · ".join([*(f"{arm.letter} {number(arm.percent)}" for arm in arms), *held])


def split_label(pieces: Sequence[Slice]) -> str:
    """The same for screen readers: "Split: A 45%, B 45%, held out 10%"."""
    named = (f"{_outside(piece) if piece.is_holdout else piece.letter} {number(piece.percent)}%" for piece in pieces)
    return "Split: " + ", ".join(named)


def _outside(piece: Slice) -> str:
    """What the share is called that gets no variant."""
    return piece.name.lower() or "held out"


def folded(*texts: Iterable[str] | str) -> str:
    """Texts as the search compares them: one line, no case."""
    words = " ".join(text if isinstance(text, str) else " ".join(text) for text in texts)
    return " ".join(words.lower().split())


@lru_cache(maxsize=4096)
def read_list(text: str) -> tuple[Any, ...]:
    """A JSON list from a column read as text, empty where it is none. Pages repeat few different ones."""
    try:
        value = json.loads(text)
    except ValueError:
        return ()
    return tuple(value) if isinstance(value, list) else ()


def channel_words(channels: Sequence[str]) -> str:
    """ "Push, email, SMS" from ("Push", "Email", "SMS")."""
    first, *others = channels or ("",)
    return ", ".join([first, *(word if word.isupper() else word[:1].lower() + word[1:] for word in others)])


class State(NamedTuple):
    """The state of a test for people: a tone of the stylesheet, an icon, a word and a short reason."""

    tone: str
    icon: str
    word: str
    reason: str = ""


_SENT, _FINISHED = State("good", "good", "Sent"), State("", "finished", "Finished")
_NOT_STARTED = State("", "draft", "Not started")
_PLAIN = {
    Status.SENDING: State("live", "sending", "Sending"),
    Status.RUNNING: State("good", "play", "Active"),
    Status.PAUSED: State("", "pause", "Paused"),
    Status.DELETED: State("", "trash", "Deleted"),
}


def state_of(
    status: str,
    provider: str,
    *,
    is_draft: bool = False,
    remote_status: str = "",
    needs_attention: bool = False,
    problems: int = 0,
    left: timedelta | None = None,
    undo_window: timedelta = timedelta(0),
    is_ours: bool = False,
    is_gone: bool = False,
) -> State:
    """What a test's row says about it. `left` is the time until it goes out, None where it has none."""
    if needs_attention:
        if is_draft and status == Status.DRAFT:
            return State("warn", "fix", "Look first", f"{provider_name(provider)} may hold it")
        if is_draft:
            return State("warn", "unknown", "Being checked", "See its operation")
        return State("warn", "fix", "Changed", f"at {provider_name(provider)}")
    spec = PROVIDERS.get(provider)
    is_staged = spec is None or spec.is_staged
    if status == Status.DRAFT and is_staged and not is_draft:
        return _NOT_STARTED
    if status == Status.DRAFT:
        return State("", "draft", "Draft", f"{count(problems, 'thing')} to fix" if problems else "")
    ended = _FINISHED if is_staged else _SENT
    if status == Status.SCHEDULED:
        if left is not None and left <= timedelta(0):
            return ended
        if left is not None and left <= undo_window:
            return State("live", "send", "Sends soon", "Undo open" if is_ours else "")
        return State("live", "scheduled", "Scheduled")
    if status == Status.FINISHED:
        return ended._replace(reason="Not listed any more") if is_gone else ended
    if status not in _PLAIN:
        return State("", "unknown", remote_status or "Not told", f"{provider_name(provider)}’s own word")
    return _PLAIN[Status(status)]


def initials(name: str) -> str:
    """ "IO" for Ines Okafor, "I" for ines@example.com."""
    return "".join(word[0] for word in name.split("@")[0].split()[:2]).upper()
