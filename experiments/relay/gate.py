"""Whether anything may go out now: nobody stopped it, and the data is where it was and as new as it was.

A database that was restored from a backup, or copied, does not know what was sent since. `evidence` looks for signs of
that; this module asks it with every new connection to the database, every few seconds, and in every sweep. What is
found of the data itself is written into the one row of the installation, which every claim reads, and stays there until
a person adopts the data (`adopting`).
"""

import logging
import threading
import time
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.backends.signals import connection_created
from django.db.models import Q
from django.utils import timezone

from experiments.models import Kind, Operation, State
from experiments.relay import evidence
from workspaces.models import Installation, Standing, Workspace, standing
from workspaces.models.installation import ONLY

log = logging.getLogger(__name__)

TRUSTED_FOR = 3.0  # seconds for which a look around that found nothing holds
NEVER_LATE = {Kind.VALIDATE, Kind.DELETE}  # changes nothing; taking something back is wanted late as well


class _Looked(threading.local):
    """Each thread has a database connection of its own."""

    until = float("-inf")


_looked = _Looked()


def forget(**kwargs: Any) -> None:
    """Look around before the next claim. Called for each new connection, behind which may be another database."""
    _looked.until = float("-inf")


connection_created.connect(forget)


def why_closed(operation: Operation, installation: dict[str, Any] | None = None) -> str:
    """Why `operation` may not go out now, in a sentence; "" where it may. A check, which changes nothing, always may.

    One query, or none where the caller has read `installation` (a column made by `standing()`) in this transaction.
    """
    if operation.kind == Kind.VALIDATE:
        return ""
    is_stopped = operation.workspace.is_sending_stopped
    if installation is None:
        is_stopped, installation = _read(operation.workspace_id)
    return refusal(is_stopped, installation, operation.connection_id) or look_around()


def why_closed_in(workspace: Workspace, connection_id: Any = "") -> str:
    """Why nothing may be confirmed in this workspace now, "" where it may."""
    return refusal(*_read(workspace.pk), connection_id)


def refusal(is_workspace_stopped: bool, installation: dict[str, Any] | None, connection_id: Any = "") -> str:
    """What the rows say against sending, "" for nothing."""
    if is_workspace_stopped:
        return "Sending is stopped in this workspace."
    known = Standing.of(installation)
    if known.is_stopped:
        return f"Sending is stopped in all workspaces. {known.why}".strip()
    if known.closed_because:
        return f"{known.closed_because} Nothing goes out until an operator has adopted the data."
    if str(connection_id) in known.unadopted:
        return "This connection could not be read when the data was adopted. Nothing goes out through it until then."
    return ""


def _read(workspace_id: int) -> tuple[bool, dict[str, Any] | None]:
    rows = Workspace.objects.filter(pk=workspace_id).annotate(installation=standing())
    row: tuple[bool, dict[str, Any] | None] = rows.values_list("is_sending_stopped", "installation").get()
    return row


def may_go(closed: str) -> Q:
    """What the sweep may name to be sent, as a condition on Operation; `closed` is what `move_on` said."""
    is_check = Q(kind=Kind.VALIDATE)
    row = Installation.objects.filter(pk=ONLY).first()
    if closed or (row and row.is_sending_stopped):
        return is_check
    unadopted = row.unadopted if row else {}
    return is_check | (Q(workspace__is_sending_stopped=False) & ~Q(connection_id__in=list(unadopted)))


def is_late(operation: Operation) -> bool:
    """Nobody wants “now” hours later: what nothing fences has a tolerance from the moment a person asked for it.

    A test with a fence goes out at its own time, however late the provider was told of it, or expires.
    """
    if operation.kind in NEVER_LATE or operation.fence_at is not None:
        return False
    since = tolerated_since()
    if operation.created_at >= since:
        return False
    sent_on = operation.events.filter(to_state=State.QUEUED, reason="sent_on").order_by("-pk").first()
    return sent_on is None or sent_on.at < since


def tolerated_since() -> datetime:
    """What was asked for before this moment is too old to go out by itself."""
    return timezone.now() - timedelta(seconds=settings.LATE_AFTER)


def look_around() -> str:
    """What says that the data was restored or copied, "" for nothing. What belongs to the data closes the gate for all.

    Looks again after TRUSTED_FOR seconds, for a new database connection, and as long as something was found.
    """
    if time.monotonic() < _looked.until:
        return ""
    seen = evidence.seen()  # before the row, which is always written first: no witness is ahead of what is committed
    row = Installation.the()
    found = evidence.find(row, seen)
    if found.is_first_start:
        place = {"place": found.place, **evidence.of_this_process()}
        Installation.objects.filter(pk=ONLY, place={}).update(**place)
    if found.closes_for_all and Installation.close(found.reason):
        log.error("nothing goes out any more: %s Look at the data, then run `manage.py adopt`.", found.reason)
    if not found.reason:
        _looked.until = time.monotonic() + TRUSTED_FOR
    return found.reason


def move_on() -> str:
    """Once in each sweep: look around, and where nothing was found, make the row and then its witnesses one newer."""
    forget()
    reason = look_around()
    if not reason:
        row = Installation.tick_on()
        if row:
            evidence.witness(row)
    return reason
