"""One server of an installation: started, waited for, killed, frozen, each with everything it has started itself."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import psutil

from dashboard import processes

PATIENCE = 60.0  # seconds for anything to become true, on a loaded machine
TICK = 0.02  # seconds between two looks


class NotReady(RuntimeError):
    """A server ended, or did not get ready in time. Its last lines are in the message."""


def wait_for(is_true: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Return as soon as `is_true()`. Raises NotReady after `patience` seconds."""
    until = time.monotonic() + patience
    while not is_true():
        if time.monotonic() > until:
            raise NotReady(f"{what}: still not so after {patience:g} seconds.")
        time.sleep(TICK)


class Server:
    """How to start one server, and how it fares. Its output goes to the file `log`, start after start."""

    def __init__(
        self,
        name: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        log: Path,
        *,
        ready: Callable[["Server"], object] = lambda server: True,
        stop_signal: signal.Signals = signal.SIGTERM,
        grace: float = 20.0,
    ) -> None:
        self.name = name
        self.arguments = arguments
        self.environment = environment  # not copied: what an installation learns later counts at the next start
        self.log = log
        self.is_frozen = False
        self.starts = 0
        self.launched_at = 0.0  # seconds since the epoch
        self._was_ready = False
        self._ready = ready
        self._stop_signal = stop_signal
        self._grace = grace  # seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._log_from = 0

    def __repr__(self) -> str:
        return f"<{self.name} {self.pid or 'down'}>"

    @property
    def pid(self) -> int:
        """Of the process that was started itself; 0 where none runs."""
        return self._process.pid if self._process and self.is_running else 0

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def is_ready(self) -> bool:
        """It runs, and has served since its last start; looked at anew only until it is so."""
        if self.is_running and not self._was_ready:
            self._was_ready = bool(self._ready(self))
        return self.is_running and self._was_ready

    @property
    def said(self) -> str:
        """What it has printed since its last start."""
        with contextlib.suppress(FileNotFoundError), self.log.open("rb") as log:
            log.seek(self._log_from)
            return log.read().decode(errors="replace")
        return ""

    def start(self, **environment: str) -> None:
        """Start and wait until it serves. `environment` is added for this start alone. Raises NotReady."""
        self.launch(**environment)
        self.wait_until_ready()

    def launch(self, **environment: str) -> None:
        """Start without waiting. Does nothing where it runs."""
        if self.is_running:
            return
        self._sweep_up()
        self.log.parent.mkdir(parents=True, exist_ok=True)
        launched_at = time.time() - 0.1  # a file system's clock is coarser
        with self.log.open("ab") as log:
            self._log_from = log.tell()
            self._process = processes.spawn(
                self.arguments, environment={**self.environment, **environment}, output=log.fileno()
            )
        self.starts += 1
        self.launched_at = launched_at
        self._was_ready = False

    def wait_until_ready(self, patience: float = PATIENCE) -> None:
        """Raises NotReady."""
        until = time.monotonic() + patience
        while not self.is_ready:
            if not self.is_running or time.monotonic() > until:
                state = "did not get ready" if self.is_running else "ended"
                raise NotReady(f"{self.name} {state}; its last lines:\n{self.said[-2000:]}")
            time.sleep(TICK)

    def stop(self) -> None:
        """Ask it to end in order, and end it after its time of grace."""
        self.thaw()
        if self._process is None:
            return
        if self.is_running:
            family = self.family()
            self._process.send_signal(self._stop_signal)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(self._grace)
            _end(family)
        self._sweep_up()

    def kill(self) -> None:
        """SIGKILL to it and to everything it has started, and wait until all of that is gone."""
        self.is_frozen = False
        if self._process is None:
            return
        _end(self._stopped_family())
        self._process.wait()
        self._sweep_up()

    def freeze(self) -> None:
        """SIGSTOP to it and to everything it has started: alive, and answering nobody."""
        if self.is_running:
            self._stopped_family()
            self.is_frozen = True

    def thaw(self) -> None:
        """SIGCONT after a freeze."""
        if self.is_frozen:
            for process in reversed(self.family()):
                _signal(process, signal.SIGCONT)
        self.is_frozen = False

    def family(self) -> list[psutil.Process]:
        """It and everything it has started that still runs, itself first."""
        if self._process is None:
            return []
        try:
            first = psutil.Process(self._process.pid)
            return [first, *first.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def _stopped_family(self) -> list[psutil.Process]:
        """All of them, standing still: one that runs could start more while the others are counted."""
        stopped: dict[int, psutil.Process] = {}
        while fresh := [process for process in self.family() if process.pid not in stopped]:
            for process in fresh:
                _signal(process, signal.SIGSTOP)
                stopped[process.pid] = process
            # A signal takes its time, in which a process may start one more.
            until = time.monotonic() + PATIENCE
            while any(_runs(process) for process in fresh) and time.monotonic() < until:
                time.sleep(TICK / 20)
        return list(stopped.values())

    def _sweep_up(self) -> None:
        """What is left of its process group when the first process of it has died alone."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._process = None


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
        process.send_signal(number)


def _end(family: list[psutil.Process]) -> None:
    """SIGKILL, and wait: PostgreSQL refuses to start while a process of the last run holds its memory."""
    for process in family:
        _signal(process, signal.SIGKILL)
    until = time.monotonic() + PATIENCE
    while any(_is_alive(process) for process in family):
        if time.monotonic() > until:
            raise NotReady(f"These did not die of SIGKILL: {family}")
        time.sleep(TICK / 4)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.status() not in {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
    except psutil.NoSuchProcess:
        return False


def _is_alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() not in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}
    except psutil.NoSuchProcess:
        return False
