"""What a person says about an operation that nobody could settle by reading, and how it is checked before it counts."""

from typing import Any

from django.db import transaction

from experiments import providers
from experiments.models import Kind, Operation, State
from experiments.providers.shapes import Account, RemoteExperiment
from experiments.relay import clock, staging
from experiments.relay.looking import look
from experiments.relay.moving import move
from experiments.relay.searching import (
    AFTER_FENCE,
    found,
    is_alike,
    is_taken,
    last_wire,
    settle_marked,
    show_alike,
)
from experiments.relay.submitting import Refused
from experiments.relay.waiting import look_later
from workspaces.access import has_role
from workspaces.models import AuditEntry, Role, User

THERE, NOT_THERE, AGAIN = "said_there", "said_not_there", "look_again"
SAID = (THERE, NOT_THERE, AGAIN)  # of an operation in RECONCILING: what a worker is to check now


def settle(operation: Operation, by: User, *, remote_id: str, reason: str) -> None:
    """An admin says what became of it: there, under `remote_id`, or, with "", not there. It counts once it is checked.

    Raises Refused.
    """
    _check_may_say(operation, by)
    is_known = operation.kind == Kind.STATUS and remote_id == operation.target_id
    if operation.kind != Kind.CREATE and remote_id and not is_known:
        raise Refused("no_id", "Only a send has an id to be found under. Nothing was changed.")
    if not remote_id and not is_over(operation):
        raise Refused(
            "not_over",
            "It may still be taken until its time has passed, so it cannot be called absent yet. Nothing was changed.",
        )
    said = {"said": "there" if remote_id else "not there", "remote_id": remote_id, "why": reason}
    _say(operation, by, THERE if remote_id else NOT_THERE, said, target_id=remote_id or operation.target_id)


def look_again(operation: Operation, by: User) -> None:
    """An admin has what waits for a person looked up once more. Raises Refused."""
    _check_may_say(operation, by)
    _say(operation, by, AGAIN, {"said": "look again"})


def look_now(operation: Operation) -> None:
    """Look an unknown outcome up at once instead of at its time."""
    Operation.objects.filter(pk=operation.pk, state=State.UNKNOWN).update(not_before=clock.now())


def is_over(operation: Operation) -> bool:
    """Whether the moment has passed from which on the provider takes no late copy. True where there is none."""
    return operation.fence_at is None or clock.surely() >= operation.fence_at + AFTER_FENCE


def _check_may_say(operation: Operation, by: User) -> None:
    if not has_role(by, operation.workspace, Role.ADMIN):
        raise Refused("role", "Only admins settle what is unknown.")
    if operation.state != State.NEEDS_PERSON:
        raise Refused("settled", "This does not wait for a person.")


def _say(operation: Operation, by: User, what: str, said: dict[str, str], **values: Any) -> None:
    with transaction.atomic():
        if not move(operation, State.RECONCILING, by=by, reason=what, data=said, lease_until=None, **values):
            raise Refused("settled", "Somebody settled it a moment ago.")
        AuditEntry.record(operation.workspace, "operation.settle", by=by, target=operation, **said)


def verify_there(operation: Operation, account: Account) -> None:
    """“It is there” counts when the provider shows it under that id and it is not plainly another test."""
    if operation.kind == Kind.STATUS:
        # What a test was in between, no list tells: the admin's word is all there is.
        move(operation, State.SUCCEEDED, reason=THERE, message="")
        return
    said = operation.target_id
    remote = providers.client(operation.connection.provider).look_up(account, said)
    label = providers.PROVIDERS[operation.connection.provider].label
    if remote is None:
        _ask_person(operation, "not_under_that_id", f"There is no test with the id {said} at {label}.")
    elif is_taken(operation, [remote.remote_id]):
        _ask_person(operation, "anothers", f"The test {said} was made by another operation.")
    elif not _may_be(operation, remote):
        _ask_person(operation, "another_test", f"The test {said} is another one: “{remote.name}”.")
    else:
        found(operation, remote, THERE)


def _may_be(operation: Operation, remote: RemoteExperiment) -> bool:
    if remote.marker:
        return remote.marker == operation.marker
    return is_alike(operation, remote) or remote.name == operation.document.get("name", "")


def verify_not_there(operation: Operation, account: Account) -> None:
    """“It is not there” counts when one more look in the lists does not find it."""
    if operation.kind == Kind.DELETE:
        _verify_not_deleted(operation, account)
    elif operation.kind != Kind.CREATE:
        move(operation, State.NOT_APPLIED, reason=NOT_THERE, message="An admin saw that it did not change.")
    elif providers.PROVIDERS[operation.connection.provider].is_staged:
        remote_id = staging.find(operation, account)
        if remote_id:
            look_later(operation, {"found": remote_id}, reason="found_after_all")
        else:
            move(operation, State.NOT_APPLIED, reason=NOT_THERE)
    else:
        _verify_absent(operation, account)


def _verify_absent(operation: Operation, account: Account) -> None:
    seen = look(operation.connection.provider, account, last_wire(operation))
    if marked := seen.with_marker(operation.marker):
        settle_marked(operation, marked, seen, account)
        return
    news = [
        remote
        for remote in seen.experiments.values()
        if not remote.marker and remote.remote_id not in operation.matches and is_alike(operation, remote)
    ]
    others = is_taken(operation, [remote.remote_id for remote in news])
    news = [remote for remote in news if remote.remote_id not in others]
    label = providers.PROVIDERS[operation.connection.provider].label
    if news:
        show_alike(operation, news)
    elif not seen.is_whole:
        _ask_person(operation, "cannot_look", f"{label}’s lists could not be read to the end, so nothing was closed.")
    else:
        move(operation, State.NOT_APPLIED, reason=NOT_THERE, data={"found": "nothing"})


def _verify_not_deleted(operation: Operation, account: Account) -> None:
    remote = providers.client(operation.connection.provider).look_up(account, operation.target_id)
    if remote is None:
        look_later(operation, {"found": "nothing"}, reason="already_gone")
    else:
        message = "An admin saw that it was not deleted."
        move(operation, State.NOT_APPLIED, reason=NOT_THERE, message=message)


def could_not_verify(operation: Operation, message: str) -> None:
    """The provider could not be asked. What was said does not count; the person may say it again."""
    _ask_person(operation, "cannot_look", f"{message.rstrip('.')}. So nothing was changed. Say it again later.")


def _ask_person(operation: Operation, reason: str, message: str) -> None:
    target_id = "" if operation.kind == Kind.CREATE else operation.target_id
    move(operation, State.NEEDS_PERSON, reason=reason, message=message, lease_until=None, target_id=target_id)
