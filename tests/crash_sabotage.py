"""A relay that is broken on purpose, to see whether the oracle of the crash matrix notices."""

from collections.abc import Callable
from typing import Any

from django.db import connection

from experiments.models import Operation
from experiments.relay import sweeping

_LOSE, _UNCLAIM = sweeping._lose, sweeping._unclaim


def sabotage(how: str) -> None:
    """From now on this process, and what is forked from it, sweeps as `SABOTAGE` says; "" makes it sound again."""
    lose, unclaim = SABOTAGE[how] if how else (_LOSE, _UNCLAIM)
    setattr(sweeping, "_lose", lose)  # noqa: B010  (mypy wants no new value for a function)
    setattr(sweeping, "_unclaim", unclaim)  # noqa: B010


def _put(operation: Operation, **values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        Operation.objects.filter(pk=operation.pk).update(**values)
        operation.attempts.update(outcome="abandoned")
        cursor.execute("SET session_replication_role = origin")


SABOTAGE: dict[str, tuple[Callable[[Operation], None], Callable[[Operation], None]]] = {
    # the classic: whatever a dead worker held is put back into the queue
    "sends again": (lambda operation: _put(operation, state="queued"), _UNCLAIM),
    # what is unclear is called unsent
    "says unsent": (lambda operation: _put(operation, state="not_applied"), _UNCLAIM),
    # what is unclear is called sent
    "says sent": (lambda operation: _put(operation, state="succeeded"), _UNCLAIM),
    # an abandoned claim is forgotten
    "forgets": (_LOSE, lambda operation: None),
}
