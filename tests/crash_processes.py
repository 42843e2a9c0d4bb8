"""Processes of the crash matrix: forked warm for one step, armed to die, on a clock that can be moved."""

import json
import mmap
import os
import signal
import struct
import time
import traceback
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from experiments import failpoints, tasks
from experiments.providers import transport, wire

ROUND = 61.0  # seconds: a lease is over, and so is the quiet time after a write
GONE = 30.0  # seconds in which a process has to die, freeze or end
SANDBOX = os.environ.get("AIRSHIP_EU_URL", "")

_offset = mmap.mmap(-1, 8)  # shared with every process that is forked from here
_real_now = wire.now

type Json = dict[str, Any]


def ahead() -> float:
    """Seconds by which the clock of this case is ahead."""
    return float(struct.unpack("d", _offset[:8])[0])


def _set_wire_clock(now: Callable[[], float]) -> None:
    for module in (wire, transport):
        setattr(module, "now", now)  # noqa: B010  (mypy wants no new value for a function)


def set_clock(seconds: float) -> None:
    _offset[:8] = struct.pack("d", seconds)


def move_clocks() -> None:
    """From now on this process, and what is forked from it, reads the clock of the case."""
    settings.ASK_DATABASE_CLOCK = False  # the database's does not move
    timezone.now = lambda: datetime.now(UTC) + timedelta(seconds=ahead())
    _set_wire_clock(lambda: _real_now() + ahead())
    tasks._away_until = float("inf")  # nobody listens to the broker; hints are played by hand


def travel(seconds: float) -> None:
    """Let time pass, for everybody: also for sessions that sit in a transaction, which PostgreSQL ends by then."""
    set_clock(ahead() + seconds)
    ask("POST", "clock", {"offset_seconds": ahead()})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE state LIKE 'idle in transaction%' AND datname = current_database() AND pid <> pg_backend_pid()"
        )


# -- processes


def fork(act: Callable[[], object], point: str = "", action: str = "", nth: int = 1, *, is_asleep: bool = False) -> int:
    """Start a process that does `act`, with `point` armed to do `action` when it is reached for the `nth` time."""
    connection.close()  # two processes must not talk over one line
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        if point:
            _arm(point, action, nth)
        if is_asleep:
            # Frozen inside of the system call that sends: no deadline is looked at when it wakes.
            _set_wire_clock(_real_now)
        act()
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def _arm(point: str, action: str, nth: int) -> None:
    if point == "hint_before_publish":
        tasks._away_until = 0.0
    left = [nth]

    def is_now(point: str) -> bool:
        left[0] -= 1
        return left[0] == 0 or (action == "down" and left[0] < 0)

    setattr(failpoints, "_is_first", is_now)  # noqa: B010
    failpoints.armed[point] = "lost" if action == "down" else action


def wait(pid: int) -> str:
    """How a process ended: "frozen", "killed", "ended 0", "ended 1" after an error, "hung"."""
    until = time.monotonic() + GONE
    while time.monotonic() < until:
        done, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED)
        if not done:
            time.sleep(0.002)
            continue
        if os.WIFSTOPPED(status):
            return "frozen"
        code = os.waitstatus_to_exitcode(status)
        return "killed" if code == 137 else f"ended {code}"
    end(pid)
    return "hung"


def _wake(pid: int, seen: Json) -> int:
    os.kill(pid, signal.SIGCONT)
    seen["zombie"] = wait(pid)
    return 0


def end(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def run(act: Callable[[], object]) -> None:
    """In a process of its own, to its end."""
    wait(fork(act))


def ask(method: str, page: str, content: object = None) -> Any:
    body = None if content is None else json.dumps(content).encode()
    request = urllib.request.Request(f"{SANDBOX}/_sandbox/{page}", body, method=method)
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)
