"""The sandbox's own clock: real time plus an offset, and a speed for what happens to a test after it was sent.

The speed never touches the clock itself: schedules and the Date header stay honest, only sends and responses come
faster.
"""

import time
from datetime import UTC, datetime
from email.utils import format_datetime


class Clock:
    """Seconds since the epoch as the sandbox sees them."""

    def __init__(self, offset_seconds: float = 0.0, speed: float = 1.0) -> None:
        self.offset_seconds = offset_seconds
        self.speed = speed

    def now(self) -> float:
        return time.time() + self.offset_seconds

    def elapsed_since(self, moment: float) -> float:
        """Accelerated seconds that a test has lived since `moment`; 0.0 before it."""
        return max(0.0, self.now() - moment) * self.speed


def as_datetime(moment: float) -> datetime:
    return datetime.fromtimestamp(moment, UTC)


def iso(moment: float, separator: str = "T") -> str:
    """`2031-05-01T09:00:00`, always UTC, without a zone letter.

    Reference: https://docs.airship.com/developer/rest-api/ua/introduction
    """
    return as_datetime(moment).strftime(f"%Y-%m-%d{separator}%H:%M:%S")


def http_date(moment: float) -> str:
    return format_datetime(as_datetime(moment).replace(microsecond=0), usegmt=True)
