"""A create whose answer was lost, looked for in the provider's lists: by our reference, then by content and time.

Found once: it arrived. Found twice: a conflict. Something that looks the same without our reference: a person decides.
Nothing: it is called not applied only when no late copy can be taken any more, by every clock and by the provider's
own word, and two whole looks since then have not found it.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from experiments import mirror, providers
from experiments.failpoints import reach
from experiments.models import Experiment, Kind, Operation, State, Status
from experiments.providers.outcomes import ProviderFailure, Rejected
from experiments.providers.shapes import Account, RemoteExperiment
from experiments.relay import clock
from experiments.relay.looking import SKEW, Seen, look
from experiments.relay.moving import move
from experiments.relay.sending import LONGEST_CALL
from experiments.relay.settling import read_back
from experiments.relay.waiting import cannot_look, look_later

AFTER_FENCE = timedelta(seconds=60)
BETWEEN_LOOKS = timedelta(seconds=60)  # between the two that prove an absence
PATIENCE = timedelta(minutes=15)  # for what has no fence
JUST_BEFORE = timedelta(seconds=2)
MOST_ALIKE = 10
LATE_BY = timedelta(seconds=5)  # made so long after its own schedule: that provider takes what is in the past
REFUSED = ("invalid",)  # how a provider refuses a document, and not a key or an address

log = logging.getLogger(__name__)


def search(operation: Operation, account: Account) -> None:
    """Look once in both lists and move the operation by what is there. Raises ProviderFailure."""
    seen = look(operation.connection.provider, account, last_wire(operation))
    marked = seen.with_marker(operation.marker)
    alike = [] if marked else _alike(operation, account, seen)
    marked += [remote for remote in alike if remote.marker == operation.marker]
    if marked:
        settle_marked(operation, marked, seen, account)
    elif alike:
        # The same content in the right minutes, but our reference is missing: likely, not proven.
        show_alike(operation, alike)
    else:
        _absent(operation, account, seen)


def settle_marked(
    operation: Operation, marked: list[RemoteExperiment], seen: Seen, account: Account | None = None
) -> None:
    """It arrived. Twice, where two of them still stand."""
    gone = deleted_ids(operation, [remote.remote_id for remote in marked])
    standing = [remote for remote in marked if remote.remote_id not in gone and seen.is_standing(remote)]
    if len(standing) > 1:
        ids = sorted(remote.remote_id for remote in standing)
        candidates = shown(told(operation, account, standing) if account else standing)
        move(operation, State.CONFLICT, reason="found_twice", matches=ids, data={"candidates": candidates})
    else:
        found(operation, (standing or marked)[0], "found")


def found(operation: Operation, remote: RemoteExperiment, reason: str, data: dict[str, Any] | None = None) -> None:
    """`remote` is what the operation made."""
    reach("reconcile_before_settle")
    with transaction.atomic():
        is_moved = move(
            operation,
            State.SUCCEEDED,
            reason=reason,
            message="",
            matches=[],
            remote_id=remote.remote_id,
            push_id=remote.push_id or operation.push_id,
            data={"remote_id": remote.remote_id, **(data or {})},
        )
        if is_moved:
            mirror.adopt(operation, remote)
    if is_moved:
        read_back(operation)


def show_alike(operation: Operation, alike: list[RemoteExperiment]) -> None:
    ids = sorted(remote.remote_id for remote in alike)
    move(
        operation,
        State.NEEDS_PERSON,
        reason="looks_alike",
        matches=ids,
        lease_until=None,
        data={"candidates": shown(alike)},
    )


def told(operation: Operation, account: Account, remotes: list[RemoteExperiment]) -> list[RemoteExperiment]:
    """The same tests as a look at each tells them: a list may leave out when one was made. Best effort."""
    client = providers.client(operation.connection.provider)
    try:
        return [client.look_up(account, remote.remote_id) or remote for remote in remotes]
    except ProviderFailure:
        return remotes


def shown(remotes: Iterable[RemoteExperiment]) -> list[dict[str, str]]:
    """What a page tells about each: kept with the event, since the mirror may not have read them yet."""
    return [
        {
            "id": remote.remote_id,
            "name": remote.name[:255],
            "created_at": _iso(remote.created_at),
            "scheduled_at": _iso(remote.scheduled_at),
        }
        for remote in sorted(remotes, key=lambda remote: remote.remote_id)
    ]


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def last_wire(operation: Operation) -> datetime:
    attempt = operation.attempts.filter(wire_at__isnull=False).last()
    return attempt.wire_at if attempt and attempt.wire_at else operation.created_at


def is_alike(operation: Operation, remote: RemoteExperiment) -> bool:
    """The same content; the description aside, which a listing may cut or leave out, and our reference with it."""
    document = providers.document(operation.connection.provider)
    differences = document.same_content(operation.document, remote.raw)
    return all(pointer == "/description" for pointer, _, _ in differences)


def is_taken(operation: Operation, remote_ids: Iterable[str]) -> set[str]:
    """Those of `remote_ids` that another operation has made."""
    made = Operation.objects.filter(
        connection_id=operation.connection_id, kind=Kind.CREATE, remote_id__in=list(remote_ids)
    )
    return set(made.exclude(pk=operation.pk).values_list("remote_id", flat=True))


def deleted_ids(operation: Operation, remote_ids: Iterable[str]) -> set[str]:
    """Those of `remote_ids` that are known to be deleted: by us, or when the mirror last read."""
    ids = list(remote_ids)
    ours = Operation.objects.filter(
        connection_id=operation.connection_id, kind=Kind.DELETE, state=State.SUCCEEDED, target_id__in=ids
    )
    gone = Experiment.objects.filter(
        connection_id=operation.connection_id, remote_id__in=ids, status=Status.DELETED.value
    )
    return {*ours.values_list("target_id", flat=True), *gone.values_list("remote_id", flat=True)}


def _alike(operation: Operation, account: Account, seen: Seen) -> list[RemoteExperiment]:
    """What may be it although it carries no reference in the lists. Each is looked up: that may tell more."""
    since = last_wire(operation) + seen.ahead - JUST_BEFORE - SKEW
    until = last_wire(operation) + seen.ahead + LONGEST_CALL + AFTER_FENCE + SKEW
    candidates = [remote for remote in seen.experiments.values() if not remote.marker and is_alike(operation, remote)]
    candidates = [remote for remote in candidates if _is_between(remote.created_at, since, until)]
    others = is_taken(operation, [remote.remote_id for remote in candidates])
    client, kept = providers.client(operation.connection.provider), []
    for remote in [remote for remote in candidates if remote.remote_id not in others][:MOST_ALIKE]:
        told = client.look_up(account, remote.remote_id) or remote
        if told.marker in ("", operation.marker) and _is_between(told.created_at, since, until):
            kept.append(told)
    return kept


def _is_between(at: datetime | None, since: datetime, until: datetime) -> bool:
    """A time that nobody told may be any."""
    return at is None or since <= at <= until


def _absent(operation: Operation, account: Account, seen: Seen) -> None:
    """Not in either list. That proves something only once the provider takes no late copy any more."""
    if operation.fence_at is None:
        if clock.now() - (operation.unknown_since or clock.now()) > PATIENCE:
            move(operation, State.NEEDS_PERSON, reason="not_found", lease_until=None)
        else:
            look_later(operation, {"found": "nothing"})
        return
    over_at = operation.fence_at + AFTER_FENCE
    if clock.surely() < over_at or (seen.provider_date and seen.provider_date < over_at):
        look_later(operation, {"found": "nothing"}, latest=max(over_at, clock.now() + timedelta(seconds=5)))
    elif not seen.is_whole or seen.provider_date is None:
        label = providers.PROVIDERS[operation.connection.provider].label
        what = "its lists could not be read to the end" if not seen.is_whole else "it does not tell its own time"
        cannot_look(operation, f"{label} was asked, but {what}.")
    else:
        _absent_after_all(operation, account, seen)


def _absent_after_all(operation: Operation, account: Account, seen: Seen) -> None:
    first = operation.events.filter(to_state=State.UNKNOWN, data__is_counted=True).order_by("pk").first()
    if first is None:
        at = clock.now() + BETWEEN_LOOKS
        data = {"found": "nothing", "is_counted": True}
        look_later(operation, data, latest=at, earliest=at, absent_count=operation.absent_count + 1)
    elif clock.surely() < first.at + BETWEEN_LOOKS:
        look_later(operation, {"found": "nothing"}, latest=first.at + BETWEEN_LOOKS)
    elif _was_taken(operation):
        move(operation, State.NEEDS_PERSON, reason="taken_but_absent", lease_until=None, data={"found": "nothing"})
    elif not _refuses_late_copies(operation, account, seen):
        move(operation, State.NEEDS_PERSON, reason="late_copy_possible", lease_until=None, data={"found": "nothing"})
    else:
        reach("reconcile_before_settle")
        move(operation, State.NOT_APPLIED, reason="never_arrived", data={"found": "nothing"})


def _was_taken(operation: Operation) -> bool:
    """The provider had said yes, in an answer that could not be read to its end: absent or not, it was applied."""
    return operation.events.filter(data__is_applied=True).exists()


def _refuses_late_copies(operation: Operation, account: Account, seen: Seen) -> bool:
    """Whether the provider would refuse these very bytes now. That it does so is documented, so it is asked.

    A check makes nothing and follows the same rules as a create. Raises ProviderFailure where there is no clear answer.
    """
    if any(_was_late(remote) for remote in seen.experiments.values()) or _has_taken_late(operation):
        return False
    provider = providers.PROVIDERS[operation.connection.provider]
    at = providers.document(provider.code).scheduled_at(operation.document)
    if not provider.can_validate or at is None or seen.provider_date is None or at > seen.provider_date:
        return True  # nothing to learn: the fence alone has to be believed
    try:
        providers.client(provider.code).validate(account, operation.body)
    except Rejected as failure:
        if failure.reason not in REFUSED:
            raise
        places = [problem.pointer for problem in failure.problems if problem.pointer]
        return not places or any("schedule" in place for place in places)
    log.warning("%s takes a schedule that is past: operation %s waits for a person", provider.label, operation.pk)
    return False


def _was_late(remote: RemoteExperiment) -> bool:
    at, made = remote.scheduled_at, remote.created_at
    return remote.is_fenced and at is not None and made is not None and made > at + LATE_BY


def _has_taken_late(operation: Operation) -> bool:
    """Whether this connection holds a test that was made after its own schedule."""
    return Experiment.objects.filter(
        connection_id=operation.connection_id, is_fenced=True, created_at__gt=F("scheduled_at") + LATE_BY
    ).exists()
