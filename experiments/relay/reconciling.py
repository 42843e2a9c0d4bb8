"""What became of a call whose answer was lost: found out by reading, never by sending it again.

The exception is a delete, which aims at one id and cannot send anything: asking again is how it is looked up.
"""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from experiments import providers
from experiments.accounts import account_for
from experiments.failpoints import reach
from experiments.models import Kind, Operation, State
from experiments.providers.outcomes import NotSent, OutcomeUnknown, ProviderFailure, Rejected
from experiments.providers.shapes import Account
from experiments.relay import clock, gate, noticing, saying, staging
from experiments.relay.looking import look
from experiments.relay.moving import move
from experiments.relay.searching import last_wire, search
from experiments.relay.sending import HAS_ITS_EFFECT, ClaimLost, hold_line
from experiments.relay.settling import after_success, settle_delete
from experiments.relay.waiting import NO_ANSWER, cannot_look, look_later
from workspaces.vault import CannotOpen

LEASE = timedelta(seconds=60)
QUIET = timedelta(seconds=60)  # longer than a write can be under way
ABSENT_TWICE = 2
MOST_SHOWN = 8  # looks that show what the provider says it has deleted


def reconcile(operation_id: uuid.UUID | str) -> None:
    """Take one step towards knowing. Called twice, or for anything that is not unclear, it does nothing."""
    operation = Operation.objects.select_related("workspace", "connection").filter(pk=operation_id).first()
    if operation is None or not _take(operation):
        return
    closed = gate.why_closed(operation) if _may_write(operation) else ""
    if closed:
        look_later(operation, {"found": NO_ANSWER, "message": closed})
        return
    reach("reconcile_before_look")
    try:
        _step(operation)(operation, account_for(operation.connection))
    except ClaimLost:
        return
    except (ProviderFailure, CannotOpen) as failure:
        _not_read(operation, failure)


def _take(operation: Operation) -> bool:
    now = clock.now()
    if operation.state == State.UNKNOWN:
        # Where looking it up may write, whoever held the claim before must not go on.
        token = uuid.uuid4() if _is_staged(operation) else operation.claim_token
        values: dict[str, Any] = {"lease_until": now + LEASE, "claim_token": token}
        return operation.not_before <= now and move(operation, State.RECONCILING, **values)
    if operation.state == State.CONFLICT:
        return operation.not_before <= now
    return operation.state == State.RECONCILING and operation.reason in saying.SAID


def _step(operation: Operation) -> Callable[[Operation, Account], None]:
    if operation.state == State.CONFLICT:
        return noticing.look_again
    if operation.reason == saying.THERE:
        return saying.verify_there
    if operation.reason == saying.NOT_THERE:
        return saying.verify_not_there
    if operation.kind == Kind.DELETE:
        return _ask_again
    return _settle_staged if _is_staged(operation) else search


def _is_staged(operation: Operation) -> bool:
    return providers.PROVIDERS[operation.connection.provider].is_staged


def _may_write(operation: Operation) -> bool:
    is_read = operation.state == State.CONFLICT or operation.reason in (saying.THERE, saying.NOT_THERE)
    return not is_read and (operation.kind == Kind.DELETE or _is_staged(operation))


def _not_read(operation: Operation, failure: ProviderFailure | CannotOpen) -> None:
    if operation.state == State.CONFLICT:
        noticing.wait(operation)
    elif operation.reason in (saying.THERE, saying.NOT_THERE):
        saying.could_not_verify(operation, str(failure))
    else:
        cannot_look(operation, str(failure), failure.retry_after if isinstance(failure, NotSent) else None)


def _settle_staged(operation: Operation, account: Account) -> None:
    """Every step there reads first or sets a value, so it can be taken again; a copy still under way is waited out."""
    quiet_at = last_wire(operation) + QUIET
    if operation.kind == Kind.CREATE:
        _resume(operation, account, quiet_at)
    elif operation.kind == Kind.STATUS:
        _settle_status(operation, account, quiet_at)
    else:
        _take_again(operation, account)


def _settle_status(operation: Operation, account: Account, quiet_at: datetime) -> None:
    """What reaches people is never asked for again by itself. It is called unchanged only where nothing moved since."""
    status = staging.status_now(operation, account)
    if status == staging.asked_status(operation):
        _done(operation)
    elif clock.surely() <= quiet_at or not operation.absent_count:
        look_later(operation, {"found": "nothing"}, earliest=quiet_at, absent_count=operation.absent_count + 1)
    elif status == operation.confirmed.get("from", status) and not _was_moved_since(operation):
        move(operation, State.NOT_APPLIED, reason="never_arrived", message="It did not change. Ask for it again.")
    else:
        move(operation, State.NEEDS_PERSON, reason="moved_on", lease_until=None)


def _was_moved_since(operation: Operation) -> bool:
    later = Q(kind__in=[Kind.STATUS, Kind.DELETE], attempts__wire_at__gte=last_wire(operation))
    same = Operation.objects.filter(connection=operation.connection, target_id=operation.target_id)
    return same.filter(later).exclude(pk=operation.pk).exists()


def _resume(operation: Operation, account: Account, quiet_at: datetime) -> None:
    try:
        remote_id = staging.find(operation, account)
    except staging.MadeTwice as twice:
        move(operation, State.CONFLICT, reason="found_twice", matches=twice.remote_ids)
        return
    now = clock.surely()
    if now < quiet_at:
        look_later(operation, {"found": remote_id or "nothing"}, earliest=quiet_at)
        return
    if not remote_id and operation.absent_count < ABSENT_TWICE:
        # A listing may lag behind; how long is not documented.
        seen = operation.absent_count + 1
        look_later(operation, {"found": "nothing"}, earliest=now + QUIET, absent_count=seen)
        return
    try:
        made = staging.make(operation, account, lambda: _hold(operation))
    except Rejected as failure:
        if remote_id:
            move(operation, State.REJECTED, reason=failure.reason, message=failure.message)
        else:
            # “Taken already” may be our own first try, which the listing does not show yet: it proves nothing.
            cannot_look(operation, failure.message)
    else:
        _done(operation, remote_id=made.remote_id)


def _take_again(operation: Operation, account: Account) -> None:
    try:
        staging.change(operation, account, lambda: _hold(operation))
    except Rejected as failure:
        if (operation.kind, failure.reason) not in HAS_ITS_EFFECT:
            move(operation, State.REJECTED, reason=failure.reason, message=failure.message)
            return
    _done(operation)


def _done(operation: Operation, **values: Any) -> None:
    if move(operation, State.SUCCEEDED, reason="looked_up", message="", **values):
        after_success(operation)


def _hold(operation: Operation) -> None:
    if gate.why_closed(operation):
        raise ClaimLost  # nothing is written any more: its lease ends, and it is looked up again later
    hold_line(operation)
    operation.attempts.filter(number=operation.attempt_count).update(wire_at=clock.now())


def _ask_again(operation: Operation, account: Account) -> None:
    client = providers.client(operation.connection.provider)
    if operation.reason == "already_gone":
        # The first answer was “no such test”: that is looked at before anything is asked for again.
        _confirm_gone(operation, account)
        return
    try:
        client.delete(account, operation.target_id)
    except Rejected as failure:
        if failure.reason == "too_late":
            move(operation, State.REJECTED, reason="too_late", message=failure.message)
        elif failure.reason == "already_gone":
            _confirm_gone(operation, account)
        else:
            raise
    except OutcomeUnknown as failure:
        cannot_look(operation, failure.message)
    else:
        _deleted(operation, "looked_up")


def _confirm_gone(operation: Operation, account: Account) -> None:
    """“No such test” may also be said of one that has begun. Only what is shown nowhere, or not planned, is gone."""
    provider = operation.connection.provider
    remote = providers.client(provider).look_up(account, operation.target_id)
    if remote is None:
        _deleted(operation, "looked_up" if operation.reason != "already_gone" else "already_gone")
        return
    if _is_staged(operation):
        if operation.look_count < MOST_SHOWN:
            look_later(operation, {"found": remote.remote_id}, reason="shown_still")
        else:
            move(operation, State.NEEDS_PERSON, reason="shown_still", message="", lease_until=None)
        return
    seen = look(provider, account, clock.now())
    begins_at = remote.scheduled_at or operation.fence_at
    is_ahead = begins_at is not None and max(clock.perhaps(), seen.provider_date or clock.perhaps()) < begins_at
    if operation.target_id in seen.upcoming or not seen.is_whole:
        look_later(operation, {"found": remote.remote_id}, reason="shown_still")
    elif is_ahead:
        # Some show what was deleted. It is not planned any more although its time is still to come.
        _deleted(operation, "looked_up")
    else:
        label = providers.PROVIDERS[provider].label
        message = f"{label} says there is nothing left to delete, but shows it still, and its time has come."
        move(operation, State.NEEDS_PERSON, reason="shown_still", message=message, lease_until=None)


def _deleted(operation: Operation, reason: str) -> None:
    with transaction.atomic():
        if move(operation, State.SUCCEEDED, reason=reason, message=""):
            settle_delete(operation)
