"""Whose clock: leases go by the database's, and what has passed is believed only where no clock says otherwise.

Machines disagree about the time. A lease must end at the same moment for all of them, so it is counted on the one clock
they share. A conclusion that frees a test to be sent again waits for the slowest clock; a decision to begin a call goes
by the fastest.
"""

import logging
import time
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

log = logging.getLogger(__name__)

MEASURED_FOR = 30.0  # seconds
BELIEVED = timedelta(seconds=1)  # a measurement that took longer tells nothing
WORTH_A_WARNING = timedelta(seconds=5)
TOO_FAR_APART = timedelta(seconds=60)  # from a provider: nobody could tell then what a schedule means

_ahead = timedelta(0)
_measured_at = float("-inf")


def now() -> datetime:
    """The database's time, to some milliseconds. Asks it twice a minute."""
    return timezone.now() + ahead()


def surely() -> datetime:
    """The earliest of the clocks: what is past on it has passed."""
    return timezone.now() + min(ahead(), timedelta(0))


def perhaps() -> datetime:
    """The latest of the clocks: what is not past on it is still to come."""
    return timezone.now() + max(ahead(), timedelta(0))


def ahead() -> timedelta:
    """How far the database's clock is ahead of this machine's."""
    global _ahead, _measured_at
    if time.monotonic() - _measured_at > MEASURED_FOR:
        _ahead = _measure()
        _measured_at = time.monotonic()
        if abs(_ahead) > WORTH_A_WARNING:
            log.warning("the database's clock is %.1f s ahead of this machine's", _ahead.total_seconds())
    return _ahead


def _measure() -> timedelta:
    if connection.vendor != "postgresql" or not settings.ASK_DATABASE_CLOCK:
        return timedelta(0)  # SQLite is this machine
    for _ in range(3):
        before = datetime.now(UTC)
        there = _ask_database()
        took = datetime.now(UTC) - before
        if took < BELIEVED:  # else this process slept meanwhile, and nobody knows before or after which clock was read
            return there - before - took / 2
    return _ahead


def _ask_database() -> datetime:
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        there: datetime = cursor.fetchone()[0]
    return there
