"""Both listings of a provider, read to the end for one operation, and whether it really was the end.

What is found counts at once. What is not found counts only where `is_whole`: no page was lost, repeated, cut short by
our patience or unreadable in parts. The scheduled listing is read first, so that a test which starts between the two
reads shows up in the second one; pages overlap by one test, so that a listing which moved up meanwhile is noticed.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from experiments import providers
from experiments.failpoints import reach
from experiments.providers.shapes import Account, Page, RemoteExperiment

SKEW = timedelta(minutes=5)  # what the provider's own times may be off, besides what its Date header tells
PATIENCE = 25.0  # seconds for one look: less than a worker's hard limit and than the lease
MOST_PAGES = 100
MOST_RESTARTS = 3
MOST_REPEATS = 2  # pages in a row that hold nothing new

type Read = Callable[[int], Page]


@dataclass
class Seen:
    """What both listings showed. Times are the provider's, aware UTC."""

    experiments: dict[str, RemoteExperiment] = field(default_factory=dict)
    upcoming: set[str] = field(default_factory=set)  # ids of the scheduled listing
    is_whole: bool = True
    provider_date: datetime | None = None  # of the earliest page; None where a page did not tell
    ahead: timedelta = timedelta(0)  # the provider's clock minus ours

    def with_marker(self, marker: str) -> list[RemoteExperiment]:
        return [remote for remote in self.experiments.values() if marker and remote.marker == marker]

    def is_standing(self, remote: RemoteExperiment) -> bool:
        """False for a test that was taken back before its time although a listing still shows it."""
        now = self.provider_date or timezone.now()
        is_ahead = remote.scheduled_at is not None and remote.scheduled_at > now
        return not (self.is_whole and is_ahead and remote.remote_id not in self.upcoming)


def look(provider: str, account: Account, since: datetime) -> Seen:
    """Read all that is scheduled, and what was made since `since` (by our clock). Raises ProviderFailure."""
    client = providers.client(provider)
    seen, until, dates = Seen(), time.monotonic() + PATIENCE, _Dates()
    for remote in _listed(lambda offset: client.list_scheduled(account, offset), seen, dates, None, until):
        seen.experiments[remote.remote_id] = remote
        seen.upcoming.add(remote.remote_id)
    since += dates.ahead - SKEW
    for remote in _listed(lambda offset: client.list_experiments(account, offset), seen, dates, since, until):
        # The plain listing tells more: the scheduled one may leave the time of creation out.
        seen.experiments[remote.remote_id] = remote
    seen.provider_date, seen.ahead = dates.earliest, dates.ahead
    return seen


class _Dates:
    """The provider's clock, from the Date of each page: the earliest counts, and a page without one spoils it."""

    def __init__(self) -> None:
        self.earliest: datetime | None = None
        self.ahead = timedelta(0)
        self._is_complete = True

    def note(self, page: Page) -> None:
        date = page.provider_date
        if date is None or not self._is_complete:
            self._is_complete, self.earliest = False, None
            return
        if self.earliest is None:
            self.ahead = date - timezone.now()
        self.earliest = min(self.earliest or date, date)


def _listed(read: Read, seen: Seen, dates: _Dates, since: datetime | None, until: float) -> Iterator[RemoteExperiment]:
    """One listing, page by page; `seen.is_whole` becomes False where something may have been missed.

    A listing sorted by time, newest first, ends for us with two pages that are older than `since` from end to end.
    """
    known: set[str] = set()
    offset = restarts = repeats = 0
    order, least, overlaps = _Order(), None, False
    for _ in range(MOST_PAGES):
        page = read(offset)
        reach("reconcile_between_pages")
        dates.note(page)
        fresh = [remote for remote in page.experiments if remote.remote_id not in known]
        ids = [remote.remote_id for remote in page.experiments]
        is_torn = overlaps and (not ids or ids[0] not in known)
        known.update(ids)
        yield from fresh
        # Of what comes meanwhile nothing need be seen.
        least = page.total if least is None or page.total is None else min(least, page.total)
        if not page.is_whole:
            seen.is_whole = False
        if is_torn and restarts < MOST_RESTARTS:
            # Something before this page went away and the rest moved up: begin again.
            known, offset, restarts, order, overlaps = set(), 0, restarts + 1, _Order(), False
            continue
        if is_torn:
            break
        if order.is_past(page, since):
            return
        if page.next_offset is None:
            if len(known) >= (least or 0):
                return
            break
        repeats = 0 if fresh else repeats + 1
        if repeats > MOST_REPEATS and page.total is not None and len(known) >= page.total:
            return
        if repeats > MOST_REPEATS or time.monotonic() > until:
            break
        # Overlap by one. A page of one test cannot, or we would stand still: then a gap would not be noticed.
        overlaps = page.next_offset - 1 > offset
        seen.is_whole = seen.is_whole and overlaps
        offset = page.next_offset - 1 if overlaps else offset + 1
    seen.is_whole = False


class _Order:
    """Whether a listing has kept to “newest first” so far: only then may reading it end early, after two old pages."""

    def __init__(self) -> None:
        self._last: datetime | None = None
        self._is_kept = True
        self._old_pages = 0

    def is_past(self, page: Page, since: datetime | None) -> bool:
        times = [remote.created_at for remote in page.experiments]
        for at in times:
            if at is None or (self._last is not None and at > self._last):
                self._is_kept = False
            self._last = at or self._last
        is_old = since is not None and bool(times) and all(at and at < since for at in times)
        self._old_pages = self._old_pages + 1 if is_old else 0
        return self._is_kept and self._old_pages > 1
