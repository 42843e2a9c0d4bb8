"""Child processes in one terminal: prefixed output, restart after a crash, an ordered end, none left behind.

Every child leads a session of its own, so that Ctrl-C reaches only this process, which then ends the children in order.
If this process dies without a word, the kernel (Linux) or a watching shell (elsewhere) ends them.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

GRACE = 6.0  # seconds between asking a child to end and killing its group
LONGEST_PAUSE = 30.0  # seconds before a child that keeps dying is started again
STEADY_AFTER = 30.0  # seconds after which an earlier crash no longer counts

# Asks the kernel for SIGTERM (1 is PR_SET_PDEATHSIG) at the parent's death, then becomes the command. Not a preexec_fn:
# that would run Python in a fork of a process with threads. The parent may have died before the kernel was asked.
FOLLOW = """
import ctypes, os, signal, sys
ctypes.CDLL(None).prctl(1, signal.SIGTERM)
if os.getppid() == int(sys.argv[1]):
    os.execvp(sys.argv[2], sys.argv[2:])
"""

# Reads the process groups to end, one complete list a line; the pipe's end means that the writer has died.
WATCH = 'while read -r line; do groups=$line; done; for group in $groups; do kill -TERM "-$group"; done 2>/dev/null'

_spawned: list[subprocess.Popen[bytes]] = []
_watcher: subprocess.Popen[bytes] | None = None


def spawn(
    arguments: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    output: int | None = None,
    kernel_tells: bool = sys.platform == "linux",
) -> subprocess.Popen[bytes]:
    """Start a process that ends when this one does. Call it from the main thread: Linux watches the calling thread.

    `output` goes to Popen for both standard output and standard error.
    """
    follow = [sys.executable, "-I", "-S", "-c", FOLLOW, str(os.getpid())] if kernel_tells else []
    process = subprocess.Popen(  # noqa: S603  (the callers' own commands, never a person's words)
        [*follow, *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        start_new_session=True,
    )
    if not kernel_tells:
        _watch(process)
    return process


def stop(process: subprocess.Popen[bytes], grace: float = GRACE) -> None:
    """Ask a spawned process to end, wait `grace` seconds, then kill whatever is left of its group."""
    if process.poll() is None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(grace)
    with contextlib.suppress(ProcessLookupError, PermissionError):  # the group has ended; macOS says so with EPERM
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


@dataclass
class Child:
    """One process of the demo: how to start it, and how it fares."""

    name: str
    arguments: Sequence[str]
    on_line: Callable[[str], None]
    process: subprocess.Popen[bytes]
    reader: threading.Thread
    started_at: float  # monotonic seconds, like the next
    start_again_at: float | None = None
    crashes: int = 0


class Children:
    """The processes of one terminal, in the order in which they were started."""

    def __init__(self, environment: Mapping[str, str], say: Callable[[str, str], None]) -> None:
        self.environment = environment
        self.say = say  # gets (name, line) of everything a child prints, and of what happens to it
        self.children: list[Child] = []

    def start(
        self, name: str, arguments: Sequence[str], on_line: Callable[[str], None] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a child that is started again if it ends. `on_line` gets its lines instead of the terminal."""
        on_line = on_line or (lambda line: self.say(name, line))
        process, reader = self._launch(arguments, on_line)
        self.children.append(Child(name, arguments, on_line, process, reader, time.monotonic()))
        return process

    def run(self, name: str, arguments: Sequence[str]) -> tuple[int, list[str]]:
        """Run a command to its end. Returns its exit code and the lines it printed."""
        lines: list[str] = []
        process, reader = self._launch(arguments, lines.append)
        try:
            code = process.wait()
        finally:
            stop(process)
        reader.join(GRACE)
        return code, lines

    def restart_the_dead(self) -> None:
        """Start children again that have ended, each time after a longer pause. Call it often, from the main thread."""
        now = time.monotonic()
        for child in self.children:
            if child.start_again_at is not None:
                if now >= child.start_again_at:
                    child.process, child.reader = self._launch(child.arguments, child.on_line)
                    child.started_at, child.start_again_at = now, None
            elif child.process.poll() is not None:
                stop(child.process)  # whatever is left of its group
                child.crashes = 0 if now - child.started_at > STEADY_AFTER else child.crashes + 1
                pause = min(2.0**child.crashes / 2, LONGEST_PAUSE)
                child.start_again_at = now + pause
                self.say(child.name, f"{_ending(child.process.returncode)}; it starts again in {pause:g} s.")

    def stop(self) -> None:
        """End all children, the last started first."""
        while self.children:
            child = self.children.pop()
            stop(child.process)
            child.reader.join(GRACE)

    def _launch(
        self, arguments: Sequence[str], on_line: Callable[[str], None]
    ) -> tuple[subprocess.Popen[bytes], threading.Thread]:
        process = spawn(arguments, environment=self.environment, output=subprocess.PIPE)
        reader = threading.Thread(target=_read, args=(process, on_line), daemon=True)
        reader.start()
        return process, reader


def _read(process: subprocess.Popen[bytes], on_line: Callable[[str], None]) -> None:
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            on_line(line.decode(errors="replace").rstrip())


def _ending(code: int) -> str:
    return f"ended by signal {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"


def _watch(process: subprocess.Popen[bytes]) -> None:
    global _watcher
    if _watcher is None or _watcher.poll() is not None:
        _watcher = subprocess.Popen(["/bin/sh", "-c", WATCH], stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603  (a fixed script)
    _spawned.append(process)
    _spawned[:] = [child for child in _spawned if child.poll() is None]
    pipe = _watcher.stdin
    assert pipe is not None
    pipe.write(" ".join(str(child.pid) for child in _spawned).encode() + b"\n")
    pipe.flush()
