"""When an unclear operation is looked at again, and when nobody but a person can go on."""

from datetime import datetime, timedelta
from typing import Any

from experiments.models import Operation, State
from experiments.relay import clock
from experiments.relay.moving import move

LOOKS = (5, 15, 60, 120, *[300] * 8, 900)  # seconds until the next look; the mirror hurries it when it turns up
BLIND = timedelta(minutes=30)  # a listing that cannot be read for so long needs a person
NO_ANSWER = "no answer"


def look_later(
    operation: Operation,
    data: dict[str, Any],
    *,
    latest: datetime | None = None,
    earliest: datetime | None = None,
    **values: Any,
) -> None:
    """Back to UNKNOWN until the next look, which is not after `latest` and, above all, not before `earliest`."""
    at = clock.now() + timedelta(seconds=LOOKS[min(operation.look_count, len(LOOKS) - 1)])
    if latest and at > latest:
        at = latest
    if earliest and at < earliest:
        at = earliest
    look_count = operation.look_count + 1
    move(operation, State.UNKNOWN, data=data, not_before=at, lease_until=None, look_count=look_count, **values)


def cannot_look(operation: Operation, message: str, retry_after: int | None = None) -> None:
    """The provider could not be read, or not to the end: again later, and after half an hour of that a person."""
    now = clock.now()
    if now - last_good_look(operation) > BLIND:
        move(operation, State.NEEDS_PERSON, reason="cannot_look", message=message, lease_until=None)
        return
    earliest = now + timedelta(seconds=retry_after) if retry_after else None
    look_later(operation, {"found": NO_ANSWER, "message": message[:200]}, earliest=earliest)


def last_good_look(operation: Operation) -> datetime:
    """When a look last told anything, at first the moment from which on the outcome was unknown."""
    for event in operation.events.filter(to_state=State.UNKNOWN).order_by("-pk"):
        if event.from_state != State.RECONCILING or event.data.get("found", NO_ANSWER) != NO_ANSWER:
            return event.at
    return operation.unknown_since or operation.created_at
