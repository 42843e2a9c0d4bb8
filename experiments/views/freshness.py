"""How old what the list shows is, and what keeps it from being newer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone

from experiments import words
from experiments.models.counts import Reading
from workspaces.models import Connection, Workspace


@dataclass(frozen=True)
class Note:
    """What is wrong with one connection: the fact, then what has stopped and what has not."""

    title: str
    sentence: str
    connection: Reading
    is_for_admins: bool = False  # only a new secret helps


@dataclass(frozen=True)
class Freshness:
    """`words` ends the sentence “Read from the providers …”, empty where nothing was ever read."""

    words: str
    is_being_read: bool
    is_first_time: bool
    notes: Sequence[Note]


def freshness(workspace: Workspace, connections: Sequence[Reading]) -> Freshness:
    now, zone = timezone.now(), workspace.zone
    notes = [note for reading in connections if (note := _note(reading, zone, now))]
    asked = [reading for reading in connections if reading.health != Connection.Health.REFUSED]
    oldest = min((reading.finished_at for reading in asked if reading.finished_at), default=None)
    told = ""
    if oldest:
        # Beside a note that says since when nothing came, a relative time would be one sum too many.
        told = words.moment_inside(oldest, zone, now) if notes else words.relative(oldest, now)
    return Freshness(
        words=told,
        is_being_read=any(reading.is_awaited(now) for reading in asked),
        is_first_time=any(reading.finished_at is None and not reading.reason for reading in asked),
        notes=notes,
    )


def _note(reading: Reading, zone: ZoneInfo, now: datetime) -> Note | None:
    name = words.provider_name(reading.provider)
    worked = words.moment_inside(reading.worked_at, zone, now) if reading.worked_at else ""
    if reading.health == Connection.Health.REFUSED:
        seen = f" You see its tests as they were: {worked}." if worked else ""
        return Note(f"The key of “{reading.name}” does not work.", f"{reading.message}{seen}", reading, True)
    waits = (
        words.moment_inside(reading.not_before, zone, now) if reading.not_before and reading.not_before > now else ""
    )
    if reading.reason == "rate_limited":
        again = f" We go on {waits}." if waits else ""
        return Note(f"{name} asked us to slow down.{again}", f"Nothing of “{reading.name}” is lost.", reading)
    if reading.reason:
        since = f" since {worked}. You see its tests as they were then." if worked else "."
        again = f" We ask again {waits}." if waits else " We ask again in a moment."
        rest = f"“{reading.name}”: {reading.message} Tests that {name} already holds still go out on time.{again}"
        return Note(f"{name} has not answered{since}", rest, reading)
    return None
