"""Signs of life: a worker or beat writes its row every few seconds for as long as its main loop turns.

The main loop only notes that it turned; a thread writes. So a frozen database never holds the loop up, and a process
that lives but has stopped working, as workers do that lost their broker, falls silent.
"""

import atexit
import logging
import os
import threading
import time
from contextlib import suppress
from typing import Any

from celery import bootsteps
from django.db import DatabaseError, InterfaceError, connections

from experiments.models import Worker, workers

log = logging.getLogger(__name__)

EVERY = 10.0  # seconds between two rows
TURN = 5.0  # seconds between two notes of a worker's loop
FORK_PATIENCE = 1.0  # seconds that a fork waits for a row being written


class Heart:
    """The heartbeat of this process."""

    def __init__(self) -> None:
        self.name = ""
        self._turned_at = 0.0
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def turn(self) -> None:
        """The main loop is at work."""
        self._turned_at = time.monotonic()

    def begin(self, name: str, role: Worker.Role, queues: str = "") -> None:
        """Begin to write, once; the main loop turns now."""
        self.turn()
        if self._thread is None:
            self.name = name
            _guard_forks()
            atexit.register(self.end)  # also runs where Celery ends a worker without its signal, which is the usual way
            self._thread = threading.Thread(target=self._run, args=(name, role, queues), name="heartbeat", daemon=True)
            self._thread.start()

    def end(self, patience: float = 2.0) -> None:
        """Stop, and take the row away unless the database is slow to answer."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(patience)

    def _run(self, name: str, role: Worker.Role, queues: str) -> None:
        _write(workers.beat, name, role, queues, is_start=True)
        while not self._over.wait(EVERY):
            if time.monotonic() - self._turned_at < 2 * EVERY:
                _write(workers.beat, name, role, queues)
        _write(workers.leave, name)


def _write(verb: Any, *values: Any, **more: Any) -> None:
    """With a connection that is closed before the next fork: a child must not inherit an open one."""
    with _writing:
        try:
            verb(*values, **more)
        except (DatabaseError, InterfaceError) as error:
            log.warning("the sign of life was not written: %s", type(error).__name__)
        finally:
            with suppress(DatabaseError, InterfaceError):
                connections.close_all()


# -- forks: a pool's children are made by the main thread at any time

_writing = threading.Lock()
_is_held = False
_are_forks_guarded = False


def _guard_forks() -> None:
    global _are_forks_guarded
    if not _are_forks_guarded:
        os.register_at_fork(before=_hold, after_in_parent=_let_go, after_in_child=_start_anew)
        _are_forks_guarded = True


def _hold() -> None:
    global _is_held
    _is_held = _writing.acquire(timeout=FORK_PATIENCE)


def _let_go() -> None:
    if _is_held:
        _writing.release()


def _start_anew() -> None:
    global _writing
    _writing = threading.Lock()


# -- what the processes do with it

heart = Heart()


class Pulse(bootsteps.StartStopStep):  # type: ignore[misc]  # Celery ships no types
    """Notes that a worker's loop turns. The step ends with the line to the broker and starts anew with the next one."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def __init__(self, consumer: Any, **options: Any) -> None:
        super().__init__(consumer, **options)
        self.timer: Any = None

    def start(self, consumer: Any) -> None:
        queues = ",".join(sorted(consumer.app.amqp.queues.consume_from))
        heart.begin(consumer.hostname, Worker.Role.WORKER, queues)
        self.timer = consumer.timer.call_repeatedly(TURN, heart.turn)

    def stop(self, consumer: Any) -> None:
        if self.timer is not None:
            self.timer.cancel()

    shutdown = stop
