"""When a test goes out: the person's choice in the plan, and the schedule in the document that follows from it.

The plan holds `when`: {"mode": "soon" | "moment" | "now", "local": "YYYY-MM-DDTHH:MM", "fold": 0 | 1 | null}, while it
is incomplete also the "day" and "time" as typed, and "as_written": true where the document's own schedule is something
the form cannot express and leaves alone.

With mode "moment" every variant always holds a schedule. As long as there is no valid moment it is an empty one, which
no check lets pass: a test that is meant for later must never go out at once because its time was not understood.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from experiments.forms.moments import Moment, city, date_words, fold_of, moment_of, read_local
from experiments.forms.texts import storable
from experiments.providers.airship import document as airship
from experiments.providers.airship.variants import variants_of
from experiments.providers.shapes import Json, Problem

MODES = ("soon", "moment", "now")
UNSET = {"scheduled_time": ""}


@dataclass(frozen=True)
class When:
    """What the section “When” shows."""

    mode: str = "soon"
    day: str = ""
    time: str = ""
    fold: int | None = None
    is_as_written: bool = False
    at: datetime | None = None
    moment: Moment | None = None
    was_local: str = ""  # the wall time that was chosen, where the workspace's zone has changed since


def when_of(document: Json, plan: Json, zone: ZoneInfo) -> When:
    """The plan's choice, its clock time read from the document's UTC moment where there is one."""
    kept = plan.get("when") or {}
    mode = kept.get("mode", "soon")
    if mode != "moment":
        return When(mode=mode)
    if kept.get("as_written"):
        return When(mode, is_as_written=True, at=airship.scheduled_at(document))
    at = airship.scheduled_at(document)
    if at is not None:
        local = at.astimezone(zone)
        text = f"{local:%Y-%m-%dT%H:%M}"
        was = str(kept.get("local") or "")
        return When(
            mode, text[:10], text[11:], fold_of(at, zone), at=at, moment=Moment(local.replace(tzinfo=None), at=at),
            was_local=was if was and was != text else "",
        )  # fmt: skip
    day, time = _typed(kept)
    typed = read_local(day, time)
    return When(mode, day, time, kept.get("fold"), moment=moment_of(typed, zone) if typed else None)


def _typed(kept: Json) -> tuple[str, str]:
    local = str(kept.get("local") or "")
    return str(kept.get("day") or local[:10]), str(kept.get("time") or local[11:16])


def post_when(document: Json, plan: Json, data: QueryDict, zone: ZoneInfo, *, can_publish: bool) -> None:
    """Take over the posted choice, into the plan and into the schedule of every variant."""
    if data.get("when.mode") not in MODES:
        return
    shown = when_of(document, plan, zone)
    mode = data["when.mode"]
    if mode == "now" and shown.mode != "now" and not can_publish:
        return
    if mode != "moment":
        if mode != shown.mode:
            plan["when"] = {"mode": mode, "local": "", "fold": None}
            _unschedule(document)
        return
    if shown.is_as_written and "when.day" not in data:
        return
    day, time = storable(data.get("when.day", ""))[:20], storable(data.get("when.time", ""))[:20]
    fold = {"0": 0, "1": 1}.get(data.get("when.fold", ""))
    if (mode, day, time) == (shown.mode, shown.day, shown.time) and fold in (shown.fold, None):
        return
    set_moment(document, plan, day, time, fold, zone)


def set_moment(document: Json, plan: Json, day: str, time: str, fold: int | None, zone: ZoneInfo) -> None:
    local = read_local(day, time)
    moment = moment_of(local, zone, fold) if local else None
    plan["when"] = {"mode": "moment", "local": f"{local:%Y-%m-%dT%H:%M}" if local else "", "fold": fold}
    if moment is None or moment.at is None:
        plan["when"] |= {"day": day, "time": time}
        _schedule(document, UNSET)
    else:
        _schedule(document, {"scheduled_time": airship.moment_text(moment.at)})


def _schedule(document: Json, schedule: dict[str, Any]) -> None:
    for variant in variants_of(document):
        if isinstance(variant, dict):
            variant["schedule"] = dict(schedule)


def _unschedule(document: Json) -> None:
    for variant in variants_of(document):
        if isinstance(variant, dict):
            variant.pop("schedule", None)


def schedule_new_variant(document: Json, plan: Json) -> None:
    """A variant that came in later goes out with the others: all variants have the time, or none."""
    variants = [variant for variant in variants_of(document) if isinstance(variant, dict)]
    known = next((variant["schedule"] for variant in variants if variant.get("schedule")), None)
    when = plan.get("when") or {}
    if when.get("mode") == "moment" and not when.get("as_written") and known:
        _schedule(document, known)


def plan_from_document(document: Json, plan: Json, zone: ZoneInfo) -> None:
    """After the JSON was written by hand: the plan's choice follows the document's schedules."""
    variants = [variant for variant in variants_of(document) if isinstance(variant, dict)]
    if not any("schedule" in variant for variant in variants):
        if (plan.get("when") or {}).get("mode") == "moment":
            plan["when"] = {"mode": "soon", "local": "", "fold": None}
        return
    at = airship.scheduled_at(document)
    if at is None or at.second:
        plan["when"] = {"mode": "moment", "local": "", "fold": None, "as_written": True}
        return
    plan["when"] = {"mode": "moment", "local": f"{at.astimezone(zone):%Y-%m-%dT%H:%M}", "fold": fold_of(at, zone)}


def find_when_problems(document: Json, plan: Json, zone: ZoneInfo) -> list[Problem]:
    """Why there is no moment although one was asked for. One problem, at the first variant's time."""
    when = when_of(document, plan, zone)
    if when.mode != "moment" or when.is_as_written or when.at is not None:
        return []
    return [Problem("/variants/0/schedule/scheduled_time", *_why(when, zone))]


def _why(when: When, zone: ZoneInfo) -> tuple[str, str]:
    if when.moment is None:
        if when.day and when.time:
            return f"{when.day} {when.time} does not exist. Pick a day and a time.", "schedule_form"
        return "The test has no day and time yet. Pick them, or send it soon.", "time_missing"
    local = when.moment.local
    if when.moment.gap:
        before, after = when.moment.gap
        return (
            f"{local:%H:%M} does not exist on {date_words(local)} in {city(zone)}; the clocks jump over it. "
            f"Pick {before:%H:%M} or {after:%H:%M}.",
            "time_in_gap",
        )
    return (
        f"{local:%H:%M} comes twice on {date_words(local)} in {city(zone)}, because the clocks go back. Choose which.",
        "time_twice",
    )
