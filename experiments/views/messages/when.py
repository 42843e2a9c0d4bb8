"""The section “When” of the editor's page."""

from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone

from experiments.forms.messages.editor import TIME_FIELD
from experiments.forms.messages.planning import UNSET, When, when_of
from experiments.forms.moments import city, clock_change_words, date_words, offset_words, read_local
from experiments.forms.quiet import find_quiet_problems
from experiments.models import Draft, Experiment, Status
from experiments.providers.airship.times import FIRST_ZONE, LAST_ZONE
from experiments.providers.shapes import Json
from experiments.views.editor_fields import Marks
from workspaces.models import User, Workspace

MOST_ALSO = 5
READING_TIME = timedelta(minutes=5)  # what the offered earliest time leaves for writing on and checking


class WhenSection:
    """The choice, and what it means: the moment on three clocks, or what each person's own clock makes of it."""

    def __init__(self, document: Json, plan: Json, draft: Draft, workspace: Workspace, marks: Marks) -> None:
        self.draft, self.workspace = draft, workspace
        self.zone: ZoneInfo = workspace.zone
        self.when: When = when_of(document, plan, self.zone)
        self.undo_minutes = workspace.undo_window // 60
        self.errors = marks.at(TIME_FIELD) + marks.at("when")
        self.field_id = TIME_FIELD
        self.city = city(self.zone)
        self.now = timezone.now()
        quiet = find_quiet_problems(document, plan, workspace, self.now, draft.provider)
        self.quiet = quiet[0].message if quiet else ""

    @property
    def has_fields(self) -> bool:
        return self.when.mode in UNSET and not self.when.is_as_written

    @property
    def is_by_person(self) -> bool:
        """Everybody gets it at another moment, so that nothing refuses a late copy."""
        return self.when.mode in ("local", "best")

    @property
    def clocks(self) -> list[dict[str, str]]:
        """The moment in the workspace's zone and in UTC; the reader's is in `own_clock`."""
        at = self.when.at
        if at is None:
            return []
        return [
            self.clock_in(self.zone, f"Workspace, {self.city}"),
            {"name": "UTC", "time": f"{at:%H:%M}", "date": date_words(at)},
        ]

    def own_clock(self, reader: User) -> dict[str, str] | None:
        """The moment where the reader is, None where only the browser knows that."""
        if not reader.time_zone or self.when.at is None:
            return None
        zone = ZoneInfo(reader.time_zone)
        return self.clock_in(zone, f"You, {city(zone)}")

    def clock_in(self, zone: ZoneInfo, name: str) -> dict[str, str]:
        assert self.when.at is not None
        local = self.when.at.astimezone(zone)
        return {
            "name": name,
            "time": f"{local:%H:%M}",
            "date": f"{date_words(local)}, {offset_words(self.when.at, zone)}",
        }

    @property
    def seconds_left(self) -> int:
        return int((self.when.at - self.now).total_seconds()) if self.when.at else 0

    @property
    def clock_change(self) -> str:
        return clock_change_words(self.when.at, self.zone) if self.when.at else ""

    @property
    def neighbours(self) -> list[dict[str, str]]:
        """The two times beside one that the clocks jump over, or the earliest one instead of one too early."""
        gap = self.when.moment.gap if self.when.moment else None
        times = list(gap or ()) or ([self.earliest] if self._is_too_early else [])
        return [{"value": f"{at:%Y-%m-%dT%H:%M}", "words": self._clock_words(at)} for at in times]

    @property
    def earliest(self) -> datetime:
        """The next five minutes that leave the undo window and some time to go on: a wall time of the workspace."""
        first = self.now + timedelta(seconds=self.workspace.undo_window) + READING_TIME
        first = datetime.fromtimestamp(-(-int(first.timestamp()) // 300) * 300, UTC)
        return first.astimezone(self.zone).replace(tzinfo=None)

    def _clock_words(self, local: datetime) -> str:
        is_that_day = f"{local:%Y-%m-%d}" == self.when.day
        return f"{local:%H:%M}" if is_that_day else f"{local:%H:%M} on {local.day} {local:%B}"

    @cached_property
    def _is_too_early(self) -> bool:
        when = self.when
        if when.mode == "moment":
            lead = timedelta(seconds=self.workspace.undo_window)
            return not when.is_as_written and when.at is not None and when.at < self.now + lead
        end = self._local_end
        return end is not None and end < self.now

    @property
    def _local_end(self) -> datetime | None:
        """When the last clocks on Earth come to the chosen local time; None without one, or with a best time."""
        local = read_local(self.when.day, self.when.time) if self.when.mode == "local" and self.when.is_set else None
        return local.replace(tzinfo=UTC) + LAST_ZONE if local else None

    @property
    def has_passed_somewhere(self) -> bool:
        end = self._local_end
        return end is not None and end - LAST_ZONE - FIRST_ZONE <= self.now < end

    @property
    def span_words(self) -> str:
        """From when to when a local time goes out, in UTC: "from Sun 31 Jan 2027 19:00 to Mon 1 Feb 2027 21:00 UTC"."""
        end = self._local_end
        if end is None:
            return ""
        start = end - LAST_ZONE - FIRST_ZONE
        return f"from {date_words(start)} {start:%H:%M} to {date_words(end)} {end:%H:%M} UTC"

    @property
    def twice(self) -> list[dict[str, Any]]:
        """The two moments of a time that the clocks show twice."""
        moment = self.when.moment
        return [
            {"fold": str(fold), "words": f"{at.astimezone(self.zone):%H:%M}, {offset_words(at, self.zone)}"}
            for fold, at in (moment.choices if moment else ())
        ]

    @cached_property
    def also_that_day(self) -> list[dict[str, str]]:
        """Other tests of the workspace that go out on the day of this one, on the workspace's calendar."""
        if self.when.at is None:
            return []
        midnight = datetime.combine(self.when.at.astimezone(self.zone).date(), time())
        start = midnight.replace(tzinfo=self.zone)
        that_day = Q(scheduled_at__gte=start, scheduled_at__lt=(midnight + timedelta(days=1)).replace(tzinfo=self.zone))
        tests = self.workspace.experiments.filter(that_day).exclude(status=Status.DELETED)
        drafts = self.workspace.drafts.filter(that_day, status=Status.DRAFT, removed_at=None).exclude(pk=self.draft.pk)
        found: list[Draft | Experiment] = [
            *tests.order_by("scheduled_at")[:MOST_ALSO],
            *drafts.order_by("scheduled_at")[:MOST_ALSO],
        ]
        found.sort(key=lambda test: test.scheduled_at or start)
        return [
            {
                "time": f"{test.scheduled_at.astimezone(self.zone):%H:%M}" if test.scheduled_at else "",
                "name": str(test),
                "address": test.get_absolute_url(),
                "kind": ", a draft" if isinstance(test, Draft) else "",
            }
            for test in found[:MOST_ALSO]
        ]

    @property
    def words(self) -> str:
        when = self.when
        if when.mode == "now":
            return "At once"
        if when.mode == "soon":
            return f"Soon, {self.undo_minutes} min to undo"
        if when.is_as_written:
            return "As in the JSON"
        if when.mode == "best":
            return f"{when.day}, each at their best time" if when.is_set else "No day yet"
        if when.mode == "local":
            local = read_local(when.day, when.time)
            return f"{local:%a} {local.day} {local:%b}, {local:%H:%M} everywhere" if local else "No time yet"
        if when.at is None:
            return "No time yet"
        local = when.at.astimezone(self.zone)
        return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"

    @property
    def on_the_lock_screen(self) -> dict[str, str]:
        """The day and time a locked phone shows, in the workspace's zone."""
        local = (self.when.at or timezone.now()).astimezone(self.zone)
        return {"day": f"{local:%A} {local.day} {local:%B}", "time": f"{local.hour}:{local:%M}"}
