"""Changes of a test that a provider holds: its status, its fields and groups, its testers. Each is an operation."""

import hashlib
import json
import uuid
from typing import Any

from django.db import transaction

from experiments import providers
from experiments.models import Experiment, Kind, Operation
from experiments.models.ids import new_id
from experiments.models.states import OPEN
from experiments.providers.shapes import Json
from experiments.relay import gate
from experiments.relay.submitting import Refused, made_before, usable, write
from workspaces.access import has_role
from workspaces.models import Role, User


def move_status(
    experiment: Experiment, move: providers.Move, by: User, operation_id: uuid.UUID | None = None
) -> Operation:
    """Ask for another status. Pressed twice while it is under way, it is the same operation. Raises Refused."""
    known = providers.PROVIDERS[experiment.provider].moves
    if move not in known:
        raise Refused("no_such_move", "This test cannot be moved like that. Nothing was changed.")
    asked = {"status": move.remote_status}
    confirmed = {"verb": move.verb, "sentence": move.sentence, "from": experiment.remote_status}
    return _ask(Kind.STATUS, experiment, asked, by, operation_id, confirmed)


def change(
    experiment: Experiment, before: Json, after: Json, by: User, operation_id: uuid.UUID | None = None
) -> Operation:
    """Set what differs between two documents of the provider, groups by their ids. Raises Refused."""
    document_of = providers.staged_document(experiment.provider)
    held = {str(group["id"]): group for group in before.get("groups") or [] if group.get("id")}
    wanted = [group for group in after.get("groups") or [] if isinstance(group, dict)]
    kept = {str(group["id"]) for group in wanted if group.get("id")}
    groups = [
        {"id": key, "changes": changes}
        for group in wanted
        if (key := str(group.get("id") or "")) in held and (changes := document_of.group_changes(held[key], group))
    ]
    asked = {
        "changes": document_of.changes(before, after),
        "groups": groups,
        "added": document_of.group_bodies({**after, "groups": [group for group in wanted if not group.get("id")]}),
        "removed": sorted(set(held) - kept),
    }
    if not any(asked.values()):
        raise Refused("nothing_to_change", "Nothing differs from what the provider holds. Nothing was changed.")
    return _ask(Kind.UPDATE, experiment, asked, by, operation_id)


def attach_tester(
    experiment: Experiment, group_id: str, user_id: str, by: User, operation_id: uuid.UUID | None = None
) -> Operation:
    """Pin one user to a group, whoever may enter otherwise. Raises Refused."""
    return _ask(Kind.ATTACH, experiment, {"group_id": group_id, "user_id": user_id}, by, operation_id)


def detach_tester(experiment: Experiment, user_id: str, by: User, operation_id: uuid.UUID | None = None) -> Operation:
    """Take a user's pin away. Raises Refused."""
    return _ask(Kind.DETACH, experiment, {"user_id": user_id}, by, operation_id)


def _ask(
    kind: Kind,
    experiment: Experiment,
    asked: dict[str, Any],
    by: User,
    operation_id: uuid.UUID | None,
    confirmed: dict[str, Any] | None = None,
) -> Operation:
    """The row for it, under the id that its page has minted: asked again with that id, the same row."""
    if not has_role(by, experiment.workspace, Role.PUBLISHER):
        raise Refused("role", "Only publishers and admins change tests at a provider. Nothing was changed.")
    closed = gate.why_closed_in(experiment.workspace, experiment.connection_id)
    if closed:
        raise Refused("stopped", f"{closed} Nothing was changed.")
    if not providers.PROVIDERS[experiment.provider].is_staged:
        raise Refused("not_changeable", "Tests of this provider cannot be changed once they are there.")
    connection = usable(experiment.connection)
    payload = json.dumps(asked, ensure_ascii=False, separators=(",", ":")).encode()
    digest = hashlib.sha256(payload).hexdigest()
    with transaction.atomic():
        # The experiment's row is the lock that keeps two of the same clicks one behind the other.
        Experiment.objects.select_for_update().get(pk=experiment.pk)
        same = made_before(operation_id, kind, target_id=experiment.remote_id, sha256=digest)
        same = same or experiment.operations.filter(kind=kind, state__in=OPEN, sha256=digest).first()
        if same:
            return same
        operation = Operation(
            id=operation_id or new_id(),
            kind=kind,
            experiment=experiment,
            target_id=experiment.remote_id,
            name=experiment.name or experiment.remote_id,
            payload=payload,
            sha256=digest,
            confirmed=confirmed or {},
        )
        return write(operation, connection, by, audit=kind.value, asked=asked)
