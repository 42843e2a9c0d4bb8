"""What a pass reads besides the listing, where a provider's tests are made in steps: groups, and what became of a test.

Bounded, test by test: one that is not reached in this pass is reached in a later one.
"""

import logging
import time
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from experiments import providers
from experiments.accounts import account_for
from experiments.mirror.rows import missing_from, refresh, set_groups
from experiments.models import Experiment, Status
from experiments.providers.outcomes import ProviderFailure, Rejected
from workspaces.models import Connection

MOST_READS = 40  # calls for one connection after each pass
PATIENCE = 10.0  # seconds
ENDED = (Status.FINISHED.value, Status.DELETED.value)

log = logging.getLogger(__name__)


def read_groups(connection: Connection, since: datetime | None) -> int:
    """Read the groups of tests whose groups are not known, then of those changed since, then of others by turns.

    Returns how many were read. A failure ends it until the next pass: the listing itself was read well.
    """
    client, account = providers.staged_client(connection.provider), account_for(connection)
    until, number = time.monotonic() + PATIENCE, 0
    for experiment in _wanting(connection, since):
        if number >= MOST_READS or time.monotonic() > until:
            break
        try:
            groups = client.list_groups(account, experiment.remote_id)
        except Rejected:
            continue  # gone since the listing; the next pass will tell
        except ProviderFailure as error:
            log.info("the groups of %s are read later: %s", connection, error.reason)
            break
        set_groups(experiment, [group.raw for group in groups])
        number += 1
    return number


def _wanting(connection: Connection, since: datetime | None) -> Iterator[Experiment]:
    held = Experiment.objects.filter(connection=connection, gone_at=None).exclude(status=Status.DELETED)
    unread = Q(shares=[])
    yield from held.filter(unread).order_by("-when_at")[:MOST_READS]
    if since is None:
        return
    yield from held.filter(~unread, updated_at__gt=since).order_by("-updated_at")[:MOST_READS]
    others = held.filter(~unread, updated_at__lte=since).exclude(status__in=ENDED).order_by("pk")
    if total := others.count():
        # Whether a change of a group shows in its test's time of change is not documented.
        first = int(timezone.now().timestamp() // 60) * MOST_READS % total
        yield from others[first : first + MOST_READS]


def look_for_missing(connection: Connection, number: int) -> None:
    """Ask for each test that the listing has lost: it is gone only where the provider itself says so.

    Whether listings show finished tests is not documented. Raises ProviderFailure: then nothing is called gone.
    """
    client, account = providers.client(connection.provider), account_for(connection)
    for experiment in missing_from(connection, number).exclude(status__in=ENDED)[:MOST_READS]:
        remote = client.look_up(account, experiment.remote_id)
        if remote is None:
            _bury(experiment)
        else:
            refresh(connection, remote)
            Experiment.objects.filter(pk=experiment.pk).update(seen_in_pass=number)
    # Those beyond the limit stay as they are until a later pass has asked for them.
    missing_from(connection, number).exclude(status__in=ENDED).update(seen_in_pass=number)


def _bury(experiment: Experiment) -> None:
    now = timezone.now()
    Experiment.objects.filter(pk=experiment.pk).update(
        status=Status.DELETED, gone_at=now, updated_at=now, needs_attention=False, report_due_at=None
    )
