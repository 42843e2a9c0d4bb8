"""The one way in which an operation's state changes: a conditional UPDATE that must change exactly one row.

Which moves there are, and who may make them, is the table in `experiments.models.states`.
"""

import logging
import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from experiments.models import Draft, Event, Kind, Operation, State, Status
from experiments.models.states import BY_ENDS, FINAL, UNCLEAR
from workspaces.access import has_role
from workspaces.models import User

log = logging.getLogger(__name__)


class IllegalMove(Exception):
    """A move that the table of states does not know, or not for this person: a mistake in the code, never a race."""


def move(
    operation: Operation,
    to: State,
    *,
    token: uuid.UUID | None = None,
    by: User | None = None,
    reason: str = "",
    data: dict[str, Any] | None = None,
    **values: Any,
) -> bool:
    """Move `operation` from the state it was read in to `to`, with `values`, and write the event: both or neither.

    False where another process moved it first, or where `token` is not the claim's any more; then nothing changed.
    Raises IllegalMove.
    """
    source = State(operation.state)
    _check_is_legal(operation, source, to, by)
    now = timezone.now()
    if to in FINAL:
        values.setdefault("finished_at", now)
        values.setdefault("lease_until", None)
    if reason:
        values["reason"] = reason
    # No savepoint: callers with a transaction of their own let every error end it, and a savepoint is two more waits.
    with transaction.atomic(savepoint=False):
        mine = Operation.objects.filter(pk=operation.pk, state=source)
        if token:
            mine = mine.filter(claim_token=token)
        if not mine.update(state=to, **values):
            return False
        Event.objects.create(
            operation=operation, at=now, from_state=source, to_state=to, by=by, reason=reason, data=data or {}
        )
        for name, value in {"state": to, **values}.items():
            setattr(operation, name, value)
        _show_on_draft(operation)
    log.info("operation %s: %s → %s %s", operation.pk, source, to, reason)
    return True


def _check_is_legal(operation: Operation, source: State, to: State, by: User | None) -> None:
    known = BY_ENDS.get((source, to))
    if known is None:
        raise IllegalMove(f"{source} → {to}")
    is_allowed = known.machines if by is None else known.role and has_role(by, operation.workspace, known.role)
    if not is_allowed:
        raise IllegalMove(f"{source} → {to} by {by or 'a machine'}")


def _show_on_draft(operation: Operation) -> None:
    """A draft shows what became of its send, and is free to be edited again where nothing was sent."""
    if operation.kind != Kind.CREATE or operation.draft_id is None:
        return
    draft = Draft.objects.filter(pk=operation.draft_id)
    if operation.state == State.SUCCEEDED:
        is_ahead = operation.fence_at is not None and operation.fence_at > timezone.now()
        status = Status.SCHEDULED if is_ahead else Status.FINISHED
        draft.update(status=status, sent_at=timezone.now(), needs_attention=False)
    elif operation.state in FINAL:
        draft.update(status=Status.DRAFT, sent_at=None, needs_attention=False)
    elif operation.state in UNCLEAR:
        draft.update(status=Status.SENDING, needs_attention=True)


def free_draft(operation: Operation) -> None:
    """After an undo the draft can be edited and sent again, as a new operation."""
    Operation.objects.filter(pk=operation.pk, undone_at=None).update(undone_at=timezone.now())
    if operation.draft_id:
        Draft.objects.filter(pk=operation.draft_id).update(status=Status.DRAFT, sent_at=None, needs_attention=False)
