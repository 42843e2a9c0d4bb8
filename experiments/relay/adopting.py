"""After a restore or a copy: compare what is unsent here with what the providers hold, then let things go out again.

Nothing is sent by it. What was waiting and is at the provider already is settled by what is there. What was waiting and
is not there is parked for a person. What is there with our reference, and unknown to this data, was made by a send that
the backup has not seen: where the check of that send is still known, its operation is written again, so that nobody
sends it a second time; else it is named together with the drafts that have the same content.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction

from experiments import mirror, providers
from experiments.accounts import account_for
from experiments.models import Draft, Event, Kind, Operation, State, Status
from experiments.models.states import HOLDS_DRAFT, UNSENT
from experiments.providers.outcomes import ProviderFailure
from experiments.providers.shapes import RemoteExperiment
from experiments.relay import clock, evidence, gate
from experiments.relay.looking import Seen, look
from experiments.relay.moving import move
from experiments.relay.parking import RESTORED, UNREAD, park
from experiments.relay.searching import settle_marked
from experiments.relay.settling import read_back
from workspaces.models import Connection, Installation, User
from workspaces.vault import CannotOpen

LEASE = timedelta(seconds=60)  # after it, somebody else looks up what this process has left half done
BEFORE = timedelta(hours=1)  # so much older than the newest that this data knows may be what it does not know
BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
MOST_DRAFTS = 500  # of one connection, compared with what nobody knows
CONFIRMED = {"sentence": "Written again after a restore: the backup had its check, and the provider holds it."}


class CannotAdopt(Exception):
    """Nothing was opened. The text is a sentence for the operator."""


@dataclass
class Compared:
    """One connection: what is unsent here beside what its provider holds with our reference."""

    connection: Connection
    since: datetime = BEGINNING
    seen: Seen | None = None
    failure: str = ""
    arrived: list[Operation] = field(default_factory=list)  # unsent here, and there
    waiting: list[Operation] = field(default_factory=list)  # unsent here, and not listed there
    forgotten: list[tuple[RemoteExperiment, Operation]] = field(default_factory=list)  # with the check of its send
    strange: list[tuple[RemoteExperiment, list[Draft]]] = field(default_factory=list)  # drafts with the same content


def reason() -> str:
    """Why the data has to be adopted, "" where it has not."""
    gate.forget()
    return gate.look_around()


def compare(*, everything: bool = True) -> list[Compared]:
    """Read both listings of every connection, or of those left out at the last adoption. Changes nothing."""
    row = Installation.the()
    connections = Connection.objects.select_related("workspace").order_by("workspace__slug", "name")
    if not everything:
        connections = connections.filter(pk__in=list(row.unadopted))
    newest = (row.ticked_at or BEGINNING) - BEFORE
    return [_compare(connection, _earlier(row, connection, newest)) for connection in connections]


def _earlier(row: Installation, connection: Connection, newest: datetime) -> datetime:
    """Since when a provider may hold what this data does not know: longer where it was left out before."""
    left_out = row.unadopted.get(str(connection.pk))
    return min(newest, datetime.fromisoformat(left_out)) if left_out else newest


def _compare(connection: Connection, since: datetime) -> Compared:
    result = Compared(connection)
    unsent = _unsent(connection)
    if connection.is_removed:
        result.waiting = unsent
        return result
    since = result.since = min([since, *(operation.created_at for operation in unsent)])
    try:
        result.seen = look(connection.provider, account_for(connection), since)
    except (ProviderFailure, CannotOpen) as failure:
        result.failure = str(failure)
    else:
        if not result.seen.is_whole:
            result.failure = "Its lists could not be read to the end."
    if result.failure or result.seen is None:
        result.waiting = unsent
        return result
    marked = {remote.marker: remote for remote in result.seen.experiments.values() if remote.marker}
    for operation in unsent:
        (result.arrived if operation.marker in marked else result.waiting).append(operation)
    known = set(_creates(connection).filter(marker__in=marked).values_list("marker", flat=True))
    for marker in sorted(set(marked) - known):
        check = _check_of(connection, marker)
        if check:
            result.forgotten.append((marked[marker], check))
        else:
            result.strange.append((marked[marker], _alike(connection, marked[marker])))
    return result


def adopt(
    compared: Sequence[Compared], *, by: User | None, why: str, without: Collection[Connection] = (), **told: Any
) -> None:
    """Carry out what `compare` found, then open the gate for this place. Raises CannotAdopt.

    `without` are connections that may stay unread: what waits there waits on, and nothing goes out through them.
    """
    missing = [one.connection for one in compared if one.failure and one.connection not in without]
    if missing:
        names = ", ".join(f"“{connection}” in {connection.workspace}" for connection in missing)
        raise CannotAdopt(f"Could not read {names}. Nothing was adopted. Mend that, or adopt without it.")
    Installation.close(why)  # where it was found by this process alone, or said by a person
    row = Installation.the()
    for one in compared:
        _settle(one)
    _open(row, compared, by=by, why=why, **told)
    for one in compared:
        if one.seen:
            mirror.sync(str(one.connection.pk))


def _settle(one: Compared) -> None:
    for operation in _unsent(one.connection):  # anew: a worker that had claimed one may have moved it
        if one.seen and not one.failure and one.seen.with_marker(operation.marker):
            _settle_arrived(operation, one.seen)
        elif operation.state != State.PARKED:
            park(operation, UNREAD if one.failure else RESTORED)
    for remote, check in one.forgotten:
        _write_again(remote, check)
    for _, drafts in one.strange:
        Draft.objects.filter(pk__in=[draft.pk for draft in drafts]).update(needs_attention=True)


def _settle_arrived(operation: Operation, seen: Seen) -> None:
    if operation.state != State.PARKED and not park(operation, RESTORED):
        return
    now = clock.now()
    unknown = move(operation, State.UNKNOWN, reason=RESTORED, message="", unknown_since=now, not_before=now)
    if unknown and move(operation, State.RECONCILING, reason=RESTORED, lease_until=now + LEASE):
        settle_marked(operation, seen.with_marker(operation.marker), seen)


def _write_again(remote: RemoteExperiment, check: Operation) -> None:
    """The send that this data has forgotten, as it must have been: its bytes are those of its check."""
    assert check.future_id is not None  # `_check_of` looks for those that have one
    now = clock.now()
    is_ahead = check.fence_at is not None and check.fence_at > now
    copied = ("workspace", "connection", "connection_version", "revision", "name", "payload", "sha256", "marker")
    same = {name: getattr(check, name) for name in (*copied, "fence_at", "is_immediate")}
    with transaction.atomic():
        draft = Draft.objects.select_for_update().filter(operations=check).first()
        holds = Operation.objects.filter(draft=draft, kind=Kind.CREATE, state__in=HOLDS_DRAFT, undone_at=None)
        is_free = draft is not None and not holds.exists()
        free = draft if is_free else None
        operation = Operation(
            id=check.future_id,
            kind=Kind.CREATE,
            state=State.SUCCEEDED,
            draft=free,
            check_operation=check,
            confirmed=CONFIRMED,
            remote_id=remote.remote_id,
            push_id=remote.push_id,
            reason=RESTORED,
            created_at=remote.created_at or now,
            finished_at=now,
            **same,
        )
        operation.save(force_insert=True)
        Event.objects.create(operation=operation, to_state=State.SUCCEEDED, reason=RESTORED)
        if free:
            status = Status.SCHEDULED if is_ahead else Status.FINISHED
            Draft.objects.filter(pk=free.pk).update(status=status, sent_at=now, needs_attention=False)
    read_back(operation)


def _open(row: Installation, compared: Sequence[Compared], *, by: User | None, why: str, **told: Any) -> None:
    newest = max([0, *(mark.life for mark in evidence.seen() if mark.identity == str(row.identity))])
    unread = {str(one.connection.pk): one.since.isoformat() for one in compared if one.failure}
    values = {"place": evidence.place_now(), "unadopted": unread, **evidence.of_this_process()}
    with transaction.atomic():
        if not Installation.open_again(row, after=newest, by=by, **values):
            raise CannotAdopt("Somebody else has adopted the data a moment ago.")
        Installation.tell_everybody("installation.adopt", by, why=why, **told)
    gate.forget()
    evidence.witness(Installation.the())


def _unsent(connection: Connection) -> list[Operation]:
    rows = Operation.objects.filter(connection=connection, state__in=UNSENT).exclude(kind=Kind.VALIDATE)
    return list(rows.select_related("workspace", "connection", "draft").order_by("created_at"))


def _creates(connection: Connection) -> Any:
    return Operation.objects.filter(connection=connection, kind=Kind.CREATE)


def _check_of(connection: Connection, marker: str) -> Operation | None:
    checks = Operation.objects.filter(connection=connection, kind=Kind.VALIDATE, marker=marker, future_id__isnull=False)
    return checks.select_related("workspace", "connection", "draft", "revision").first()


def _alike(connection: Connection, remote: RemoteExperiment) -> list[Draft]:
    """Drafts that could still be sent and say the same, whatever time and description they have."""
    drafts = Draft.objects.filter(connection=connection, status=Status.DRAFT, removed_at=None).order_by("-updated_at")
    return [draft for draft in drafts[:MOST_DRAFTS] if _says_the_same(draft, remote)]


def _says_the_same(draft: Draft, remote: RemoteExperiment) -> bool:
    differences = providers.document(draft.provider).same_content(draft.newest.document, remote.raw)
    return all(pointer == "/description" or "schedule" in pointer for pointer, _, _ in differences)


def lines(one: Compared) -> list[str]:
    """What was found for one connection, and what adopting does about it, in sentences."""
    label = providers.PROVIDERS[one.connection.provider].label
    told = [f"It could not be read: {one.failure}"] if one.failure else []
    told += [f"{operation} was waiting, and {label} holds it: settled by what is there." for operation in one.arrived]
    told += [f"{operation} was waiting: a person sends it on, or cancels it." for operation in one.waiting]
    for remote, _ in one.forgotten:
        told.append(f"“{remote.name}” ({remote.remote_id}) is newer than this data: written again from its check.")
    for remote, drafts in one.strange:
        same = ", ".join(f"“{draft.name}”" for draft in drafts)
        of = f"The same as {same}: do not send that again." if drafts else "No draft here has the same content."
        told.append(f"“{remote.name}” ({remote.remote_id}) is newer than this data. {of}")
    return told or ["Nothing was waiting, and nothing is there that this data does not know."]
