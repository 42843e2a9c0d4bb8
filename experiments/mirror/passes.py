"""One pass over a connection: every page of both listings, page by page into rows.

The scheduled listing comes first: a test that starts between the two reads then shows up in the second one, instead of
in neither. Pages overlap by one test, so that a listing which shifts while it is read is noticed. Only a pass that saw
everything may call something gone.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from experiments import providers
from experiments.accounts import account_for
from experiments.mirror.failures import pause, record, trouble_of
from experiments.mirror.rows import bury, store
from experiments.mirror.stages import look_for_missing, read_groups
from experiments.models import Experiment, Status, Sync
from experiments.providers import PROVIDERS
from experiments.providers.outcomes import ProviderFailure
from experiments.providers.shapes import Account, Page
from workspaces.models import Connection
from workspaces.vault import CannotOpen

LEASE = timedelta(minutes=2)
PATIENCE = 15.0  # seconds after which a long pass lets go and goes on in the next task
STALE_POSITION = timedelta(minutes=10)  # a pass that rested longer begins anew
LARGEST_PAGE = 100
MOST_PAGES = 20_000
MOST_STEPS_BACK = 5
MOST_REPEATS = 3  # pages in a row that hold nothing new; one or two happen when tests are made meanwhile

type Read = Callable[[Account, int, int], Page]


@dataclass
class Position:
    """How far a pass is: which listing, from where on, and the ids that were still to come."""

    listing: str = "scheduled"
    offset: int = 0
    planned: set[str] = field(default_factory=set)
    is_whole: bool = True  # nothing was skipped so far

    @classmethod
    def of(cls, sync: Sync, now: datetime) -> "Position":
        kept: dict[str, Any] = sync.position
        if not kept or sync.started_at is None or sync.started_at < now - STALE_POSITION:
            return cls()
        return cls(kept["listing"], kept["offset"], set(kept["planned"]), kept["is_whole"])

    def as_json(self) -> dict[str, Any]:
        return {
            "listing": self.listing,
            "offset": self.offset,
            "planned": sorted(self.planned),
            "is_whole": self.is_whole,
        }


def sync(connection_id: str) -> bool:
    """Read a connection's tests into the mirror. True where the pass is not done yet and wants to go on at once.

    One at a time for each connection: whoever does not get the lease does nothing. A failure leaves all rows as they
    are, and a sentence about it on the Sync row and on the connection.
    """
    connection = Connection.objects.select_related("workspace").filter(pk=connection_id, is_removed=False).first()
    if connection is None or connection.health == Connection.Health.REFUSED:
        return False
    row, lease = _take(connection)
    if row is None:
        return False
    position = Position.of(row, timezone.now())
    try:
        is_done = _read(connection, row, position)
        if is_done:
            _finish(connection, row, position)
    except (ProviderFailure, CannotOpen) as error:
        _fail(connection, row, error)
        return False
    finally:
        Sync.objects.filter(pk=row.pk, lease_until=lease).update(lease_until=None)
    if not is_done:
        Sync.objects.filter(pk=row.pk).update(position=position.as_json())
        return True
    return False


def _take(connection: Connection) -> tuple[Sync | None, datetime]:
    now = timezone.now()
    lease = now + LEASE
    row, _ = Sync.objects.get_or_create(connection=connection)
    is_free = Q(lease_until=None) | Q(lease_until__lt=now)
    may_begin = Q(not_before=None) | Q(not_before__lte=now)
    values: dict[str, Any] = {"lease_until": lease}
    if not row.position:
        values["started_at"] = now
    taken = Sync.objects.filter(is_free & may_begin, pk=row.pk).update(**values)
    return (row if taken else None), lease


def _read(connection: Connection, row: Sync, position: Position) -> bool:
    """Go on from `position` until both listings are read (True) or the time is up (False)."""
    client = providers.client(connection.provider)
    account = account_for(connection)
    until = time.monotonic() + PATIENCE
    number = row.pass_number + 1
    if position.listing == "scheduled":
        if not _read_listing(connection, client.list_scheduled, account, number, position, until):
            return False
        position.listing, position.offset = "all", 0
    return _read_listing(connection, client.list_experiments, account, number, position, until)


def _read_listing(
    connection: Connection, read: Read, account: Account, number: int, position: Position, until: float
) -> bool:
    is_scheduled = position.listing == "scheduled"
    seen: set[str] = set()
    steps_back = repeats = 0
    for _ in range(MOST_PAGES):
        page = read(account, position.offset, LARGEST_PAGE)
        ids = [remote.remote_id for remote in page.experiments]
        if seen and ids and ids[0] not in seen and steps_back < MOST_STEPS_BACK:
            # Something before this page went away, and what follows moved up: look again from one page earlier.
            steps_back += 1
            position.offset = max(0, position.offset - LARGEST_PAGE)
            continue
        position.is_whole = position.is_whole and page.is_whole and not (seen and ids and ids[0] not in seen)
        if is_scheduled:
            position.planned.update(ids)
        store(connection, page.experiments, number=number, planned=None if is_scheduled else position.planned)
        repeats = 0 if not seen.issuperset(ids) else repeats + 1
        seen.update(ids)
        if page.next_offset is None or repeats >= MOST_REPEATS:
            # An empty page before the total, or nothing but what was seen already: no proof that the rest is gone.
            is_end = not repeats if ids else position.offset >= (page.total or 0)
            position.is_whole = position.is_whole and page.next_offset is None and is_end
            return True
        # Overlap by one. A page of one test cannot, or the pass would stand still.
        position.offset = max(page.next_offset - 1, position.offset + 1)
        if time.monotonic() > until:
            return False
    position.is_whole = False
    return True


def _finish(connection: Connection, row: Sync, position: Position) -> None:
    number = row.pass_number + 1
    is_staged = PROVIDERS[connection.provider].is_staged
    if position.is_whole:
        if is_staged:
            look_for_missing(connection, number)
        bury(connection, number)
    now = timezone.now()
    Sync.objects.filter(pk=row.pk).update(
        pass_number=number, finished_at=now, position={}, failures=0, reason="", message="", not_before=None
    )
    is_stale = connection.worked_at is None or connection.worked_at < now - timedelta(minutes=1)
    if connection.health != Connection.Health.ACTIVE or is_stale:
        record(connection, Connection.Health.ACTIVE)
    if is_staged:
        read_groups(connection, row.finished_at)


def _fail(connection: Connection, row: Sync, error: ProviderFailure | CannotOpen) -> None:
    trouble = trouble_of(connection, error)
    wait = timedelta(seconds=pause(row.failures + 1, trouble.retry_after))
    Sync.objects.filter(pk=row.pk).update(
        failures=F("failures") + 1,
        reason=trouble.reason[:60],
        message=trouble.message[:300],
        not_before=timezone.now() + wait,
        position={},
    )
    if trouble.health:
        record(connection, trouble.health, trouble.message)


def pass_time() -> int:
    """Tests whose time has come are sent now, as far as anybody can know without asking. Returns how many."""
    now = timezone.now()
    due = Experiment.objects.filter(status=Status.SCHEDULED, scheduled_at__lte=now, gone_at=None)
    return due.update(status=Status.FINISHED, report_due_at=F("scheduled_at") + timedelta(minutes=1), updated_at=now)
