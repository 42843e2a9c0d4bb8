"""Several threads on one test database."""

import time
from collections.abc import Callable

from django.db import OperationalError

PATIENCE = 10.0


def when_free[T](call: Callable[[], T]) -> T:
    """`call()`, again while SQLite's in-memory test database refuses a second writer instead of letting it wait."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return call()
        except OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > until:
                raise
            time.sleep(0.01)
