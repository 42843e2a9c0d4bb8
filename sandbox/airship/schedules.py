"""When a variant is sent.

Reference: https://www.airship.com/docs/developer/rest-api/ua/schemas/schedules/ (scheduleSpec)
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from sandbox.airship.shapes import Check, Invalid, Path, Rules, an_object, anything, moment, moment_of, record

FIRST_ZONE = timedelta(hours=14)  # where a local time comes first, and how long before UTC
LAST_ZONE = timedelta(hours=12)  # where it comes last, and how long after UTC


def send_date(value: object, path: Path, rules: Rules) -> None:
    if not isinstance(value, str) or _date(value) is None:
        raise Invalid(path, "expected a date, YYYY-MM-DD")


def _date(value: str) -> date | None:
    try:
        return date.fromisoformat(value) if re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII) else None
    except ValueError:
        return None


FORMS: Mapping[str, Check] = {
    "scheduled_time": moment,
    "local_scheduled_time": moment,
    "best_time": record({"send_date": send_date}, ("send_date",)),
    "recurring": anything,
}


def schedule(value: object, path: Path, rules: Rules) -> None:
    members = an_object(value, path)
    allowed = {name: check for name, check in FORMS.items() if name == "scheduled_time" or rules.switches.accepts(name)}
    record(allowed)(value, path, rules)
    if len(members) != 1:
        raise Invalid(path, f"needs exactly one of {', '.join(allowed)}")
    name = next(iter(members))
    _check_past(name, members, (*path, name), rules)
    _check_lead(members, (*path, name), rules)


def _check_past(name: str, members: dict[str, object], path: Path, rules: Rules) -> None:
    """A local time may have passed in some zones, as long as it has not in all."""
    if not rules.switches.accepts("past_schedule") and last_moment(members) < rules.now:
        raise Invalid(path, "the scheduled time has passed")
    is_local = name != "scheduled_time"
    if is_local and not rules.switches.accepts("past_local_schedule") and first_moment(members) < rules.now:
        raise Invalid(path, "the scheduled time has passed in some time zones")


def _check_lead(members: dict[str, object], path: Path, rules: Rules) -> None:
    days = rules.switches.number("maximum_lead_days")
    if days and written_moment(members) > rules.now + timedelta(days=days):
        raise Invalid(path, f"is more than {days:g} days ahead")


def written_moment(members: Mapping[str, object]) -> datetime:
    """The time as written, read as UTC, naive: what the scheduled listing is sorted by."""
    for name in ("scheduled_time", "local_scheduled_time"):
        found = moment_of(members.get(name))
        if found is not None:
            return found
    best = members.get("best_time")
    day = _date(str(best.get("send_date"))) if isinstance(best, dict) else None
    return datetime.combine(day, datetime.min.time()) if day else datetime(2100, 1, 1)


def first_moment(members: Mapping[str, object]) -> datetime:
    """When the first device gets it, UTC, naive: local times come first in the zone 14 hours ahead."""
    written = written_moment(members)
    if "scheduled_time" in members:
        return written
    return written - FIRST_ZONE if written.year > 1 else written


def last_moment(members: Mapping[str, object]) -> datetime:
    """When the last device gets it, UTC, naive; a best time is somewhere in its day."""
    written = written_moment(members)
    if "scheduled_time" in members or written.year > 9998:
        return written
    return written + LAST_ZONE + (timedelta(days=1) if "best_time" in members else timedelta())


def epoch(moment: datetime) -> float:
    return moment.replace(tzinfo=UTC).timestamp()
