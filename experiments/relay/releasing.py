"""What a person may do with a parked operation: send it on as it was confirmed, or cancel it."""

from django.db import transaction

from experiments.models import Draft, Kind, Operation, State
from experiments.relay import clock, gate
from experiments.relay.moving import move
from experiments.relay.sending import NOTHING, reason_to_stop
from experiments.relay.submitting import Refused, usable
from workspaces.access import has_role
from workspaces.models import AuditEntry, Role, User


def send_on(operation: Operation, by: User) -> None:
    """Let a worker take it now. Everything that a worker asks is asked here as well. Raises Refused."""
    nothing = NOTHING[Kind(operation.kind)]
    _check_is_parked(operation, by)
    closed = gate.why_closed(operation)
    if closed:
        raise Refused("closed", f"{closed} {nothing}")
    against = reason_to_stop(operation)
    if against:
        _, code, message = against
        raise Refused(code, f"{message} {nothing} It can only be cancelled.")
    usable(operation.connection)
    with transaction.atomic():
        if not move(operation, State.QUEUED, by=by, reason="sent_on", message="", not_before=clock.now()):
            raise Refused("not_parked", "Somebody decided about it a moment ago.")
        if operation.kind == Kind.CREATE and operation.draft_id:
            Draft.objects.filter(pk=operation.draft_id).update(needs_attention=False)
        AuditEntry.record(operation.workspace, "operation.send_on", by=by, target=operation)


def drop(operation: Operation, by: User) -> None:
    """Cancel it: it never goes out, and its draft can be edited again. Raises Refused."""
    _check_is_parked(operation, by)
    with transaction.atomic():
        if not move(operation, State.CANCELLED, by=by, reason="cancelled", message=""):
            raise Refused("not_parked", "Somebody decided about it a moment ago.")
        AuditEntry.record(operation.workspace, "operation.cancel", by=by, target=operation)


def _check_is_parked(operation: Operation, by: User) -> None:
    if not has_role(by, operation.workspace, Role.PUBLISHER):
        raise Refused("role", "Only publishers and admins send it on or cancel it. It goes on waiting.")
    if operation.state != State.PARKED:
        raise Refused("not_parked", "It does not wait for a decision any more.")
