"""An operation whose answer was lost, and the time that passes until somebody knows."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from experiments import mirror, relay
from experiments.models import Operation, State
from experiments.relay import sending

EMPTY_LISTING = '{"ok":true,"count":0,"total_count":0,"experiments":[]}'
LOOKED_UP = (State.UNKNOWN, State.RECONCILING)


def taken(operation: Operation) -> Operation:
    """The operation as the worker holds it that has just claimed it."""
    claimed = sending.claim(operation.pk)
    assert claimed is not None
    return claimed


def lost(sandbox: Any, operation: Operation, when: str = "before") -> Operation:
    """Send it; the line breaks before the provider acts on it, or after."""
    sandbox.order("reset", method="POST", path="/api/experiments", when=when)
    relay.send(operation.pk)
    operation.refresh_from_db()
    assert operation.state == State.UNKNOWN
    return operation


def look(traveller: Any, operation: Operation) -> Operation:
    """Travel to the operation's next look and take it."""
    traveller.move_to(max(operation.not_before, timezone.now()) + timedelta(seconds=1))
    relay.sweep()
    relay.reconcile(operation.pk)
    operation.refresh_from_db()
    return operation


def settle(traveller: Any, operation: Operation, *, at_most: int = 60) -> Operation:
    """Look until it is settled or waits for a person."""
    for _ in range(at_most):
        if operation.state not in LOOKED_UP:
            break
        look(traveller, operation)
    return operation


def read_mirror(operation: Operation) -> int:
    """One pass of the mirror, and what it notices: how many alarms are new."""
    mirror.sync(str(operation.connection_id))
    return relay.notice(operation.connection_id)
