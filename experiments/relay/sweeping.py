"""What a lost message, a dead worker or a passed time left behind, every few seconds. Running twice is harmless."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from experiments.failpoints import reach
from experiments.models import Kind, Operation, State
from experiments.relay import clock, gate, spool
from experiments.relay.moving import move
from experiments.relay.parking import LATE, park, park_late
from experiments.relay.saying import SAID
from experiments.relay.sending import LONGEST_CALL, MOST_ATTEMPTS, is_too_late, record_late
from experiments.relay.settling import read_back

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=2)  # a message normally arrives sooner; only then it is hinted at again
AT_ONCE = 200
READ_BACK_FOR = timedelta(minutes=30)


@dataclass
class Found:
    """Ids that the caller tells workers about: `to_send` for `send`, `to_look_up` for `reconcile`."""

    to_send: list[str]
    to_look_up: list[str]


def sweep() -> Found:
    """Put abandoned operations where they provably belong and name those that are due."""
    now = clock.now()
    closed = gate.move_on()
    spool.take_up(record_late)
    for operation in _rows(Q(state=State.CLAIMED, lease_until__lte=now)):
        _if_free(_unclaim, operation)
        reach("sweep_between_rows")
    for operation in _rows(Q(state=State.ON_WIRE, lease_until__lte=now)):
        _if_free(_lose, operation)
    for operation in _rows(Q(state=State.RETRY_WAIT, not_before__lte=now)):
        _if_free(_wake, operation)
    for operation in _rows(Q(state=State.RECONCILING, lease_until__lte=now)):
        move(operation, State.UNKNOWN, reason="abandoned", lease_until=None, not_before=now)
    for operation in _rows(Q(state=State.PARKED, kind=Kind.CREATE, fence_at__lte=now + LONGEST_CALL)):
        move(operation, State.EXPIRED, reason="too_late", message="Its time came too near. Nothing was sent.")
    if not closed:
        park_late()
    _read_back_missing(now)
    return Found(
        to_send=_ids(
            Q(state=State.QUEUED, not_before__lte=now - PATIENCE, created_at__lte=now - PATIENCE) & gate.may_go(closed)
        ),
        to_look_up=_ids(
            Q(state=State.UNKNOWN, not_before__lte=now)
            | Q(state=State.RECONCILING, reason__in=SAID, lease_until=None)
            | Q(state=State.CONFLICT, not_before__lte=now)
        ),
    )


def _rows(due: Q) -> list[Operation]:
    return list(
        Operation.objects.filter(due).select_related("workspace", "connection").order_by("created_at")[:AT_ONCE]
    )


def _ids(due: Q) -> list[str]:
    rows = Operation.objects.filter(due).order_by(F("fence_at").asc(nulls_first=True), "created_at")
    return [str(pk) for pk in rows.values_list("pk", flat=True)[:AT_ONCE]]


def _if_free(act: Callable[[Operation], None], operation: Operation) -> None:
    """A row that a frozen worker still locks must not hold up the others; it is here again in the next sweep."""
    try:
        act(operation)
    except OperationalError as error:
        if not connection.is_usable():
            raise  # the database is away, not the row
        log.warning("operation %s: not swept this time: %s", operation.pk, error)


def _unclaim(operation: Operation) -> None:
    """Its worker died before the wire: provably unsent, so it may be taken again."""
    with transaction.atomic():
        if move(operation, State.QUEUED, token=operation.claim_token, reason="worker_gone", lease_until=None):
            _close(operation, "not_sent")


def _lose(operation: Operation) -> None:
    """Its worker died on the wire. A check is asked again; anything else is unknown and is looked up."""
    now = clock.now()
    values: dict[str, Any] = {"token": operation.claim_token, "lease_until": None, "not_before": now}
    with transaction.atomic():
        if operation.kind == Kind.VALIDATE:
            if move(operation, State.RETRY_WAIT, reason="worker_gone", **values):
                _close(operation, "abandoned")
        elif move(operation, State.UNKNOWN, reason="worker_gone", unknown_since=now, **values):
            _close(operation, "unknown")


def _wake(operation: Operation) -> None:
    if operation.attempt_count >= MOST_ATTEMPTS:
        move(operation, State.EXPIRED, reason=operation.reason or "tried_often")
    elif operation.kind == Kind.CREATE and is_too_late(operation):
        move(operation, State.EXPIRED, reason="too_late", message="Its time came too near. Nothing was sent.")
    elif gate.is_late(operation):
        park(operation, LATE)
    else:
        move(operation, State.QUEUED, reason="again")


def _close(operation: Operation, outcome: str) -> None:
    operation.attempts.filter(number=operation.attempt_count, outcome="").update(
        outcome=outcome, reason="worker_gone", ended_at=timezone.now()
    )


def _read_back_missing(now: Any) -> None:
    missing = Q(
        kind=Kind.CREATE,
        state=State.SUCCEEDED,
        read_back_at=None,
        undone_at=None,
        not_before__lte=now,
        finished_at__gte=now - READ_BACK_FOR,
        look_count__lt=20,
    )
    for operation in _rows(missing)[:5]:
        read_back(operation)
