"""What is to be read now. Beat asks every few seconds; the caller publishes, and a lost message is told again."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, zip_longest
from typing import Any

from django.conf import settings
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from experiments.mirror.passes import pass_time
from experiments.mirror.reports import next_figures_at
from experiments.models import Experiment, Kind, Operation, State, Sync
from workspaces.models import Connection, Workspace

AT_ONCE = 50  # connections, and reports, told to the workers in one go
TOLD_AGAIN = timedelta(seconds=30)
CHECKED_AGAIN = timedelta(minutes=2)
WATCHED_EVERY = timedelta(seconds=25)  # connections at which something just sent has not gone out yet
WATCHED_FOR = timedelta(minutes=30)

__all__ = ["Due", "ask", "pass_time", "sync_due"]


@dataclass
class Due:
    """Ids of connections to read, of connections whose key was never tried, of experiments whose figures are due."""

    connections: list[str] = field(default_factory=list)
    checks: list[str] = field(default_factory=list)
    reports: list[str] = field(default_factory=list)


def sync_due() -> Due:
    """Let time pass, then claim what is to be read: workspaces take turns, so that a large one holds nobody up."""
    now = timezone.now()
    pass_time()
    return Due(_claim_connections(now), _claim_checks(now), _claim_reports(now))


def ask(workspace: Workspace) -> list[str]:
    """Somebody pressed “read again”: ids of the connections to read. A provider's wish to slow down is kept."""
    now = timezone.now()
    connections = Connection.objects.filter(workspace=workspace, is_removed=False).exclude(
        health=Connection.Health.REFUSED
    )
    for connection in connections:
        Sync.objects.get_or_create(connection=connection)
    asked = Sync.objects.filter(connection__in=connections).exclude(reason="rate_limited", not_before__gt=now)
    ids = [str(pk) for pk in asked.values_list("connection_id", flat=True)]
    asked.update(asked_at=now, hinted_at=now, not_before=None)
    return ids


def _claim_connections(now: datetime) -> list[str]:
    readable = [Connection.Health.ACTIVE, Connection.Health.UNREACHABLE]
    connections = Connection.objects.filter(is_removed=False, health__in=readable)
    for connection in connections.filter(sync=None)[:AT_ONCE]:
        Sync.objects.get_or_create(connection=connection)
    is_old = Q(started_at=None) | Q(started_at__lt=now - timedelta(seconds=settings.SYNC_EVERY))
    is_asked = Q(asked_at__isnull=False) & (Q(started_at=None) | Q(asked_at__gt=F("started_at")))
    is_midway = ~Q(position={})
    is_watched = Q(started_at__lt=now - WATCHED_EVERY, connection__in=_just_sent(now))
    due = Sync.objects.filter(
        is_old | is_asked | is_midway | is_watched,
        Q(lease_until=None) | Q(lease_until__lt=now),
        Q(not_before=None) | Q(not_before__lte=now),
        Q(hinted_at=None) | Q(hinted_at__lt=now - TOLD_AGAIN),
        connection__in=connections,
    )
    rows = due.order_by(F("started_at").asc(nulls_first=True)).values("pk", "connection_id", "connection__workspace_id")
    chosen = _take_turns(rows[: AT_ONCE * 10], "connection__workspace_id")[:AT_ONCE]
    Sync.objects.filter(pk__in=[row["pk"] for row in chosen]).update(hinted_at=now)
    return [str(row["connection_id"]) for row in chosen]


def _just_sent(now: datetime) -> QuerySet[Operation, Any]:
    """Connections whose sends can still be taken back: should one be there twice, that is worth knowing at once."""
    return Operation.objects.filter(
        kind=Kind.CREATE, state=State.SUCCEEDED, not_before__gt=now - WATCHED_FOR, fence_at__gt=now
    ).values("connection_id")


def _claim_checks(now: datetime) -> list[str]:
    """Connections whose first test got lost on its way to a worker."""
    untested = Connection.objects.filter(
        is_removed=False, health=Connection.Health.UNTESTED, secret_set_at__lt=now - TOLD_AGAIN
    )
    for connection in untested.filter(sync=None)[:AT_ONCE]:
        Sync.objects.get_or_create(connection=connection)
    waiting = Sync.objects.filter(Q(hinted_at=None) | Q(hinted_at__lt=now - CHECKED_AGAIN), connection__in=untested)
    ids = list(waiting.values_list("connection_id", flat=True)[:AT_ONCE])
    Sync.objects.filter(connection_id__in=ids).update(hinted_at=now)
    return [str(pk) for pk in ids]


def _claim_reports(now: datetime) -> list[str]:
    due = Experiment.objects.filter(
        report_due_at__lte=now, connection__is_removed=False, connection__health=Connection.Health.ACTIVE
    )
    rows = due.order_by("report_due_at").values("pk", "workspace_id", "provider", "status", "when_at")
    chosen = _take_turns(rows[: AT_ONCE * 10], "workspace_id")[:AT_ONCE]
    for row in chosen:
        # The next time is set before the read: a message that gets lost costs one reading, not a storm of them.
        again = next_figures_at(row["provider"], row["status"], row["when_at"], now)
        Experiment.objects.filter(pk=row["pk"]).update(report_due_at=again)
    return [str(row["pk"]) for row in chosen]


def _take_turns(rows: Iterable[Any], by: str) -> list[Any]:
    """The rows with their groups taking turns: a, b, a, b, a, a."""
    groups: dict[Any, list[Any]] = {}
    for row in rows:
        groups.setdefault(row[by], []).append(row)
    return [row for row in chain.from_iterable(zip_longest(*groups.values())) if row is not None]
