"""Whether a request that failed has written anything: known for sure, or not.

Every statement of the request passes here (`watch`). A statement that failed inside of a transaction takes the whole
transaction with it, so nothing was written. A COMMIT that failed may have been done, and whatever was committed before
the failure is done: then no page may say that nothing was changed.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import Error, connection, transaction

READS = ("SELECT", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET ", "SHOW", "EXPLAIN")
ROLLED_BACK = ("40", "23")  # classes of SQLSTATE: serialization failure and deadlock, a constraint found at COMMIT


class Watch:
    """What has become of the statements of one request, on this thread's connection."""

    def __init__(self) -> None:
        self.is_pending = False  # a write was done in a transaction that was open then
        self.is_done = False  # something was committed, or may have been
        self.failed: BaseException | None = None  # what the last failed statement raised

    def __call__(self, execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
        is_write = not str(sql).lstrip(" (").upper().startswith(READS)
        in_transaction = context["connection"].in_atomic_block
        try:
            result = execute(sql, params, many, context)
        except Error as error:
            self.failed = error
            if is_write and not in_transaction and not _sqlstate(error):
                self.is_done = True  # it commits by itself, and its answer got lost
            raise
        if is_write and not in_transaction:
            self.is_done = True
        elif is_write:
            self.is_pending = True
            transaction.on_commit(self._commit)  # each time: one that was asked for in a savepoint goes with it
        return result

    def _commit(self) -> None:
        self.is_done = True

    def is_nothing_done(self, error: BaseException) -> bool:
        """Whether the request that ended with `error` has surely written nothing."""
        if self.is_done:
            return False
        return not self.is_pending or error is self.failed or _sqlstate(error).startswith(ROLLED_BACK)


_watch: ContextVar[Watch | None] = ContextVar("what_this_request_has_written", default=None)


@contextmanager
def watch() -> Iterator[Watch]:
    """For the length of a request."""
    made = Watch()
    token = _watch.set(made)
    try:
        with connection.execute_wrapper(made):
            yield made
    finally:
        _watch.reset(token)


def is_nothing_done(error: BaseException) -> bool:
    """Whether the request that is under way, and ended with `error`, has surely written nothing."""
    watched = _watch.get()
    return watched is not None and watched.is_nothing_done(error)


def _sqlstate(error: BaseException) -> str:
    """The server's own word for it; "" where none came: the line is gone, or the database is SQLite."""
    return str(getattr(error.__cause__, "sqlstate", None) or "")
