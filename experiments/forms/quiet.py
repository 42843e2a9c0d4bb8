"""The quiet hours of a workspace: a time inside them is allowed and told."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from experiments.forms.moments import read_local
from experiments.providers import PROVIDERS
from experiments.providers import document as document_module
from experiments.providers.shapes import Json, Problem
from workspaces.models import Workspace

READING_TIME = timedelta(minutes=2)  # what “soon” waits besides the undo window


def find_quiet_problems(
    document: Json, plan: Json, workspace: Workspace, now: datetime, provider: str
) -> list[Problem]:
    """A warning where the chosen time, or “soon” from `now` on, is inside the workspace's quiet hours."""
    if not PROVIDERS[provider].can_schedule:
        return []
    clock = _clock(document, plan, workspace, now, provider)
    if clock is None or not workspace.is_quiet_at(clock.time()):
        return []
    hours = f"this workspace’s quiet hours, {workspace.quiet_from:%H:%M} to {workspace.quiet_until:%H:%M}"
    message = f"{clock:%H:%M} is in {hours}. It is allowed; people may be asleep."
    return [Problem("/variants/0/schedule", message, "quiet_hours", "warning")]


def _clock(document: Json, plan: Json, workspace: Workspace, now: datetime, provider: str) -> datetime | None:
    """The naive clock time at which people get it: of the workspace, or, with "local", of each person."""
    when = plan.get("when") or {}
    mode, zone = when.get("mode", "soon"), workspace.zone
    if mode == "soon":
        return _wall(now + timedelta(seconds=workspace.undo_window) + READING_TIME, zone)
    if mode == "now":
        return _wall(now, zone)
    if mode == "local":
        return read_local(str(when.get("day") or ""), str(when.get("time") or ""))
    at = document_module(provider).scheduled_at(document)
    return _wall(at, zone) if at else None


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    return at.astimezone(zone).replace(tzinfo=None)
