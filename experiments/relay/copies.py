"""Tests too many: what a provider holds under the reference of one operation that made only one, or none.

An operation's `matches` are the ids that stand there. Each can be deleted until it begins.
"""

from datetime import timedelta
from typing import Any

from experiments import mirror
from experiments.models import Draft, Kind, Operation, State
from experiments.models.states import FINAL, OPEN
from experiments.relay import clock
from experiments.relay.moving import free_draft, move

AGAIN = timedelta(seconds=60)


def has_alarm(operation: Operation) -> bool:
    """Whether a provider holds a test too many of a settled send."""
    return (
        operation.kind == Kind.CREATE
        and operation.state in FINAL
        and bool(set(operation.matches) - ({operation.remote_id} if not operation.undone_at else set()))
    )


def is_last(operation: Operation, remote_id: str) -> bool:
    """Whether deleting this one would leave none, the others being deleted already."""
    if operation.state != State.CONFLICT and (operation.state != State.SUCCEEDED or operation.undone_at):
        return False
    going = Operation.objects.filter(
        connection_id=operation.connection_id, kind=Kind.DELETE, target_id__in=operation.matches, state__in=OPEN
    )
    return set(operation.matches) <= {remote_id, *going.values_list("target_id", flat=True)}


def forget(deletion: Operation) -> None:
    """`deletion` has removed a test for good: what does that mean for the sends whose reference it carried?"""
    made = Operation.objects.filter(connection_id=deletion.connection_id, kind=Kind.CREATE).exclude(matches=[])
    touched = [operation for operation in made if deletion.target_id in operation.matches]
    for operation in touched:
        left = [match for match in operation.matches if match != deletion.target_id]
        if operation.state == State.CONFLICT:
            settle(operation, left)
        elif operation.state in FINAL:
            _shrink(operation, left)


def settle(operation: Operation, left: list[str]) -> None:
    """Of a conflict these ids are left. One ends it."""
    if len(left) > 1:
        Operation.objects.filter(pk=operation.pk, state=State.CONFLICT).update(
            matches=left, not_before=clock.now() + AGAIN
        )
        return
    remote_id = left[0] if left else operation.matches[0]
    if move(operation, State.SUCCEEDED, reason="extra_deleted", remote_id=remote_id, matches=left) and not left:
        free_draft(operation)


def _shrink(operation: Operation, left: list[str]) -> None:
    """One of two is deleted after the operation was settled: what stays is what it made."""
    values: dict[str, Any] = {"matches": left}
    is_its_own_gone = operation.state == State.SUCCEEDED and operation.undone_at is None
    is_its_own_gone = is_its_own_gone and operation.remote_id not in left
    if is_its_own_gone and left:
        # Read back anew: what stays is not what the answer named.
        values |= {"remote_id": left[0], "read_back_at": None, "differences": None}
    for name, value in values.items():
        setattr(operation, name, value)
    if not has_alarm(operation):
        values["reason"] = operation.reason = "extra_deleted"
    Operation.objects.filter(pk=operation.pk).update(**values)
    if is_its_own_gone and left:
        mirror.adopt(operation)
    elif is_its_own_gone:
        free_draft(operation)
    if operation.draft_id and not has_alarm(operation):
        Draft.objects.filter(pk=operation.draft_id).update(needs_attention=False)
