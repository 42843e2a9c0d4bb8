"""Tests at a provider that carry the reference of one operation although it made only one, or none.

Found by a look-up (a conflict), or by the mirror long after the operation was settled: then its `matches` hold every
id that still stands, which is the alarm on its page.
"""

import uuid
from datetime import timedelta

from django.db.models import Q

from experiments import providers
from experiments.accounts import account_for
from experiments.models import Draft, Event, Experiment, Kind, Operation, State, Status
from experiments.models.states import FINAL
from experiments.providers.outcomes import ProviderFailure
from experiments.providers.shapes import Account
from experiments.relay import clock, copies
from experiments.relay.looking import look
from experiments.relay.moving import move
from experiments.relay.searching import deleted_ids, last_wire, shown, told
from workspaces.vault import CannotOpen

FRESH = timedelta(days=1)


def notice(connection_id: uuid.UUID | str) -> int:
    """After a pass of the mirror: raise the alarm where it holds a test too many. Returns how many alarms are new."""
    suspects = Experiment.objects.filter(
        Q(operation=None) | ~Q(operation__state=State.SUCCEEDED) | Q(operation__undone_at__isnull=False),
        Q(status=Status.SCHEDULED) | Q(updated_at__gt=clock.now() - FRESH),
        connection_id=connection_id,
        marker__gt="",
        gone_at=None,
    ).exclude(status=Status.DELETED)
    markers = set(suspects.values_list("marker", flat=True))
    made = Operation.objects.filter(connection_id=connection_id, kind=Kind.CREATE, marker__in=markers)
    return sum(_check(operation) for operation in made.select_related("workspace", "connection"))


def _check(operation: Operation) -> bool:
    """Whether there is something new to tell about `operation`, of whose reference the mirror holds a strange test."""
    if operation.state == State.UNKNOWN:
        Operation.objects.filter(pk=operation.pk, state=State.UNKNOWN).update(not_before=clock.now())
        return False
    if operation.state == State.NEEDS_PERSON:
        return move(operation, State.UNKNOWN, reason="turned_up", not_before=clock.now(), lease_until=None)
    if operation.state not in FINAL:
        return False
    held = _held(operation)
    if not set(held) - {operation.remote_id, *operation.matches}:
        return False
    return _raise_alarm(operation)


def _held(operation: Operation) -> list[str]:
    rows = Experiment.objects.filter(
        connection_id=operation.connection_id, marker=operation.marker, gone_at=None
    ).exclude(status=Status.DELETED)
    return sorted(rows.values_list("remote_id", flat=True))


def _raise_alarm(operation: Operation) -> bool:
    """Asked of the provider first: a listing may show what was deleted, and a false alarm costs trust."""
    try:
        account = account_for(operation.connection)
        seen = look(operation.connection.provider, account, last_wire(operation))
    except (ProviderFailure, CannotOpen):
        return False  # the next pass brings it up again
    marked = [remote for remote in seen.with_marker(operation.marker) if seen.is_standing(remote)]
    gone = deleted_ids(operation, [remote.remote_id for remote in marked])
    standing = [remote for remote in marked if remote.remote_id not in gone]
    ids = sorted({remote.remote_id for remote in standing} | ({operation.remote_id} & set(_held(operation))))
    if not set(ids) - {operation.remote_id} or ids == operation.matches:
        return False
    reason = "held_twice" if operation.state == State.SUCCEEDED else "held_after_all"
    Operation.objects.filter(pk=operation.pk).update(matches=ids, reason=reason)
    Event.objects.create(
        operation=operation,
        at=clock.now(),
        from_state=operation.state,
        to_state=State(operation.state),
        reason=reason,
        data={"candidates": shown(told(operation, account, standing))},
    )
    if operation.draft_id:
        Draft.objects.filter(pk=operation.draft_id).update(needs_attention=True)
    return True


def look_again(operation: Operation, account: Account) -> None:
    """Of a conflict: somebody may have deleted the extra one at the provider, or its time may have come."""
    client = providers.client(operation.connection.provider)
    left = [remote for match in operation.matches if (remote := client.look_up(account, match))]
    if len(left) > 1 and not providers.PROVIDERS[operation.connection.provider].is_staged:
        seen = look(operation.connection.provider, account, clock.now())
        gone = deleted_ids(operation, operation.matches)
        left = [remote for remote in left if remote.remote_id not in gone and seen.is_standing(remote)]
        now = min(clock.surely(), seen.provider_date or clock.surely())
        if len(left) > 1 and all(remote.scheduled_at is None or remote.scheduled_at < now for remote in left):
            ids = sorted(remote.remote_id for remote in left)
            move(operation, State.SUCCEEDED, reason="sent_twice", remote_id=ids[0], matches=ids)
            return
    copies.settle(operation, [remote.remote_id for remote in left])


def wait(operation: Operation) -> None:
    Operation.objects.filter(pk=operation.pk, state=State.CONFLICT).update(not_before=clock.now() + copies.AGAIN)
