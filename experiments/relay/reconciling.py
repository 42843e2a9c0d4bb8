"""What became of a call whose answer was lost: found out by reading, never by sending it again.

The exception is a delete, which aims at one id and cannot send anything: asking again is how it is looked up.
"""

import uuid
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from experiments import mirror, providers
from experiments.accounts import account_for
from experiments.failpoints import reach
from experiments.models import Kind, Operation, State
from experiments.providers.outcomes import OutcomeUnknown, ProviderFailure, Rejected
from experiments.providers.shapes import Account, Page, RemoteExperiment
from experiments.relay import staging
from experiments.relay.moving import move
from experiments.relay.sending import (
    HAS_ITS_EFFECT,
    ClaimLost,
    after_success,
    hold_line,
    read_back,
    settle_delete,
)
from workspaces.vault import CannotOpen

LOOKS = (5, 15, 60, 120, 300)  # seconds until the next look
LEASE = timedelta(seconds=60)
SKEW = timedelta(minutes=5)  # between our clock and the provider's, at most
AFTER_FENCE = timedelta(seconds=60)
PATIENCE = timedelta(minutes=15)  # for what has no fence
BLIND = timedelta(minutes=30)  # a listing that cannot be read for so long needs a person
MOST_PAGES = 100
QUIET = timedelta(seconds=60)  # longer than a write can be under way
ABSENT_TWICE = 2


def reconcile(operation_id: uuid.UUID | str) -> None:
    """Take one step towards knowing. Called twice, or for anything that is not unclear, it does nothing."""
    now = timezone.now()
    operation = Operation.objects.select_related("workspace", "connection").filter(pk=operation_id).first()
    if operation is None:
        return
    is_staged = providers.PROVIDERS[operation.connection.provider].is_staged
    if operation.state == State.UNKNOWN:
        # Where looking it up may write, whoever held the claim before must not go on.
        token = uuid.uuid4() if is_staged else operation.claim_token
        values: dict[str, Any] = {"lease_until": now + LEASE, "claim_token": token}
        if operation.not_before > now or not move(operation, State.RECONCILING, **values):
            return
    elif operation.state != State.RECONCILING or operation.reason != "said_there":
        return
    if operation.workspace.is_sending_stopped and (is_staged or operation.kind == Kind.DELETE):
        # Looking these up may write, and nothing is written while the workspace is stopped.
        _look_later(operation, {"found": "no answer", "message": "Sending is stopped in this workspace."})
        return
    reach("reconcile_before_look")
    try:
        account = account_for(operation.connection)
        if operation.kind == Kind.DELETE:
            _ask_again(operation, account)
        elif is_staged and operation.reason != "said_there":
            _settle_staged(operation, account)
        elif operation.reason == "said_there":
            _verify(operation, account)
        else:
            _search(operation, account)
    except ClaimLost:
        return
    except (ProviderFailure, CannotOpen) as failure:
        _cannot_look(operation, str(failure))


def _settle_staged(operation: Operation, account: Account) -> None:
    """Every step there reads first or sets a value, so it can be taken again; a copy still under way is waited out."""
    quiet_at = _last_wire(operation) + QUIET
    if operation.kind == Kind.CREATE:
        _resume(operation, account, quiet_at)
    elif operation.kind == Kind.STATUS:
        # What reaches people is never asked for again by itself.
        if staging.is_done(operation, account):
            _done(operation)
        elif timezone.now() > quiet_at and operation.absent_count:
            move(operation, State.NOT_APPLIED, reason="never_arrived", message="It did not change. Ask for it again.")
        else:
            _look_later(operation, {"found": "nothing"}, earliest=quiet_at, absent_count=operation.absent_count + 1)
    else:
        _take_again(operation, account)


def _resume(operation: Operation, account: Account, quiet_at: datetime) -> None:
    try:
        remote_id = staging.find(operation, account)
    except staging.MadeTwice as twice:
        move(operation, State.CONFLICT, reason="found_twice", matches=twice.remote_ids)
        return
    now = timezone.now()
    if now < quiet_at:
        _look_later(operation, {"found": remote_id or "nothing"}, earliest=quiet_at)
        return
    if not remote_id and operation.absent_count < ABSENT_TWICE:
        # A listing may lag behind; how long is not documented.
        seen = operation.absent_count + 1
        _look_later(operation, {"found": "nothing"}, earliest=now + QUIET, absent_count=seen)
        return
    try:
        made = staging.make(operation, account, lambda: _hold(operation))
    except Rejected as failure:
        if remote_id:
            move(operation, State.REJECTED, reason=failure.reason, message=failure.message)
        else:
            # “Taken already” may be our own first try, which the listing does not show yet: it proves nothing.
            _cannot_look(operation, failure.message)
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
    hold_line(operation)
    operation.attempts.filter(number=operation.attempt_count).update(wire_at=timezone.now())


def _last_wire(operation: Operation) -> datetime:
    attempt = operation.attempts.filter(wire_at__isnull=False).last()
    return attempt.wire_at if attempt and attempt.wire_at else operation.created_at


def _ask_again(operation: Operation, account: Account) -> None:
    client = providers.client(operation.connection.provider)
    try:
        client.delete(account, operation.target_id)
    except Rejected as failure:
        if failure.reason == "too_late":
            move(operation, State.REJECTED, reason="too_late", message=failure.message)
            return
        if failure.reason != "already_gone":
            raise
    except OutcomeUnknown:
        _look_later(operation, {"found": "no answer"})
        return
    with transaction.atomic():
        if move(operation, State.SUCCEEDED, reason="looked_up"):
            settle_delete(operation)


def _verify(operation: Operation, account: Account) -> None:
    """An admin said it is there: believed when the provider says so too."""
    remote = providers.client(operation.connection.provider).look_up(account, operation.target_id)
    if remote is None:
        move(
            operation,
            State.NEEDS_PERSON,
            reason="not_under_that_id",
            message=f"There is no test with the id {operation.target_id} at the provider.",
            target_id="",
        )
    else:
        _found(operation, remote, "said_there")


def _search(operation: Operation, account: Account) -> None:
    document = providers.document(operation.connection.provider)
    sent = operation.document
    marked: dict[str, RemoteExperiment] = {}
    alike: dict[str, RemoteExperiment] = {}
    for remote in _candidates(operation, account):
        if remote.marker == operation.marker:
            marked[remote.remote_id] = remote
        elif not remote.marker and not _without_marker(document.same_content(sent, remote.raw)):
            alike[remote.remote_id] = remote
    if len(marked) == 1:
        _found(operation, next(iter(marked.values())), "found")
    elif marked:
        move(operation, State.CONFLICT, reason="found_twice", matches=sorted(marked))
    elif alike:
        # The same content in the right minutes, but our reference is missing: likely, not proven.
        move(operation, State.NEEDS_PERSON, reason="looks_alike", matches=sorted(alike))
    else:
        _absent(operation)


def _without_marker(differences: object) -> list[object]:
    return [item for item in differences if item[0] != "/description"]  # type: ignore[attr-defined]  # Sequence of rows


def _candidates(operation: Operation, account: Account) -> Iterator[RemoteExperiment]:
    """Everything in both listings that may be it: all that is scheduled, and what was made since the call began."""
    since = _last_wire(operation) - SKEW
    client = providers.client(operation.connection.provider)
    yield from _listed(lambda offset: client.list_scheduled(account, offset), None)
    yield from _listed(lambda offset: client.list_experiments(account, offset), since)


def _listed(page_at: Callable[[int], Page], since: datetime | None) -> Iterator[RemoteExperiment]:
    offset: int | None = 0
    seen: set[str] = set()
    for _ in range(MOST_PAGES):
        page = page_at(offset or 0)
        reach("reconcile_between_pages")
        fresh = [remote for remote in page.experiments if remote.remote_id not in seen]
        seen.update(remote.remote_id for remote in fresh)
        for remote in fresh:
            if since is None or remote.created_at is None or remote.created_at >= since:
                yield remote
        is_past = since is not None and any(r.created_at and r.created_at < since for r in page.experiments)
        offset = page.next_offset
        if offset is None or not fresh or is_past:
            return


def _found(operation: Operation, remote: RemoteExperiment, reason: str) -> None:
    reach("reconcile_before_settle")
    with transaction.atomic():
        is_moved = move(
            operation,
            State.SUCCEEDED,
            reason=reason,
            message="",
            remote_id=remote.remote_id,
            push_id=remote.push_id or operation.push_id,
            data={"remote_id": remote.remote_id},
        )
        if is_moved:
            mirror.adopt(operation, remote)
    if is_moved:
        read_back(operation)


def _absent(operation: Operation) -> None:
    """Not in either listing. That proves something only once the provider would refuse a late copy."""
    now = timezone.now()
    if operation.fence_at is None:
        if now - (operation.unknown_since or now) > PATIENCE:
            move(operation, State.NEEDS_PERSON, reason="not_found", lease_until=None)
        else:
            _look_later(operation, {"found": "nothing"})
        return
    if now < operation.fence_at + AFTER_FENCE:
        _look_later(operation, {"found": "nothing"}, latest=operation.fence_at + AFTER_FENCE)
    elif operation.absent_count >= 1:
        move(operation, State.NOT_APPLIED, reason="never_arrived", data={"found": "nothing"})
    else:
        _look_later(
            operation,
            {"found": "nothing"},
            latest=now + AFTER_FENCE,
            earliest=now + AFTER_FENCE,
            absent_count=operation.absent_count + 1,
        )


def _cannot_look(operation: Operation, message: str) -> None:
    if timezone.now() - (operation.unknown_since or operation.created_at) > BLIND:
        move(operation, State.NEEDS_PERSON, reason="cannot_look", message=message, lease_until=None)
    else:
        _look_later(operation, {"found": "no answer", "message": message[:200]})


def _look_later(
    operation: Operation,
    data: dict[str, str],
    latest: datetime | None = None,
    earliest: datetime | None = None,
    **values: Any,
) -> None:
    wait = timedelta(seconds=LOOKS[min(operation.look_count, len(LOOKS) - 1)])
    at = timezone.now() + wait
    if latest and at > latest:
        at = latest
    if earliest and at < earliest:
        at = earliest
    move(
        operation,
        State.UNKNOWN,
        data=data,
        not_before=at,
        lease_until=None,
        look_count=operation.look_count + 1,
        **values,
    )
