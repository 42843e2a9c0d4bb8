"""Processes of the relay inside the test's own: each is one call, and dies, stumbles or stands still at a crash point.

A killed one ends by an exception that nothing in the product catches; its connections close and its transaction is
rolled back, as the system does for the dead. A frozen one waits in a thread of its own, with a line to the database of
its own, until it is let go on. Only one of all of them ever moves, so a game replays exactly.
"""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connection, connections

from experiments import failpoints

PATIENCE = 30.0  # real seconds until a thread that does not come back is an error, and no sooner


class Killed(BaseException):
    """This process is gone."""


@dataclass
class Run:
    """One call of one process. `how` says what happens when it comes to `point`: kill, stumble or freeze."""

    call: Callable[[], object]
    point: str = ""
    how: str = ""
    stands_at: str = ""
    is_over: bool = False
    failure: BaseException | None = None
    is_still: threading.Event = field(default_factory=threading.Event)  # it stands still, or is over
    is_let_go: threading.Event = field(default_factory=threading.Event)

    def __call__(self) -> None:
        _here.run = self
        try:
            self.call()
        except (Killed, failpoints.Stumbled):
            pass
        except BaseException as failure:
            self.failure = failure
        finally:
            _here.run = None
            self.is_over = True
            self.is_still.set()

    def reach(self, point: str) -> None:
        if point != self.point:
            return
        if self.how == "freeze":
            # Standing still inside a transaction would hold its locks, and every other process with them.
            if not connection.in_atomic_block:
                self.point = ""
                self._stand_still(point)
            return
        self.point = ""
        raise Killed(point) if self.how == "kill" else failpoints.Stumbled(point)

    def _stand_still(self, point: str) -> None:
        self.is_let_go.clear()
        self.stands_at = point
        self.is_still.set()
        self.is_let_go.wait()
        if self.how == "kill" and not self.point:
            raise Killed(point)


_here = threading.local()


class Workers:
    """All processes of one test. `close` ends their threads and their lines to the database."""

    def __init__(self, settle: Callable[[], None], prepare: Callable[[], None]) -> None:
        self.frozen: list[Run] = []
        self.sent = 0  # requests whose last byte has left
        self._settle, self._prepare = settle, prepare
        self._idle: list[_Thread] = []
        self._threads: dict[int, _Thread] = {}

    def act(self, point: str, action: str) -> None:
        """In the place of `failpoints._act`: every armed point comes here."""
        if point == "after_last_byte":
            self.sent += 1
        run: Run | None = getattr(_here, "run", None)
        if run is not None:
            run.reach(point)

    def run(self, call: Callable[[], object], point: str = "", how: str = "") -> Run:
        """Carry `call` out until it ends or comes to `point`."""
        run = Run(call, point, how)
        if how == "freeze" and point:
            thread = self._idle.pop() if self._idle else _Thread(self._prepare)
            self._threads[id(run)] = thread
            self._move(run, lambda: thread.jobs.put(run))
        else:
            _arm(point)
            run()
            self._settle()
        return self._ended(run)

    def go_on(self, run: Run, point: str = "", how: str = "") -> Run:
        """Let a frozen process go on: to its end, to `point`, or, with `how` kill and no `point`, not one step."""
        self.frozen.remove(run)
        run.point, run.how = point, how
        self._move(run, run.is_let_go.set)
        return self._ended(run)

    def _move(self, run: Run, begin: Callable[[], None]) -> None:
        run.is_still.clear()
        _arm(run.point)
        begin()
        assert run.is_still.wait(PATIENCE), f"a process never came to {run.point or 'its end'}"
        self._settle()

    def _ended(self, run: Run) -> Run:
        if not run.is_over:
            self.frozen.append(run)
        elif id(run) in self._threads:
            self._idle.append(self._threads.pop(id(run)))
        if run.failure:
            raise run.failure
        return run

    def close(self) -> None:
        for run in list(self.frozen):
            self.go_on(run, how="kill")
        for thread in self._idle:
            thread.jobs.put(None)
            thread.join(PATIENCE)


def _arm(point: str) -> None:
    failpoints.armed.clear()
    failpoints.armed.update(dict.fromkeys({"after_last_byte", point} - {""}, "model"))


class _Thread(threading.Thread):
    def __init__(self, prepare: Callable[[], None]) -> None:
        super().__init__(name="model-worker", daemon=True)
        self.jobs: queue.SimpleQueue[Run | None] = queue.SimpleQueue()
        self.prepare = prepare
        self.start()

    def run(self) -> None:
        self.prepare()
        while (job := self.jobs.get()) is not None:
            job()
        connections.close_all()
