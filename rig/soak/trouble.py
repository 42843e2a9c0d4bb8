"""Carries the plan out: signals to processes, orders to the sandbox, and everything started again in its time."""

import contextlib
import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from heapq import heappop, heappush
from itertools import count
from pathlib import Path

import psutil

from rig.installation import Installation
from rig.servers import Server
from rig.soak.plan import Action

CHILDREN = {"worker child": "worker", "web child": "web", "database session": "database"}
TICK = 0.05  # seconds
LATE = 1.0  # seconds


class Trouble:
    """Call `step` often, from the main thread; `end` makes everything whole again. What was done is in `trace`."""

    def __init__(self, it: Installation, plan: Iterator[Action], trace: Path) -> None:
        self.it = it
        self.kills: Counter[str] = Counter()
        self.freezes: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.restarts: Counter[str] = Counter()
        self.missed = 0  # its target was down or had no such child in that moment
        self._plan = plan
        self._next = next(plan)
        self._later: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()
        self._down: set[Server] = set()  # on purpose
        self._look_at = 0.0
        self._started = time.monotonic()
        self._trace = trace.open("w")

    @property
    def kill_count(self) -> int:
        return self.kills.total()

    @property
    def elapsed(self) -> float:
        return time.monotonic() - self._started

    def step(self) -> None:
        """Do what is due, and wait a moment where nothing is."""
        now = self.elapsed
        if self._later and self._later[0][0] <= now:
            heappop(self._later)[2]()
        elif self._next.at <= now:
            if now - self._next.at > LATE:  # a busy machine: the plan goes on later, not faster
                self._started += now - self._next.at
            self._do(self._next)
            self._next = next(self._plan)
        elif self._look_at <= now:
            self.supervise()
        else:
            until = min(self._next.at, self._later[0][0] if self._later else now + TICK)
            time.sleep(max(0.0, min(until - now, TICK)))

    def supervise(self) -> None:
        """Start what has ended by itself, as a container's restart policy does: Celery gives up where its children die
        before they are ready, gunicorn where its first one does."""
        self._look_at = self.elapsed + 1.0
        for server in self.it.servers:
            if not server.is_running and server not in self._down:
                self.restarts[server.name] += 1
                server.launch()

    def end(self) -> None:
        """No more of it: everything runs, nothing is ordered."""
        self._later.clear()
        self._down.clear()
        for server in self.it.servers:
            server.thaw()
            for process in server.family():  # a child that was frozen alone
                with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                    process.send_signal(signal.SIGCONT)
        self.it.start()
        self.it.sandbox.take_faults_back()
        self._trace.close()

    def _do(self, action: Action) -> None:
        done = {"kill": self._kill, "freeze": self._freeze, "fault": self._fault}[action.what](action)
        self.missed += not done
        line = {"planned": action.at, "at": round(self.elapsed, 3), "done": bool(done), "what": action.what}
        line |= {"target": action.target, "seconds": action.seconds} if action.target else {"fault": action.fault}
        print(json.dumps({**line, "who": done}), file=self._trace, flush=True)

    def _kill(self, action: Action) -> str:
        server = self._server(action)
        if server is None or not server.is_running:
            return ""
        who = f"{server.name} {server.pid}"
        if action.target in CHILDREN:
            child = self._child(server, action)
            if child is None or not _signal(child, signal.SIGKILL):
                return ""
            who = f"{server.name} child {child.pid}"
        elif action.target == "worker parent":
            if not _signal(psutil.Process(server.pid), signal.SIGKILL):
                return ""
            self._start_after(action.seconds, server)
        else:
            server.kill()
            self._start_after(action.seconds, server)
        self.kills[action.target] += 1
        return who

    def _freeze(self, action: Action) -> str:
        server = self._server(action)
        if server is None or not server.is_running or server.is_frozen:
            return ""
        if action.target in CHILDREN:
            child = self._child(server, action)
            if child is None or not _signal(child, signal.SIGSTOP):
                return ""
            self._after(action.seconds, lambda: _signal(child, signal.SIGCONT))
            who = f"{server.name} child {child.pid}"
        else:
            who = f"{server.name} {server.pid}"
            server.freeze()
            self._after(action.seconds, server.thaw)
        self.freezes[action.target] += 1
        return who

    def _fault(self, action: Action) -> str:
        try:
            self.it.sandbox.order(**action.fault)
        except OSError:
            return ""
        self.faults[action.fault["kind"]] += 1
        return str(action.fault["kind"])

    def _server(self, action: Action) -> Server | None:
        name = CHILDREN.get(action.target, action.target).removesuffix(" parent")
        if name == "worker":
            first = int(action.pick * len(self.it.workers))
            turned = [*self.it.workers[first:], *self.it.workers[:first]]
            # The next one where the chosen one is down or has no children yet.
            return next((one for one in turned if action.target != "worker child" or _has_children(one)), None)
        return {"web": self.it.web, "beat": self.it.beat, "broker": self.it.broker, "database": self.it.postgres}[name]

    def _child(self, server: Server, action: Action) -> psutil.Process | None:
        """One of those that do the server's work."""
        with contextlib.suppress(psutil.NoSuchProcess):
            children = [child for child in psutil.Process(server.pid).children() if not _is_dead(child)]
            if action.target == "database session":
                children = [child for child in children if " [local] " in " ".join(_command_line(child))]
            if children:
                return children[int(action.pick * 7919 % 1 * len(children))]
        return None

    def _start_after(self, seconds: float, server: Server) -> None:
        self._down.add(server)

        def again() -> None:
            self._down.discard(server)
            # Its children may have outlived their parent for a while; they go now, as a supervisor would have it.
            server.kill()
            server.launch()

        self._after(seconds, again)

    def _after(self, seconds: float, act: Callable[[], object]) -> None:
        heappush(self._later, (self.elapsed + seconds, next(self._numbers), lambda: (act(), None)[1]))


def _is_dead(process: psutil.Process) -> bool:
    """Also one whose parent is frozen and has not heard of its death."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    return True


def _has_children(server: Server) -> bool:
    """And they are at work: a worker whose children die before that gives up as a whole, and would get nowhere."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return server.is_ready and not all(_is_dead(child) for child in psutil.Process(server.pid).children())
    return False


def _signal(process: psutil.Process, number: signal.Signals) -> bool:
    try:
        process.send_signal(number)
    except (psutil.NoSuchProcess, ProcessLookupError):
        return False
    return True


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []
