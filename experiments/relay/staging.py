"""Providers at which a test is made in steps and lands as a draft: each step reads first, so that it can be repeated.

What reaches people there is a change of status, which is an operation of its own.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

from experiments import providers
from experiments.models import Kind, Operation
from experiments.providers.outcomes import NotSent, OutcomeUnknown, Rejected
from experiments.providers.shapes import Account, Answer, Changed, Created

type OnConnected = Callable[[], None]

READ = Answer(200)  # nothing had to be written: what was wanted was there already


class MadeTwice(Exception):
    """The provider holds more than one test with our reference."""

    def __init__(self, remote_ids: list[str]) -> None:
        super().__init__(", ".join(remote_ids))
        self.remote_ids = remote_ids


def find(operation: Operation, account: Account) -> str:
    """The id of the test that this create has made, "" where a whole listing shows none. Raises MadeTwice."""
    client = providers.staged_client(operation.connection.provider)
    found = client.find_by_alias(account, str(operation.document.get("alias_id") or ""))
    if len(found) > 1:
        raise MadeTwice(sorted(remote.remote_id for remote in found))
    return found[0].remote_id if found else ""


def make(operation: Operation, account: Account, on_connected: OnConnected) -> Created:
    """The draft at the provider and then its groups, as far as they are missing.

    `on_connected` is called before every write. Raises Rejected, NotSent (nothing was made), OutcomeUnknown.
    """
    client = providers.staged_client(operation.connection.provider)
    document_of = providers.staged_document(operation.connection.provider)
    # The reference was minted for this operation: before its first try there is nothing that could be found.
    remote_id = find(operation, account) if operation.attempt_count > 1 or operation.unknown_since else ""
    if remote_id:
        created = Created(remote_id, "", READ)
    else:
        body = document_of.to_bytes(document_of.create_body(operation.document))
        created = client.create(account, body, on_connected)
    complete(operation, account, created.remote_id, on_connected)
    return created


def complete(operation: Operation, account: Account, remote_id: str, on_connected: OnConnected) -> None:
    """Make the groups that are missing, one by one, reading them anew each time."""
    client = providers.staged_client(operation.connection.provider)
    document_of = providers.staged_document(operation.connection.provider)
    bodies = document_of.group_bodies(operation.document)
    try:
        for _ in bodies:
            missing = document_of.missing_groups(operation.document, client.list_groups(account, remote_id))
            if not missing:
                return
            client.create_group(account, remote_id, bodies[missing[0]], on_connected)
    except Rejected as failure:
        where = f"The test was made as a draft ({remote_id}), but one of its groups was refused: {failure.message}"
        raise Rejected(failure.reason, where, failure.answer, problems=failure.problems) from None
    except NotSent as failure:
        # The test is there and this group is not: to be taken up again, never “nothing was sent”.
        raise OutcomeUnknown(failure.reason, failure.message, failure.answer, is_applied=True) from None


def change(operation: Operation, account: Account, on_connected: OnConnected) -> Changed:
    """Carry out any kind but a create or a delete, aimed at one test. Every one sets a value: repeating it is safe."""
    client = providers.staged_client(operation.connection.provider)
    asked: dict[str, Any] = json.loads(operation.body)
    remote_id = operation.target_id
    match Kind(operation.kind):
        case Kind.STATUS:
            return client.change_status(account, remote_id, asked["status"], on_connected)
        case Kind.ATTACH:
            return client.attach_tester(account, remote_id, asked["group_id"], asked["user_id"], on_connected)
        case Kind.DETACH:
            return client.detach_tester(account, remote_id, asked["user_id"], on_connected)
        case _:
            return _update(operation, account, asked, on_connected)


def _update(operation: Operation, account: Account, asked: dict[str, Any], on_connected: OnConnected) -> Changed:
    written: list[Answer] = []
    try:
        for answer in _updates(operation.target_id, operation.connection.provider, account, asked, on_connected):
            written.append(answer)
    except NotSent as failure:
        if not written:
            raise
        raise OutcomeUnknown(failure.reason, failure.message, failure.answer, is_applied=True) from None
    return Changed(written[-1] if written else READ)


def _updates(
    remote_id: str, provider: str, account: Account, asked: dict[str, Any], on_connected: OnConnected
) -> Iterator[Answer]:
    client = providers.staged_client(provider)
    if asked["changes"]:
        yield client.update(account, remote_id, asked["changes"], on_connected).answer
    for group in asked["groups"]:
        yield client.update_group(account, remote_id, group["id"], group["changes"], on_connected).answer
    for group_id in asked["removed"]:
        try:
            yield client.delete_group(account, remote_id, group_id, on_connected).answer
        except Rejected as failure:
            if failure.reason != "already_gone":
                raise
    for body in asked["added"]:
        if body.get("name") not in {group.name for group in client.list_groups(account, remote_id)}:
            yield client.create_group(account, remote_id, body, on_connected).answer


def asked_status(operation: Operation) -> str:
    """The provider's word for the status that this operation asks for."""
    return str(json.loads(operation.body)["status"])


def status_now(operation: Operation, account: Account) -> str:
    """The provider's word for the status that the test has, "" where it does not show the test any more."""
    remote = providers.staged_client(operation.connection.provider).look_up(account, operation.target_id)
    return remote.remote_status if remote else ""
