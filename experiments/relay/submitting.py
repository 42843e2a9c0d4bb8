"""What a person asks for becomes a row, once, however often the button is pressed."""

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from experiments import providers
from experiments.failpoints import reach
from experiments.models import Draft, Event, Experiment, Kind, Operation, Revision, State, Status
from experiments.models.ids import new_id
from experiments.models.states import OPEN
from experiments.relay import clock, copies, gate
from experiments.relay.freezing import freeze, lead_for
from experiments.relay.moving import move
from workspaces.access import has_role
from workspaces.models import AuditEntry, Connection, Role, User

CHECK_HOLDS = timedelta(minutes=15)


class Refused(Exception):
    """It was not written down and nothing was sent. `code` is stable, the text is a sentence for the person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def propose(draft: Draft, by: User) -> Operation:
    """Freeze the newest revision and have the provider check those bytes. Sends nothing. Raises Refused."""
    connection = usable(draft.connection)
    if not draft.is_open:
        raise Refused("not_open", "This draft is being sent or was sent. Copy it to check it again.")
    send_id, revision, now = new_id(), draft.newest, timezone.now()
    _without_errors(draft, revision, now)
    frozen = freeze(revision, draft.workspace, send_id, now)
    # Where a provider checks only when it makes, our own check is the check.
    is_asked = providers.PROVIDERS[draft.provider].can_validate
    return write(
        Operation(
            state=State.QUEUED if is_asked else State.SUCCEEDED,
            finished_at=None if is_asked else now,
            kind=Kind.VALIDATE,
            draft=draft,
            revision=revision,
            future_id=send_id,
            name=draft.name,
            payload=frozen.payload,
            sha256=frozen.sha256,
            marker=frozen.marker,
            fence_at=frozen.fence_at,
            is_immediate=frozen.is_immediate,
        ),
        connection,
        by,
    )


def _without_errors(draft: Draft, revision: Revision, now: datetime) -> None:
    if revision.plan.get("unparsed"):
        # What was typed last stands in no document yet, which still holds the value before it.
        message = "Something typed in the draft cannot be used as it is. The provider was not asked, nothing was sent."
        raise Refused("problems", message)
    found = providers.document(draft.provider).find_problems(
        revision.document, now=now, lead=lead_for(draft.workspace), zone=draft.workspace.zone
    )
    errors = [problem for problem in found if problem.severity == "error"]
    if errors:
        raise Refused("problems", f"{errors[0].message} The provider was not asked and nothing was sent.")


def submit(check: Operation, by: User, confirmed: dict[str, Any]) -> Operation:
    """Write down the send that `check` proposed. The same check gives the same operation, always.

    `confirmed` is what the person saw and typed. Raises Refused.
    """
    existing = made_before(check.future_id, Kind.CREATE, draft=check.draft, sha256=check.sha256)
    if existing:
        return existing
    connection = check_is_sendable(check, by)
    draft, revision = check.draft, check.revision
    assert draft is not None and revision is not None  # noqa: PT018  (check_is_sendable saw both; this tells the types)
    operation = Operation(
        id=check.future_id or new_id(),
        kind=Kind.CREATE,
        draft=draft,
        revision=revision,
        check_operation=check,
        name=check.name,
        payload=check.body,
        sha256=check.sha256,
        marker=check.marker,
        fence_at=check.fence_at,
        is_immediate=check.is_immediate,
        confirmed=confirmed,
    )
    try:
        with transaction.atomic():
            taken = Draft.objects.filter(
                pk=draft.pk, status=Status.DRAFT, removed_at=None, number=revision.number
            ).update(status=Status.SENDING)
            if not taken:
                raise Refused(
                    "moved_on", "Somebody changed or sent this draft meanwhile. Nothing was sent. Check it again."
                )
            write(operation, connection, by, audit="send", sha256=check.sha256)
            reach("submit_before_commit")
        reach("submit_after_commit")
        return operation
    except (IntegrityError, Refused) as error:
        # A parallel click was first, with this very id, or another send holds the draft.
        existing = made_before(check.future_id, Kind.CREATE, draft=check.draft, sha256=check.sha256)
        if existing:
            return existing
        if isinstance(error, Refused):
            raise
        raise Refused("under_way", "Another send of this draft is under way. Nothing was sent twice.") from None


def made_before(operation_id: uuid.UUID | None, kind: Kind, **same: Any) -> Operation | None:
    """The operation that this id has made already, None where it made none.

    Raises Refused where it was made of something else: another kind, or other values than `same`.
    """
    made = Operation.objects.filter(pk=operation_id).first() if operation_id else None
    if made and (made.kind != kind or any(getattr(made, name) != value for name, value in same.items())):
        raise Refused("another", "This button was used for something else already. Nothing more was done.")
    return made


def check_is_sendable(check: Operation, by: User) -> Connection:
    """Whether `by` may send now what `check` proposed. Raises Refused with the reason."""
    now = timezone.now()
    draft = check.draft
    if not has_role(by, check.workspace, Role.PUBLISHER):
        raise Refused("role", "Only publishers and admins send tests. Nothing was sent.")
    closed = gate.why_closed_in(check.workspace, check.connection_id)
    if closed:
        raise Refused("stopped", f"{closed} Nothing was sent.")
    if check.kind != Kind.VALIDATE or check.state != State.SUCCEEDED or check.finished_at is None:
        raise Refused("unchecked", "The provider has not accepted this version yet. Nothing was sent.")
    if check.finished_at < now - CHECK_HOLDS:
        raise Refused("check_too_old", "The check is older than 15 minutes. Nothing was sent. Ask again.")
    if draft is None or check.revision is None or check.revision.number != draft.number:
        raise Refused("moved_on", "The draft was changed after this check. Nothing was sent. Check it again.")
    skew = skew_of(check)
    if skew is not None and abs(skew) > clock.TOO_FAR_APART:
        raise Refused("clock", f"{_apart(check, skew)} Nothing was sent. Tell whoever runs Splitdesk.")
    if not check.is_immediate and not _leaves_time(check, now):
        raise Refused("too_near", "Too little time is left before it would go out. Nothing was sent. Check it again.")
    if _is_dangerous(check) and not has_role(by, check.workspace, Role.ADMIN):
        raise Refused("dangerous", "This test has options that only admins may send. Nothing was sent.")
    connection = usable(check.connection)
    if connection.version != check.connection_version:
        raise Refused("new_secret", "The connection got a new secret after this check. Nothing was sent. Check again.")
    return connection


def skew_of(check: Operation) -> timedelta | None:
    """How far the provider's clock is ahead of ours, by the Date of its answer to the check; None without one."""
    attempt = check.attempts.last()
    if attempt is None or attempt.provider_date is None or attempt.ended_at is None:
        return None
    return attempt.provider_date - attempt.ended_at


def _apart(check: Operation, skew: timedelta) -> str:
    label = providers.PROVIDERS[check.connection.provider].label
    return (
        f"The clock of {label} and that of this server are {abs(round(skew.total_seconds()))} seconds apart, so a "
        "scheduled time would not mean the same there."
    )


def _is_dangerous(check: Operation) -> bool:
    found = providers.document(check.connection.provider).find_problems(check.document, now=timezone.now())
    return any(problem.code == "dangerous_option" for problem in found)


def _leaves_time(check: Operation, now: datetime) -> bool:
    """Without one moment for all variants there is no fence; such a test is confirmed as that, and may go."""
    return check.fence_at is None or check.fence_at >= now + lead_for(check.workspace)


def undo(operation: Operation, by: User) -> Operation:
    """Delete at the provider what `operation` made, before it goes out. Pressed twice it is the same undo."""
    if operation.is_unclear:
        message = "Nobody knows yet whether it arrived. As soon as it is found it can be taken back here."
        raise Refused("unknown", message)
    if not operation.has_sent_schedule:
        raise Refused("too_late", "It cannot be taken back any more: its time has come, or it was undone already.")
    return _delete(operation.connection, operation.remote_id, operation.name, by, undoes=operation)


def delete_experiment(experiment: Experiment, by: User, operation_id: uuid.UUID | None = None) -> Operation:
    """Delete an experiment at its provider, whoever made it: what cannot be taken back must not have gone out yet."""
    is_staged = providers.PROVIDERS[experiment.provider].is_staged
    made = made_before(operation_id, Kind.DELETE, target_id=experiment.remote_id, connection=experiment.connection)
    if made:
        return made
    if experiment.status != Status.SCHEDULED and not is_staged:
        raise Refused("not_scheduled", "Only a test that has not gone out yet can be deleted. Nothing was deleted.")
    made_by = Operation.objects.filter(
        kind=Kind.CREATE, state=State.SUCCEEDED, connection=experiment.connection, remote_id=experiment.remote_id
    ).first()
    # Deleting a test that was made in steps takes nothing back: it may have run and ended.
    undoes = None if is_staged else made_by
    return _delete(
        experiment.connection,
        experiment.remote_id,
        experiment.name,
        by,
        undoes=undoes,
        experiment=experiment,
        operation_id=operation_id,
    )


def delete_extra(conflict: Operation, remote_id: str, by: User) -> Operation:
    """Of two experiments with our marker, delete the one that is too many."""
    is_known = conflict.state == State.CONFLICT or copies.has_alarm(conflict)
    if not is_known or remote_id not in conflict.matches:
        raise Refused("no_conflict", "There is no such extra test. Nothing was deleted.")
    with transaction.atomic():
        # Two people who each delete another one of two must not leave none.
        Operation.objects.select_for_update().get(pk=conflict.pk)
        if copies.is_last(conflict, remote_id):
            raise Refused("last", "The other one is being deleted already, and one has to stay. Nothing was deleted.")
        return _delete(conflict.connection, remote_id, conflict.name, by)


def _delete(
    connection: Connection,
    remote_id: str,
    name: str,
    by: User,
    undoes: Operation | None = None,
    experiment: Experiment | None = None,
    operation_id: uuid.UUID | None = None,
) -> Operation:
    if not has_role(by, connection.workspace, Role.PUBLISHER):
        raise Refused("role", "Only publishers and admins delete tests. Nothing was deleted.")
    usable(connection)
    same = Operation.objects.filter(kind=Kind.DELETE, connection=connection, target_id=remote_id)
    if experiment is None:
        experiment = Experiment.objects.filter(connection=connection, remote_id=remote_id).first()
    operation = Operation(
        id=operation_id or new_id(),
        kind=Kind.DELETE,
        target_id=remote_id,
        name=name or remote_id,
        undoes=undoes,
        draft=undoes.draft if undoes else None,
        experiment=experiment,
        fence_at=undoes.fence_at if undoes else experiment.scheduled_at if experiment else None,
    )
    under_way = same.filter(state__in=[*OPEN, State.SUCCEEDED]).order_by("-created_at").first()
    if under_way:
        return under_way
    try:
        with transaction.atomic():
            return write(operation, connection, by, audit="undo" if undoes else "delete")
    except IntegrityError:
        return same.latest("created_at")


def cancel(operation: Operation, by: User) -> None:
    """Stop an operation that no worker has taken yet. Raises Refused where one has."""
    if not has_role(by, operation.workspace, Role.PUBLISHER):
        raise Refused("role", "Only publishers and admins cancel. It goes on.")
    with transaction.atomic():
        can_be = operation.state in {State.QUEUED, State.RETRY_WAIT}
        if not can_be or not move(operation, State.CANCELLED, by=by, reason="cancelled"):
            raise Refused("taken", "It is on its way already and cannot be cancelled. Undo it when it has arrived.")
        AuditEntry.record(operation.workspace, "operation.cancel", by=by, target=operation)


def usable(connection: Connection | None) -> Connection:
    """The connection, where it can be used now. Raises Refused."""
    if connection is None or connection.is_removed:
        raise Refused("no_connection", "This test has no connection any more. Pick one in the draft. Nothing was sent.")
    if not connection.is_working:
        label = providers.PROVIDERS[connection.provider].label
        raise Refused(
            "connection_not_working",
            f"The connection “{connection}” does not work at the moment. "
            f"An admin can test it, or replace its secret, in the settings. {label} was not asked; nothing was sent.",
        )
    return connection


def write(operation: Operation, connection: Connection, by: User, *, audit: str = "", **audited: Any) -> Operation:
    """Row, first event and audit entry: all or nothing."""
    operation.workspace = connection.workspace
    operation.connection = connection
    operation.connection_version = connection.version
    operation.by = by
    operation.not_before = clock.now()
    with transaction.atomic():
        operation.save(force_insert=True)
        Event.objects.create(operation=operation, to_state=State(operation.state), by=by, reason="asked")
        if audit:
            AuditEntry.record(connection.workspace, f"operation.{audit}", by=by, target=operation, **audited)
    return operation
