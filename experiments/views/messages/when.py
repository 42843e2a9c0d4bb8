"""The section “When” of the editor's page."""

from typing import Any
from zoneinfo import ZoneInfo

from django.utils import timezone

from experiments.forms.messages.editor import TIME_FIELD
from experiments.forms.messages.planning import When, when_of
from experiments.forms.moments import city, clocks_change_near, date_words, offset_words
from experiments.providers.shapes import Json
from experiments.views.editor_fields import Marks
from workspaces.models import Workspace


class WhenSection:
    """The choice, and the one moment on the workspace's clock and in UTC."""

    def __init__(self, document: Json, plan: Json, workspace: Workspace, marks: Marks) -> None:
        self.zone: ZoneInfo = workspace.zone
        self.when: When = when_of(document, plan, self.zone)
        self.undo_minutes = workspace.undo_window // 60
        self.errors = marks.at(TIME_FIELD) + marks.at("when")
        self.field_id = TIME_FIELD
        self.city = city(self.zone)

    @property
    def clocks(self) -> list[dict[str, str]]:
        at = self.when.at
        if at is None:
            return []
        local = at.astimezone(self.zone)
        there = f"{date_words(local)}, {offset_words(at, self.zone)}"
        return [
            {"name": f"Workspace, {self.city}", "time": f"{local:%H:%M}", "date": there},
            {"name": "UTC", "time": f"{at:%H:%M}", "date": date_words(at)},
        ]

    @property
    def is_near_clock_change(self) -> bool:
        return self.when.at is not None and clocks_change_near(self.when.at, self.zone)

    @property
    def neighbours(self) -> list[dict[str, str]]:
        """The two times beside one that the clocks jump over."""
        gap = self.when.moment.gap if self.when.moment else None
        return [{"value": f"{time:%Y-%m-%dT%H:%M}", "words": f"{time:%H:%M}"} for time in gap or ()]

    @property
    def twice(self) -> list[dict[str, Any]]:
        """The two moments of a time that the clocks show twice."""
        moment = self.when.moment
        return [
            {"fold": str(fold), "words": f"{at.astimezone(self.zone):%H:%M}, {offset_words(at, self.zone)}"}
            for fold, at in (moment.choices if moment else ())
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
        if when.at is None:
            return "No time yet"
        local = when.at.astimezone(self.zone)
        return f"{local:%a} {local.day} {local:%b}, {local:%H:%M}"

    @property
    def on_the_lock_screen(self) -> dict[str, str]:
        """The day and time a locked phone shows, in the workspace's zone."""
        local = (self.when.at or timezone.now()).astimezone(self.zone)
        return {"day": f"{local:%A} {local.day} {local:%B}", "time": f"{local.hour}:{local:%M}"}
