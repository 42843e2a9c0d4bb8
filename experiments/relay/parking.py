"""What must not go out by itself any more: too late, or unsent in data that was restored. A person decides about it."""

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from experiments import providers
from experiments.models import Draft, Kind, Operation, State
from experiments.relay import gate
from experiments.relay.moving import move

AT_ONCE = 200

LATE, RESTORED, UNREAD = "late", "restored", "unread"
WAITED = "It was waiting in data that was restored or copied"


def park(operation: Operation, reason: str) -> bool:
    """From any unsent state, for one of the reasons above. False where another process moved it first."""
    with transaction.atomic():
        if not move(operation, State.PARKED, reason=reason, message=_words(operation, reason), lease_until=None):
            return False
        open_attempts = operation.attempts.filter(outcome="", wire_at=None)
        open_attempts.update(outcome="not_sent", reason=reason, ended_at=timezone.now())
        if operation.kind == Kind.CREATE and operation.draft_id:
            Draft.objects.filter(pk=operation.draft_id).update(needs_attention=True)
    return True


def park_late() -> None:
    """What waited too long while no worker could take it. What is stopped or closed waits on: it is late only then."""
    late = Q(state=State.QUEUED, created_at__lt=gate.tolerated_since(), fence_at=None) & ~Q(kind__in=gate.NEVER_LATE)
    for operation in Operation.objects.filter(late).select_related("workspace", "connection")[:AT_ONCE]:
        if gate.is_late(operation) and not gate.why_closed(operation):
            park(operation, LATE)


def _words(operation: Operation, reason: str) -> str:
    """What is true of it, in a sentence; what can be done about it stands in `experiments.ledger`."""
    label = providers.PROVIDERS[operation.connection.provider].label
    if reason == LATE:
        return "It has waited too long, and what was right then may be wrong now. Nothing left Splitdesk."
    if reason == UNREAD:
        return f"{WAITED}, and {label} could not be read then: it may have been done already."
    if operation.kind == Kind.CREATE:
        return f"{WAITED}, and {label} did not list it then."
    return f"{WAITED}: it may have been done already. Look at the test first."
