"""Every Celery entry point. Each takes ids only and calls one plain function: a lost or doubled message is harmless."""

import logging
import time
from typing import Any

from celery import Task, shared_task
from django.db import transaction

from experiments import broker, logs, mirror, relay
from experiments.failpoints import reach
from experiments.models import workers

log = logging.getLogger(__name__)

PAUSE = 5.0  # seconds for which a broker that failed is not tried again: the sweep hints at the row then
# Messages in one queue from which on a sweep adds none: workers that are behind would get the same rows told again and
# again, and spend their time on messages that lead to nothing.
ENOUGH = 400
_away_until = 0.0


def hint(task: "Task[Any, Any]", row_id: Any) -> None:
    """Tell a worker about a row, after it is committed, as well as can be: the sweep tells again what was lost."""

    def publish() -> None:
        global _away_until
        if time.monotonic() < _away_until:
            return
        reach("hint_before_publish")
        try:
            task.delay(str(row_id))
        except Exception as error:  # whatever the broker's trouble is, the row is the truth
            _away_until = time.monotonic() + PAUSE
            log.warning("the broker did not take %s for %s: %s", task.name, row_id, type(error).__name__)

    transaction.on_commit(publish)


@shared_task
def send(operation_id: str) -> None:
    with logs.bind(operation=operation_id):
        relay.send(operation_id)


@shared_task
def reconcile(operation_id: str) -> None:
    with logs.bind(operation=operation_id):
        relay.reconcile(operation_id)


@shared_task
def sweep() -> None:
    found = relay.sweep()
    waiting = broker.look() or {}
    if waiting.get("write", 0) < ENOUGH:
        for operation_id in found.to_send:
            hint(send, operation_id)
    if waiting.get("sweep", 0) < ENOUGH:
        for operation_id in found.to_look_up:
            hint(reconcile, operation_id)
    workers.sweep_ended()


@shared_task
def sync(connection_id: str) -> None:
    with logs.bind(connection=connection_id):
        if mirror.sync(connection_id):
            hint(sync, connection_id)
        relay.notice(connection_id)


@shared_task
def sync_due() -> None:
    due = mirror.sync_due()
    for connection_id in due.connections:
        hint(sync, connection_id)
    for connection_id in due.checks:
        hint(check_connection, connection_id)
    for experiment_id in due.reports:
        hint(read_report, experiment_id)


@shared_task
def check_connection(connection_id: str) -> None:
    with logs.bind(connection=connection_id):
        if mirror.check_connection(connection_id):
            hint(sync, connection_id)


@shared_task
def read_report(experiment_id: str) -> None:
    mirror.read_report(experiment_id)
