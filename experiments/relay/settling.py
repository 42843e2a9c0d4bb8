"""What a finished operation means beyond its own row: for the mirror, the draft, and the operation that it undid."""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from experiments import mirror, providers
from experiments.accounts import account_for
from experiments.failpoints import reach
from experiments.models import Kind, Operation
from experiments.providers.outcomes import ProviderFailure
from experiments.relay import clock, copies
from experiments.relay.moving import free_draft
from workspaces.vault import CannotOpen

log = logging.getLogger(__name__)


def after_success(operation: Operation) -> None:
    """Show in the mirror what is so now."""
    if operation.kind == Kind.CREATE:
        read_back(operation)
    elif operation.kind in {Kind.STATUS, Kind.UPDATE}:
        _refresh(operation)


def _refresh(operation: Operation) -> None:
    """Best effort: the next pass of the mirror reads it anyway."""
    try:
        account = account_for(operation.connection)
        remote = providers.client(operation.connection.provider).look_up(account, operation.target_id)
    except (ProviderFailure, CannotOpen) as failure:
        log.info("operation %s: not read back: %s", operation.pk, failure)
        return
    if remote:
        mirror.refresh(operation.connection, remote)


def settle_delete(operation: Operation) -> None:
    """What a finished delete means for the mirror, for the send it undid, and for a conflict it solved."""
    mirror.mark_deleted(operation.connection, operation.target_id)
    if operation.undoes_id:
        free_draft(Operation.objects.get(pk=operation.undoes_id))
    copies.forget(operation)


def read_back(operation: Operation) -> None:
    """Look up what the provider holds now, show it in the list, and compare it with what was confirmed.

    A read: when it fails the sweep asks again, and the send stays the success that it is.
    """
    reach("read_back_before")
    try:
        account = account_for(operation.connection)
        remote = providers.client(operation.connection.provider).look_up(account, operation.remote_id)
    except (ProviderFailure, CannotOpen) as failure:
        log.info("operation %s: not read back yet: %s", operation.pk, failure)
        remote = None
    if remote is None:
        wait = clock.now() + timedelta(seconds=5)
        Operation.objects.filter(pk=operation.pk).update(not_before=wait, look_count=F("look_count") + 1)
        mirror.adopt(operation)
        return
    document = providers.document(operation.connection.provider)
    differences = document.same_content(operation.document, remote.raw)
    with transaction.atomic():
        # Not where an undo was faster: the mirror must not show again what is deleted.
        if Operation.objects.filter(pk=operation.pk, undone_at=None).update(
            read_back_at=timezone.now(),
            push_id=operation.push_id or remote.push_id,
            differences=[[pointer, repr(sent)[:200], repr(held)[:200]] for pointer, sent, held in differences],
        ):
            mirror.adopt(operation, remote)
