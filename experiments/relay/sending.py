"""Claim, connect, on wire, record. Nothing here is ever tried again once a byte may have left."""

import logging
import os
import socket
import time
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import cache
from typing import Any

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from experiments import logs, providers
from experiments.accounts import account_for
from experiments.failpoints import reach
from experiments.models import Attempt, Kind, Operation, State
from experiments.providers.outcomes import NotSent, OutcomeUnknown, ProviderFailure, Rejected
from experiments.providers.shapes import Account, Answer, Changed, Created, Deleted, Validated
from experiments.relay import clock, gate, spool, staging
from experiments.relay.moving import move
from experiments.relay.parking import LATE, park
from experiments.relay.settling import after_success, settle_delete
from workspaces.access import has_role
from workspaces.models import Role, standing
from workspaces.vault import CannotOpen

log = logging.getLogger(__name__)

LONGEST_CALL = timedelta(seconds=40)  # a write's total deadline, and some
LEASE = timedelta(seconds=60)  # longer than a call's deadline and a task's hard limit
MOST_ATTEMPTS = 5
WAITS = (2, 5, 15, 30, 60)  # seconds before the next attempt of what was provably not applied
RESPONSE_KEPT = 4000  # characters
GIVEN_UP = (State.UNKNOWN, State.RECONCILING, State.NEEDS_PERSON)

# Refusals that say: it is so already.
HAS_ITS_EFFECT = {(Kind.DETACH, "already_gone")}
NOTHING = dict.fromkeys(Kind, "Nothing was changed.") | {
    Kind.CREATE: "Nothing was sent.",
    Kind.VALIDATE: "Nothing was sent.",
    Kind.DELETE: "Nothing was deleted.",
}

type Result = Created | Deleted | Validated | Changed

# The same role that asking for it needed: it may have been lost since.
NEEDED_ROLE = dict.fromkeys(Kind, Role.PUBLISHER) | {Kind.VALIDATE: Role.EDITOR}


class ClaimLost(Exception):
    """Another process moved the operation while this one was connecting. Nothing is sent."""


class SendingStopped(Exception):
    """Somebody stopped sending, or the gate closed, since the claim or since the last step. Nothing more is sent."""


def send(operation_id: uuid.UUID | str) -> None:
    """Carry one queued operation out. Called twice, or late, or for anything not queued, it does nothing."""
    reach("send_before_claim")
    operation = claim(operation_id)
    if operation is None:
        return
    account = _account_unless_stopped(operation)
    if account is None:
        return
    try:
        result = _call(operation, account, lambda: _go_on_wire(operation))
    except ClaimLost:
        return
    except SendingStopped as stopped:
        _let_go(operation, str(stopped))
    except staging.MadeTwice as twice:
        # Seen only where an earlier try was unclear, which is what the sweep and the look-up are for.
        _record(operation, OutcomeUnknown("found_twice", str(twice)))
    except ProviderFailure as failure:
        reach("answer_in_memory")
        _record(operation, failure)
    else:
        reach("answer_in_memory")
        _record(operation, result)
    reach("after_record")


def claim(operation_id: uuid.UUID | str) -> Operation | None:
    """Take the operation for this process: None where it is not queued, not due, too late, or nothing may go out."""
    now, token = clock.now(), uuid.uuid4()
    gate.look_around()  # out here, because it may ask Redis; what it finds counts inside
    with transaction.atomic():
        operation = (
            Operation.objects.select_related("workspace", "connection", "by")
            .filter(pk=operation_id, state=State.QUEUED, not_before__lte=now)
            .annotate(installation=standing())
            .first()
        )
        if operation is None or gate.why_closed(operation, operation.installation):
            return None
        if gate.is_late(operation):
            park(operation, LATE)
            return None
        number = operation.attempt_count + 1
        if not move(
            operation,
            State.CLAIMED,
            claim_token=token,
            lease_until=now + LEASE,
            attempt_count=number,
            data={"attempt": number},
        ):
            return None
        Attempt.objects.create(operation=operation, number=number, claim_token=token, worker=_worker(), claimed_at=now)
        reach("claim_before_commit")
    reach("claim_after_commit")
    logs.add(workspace=operation.workspace.slug, connection=operation.connection_id, attempt=number)
    return operation


@cache
def _worker() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def _account_unless_stopped(operation: Operation) -> Account | None:
    """The account to call with, where everything that held at the click still holds. Else it ends here, unsent."""
    try:
        against = reason_to_stop(operation)
        reach("before_decrypt")
        if against is None:
            return account_for(operation.connection)
    except CannotOpen as error:
        against = (State.REJECTED, "cannot_open", str(error))
    to, reason, message = against
    nothing = NOTHING[Kind(operation.kind)]
    with transaction.atomic():
        if move(operation, to, token=operation.claim_token, reason=reason, message=f"{message} {nothing}"):
            _close_attempt(operation, "not_sent", reason)
    return None


def reason_to_stop(operation: Operation) -> tuple[State, str, str] | None:
    """What speaks against sending it now: where it ends then, a code, and a sentence. None for nothing."""
    if not has_role(operation.by, operation.workspace, NEEDED_ROLE[Kind(operation.kind)]):
        return State.CANCELLED, "role_lost", f"{operation.by or 'Whoever asked for it'} may not do this any more."
    if operation.kind == Kind.CREATE:
        if providers.document(operation.connection.provider).sha256(operation.body) != operation.sha256:
            return State.REJECTED, "changed_bytes", "The stored request is not what was confirmed."
        if is_too_late(operation):
            return State.EXPIRED, "too_late", "Its time was too near to send it safely."
    if operation.connection.is_removed or operation.connection.version != operation.connection_version:
        return State.REJECTED, "connection_changed", "The connection was removed or got a new secret."
    return None


def is_too_late(operation: Operation) -> bool:
    """A call that started now could end so near to the fence that nobody could tell what became of it."""
    return operation.fence_at is not None and clock.perhaps() + LONGEST_CALL > operation.fence_at


def _call(operation: Operation, account: Account, on_connected: Callable[[], None]) -> Result:
    client = providers.client(operation.connection.provider)
    if operation.kind == Kind.CREATE:
        if providers.PROVIDERS[operation.connection.provider].is_staged:
            return staging.make(operation, account, on_connected)
        return client.create(account, operation.body, on_connected)
    if operation.kind == Kind.DELETE:
        return client.delete(account, operation.target_id, on_connected)
    if operation.kind != Kind.VALIDATE:
        return staging.change(operation, account, on_connected)
    # A check changes nothing at the provider: there is no line to cross, so it is on the wire from the start.
    on_connected()
    return client.validate(account, operation.body)


def _go_on_wire(operation: Operation) -> None:
    """Committed after the connection stands and before the first byte. Any failure here closes the socket unused."""
    now = clock.now()
    with transaction.atomic():
        closed = gate.why_closed(operation)
        if closed:
            raise SendingStopped(closed)
        if operation.state == State.ON_WIRE:
            hold_line(operation)  # a later step of the same operation
        elif not move(operation, State.ON_WIRE, token=operation.claim_token, lease_until=now + LEASE):
            raise ClaimLost
        operation.attempts.filter(number=operation.attempt_count).update(wire_at=now)
        reach("wire_before_commit")
    reach("wire_after_commit")


def _let_go(operation: Operation, why: str) -> None:
    """Before the wire it waits as before. Between two steps it is taken up again by looking it up, once that may be."""
    if operation.state == State.ON_WIRE:
        _record(operation, OutcomeUnknown("stopped", why, is_applied=True))
        return
    with transaction.atomic():
        if move(operation, State.QUEUED, token=operation.claim_token, reason="stopped", lease_until=None):
            _close_attempt(operation, "not_sent", "stopped")


def hold_line(operation: Operation) -> None:
    """Before one more write under the same claim: only if nobody took the operation over. Raises ClaimLost."""
    mine = Operation.objects.filter(pk=operation.pk, state=operation.state, claim_token=operation.claim_token)
    if not mine.update(lease_until=clock.now() + LEASE):
        raise ClaimLost


def _record(operation: Operation, outcome: spool.Outcome) -> None:
    """Store what is known. The database may be away: after a moment the spool keeps it, for the next sweep."""
    for pause in (0.0, 0.2, 1.0):  # with every timeout between them less than a task may still take
        time.sleep(pause)
        try:
            if pause:
                operation.refresh_from_db(fields=["state"])  # the commit that got no answer may have been done
            return record_late(operation, outcome)
        except (OperationalError, InterfaceError):
            log.exception("operation %s: could not record its outcome", operation.pk)
            connection.close_if_unusable_or_obsolete()
    spool.keep(operation, outcome)
    return None


def record_late(operation: Operation, outcome: spool.Outcome) -> None:
    """Store an outcome where the row still waits for one. What the sweep has given up only a proof can settle."""
    proves_nothing_new = operation.state in GIVEN_UP and isinstance(outcome, NotSent | OutcomeUnknown)
    if operation.state not in {State.CLAIMED, State.ON_WIRE, *GIVEN_UP} or proves_nothing_new:
        return
    if isinstance(outcome, ProviderFailure):
        record_failure(operation, outcome)
    else:
        record_success(operation, outcome)


def record_success(operation: Operation, result: Result) -> None:
    """The provider said yes. Safe to repeat: the second time nothing moves."""
    values: dict[str, Any] = {"remote_operation_id": result.answer.operation_id[:100], "message": "", "problems": []}
    if isinstance(result, Created):
        values |= {"remote_id": result.remote_id, "push_id": result.push_id}
    with transaction.atomic():
        if not _move_even_late(operation, State.SUCCEEDED, data={"status": result.answer.status}, **values):
            return
        _close_attempt(operation, "applied", "", result.answer)
        if operation.kind == Kind.DELETE:
            settle_delete(operation)
        reach("record_before_commit")
    reach("record_after_commit")
    after_success(operation)


def record_failure(operation: Operation, failure: ProviderFailure) -> None:
    """The provider said no, or nothing, or nothing that proves anything."""
    kind, is_write = Kind(operation.kind), operation.kind != Kind.VALIDATE
    with transaction.atomic():
        if operation.kind == Kind.DELETE and failure.reason == "already_gone":
            # May also be said of a test that has begun: looked up before anybody is told that it is gone.
            _record_unknown(operation, OutcomeUnknown(failure.reason, failure.message, failure.answer))
        elif isinstance(failure, Rejected):
            _record_no(operation, failure)
        elif isinstance(failure, OutcomeUnknown) and is_write:
            _record_unknown(operation, failure)
        else:
            _record_not_applied(operation, failure)
        if failure.answer and failure.answer.status == 401:
            operation.connection.record_health("refused", failure.message)
        reach("record_before_commit")
    reach("record_after_commit")
    log.info("operation %s (%s): %s", operation.pk, kind, failure.reason)


def _record_no(operation: Operation, failure: Rejected) -> None:
    if (operation.kind, failure.reason) in HAS_ITS_EFFECT:
        moved = _move_even_late(operation, State.SUCCEEDED, reason="already_gone", message=failure.message)
    else:
        moved = _move_even_late(
            operation,
            State.REJECTED,
            reason=failure.reason,
            message=failure.message,
            problems=[{"pointer": p.pointer, "message": p.message, "code": p.code} for p in failure.problems],
        )
    if moved:
        _close_attempt(operation, "rejected", failure.reason, failure.answer)


def _move_even_late(operation: Operation, to: State, **values: Any) -> bool:
    """An answer that proves something also counts after the sweep gave its call up, while its claim is the last."""
    token = operation.claim_token
    if move(operation, to, token=token, **values):
        return True
    given_up = Operation.objects.filter(pk=operation.pk, claim_token=token, state__in=GIVEN_UP)
    state = given_up.values_list("state", flat=True).first()
    if state is None:
        return False
    operation.state = state
    return move(operation, to, token=token, **values)


def _record_unknown(operation: Operation, failure: OutcomeUnknown) -> None:
    now = clock.now()
    if move(
        operation,
        State.UNKNOWN,
        token=operation.claim_token,
        reason=failure.reason,
        message=failure.message,
        unknown_since=now,
        not_before=now,
        lease_until=None,
        data={"is_applied": failure.is_applied},
    ):
        _close_attempt(operation, "unknown", failure.reason, failure.answer)


def _record_not_applied(operation: Operation, failure: ProviderFailure) -> None:
    """Provably nothing was applied (or it was a check, which applies nothing): again later, or give up."""
    wait = WAITS[min(operation.attempt_count, len(WAITS)) - 1]
    is_permanent = isinstance(failure, NotSent) and failure.is_permanent
    if isinstance(failure, NotSent) and failure.retry_after:
        wait = max(wait, failure.retry_after)
    values: dict[str, Any] = {"token": operation.claim_token, "reason": failure.reason, "message": failure.message}
    most = 3 if operation.kind == Kind.VALIDATE else MOST_ATTEMPTS
    if is_permanent or operation.attempt_count >= most:
        if operation.state == State.CLAIMED or is_permanent or operation.kind == Kind.VALIDATE:
            moved = move(operation, State.REJECTED, **values)
        else:
            # Only a waiting operation can expire: the sweep does it at once.
            moved = move(operation, State.RETRY_WAIT, not_before=clock.now(), **values)
    else:
        moved = move(operation, State.RETRY_WAIT, not_before=clock.now() + timedelta(seconds=wait), **values)
    if moved:
        _close_attempt(operation, "not_sent", failure.reason, failure.answer)


def _close_attempt(operation: Operation, outcome: str, reason: str, answer: Answer | None = None) -> None:
    values: dict[str, Any] = {"outcome": outcome, "reason": reason[:60], "ended_at": timezone.now()}
    if answer:
        values |= {
            "status_code": answer.status,
            "request_id": answer.request_id[:200],
            "remote_operation_id": answer.operation_id[:100],
            "response": answer.body[:RESPONSE_KEPT].replace("\0", ""),
            "provider_date": answer.provider_date,
            "milliseconds": answer.milliseconds,
        }
    operation.attempts.filter(number=operation.attempt_count).update(**values)
