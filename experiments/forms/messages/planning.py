"""When a test goes out: the person's choice in the plan, and the schedule in the document that follows from it.

The plan holds `when`: {"mode": "soon" | "moment" | "local" | "best" | "now", "local": "YYYY-MM-DDTHH:MM", "fold": 0 | 1
| null}, while it is incomplete also the "day" and "time" as typed, and "as_written": true where the document's own
schedule is something the form cannot express and leaves alone. "local" is Airship's local_scheduled_time, "best" its
best_time; neither is one moment, so no late copy of them is refused.

With mode "moment", "local" and "best" every variant always holds a schedule. As long as there is no valid moment it is
an empty one, which no check lets pass: a test that is meant for later must never go out at once because its time was
not understood.
"""

import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.http import QueryDict

from experiments.forms.moments import Moment, city, date_words, fold_of, moment_of, read_local
from experiments.forms.texts import storable
from experiments.providers.airship import document as airship
from experiments.providers.airship.times import best_day_of, local_time_of, read_day
from experiments.providers.airship.variants import variants_of
from experiments.providers.shapes import Json, Problem

MODES = ("soon", "moment", "local", "best", "now")
UNSET: dict[str, dict[str, Any]] = {
    "moment": {"scheduled_time": ""},
    "local": {"local_scheduled_time": ""},
    "best": {"best_time": {"send_date": ""}},
}


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
    is_set: bool = False  # a time of each person's own clock, or a day, that the document holds
    was_local: str = ""  # the wall time that was chosen, where the workspace's zone has changed since


def when_of(document: Json, plan: Json, zone: ZoneInfo) -> When:
    """The plan's choice, its clock time read from the document's UTC moment where there is one."""
    kept = plan.get("when") or {}
    mode = kept.get("mode", "soon")
    if mode not in UNSET:
        return When(mode=mode)
    if mode != "moment":
        return _when_by_person(document, kept, mode)
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


def _when_by_person(document: Json, kept: Json, mode: str) -> When:
    """A time that is another moment for each person: its day and clock time as the document has them."""
    day, time = _typed(kept)
    at = local_time_of(document) if mode == "local" else None
    best = best_day_of(document) if mode == "best" else None
    if at:
        return When(mode, f"{at:%Y-%m-%d}", f"{at:%H:%M}", is_set=True)
    return When(mode, best.isoformat(), time, is_set=True) if best else When(mode, day, time)


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
    if mode not in UNSET:
        if mode != shown.mode:
            plan["when"] = {"mode": mode, "local": "", "fold": None}
            _unschedule(document)
        return
    if mode == shown.mode and shown.is_as_written and "when.day" not in data:
        return
    day = storable(data.get("when.day", shown.day))[:20]
    time = storable(data.get("when.time", shown.time))[:20]
    fold = {"0": 0, "1": 1}.get(data.get("when.fold", ""))
    if (mode, day, time) == (shown.mode, shown.day, shown.time) and fold in (shown.fold, None):
        return
    set_time(document, plan, mode, day, time, fold, zone)


def set_time(document: Json, plan: Json, mode: str, day: str, time: str, fold: int | None, zone: ZoneInfo) -> None:
    """Write the chosen day and time into the plan and every variant. `mode` is one of UNSET."""
    if mode == "moment":
        set_moment(document, plan, day, time, fold, zone)
        return
    plan["when"] = {"mode": mode, "local": "", "fold": None, "day": day, "time": time}
    local = read_local(day, time) if mode == "local" else None
    if local:
        _schedule(document, {"local_scheduled_time": f"{local:%Y-%m-%dT%H:%M}:00"})
    elif mode == "best" and read_day(day):
        _schedule(document, {"best_time": {"send_date": day}})
    else:
        _schedule(document, UNSET[mode])


def set_moment(document: Json, plan: Json, day: str, time: str, fold: int | None, zone: ZoneInfo) -> None:
    local = read_local(day, time)
    moment = moment_of(local, zone, fold) if local else None
    plan["when"] = {"mode": "moment", "local": f"{local:%Y-%m-%dT%H:%M}" if local else "", "fold": fold}
    if moment is None or moment.at is None:
        plan["when"] |= {"day": day, "time": time}
        _schedule(document, UNSET["moment"])
    else:
        _schedule(document, {"scheduled_time": airship.moment_text(moment.at)})


def _schedule(document: Json, schedule: dict[str, Any]) -> None:
    for variant in variants_of(document):
        if isinstance(variant, dict):
            variant["schedule"] = copy.deepcopy(schedule)


def _unschedule(document: Json) -> None:
    for variant in variants_of(document):
        if isinstance(variant, dict):
            variant.pop("schedule", None)


def schedule_new_variant(document: Json, plan: Json) -> None:
    """A variant that came in later goes out with the others: all variants have the time, or none."""
    variants = [variant for variant in variants_of(document) if isinstance(variant, dict)]
    known = next((variant["schedule"] for variant in variants if variant.get("schedule")), None)
    when = plan.get("when") or {}
    if when.get("mode") in UNSET and not when.get("as_written") and known:
        _schedule(document, known)


def plan_from_document(document: Json, plan: Json, zone: ZoneInfo) -> None:
    """After the JSON was written by hand: the plan's choice follows the document's schedules."""
    variants = [variant for variant in variants_of(document) if isinstance(variant, dict)]
    if not any("schedule" in variant for variant in variants):
        if (plan.get("when") or {}).get("mode") in UNSET:
            plan["when"] = {"mode": "soon", "local": "", "fold": None}
        return
    at, local, best = airship.scheduled_at(document), local_time_of(document), best_day_of(document)
    if best or (local and not local.second):
        mode, day = ("best", best) if best else ("local", local)
        plan["when"] = {"mode": mode, "local": "", "fold": None, "day": f"{day:%Y-%m-%d}", "time": ""}
        if local:
            plan["when"]["time"] = f"{local:%H:%M}"
        return
    if at is None or at.second:
        plan["when"] = {"mode": "moment", "local": "", "fold": None, "as_written": True}
        return
    plan["when"] = {"mode": "moment", "local": f"{at.astimezone(zone):%Y-%m-%dT%H:%M}", "fold": fold_of(at, zone)}


_NEEDED = {"local": ("day and time", "a day and a time"), "best": ("day", "a day")}


def find_when_problems(document: Json, plan: Json, zone: ZoneInfo) -> list[Problem]:
    """Why there is no moment although one was asked for. One problem, at the first variant's time."""
    when = when_of(document, plan, zone)
    if when.mode not in UNSET or when.is_as_written or when.at is not None or when.is_set:
        return []
    if when.mode != "moment":
        key, needed = _NEEDED[when.mode]
        typed = " ".join(text for text in (when.day, when.time if when.mode == "local" else "") if text)
        is_whole = bool(when.day and (when.time or when.mode == "best"))
        words = f"{typed} does not exist. Pick {needed}." if is_whole else f"The test has no {key} yet. Pick {needed}."
        pointer = {"local": "local_scheduled_time", "best": "best_time/send_date"}[when.mode]
        return [Problem(f"/variants/0/schedule/{pointer}", words, "schedule_form" if is_whole else "time_missing")]
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
